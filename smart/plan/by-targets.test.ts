import { describe, expect, test } from '@jest/globals'
import { compileAccess } from '../access/access.ts'
import type { Reach } from '../access/reach.ts'
import { DEFAULT_RULES } from '../fhir/compartment.ts'
import { parseInteraction } from '../fhir/interaction.ts'
import { allowancesByTargets, isAboutVisible, targetsOf } from './by-targets.ts'
import { needsReach } from './plan.ts'

const BASES = ['https://smart.example/fhir']
const about = (...references: unknown[]) => ({
  resourceType: 'Provenance',
  id: 'p',
  target: references.map((reference) => ({ reference })),
})
const observation = (patient: string) => ({
  resourceType: 'Observation',
  id: 'o',
  subject: { reference: `Patient/${patient}` },
})

test.each<[string, object, string[] | undefined]>([
  ['several', about('Patient/a', `${BASES[0]}/Encounter/e/_history/2`), ['Patient/a', 'Encounter/e']],
  ['elsewhere', about('Patient/a', 'https://other.example/Patient/b'), undefined],
  ['contained', about('#x'), undefined],
  ['a condition', about('Patient?identifier=x'), undefined],
  ['no reference', { target: [{ display: 'Alice' }] }, undefined],
  ['none', { target: [] }, undefined],
  ['missing', {}, undefined],
  ['a text', { target: 'Patient/a' }, undefined],
  ['too many', about(...Array.from({ length: 101 }, (_one, at) => `Observation/${at}`)), undefined],
])('ENF-86: what it is about: %s', (_name, resource, expected) => expect(targetsOf(resource, BASES)).toEqual(expected))

describe('ENF-86: seen when all that it is about is', () => {
  const guard = { allowances: [{ patients: new Set(['alice']), filter: [] }], bases: BASES }
  const wei = { resourceType: 'Practitioner', id: 'wei' }
  test.each<[string, object, [string, unknown][], boolean]>([
    ['visible', about('Observation/o'), [['Observation/o', observation('alice')]], true],
    ['not visible', about('Observation/o'), [], false],
    ['one not visible', about('Observation/o', 'Observation/x'), [['Observation/o', observation('alice')]], false],
    ['visible by another clause (ENF-07)', about('Observation/o'), [['Observation/o', observation('bob')]], false],
    ['of all', about('Practitioner/wei'), [['Practitioner/wei', wei]], true],
    ['unreadable', about('#x'), [], false],
  ])('%s', (_name, resource, visible, expected) =>
    expect(isAboutVisible(guard, resource, new Map(visible))).toBe(expected),
  )
})

describe('which clauses', () => {
  const patients: Reach = { kind: 'patients', ids: new Set(['a']) }
  test.each<[string, string, string, Reach, number]>([
    ['a patient clause', 'patient/*.r', 'Provenance', { kind: 'none' }, 1],
    ['a user clause with a panel', 'user/Provenance.r', 'Provenance', patients, 1],
    ['a user clause without reach', 'user/Provenance.r', 'Provenance', { kind: 'none' }, 0],
    ['another letter', 'patient/*.s', 'Provenance', patients, 0],
    ['another type', 'patient/*.r', 'AuditEvent', patients, 0],
  ])('%s', (_name, scope, type, reach, expected) => {
    const access = compileAccess({ client_id: 'app', scope, patient: 'alice', person: 'Practitioner/wei' })
    expect(allowancesByTargets({ access, reach, rules: DEFAULT_RULES }, type, 'r').length).toBe(expected)
  })

  test.each([
    ['GET', '/Provenance/p', true],
    ['GET', '/Observation?_revinclude=Provenance:target', true],
    ['GET', '/Observation', false],
  ])('%s %s needs the reach of any user clause: %s', (method, target, expected) => {
    const parsed = parseInteraction(method, target, '')
    if (!parsed.ok) throw new Error(parsed.message)
    const scope = 'patient/Provenance.r patient/Observation.s user/Encounter.r'
    const access = compileAccess({ client_id: 'app', scope, patient: 'alice', person: 'Practitioner/wei' })
    expect(needsReach(access, parsed.interaction)).toBe(expected)
  })
})
