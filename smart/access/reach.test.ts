import { describe, expect, test } from '@jest/globals'
import { factsNeeded, PANEL_SOURCES, type ReachSettings, reachOf } from './reach.ts'

const NOW = new Date('2025-06-15T12:00:00Z')
const settings = (practitionerReach: ReachSettings['practitionerReach'], ...all: string[]): ReachSettings => ({
  practitionerReach,
  practitionersWithAll: new Set(all),
  panelSources: new Set(PANEL_SOURCES),
  bases: ['https://smart.example/fhir'],
})
const wei = { type: 'Practitioner', id: 'wei' } as const
const maria = { type: 'RelatedPerson', id: 'maria' } as const
const link = (more: object = {}) => ({
  resourceType: 'RelatedPerson',
  id: 'maria',
  patient: { reference: 'Patient/mateo' },
  ...more,
})

function idsOf(reach: ReturnType<typeof reachOf>): string {
  return reach.kind === 'patients' ? [...reach.ids].join() : reach.kind
}

test('a patient opens the own record, and nobody opens none', () => {
  expect(idsOf(reachOf({ type: 'Patient', id: 'alice' }, [], settings('none'), NOW))).toBe('alice')
  expect(reachOf(undefined, [], settings('all'), NOW)).toEqual({ kind: 'none' })
})

describe('related persons', () => {
  test.each<[string, object, string]>([
    ['no period', {}, 'mateo'],
    ['active', { active: true }, 'mateo'],
    ['not active', { active: false }, 'none'],
    ['active is no boolean', { active: 'true' }, 'none'],
    ['another record', { id: 'other' }, 'none'],
    ['another type', { resourceType: 'Patient' }, 'none'],
    ['no patient', { patient: { display: 'Mateo' } }, 'none'],
    ['current', { period: { start: '2020', end: '2030' } }, 'mateo'],
    ['ends with this year', { period: { end: '2025' } }, 'mateo'],
    ['ends with this month', { period: { end: '2025-06' } }, 'mateo'],
    ['ends today', { period: { end: '2025-06-15' } }, 'mateo'],
    ['ended yesterday', { period: { end: '2025-06-14' } }, 'none'],
    ['ended a moment ago', { period: { end: '2025-06-15T11:59:59Z' } }, 'none'],
    ['ended last year', { period: { end: '2024' } }, 'none'],
    ['starts tomorrow', { period: { start: '2025-06-16' } }, 'none'],
    ['an end that cannot be read', { period: { end: 'soon' } }, 'none'],
    ['an end that is no date', { period: { end: '2025-13' } }, 'none'],
    ['an end of null', { period: { end: null } }, 'none'],
  ])('%s', (_name, more, expected) => {
    expect(idsOf(reachOf(maria, [link(more)], settings('none'), NOW))).toBe(expected)
  })
})

describe('practitioners', () => {
  test.each([
    ['none', [], 'nothing', 'none'],
    ['all', [], 'nothing', 'all'],
    ['none', ['Practitioner/wei'], 'nothing', 'all'],
    ['none', ['Practitioner/other'], 'nothing', 'none'],
    ['panel', [], 'panel', 'none'],
  ] as const)('policy %s, with all: %j', (policy, all, needed, expected) => {
    expect(factsNeeded(wei, settings(policy, ...all))).toBe(needed)
    expect(idsOf(reachOf(wei, [], settings(policy, ...all), NOW))).toBe(expected)
  })

  const me = { reference: 'Practitioner/wei' }
  const other = { reference: 'Practitioner/other' }
  const subject = { reference: 'Patient/p' }
  test.each<[string, object, string]>([
    ['general practitioner', { resourceType: 'Patient', id: 'p', generalPractitioner: [other, me] }, 'p'],
    ['encounter', { resourceType: 'Encounter', status: 'finished', subject, participant: [{ individual: me }] }, 'p'],
    ['care team', { resourceType: 'CareTeam', status: 'active', subject, participant: [{ member: me }] }, 'p'],
    [
      "another's patient: the upstream ignored the search",
      { resourceType: 'Patient', id: 'p', generalPractitioner: [other] },
      'none',
    ],
    ["another's encounter", { resourceType: 'Encounter', subject, participant: [{ individual: other }] }, 'none'],
    [
      'a cancelled encounter',
      { resourceType: 'Encounter', status: 'cancelled', subject, participant: [{ individual: me }] },
      'none',
    ],
    [
      'an encounter entered in error',
      { resourceType: 'Encounter', status: 'entered-in-error', subject, participant: [{ individual: me }] },
      'none',
    ],
    [
      'a former care team',
      { resourceType: 'CareTeam', status: 'inactive', subject, participant: [{ member: me }] },
      'none',
    ],
    [
      'a care team left',
      { resourceType: 'CareTeam', subject, participant: [{ member: me, period: { end: '2024' } }] },
      'none',
    ],
    ['another type', { resourceType: 'Observation', subject, performer: [me] }, 'none'],
    ['an outcome', { resourceType: 'OperationOutcome' }, 'none'],
  ])('panel: %s', (_name, fact, expected) => {
    expect(idsOf(reachOf(wei, [fact, null, 'x'], settings('panel'), NOW))).toBe(expected)
  })
})

describe('SEED-50: groups and lists that a clinician keeps', () => {
  const group = (more: object = {}) => ({
    resourceType: 'Group',
    type: 'person',
    actual: true,
    managingEntity: { reference: 'Practitioner/wei' },
    member: [{ entity: { reference: 'Patient/ana' } }],
    ...more,
  })
  const listed = (more: object = {}) => ({
    resourceType: 'List',
    status: 'current',
    source: { reference: 'Practitioner/wei' },
    entry: [{ item: { reference: 'Patient/ana' } }],
    ...more,
  })
  test.each<[string, object, string]>([
    ['a group', group(), 'ana'],
    ['a group of another', group({ managingEntity: { reference: 'Practitioner/nora' } }), 'none'],
    ['of nobody', group({ managingEntity: undefined }), 'none'],
    ['not active', group({ active: false }), 'none'],
    ['a description, not people', group({ actual: false }), 'none'],
    ['of devices', group({ type: 'device' }), 'none'],
    ['a member who left', group({ member: [{ entity: { reference: 'Patient/ana' }, inactive: true }] }), 'none'],
    [
      'a member whose time is over',
      group({ member: [{ entity: { reference: 'Patient/ana' }, period: { end: '2020' } }] }),
      'none',
    ],
    ['a list', listed(), 'ana'],
    ['a list of another', listed({ source: { reference: 'Practitioner/nora' } }), 'none'],
    ['a list that is over', listed({ status: 'retired' }), 'none'],
    ['a list about a patient, which her apps may write', listed({ subject: { reference: 'Patient/ana' } }), 'none'],
    ['an entry that was taken out', listed({ entry: [{ item: { reference: 'Patient/ana' }, deleted: true }] }), 'none'],
  ])('%s', (_name, fact, expected) => expect(idsOf(reachOf(wei, [fact], settings('panel'), NOW))).toBe(expected))
  test('what is not chosen does not count, whatever comes back', () => {
    const few = { ...settings('panel'), panelSources: new Set(['encounter'] as const) }
    const practice = { resourceType: 'Patient', id: 'ana', generalPractitioner: [{ reference: 'Practitioner/wei' }] }
    for (const fact of [group(), listed(), practice]) expect(idsOf(reachOf(wei, [fact], few, NOW))).toBe('none')
  })
})
