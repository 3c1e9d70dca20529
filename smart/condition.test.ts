import { expect, test } from '@jest/globals'
import { compileCondition, conditionHolds } from './condition.ts'

const resource = {
  resourceType: 'Observation',
  status: 'final',
  meta: { tag: [{ system: 'http://t', code: 'x' }] },
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
])('%s=%s holds: %s (ENF-68)', (parameter, value, expected) => {
  const condition = compileCondition('Observation', parameter, value)
  if (condition === undefined) throw new Error('not compiled')
  expect(conditionHolds(condition, resource)).toBe(expected)
})

test.each([
  ['Observation', 'date', 'gt2020'],
  ['Observation', 'value-quantity', '5'],
  ['Observation', 'combo-code', 'a'],
  ['Observation', 'subject', 'Patient/alice'],
  ['Observation', 'status', 'http://x|final'],
  ['Observation', 'category', 'a|b|c'],
  ['Observation', 'category', 'a,'],
  ['Observation', 'category', '|'],
  ['Observation', 'category', 'a\\,b'],
  ['Observation', 'constructor', 'a'],
  ['*', 'category', 'a'],
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
  expect(conditionHolds(compileCondition('Observation', 'category', 'lab')!, odd)).toBe(false)
})
