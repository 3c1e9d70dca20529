import { expect, test } from '@jest/globals'
import type { Interaction } from '../fhir/interaction.ts'
import { plan } from '../plan/plan.ts'
import { judgeWrite } from '../plan/write.ts'
import { compileAccess } from './access.ts'
import { AUTHORITY, type AuthoritySettings, authorityUnder } from './authority.ts'
import { PANEL_SOURCES } from './reach.ts'

const NONE: AuthoritySettings = { practitionerReach: 'none', panelSources: new Set(PANEL_SOURCES), withholds: false }
const ALL: AuthoritySettings = { ...NONE, practitionerReach: 'panel', withholds: true }
const listed = (settings: AuthoritySettings) => Object.values(authorityUnder(settings)).flat()

test('ENF-48: what is listed is what is in use', () => {
  expect(listed(NONE)).toEqual(expect.arrayContaining(['RelatedPerson', 'Patient.link']))
  expect(listed(NONE)).not.toEqual(expect.arrayContaining(['CareTeam']))
  expect(listed(NONE)).not.toEqual(expect.arrayContaining(['Consent']))
  expect(listed({ ...ALL, panelSources: new Set(['care-team']) })).toEqual(
    expect.arrayContaining(['CareTeam', 'Consent']),
  )
  expect(listed({ ...ALL, panelSources: new Set(['care-team']) })).not.toContain('Encounter.participant')
})

test('ENF-48: and all of it is closed to limited access, whatever is in use', () => {
  const elements = listed(ALL).filter((name) => /^[A-Z]/.test(name) && !name.includes(' '))
  for (const name of elements) {
    const [type = '', element] = name.split('.')
    const closed = AUTHORITY.get(type)
    expect(closed === 'all' || (element !== undefined && closed?.includes(element))).toBe(true)
  }
  expect(elements.length).toBeGreaterThan(10)
})

test('ENF-48: a list without a subject is nobody’s, so that limited access makes none', () => {
  const access = compileAccess({ client_id: 'app', scope: 'patient/*.cruds', patient: 'ana', person: 'Patient/ana' })
  const interaction: Interaction = { kind: 'create', type: 'List', parameters: [] }
  const planned = plan(access, { kind: 'none' }, interaction, { panelLimit: 3, bases: ['https://smart.example/fhir'] })
  if (planned.kind !== 'write') throw new Error(planned.kind)
  const list = { resourceType: 'List', status: 'current', mode: 'working', source: { reference: 'Practitioner/wei' } }
  expect(judgeWrite(planned, undefined, list).kind).toBe('refuse')
  expect(judgeWrite(planned, undefined, { ...list, subject: { reference: 'Patient/ana' } }).kind).toBe('pass')
})
