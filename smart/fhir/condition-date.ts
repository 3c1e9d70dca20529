// Dates in the conditions of scopes: every date, partial or not, is a span of time, and a prefix compares two spans (FHIR R4,
// Search, "date"). A time without a zone is taken as UTC.

import { elementsAt } from './elements.ts'

/** `ap` is missing: how near is near enough is each server's own. */
const PREFIXES = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'sa', 'eb'] as const
export type Prefix = (typeof PREFIXES)[number]

/**
 * First and last instant, to the nanosecond, as texts of one length: those of one zone and one length compare as they
 * are written.
 */
export type Span = { start: string; end: string }
export type DateComparison = Span & { kind: 'date'; prefix: Prefix }

/** Of a period that is open on that side: before and after whatever can be written. */
const ALWAYS = ''
const FOREVER = '~'

const DATE =
  /^(?!0000)(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d)(?:T((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

/** @param text one alternative, such as `ge2024-05`. Undefined: no date, or a comparison that is not judged here. */
export function parseComparison(text: string): DateComparison | undefined {
  const [, prefix = 'eq', rest = ''] = /^([a-z]{2})?(.*)$/.exec(text) ?? []
  const known = PREFIXES.find((one) => one === prefix)
  const span = parseSpan(rest)
  return known === undefined || span === undefined ? undefined : { kind: 'date', prefix: known, ...span }
}

/** The span that a date, dateTime or instant covers. */
function parseSpan(text: string): Span | undefined {
  const match = DATE.exec(text)
  if (match === null) return undefined
  const [, year = '', month, day, minute, second, fraction = '', zone = 'Z'] = match
  const lastMonth = month ?? '12'
  const lastDay = day ?? String(new Date(Date.UTC(Number(year), Number(lastMonth), 0)).getUTCDate())
  const start = inUtc(`${year}-${month ?? '01'}-${day ?? '01'}`, `${minute ?? '00:00'}:${second ?? '00'}`, zone)
  const end = inUtc(`${year}-${lastMonth}-${lastDay}`, `${minute ?? '23:59'}:${second ?? '59'}`, zone)
  if (start === undefined || end === undefined) return undefined
  return { start: `${start}.${fraction.padEnd(9, '0')}`, end: `${end}.${fraction.padEnd(9, '9')}` }
}

function inUtc(date: string, time: string, zone: string): string | undefined {
  // February 30 is moved to March by some readers of dates: such a day is none.
  if (!Number.isNaN(Date.parse(date)) && new Date(date).toISOString().slice(0, 10) !== date) return undefined
  const milliseconds = Date.parse(`${date}T${time}${zone}`)
  const text = Number.isNaN(milliseconds) ? '' : new Date(milliseconds).toISOString()
  return /^\d{4}-/.test(text) ? text.slice(0, 19) : undefined
}

/** The span of a stored date, dateTime, instant, Period or Timing; undefined for what has none that can be read. */
function spanOf(element: unknown): Span | undefined {
  if (typeof element === 'string') return parseSpan(element)
  const [start, ...starts] = elementsAt(element, ['start'])
  const [end, ...ends] = elementsAt(element, ['end'])
  if (starts.length > 0 || ends.length > 0) return undefined
  if (start === undefined && end === undefined) return timingSpan(element)
  const first = start === undefined ? { start: ALWAYS } : typeof start === 'string' ? parseSpan(start) : undefined
  const last = end === undefined ? { end: FOREVER } : typeof end === 'string' ? parseSpan(end) : undefined
  return first === undefined || last === undefined ? undefined : { start: first.start, end: last.end }
}

/** The first instant of a stored date of any kind, as a text that compares; undefined for what is none. */
export function startOf(element: unknown): string | undefined {
  return spanOf(element)?.start
}

/** Of a schedule only the outer limits matter. */
function timingSpan(element: unknown): Span | undefined {
  // A length without a beginning is no limit in time.
  if (['boundsDuration', 'boundsRange'].some((bounds) => elementsAt(element, ['repeat', bounds]).length > 0))
    return undefined
  const parts = [...elementsAt(element, ['event']), ...elementsAt(element, ['repeat', 'boundsPeriod'])]
  const spans = parts.flatMap((part) => spanOf(part) ?? [])
  const [first] = spans.map(({ start }) => start).sort()
  const last = spans
    .map(({ end }) => end)
    .sort()
    .at(-1)
  return first === undefined || last === undefined || spans.length < parts.length
    ? undefined
    : { start: first, end: last }
}

export function isDated({ prefix, start, end }: DateComparison, element: unknown): boolean {
  const stored = spanOf(element)
  if (stored === undefined) return false
  const isWithin = stored.start >= start && stored.end <= end
  switch (prefix) {
    case 'eq':
      return isWithin
    case 'ne':
      return !isWithin
    case 'lt':
      return stored.start < start
    case 'le':
      return stored.start < start || isWithin
    case 'gt':
      return stored.end > end
    case 'ge':
      return stored.end > end || isWithin
    case 'sa':
      return stored.start > end
    case 'eb':
      return stored.end < start
  }
}
