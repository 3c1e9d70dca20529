import { expect, test } from '@jest/globals'
import { inOrder, parseOrder } from './order.ts'

const record = (id: string, more: object) => ({ resource: { resourceType: 'Observation', id, ...more } })
const records = [
  record('b', { effectiveDateTime: '2026-05-04', meta: { lastUpdated: '2026-01-02T00:00:00Z' } }),
  record('a', { effectivePeriod: { start: '2026-05-03', end: '2027' }, meta: { lastUpdated: '2026-01-02T00:00:00Z' } }),
  record('C', { effectiveDateTime: '2026-05-04T01:00:00+02:00', meta: { lastUpdated: '2026-01-02T00:00:00.1Z' } }),
  record('d', { meta: { lastUpdated: '2026-01-01T23:59:59-05:00' } }),
]

test.each([
  ['_id', 'C a b d'],
  ['-_id', 'd b a C'],
  ['date', 'a C b d'],
  ['-date', 'b C a d'],
  ['_lastUpdated', 'b a C d'],
  ['-_lastUpdated', 'd C b a'],
  ['_lastUpdated,_id', 'a b C d'],
  ['_lastUpdated,-_id', 'b a C d'],
])('_sort=%s', (sort, expected) => {
  const keys = parseOrder('Observation', sort)
  if (keys === undefined) throw new Error('no order')
  expect(
    inOrder(records, keys)
      .map(({ resource }) => resource.id)
      .join(' '),
  ).toBe(expected)
})

test('no key: as they came', () => expect(inOrder(records, [])).toEqual(records))

test.each(['code', 'subject', 'value-quantity', 'date,code', ''])('%j is no order of ours', (sort) => {
  expect(parseOrder('Observation', sort)).toBeUndefined()
})
test('nor a date of which there can be several', () => expect(parseOrder('Goal', 'target-date')).toBeUndefined())
