import { expect, test } from '@jest/globals'
import { type Condition, compileCondition, conditionHolds, joined } from './condition.ts'

const BASES = ['https://smart.example/fhir', 'http://upstream.internal/r4']
const resource = {
  resourceType: 'Observation',
  id: 'sugar',
  status: 'final',
  meta: { tag: [{ system: 'http://t', code: 'x' }], lastUpdated: '2026-05-04T10:00:00.5+02:00' },
  subject: { reference: 'Patient/alice' },
  performer: [
    { reference: `${BASES[1]}/Practitioner/wei/_history/2` },
    { reference: 'https://elsewhere.example/Practitioner/ann' },
    { identifier: { value: 'ann' } },
  ],
  effectivePeriod: { start: '2026-05', end: '2026-06-01' },
  category: [{ coding: [{ system: 'http://c', code: 'lab' }, { code: 'Plain' }] }, { text: 'vital' }],
}

test.each([
  ['category', 'lab', true],
  ['category', 'http://c|lab', true],
  ['category', 'vital,lab', true],
  ['category', 'http://c|', true],
  ['category', '|Plain', true],
  ['category', 'Plain', true],
  ['status', 'final', true],
  ['_tag', 'http://t|x', true],
  ['category', 'Lab', false],
  ['category', 'la', false],
  ['category', 'http://C|lab', false],
  ['category', 'http://other|lab', false],
  ['category', '|lab', false],
  ['category', 'vital', false],
  ['category', 'http://other|', false],
  ['status', 'preliminary', false],
  ['code', 'lab', false],
  ['_id', 'sugar', true],
  ['_id', 'salt,sugar', true],
  ['_id', 'Sugar', false],
  ['_id', 'salt', false],
  ['_lastUpdated', '2026-05-04T08:00:00Z', true],
  ['_lastUpdated', 'gt2026-05-04T08:00:00.499Z', true],
  ['_lastUpdated', 'lt2026-05-04', false],
  ['date', 'ge2026-05', true],
  ['date', '2026', true],
  ['date', '2026-05', false],
  ['date', 'sa2026-05-01', false],
  ['performer', 'Practitioner/wei', true],
  ['performer', 'Patient/alice,Practitioner/wei', true],
  ['performer', 'Practitioner/ann', false],
  ['performer', 'Practitioner/Wei', false],
  ['performer', 'Patient/wei', false],
  ['patient', 'alice', true],
  ['patient', 'Patient/alice', true],
  ['patient', 'bob', false],
  ['encounter', 'Encounter/alice', false],
])('%s=%s holds: %s (ENF-68, SCP-08)', (parameter, value, expected) => {
  expect(conditionHolds(compiled(parameter, value), resource, BASES)).toBe(expected)
})

function compiled(parameter: string, value: string): Condition {
  const condition = compileCondition('Observation', parameter, value)
  if (condition === undefined) throw new Error('not compiled')
  return condition
}

test('what is sent upstream is what was asked for; a reference with its type', () => {
  expect(compiled('patient', 'alice')).toMatchObject({ value: 'Patient/alice', elements: ['subject'] })
  expect(compiled('category', 'http://c|,x')).toMatchObject({ value: 'http://c|,x', elements: ['category'] })
  expect(compiled('date', 'ge2026,lt2020-01')).toMatchObject({ value: 'ge2026,lt2020-01', elements: ['effective'] })
})

test('a bare id of a reference to this very patient, whatever the type', () => {
  const list = { resourceType: 'List', subject: { reference: 'Group/alice' } }
  expect(conditionHolds(compileCondition('List', 'patient', 'alice')!, list, BASES)).toBe(false)
})

test('ENF-67: joined conditions are alternatives', () => {
  const both = joined(compiled('_id', 'salt'), [compiled('_id', 'iron'), compiled('_id', 'sugar')])
  expect(both.value).toBe('salt,iron,sugar')
  expect(conditionHolds(both, resource, BASES)).toBe(true)
  expect(conditionHolds(both, { ...resource, id: 'zinc' }, BASES)).toBe(false)
})

test.each([
  ['Observation', 'value-quantity', '5'],
  ['Observation', 'combo-code', 'a'],
  ['Observation', 'date', 'ap2020'],
  ['Observation', 'date', 'gt'],
  ['Observation', 'date', 'yesterday'],
  ['Observation', 'date', 'gt2020,'],
  ['Observation', 'date', '2020-13'],
  ['MedicationRequest', 'date', '2020'],
  ['Goal', 'target-date', 'ne2020'],
  ['Observation', 'subject', 'alice'],
  ['Observation', 'subject', 'Encounter/alice'],
  ['Observation', 'subject', 'Patient/alice/_history/1'],
  ['Observation', 'subject', 'https://smart.example/fhir/Patient/alice'],
  ['Observation', 'focus', 'Nonsense/alice'],
  ['Observation', 'subject', 'urn:uuid:1'],
  ['Observation', '_id', 'a/b'],
  ['Observation', '_id', ''],
  ['Observation', '_profile', 'http://x'],
  ['Observation', '_lastUpdated', 'soon'],
  ['ActivityDefinition', 'depends-on', 'Library/x'],
  ['Observation', 'status', 'http://x|final'],
  ['Observation', 'category', 'a|b|c'],
  ['Observation', 'category', 'a,'],
  ['Observation', 'category', '|'],
  ['Observation', 'category', 'a\\,b'],
  ['Observation', 'constructor', 'a'],
  ['*', 'category', 'a'],
  ['*', 'date', '2020'],
  ['*', 'patient', 'Patient/alice'],
  ['constructor', 'name', 'a'],
])('%s?%s=%s cannot be judged (SCP-08)', (type, parameter, value) => {
  expect(compileCondition(type, parameter, value)).toBeUndefined()
})

test.each([
  null,
  undefined,
  'x',
  [],
  { category: null },
  { category: { coding: 'lab' } },
  { category: [{ coding: [null, 'lab'] }] },
  Object.create(resource),
])('a missing or odd element never holds: %j', (odd) => {
  expect(conditionHolds(compiled('category', 'lab'), odd, BASES)).toBe(false)
})

test.each([
  { effectiveDateTime: 2026 },
  { effectiveDateTime: 'soon' },
  { effectiveDateTime: [['2026']], effectivePeriod: 'x' },
  { effectivePeriod: {} },
  { effectivePeriod: { start: null } },
  { effectivePeriod: { start: '2026', end: 'x' } },
  { effectivePeriod: { start: ['2026', '2020'] } },
  { effectiveTiming: { event: ['2026', 'x'] } },
  { effectiveTiming: { event: ['2026'], repeat: { boundsDuration: { value: 9 } } } },
  { effectiveString: '2026' },
])('a date that cannot be read fits nothing: %j', (odd) => {
  for (const value of ['ne1999', 'gt1999', '2026'])
    expect(conditionHolds(compiled('date', value), odd, BASES)).toBe(false)
})

test.each([null, {}, { reference: ['Patient/alice', 'Patient/bob'] }, { reference: 1 }, 'Patient/alice'])(
  'a reference that cannot be read names nobody: %j',
  (subject) => {
    const either = compiled('subject', 'Patient/alice,Patient/bob')
    expect(conditionHolds(either, { subject }, BASES)).toBe(false)
  },
)
