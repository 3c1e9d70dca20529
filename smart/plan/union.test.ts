import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Allowance } from '../access/allowance.ts'
import { compileCondition, conditionHolds } from '../fhir/condition.ts'
import { type Union, unionsOf } from './union.ts'

const PARAMETERS: readonly [string, string][] = [
  ['code', 'a'],
  ['code', 'b'],
  ['category', 'a'],
  ['status', 'final'],
]
const someAllowances = fc.array(
  fc
    .tuple(
      fc.oneof(
        fc.constant('any' as const),
        fc.uniqueArray(fc.constantFrom('alice', 'bob', 'carl'), { minLength: 1 }).map((ids) => new Set(ids)),
      ),
      fc.uniqueArray(fc.constantFrom(...PARAMETERS), { maxLength: 2 }),
    )
    .map(
      ([patients, filter]): Allowance => ({
        patients,
        filter: filter.map(([parameter, value]) => compileCondition('Observation', parameter, value)!),
      }),
    ),
  { minLength: 1, maxLength: 6 },
)
const someRecord = fc.record({
  patient: fc.constantFrom('alice', 'bob', 'carl', 'dora'),
  code: fc.constantFrom('a', 'b', 'c'),
  category: fc.constantFrom('a', 'b'),
  status: fc.constantFrom('final', 'draft'),
})
type Some = typeof someRecord extends fc.Arbitrary<infer T> ? T : never

function holds({ patients, conditions }: Pick<Union, 'patients' | 'conditions'>, record: Some): boolean {
  const resource = {
    status: record.status,
    code: { coding: [{ code: record.code }] },
    category: [{ coding: [{ code: record.category }] }],
  }
  return (
    (patients === 'any' || patients.has(record.patient)) &&
    conditions.every((condition) => conditionHolds(condition, resource, []))
  )
}
const isAllowed = (allowances: readonly Allowance[], record: Some) =>
  allowances.some(({ patients, filter }) => holds({ patients, conditions: filter }, record))

describe('ENF-67: unions', () => {
  test('say together what the allowances say, no more and no less', () => {
    fc.assert(
      fc.property(someAllowances, someRecord, (allowances, record) => {
        const unions = unionsOf(allowances)
        expect(unions.some((union) => holds(union, record))).toBe(isAllowed(allowances, record))
      }),
    )
  })
  test('each stands for allowances that say exactly what it says', () => {
    fc.assert(
      fc.property(someAllowances, someRecord, (allowances, record) => {
        for (const union of unionsOf(allowances)) expect(holds(union, record)).toBe(isAllowed(union.of, record))
      }),
    )
  })
  test('are the same whatever is said twice', () => {
    fc.assert(
      fc.property(someAllowances, (allowances) => {
        expect(unionsOf([...allowances, ...allowances])).toEqual(unionsOf(allowances))
      }),
    )
  })
})
