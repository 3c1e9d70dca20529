import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isDated, parseComparison } from './condition-date.ts'

const holds = (text: string, stored: unknown): boolean => {
  const comparison = parseComparison(text)
  if (comparison === undefined) throw new Error(`${text} is no date`)
  return isDated(comparison, stored)
}

describe('SCP-08: a date is a span, and a prefix compares spans', () => {
  const day = '2026-05-04'
  test.each<[string, unknown, boolean]>([
    ['2026-05-04', day, true],
    ['eq2026-05-04', '2026-05-04T23:59:59.999Z', true],
    ['2026-05', day, true],
    ['2026', day, true],
    ['2026-05-04T10:00Z', day, false],
    ['2026-05-04', '2026-05', false],
    ['ne2026-05-04', '2026-05', true],
    ['ne2026-05', day, false],
    ['lt2026-05-04', day, false],
    ['lt2026-05-04', '2026-05-03', true],
    ['lt2026-05-04', '2026-05', true],
    ['le2026-05-04', day, true],
    ['le2026-05', day, true],
    ['le2026-05-03', day, false],
    ['gt2026-05-04', '2026-05', true],
    ['gt2026-05-04', '2026-05-04T23:59:59Z', false],
    ['gt2026-05-04', '2026-05-05T00:00:00Z', true],
    ['ge2026-05-04', '2026-05-04T00:00:00Z', true],
    ['ge2026-05-05', day, false],
    ['sa2026-05-04', '2026-05', false],
    ['sa2026-05-04', '2026-05-05', true],
    ['eb2026-05-04', '2026-05-03', true],
    ['eb2026-05-04', '2026-05', false],
    // Zones; without one, UTC.
    ['2026-05-04', '2026-05-05T01:00:00+02:00', true],
    ['2026-05-04', '2026-05-04T23:00:00-02:00', false],
    ['2026-05-04T10:00', '2026-05-04T10:00:30Z', true],
    ['ge2026-05-04T12:00+02:00', '2026-05-04T10:00:00Z', true],
    ['2026-05-04T10:00:00Z', '2026-05-04T10:00:00', true],
    // Parts of a second.
    ['2026-05-04T10:00:00Z', '2026-05-04T10:00:00.123456789Z', true],
    ['gt2026-05-04T10:00:00.12Z', '2026-05-04T10:00:00.129Z', false],
    ['gt2026-05-04T10:00:00.12Z', '2026-05-04T10:00:00.13Z', true],
    // The last day of a month.
    ['eb2024-03', '2024-02-29', true],
    ['2024-02', '2024-02-29T23:59:59Z', true],
    ['2026-02', '2026-03-01', false],
    // Periods, open ones too.
    ['2026', { start: '2026-01-01', end: '2026-12-31' }, true],
    ['2026', { start: '2026-01-01' }, false],
    ['ge2026', { start: '1999' }, true],
    ['le2026', { start: '1999' }, true],
    ['sa2026', { start: '2027' }, true],
    ['eb2026', { start: '1999' }, false],
    ['eb2026', { end: '2025-06' }, true],
    ['lt2026', { end: '2030' }, true],
    ['ne2026', { start: '1999' }, true],
    // Of a schedule the outer limits.
    ['2026-05', { event: ['2026-05-02', '2026-05-30'] }, true],
    ['2026-05', { event: ['2026-05-02', '2026-06-01'] }, false],
    ['sa2026-05-03', { event: ['2026-05-02', '2026-05-30'] }, false],
    ['2026-05', { event: ['2026-05-02'], repeat: { boundsPeriod: { start: '2026-04', end: '2026-05' } } }, false],
  ])('%s and %j: %s', (text, stored, expected) => {
    expect(holds(text, stored)).toBe(expected)
  })
})

test.each([
  ...['', 'ge', 'ap2026', 'GE2026', 'xx2026', '26', '0000', '2026-00', '2026-13', '2026-02-30', '2025-02-29'],
  ...['2026-05-32', '2026-05-04T10', '2026-05-04T24:00Z', '2026-05-04T10:60Z', '2026-05-04T10:00:00.Z', '2026-5-4'],
  ...[
    '2026-05-04T10:00:00+99:00',
    '2026-05-04T10:00:00.1234567890Z',
    ' 2026',
    '2026Z',
    '9999-12-31T23:59-14:00',
    'now',
  ],
])('%j is no date', (text) => expect(parseComparison(text)).toBeUndefined())

describe('compared with spans that are counted out, minute by minute', () => {
  // A month of minutes is enough for every kind of overlap.
  const MINUTES = 31 * 24 * 60
  const first = Date.UTC(2026, 4, 1)
  const minutes = Array.from({ length: MINUTES }, (_one, at) => new Date(first + at * 60_000).toISOString())
  const written = fc
    .tuple(fc.constantFrom(7, 10, 16), fc.nat(MINUTES - 1))
    .map(([length, minute]) => minutes[minute]!.slice(0, length))
  /** The minutes of May 2026 that a text without a zone covers. */
  const minutesOf = (text: string): Set<number> =>
    new Set(minutes.flatMap((minute, at) => (minute.startsWith(text) ? [at] : [])))
  const oracle = (prefix: string, wanted: Set<number>, stored: Set<number>): boolean => {
    const [from, to] = [Math.min(...wanted), Math.max(...wanted)]
    const all = [...stored]
    const isWithin = all.every((minute) => wanted.has(minute))
    switch (prefix) {
      case 'eq':
        return isWithin
      case 'ne':
        return !isWithin
      case 'lt':
        return all.some((minute) => minute < from)
      case 'gt':
        return all.some((minute) => minute > to)
      case 'le':
        return isWithin || all.some((minute) => minute < from)
      case 'ge':
        return isWithin || all.some((minute) => minute > to)
      case 'sa':
        return all.every((minute) => minute > to)
      default:
        return all.every((minute) => minute < from)
    }
  }
  test.each(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'sa', 'eb'])('SCP-08: %s', (prefix) => {
    fc.assert(
      fc.property(written, written, (wanted, stored) => {
        expect(holds(`${prefix}${zoned(wanted)}`, zoned(stored))).toBe(
          oracle(prefix, minutesOf(wanted), minutesOf(stored)),
        )
      }),
      { numRuns: 50 },
    )
  })
  function zoned(text: string): string {
    return text.length === 16 ? `${text}Z` : text
  }
})
