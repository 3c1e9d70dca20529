// Dates in searches: every value, partial or not, is a span of time, and prefixes compare spans (FHIR R4 search, 3.1.1.4.7).
import { refusal } from './refusal.ts'
import { isObject } from './search-value.ts'

export type Span = { start: number; end: number }

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

/** The span that a date text covers; undefined when it is no date. Without a zone, UTC is taken. */
export function parseSpan(text: string): Span | undefined {
  const match = DATE.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  const iso = `${year}-${month ?? '01'}-${day ?? '01'}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}`
  const start = Date.parse(`${iso}.${(fraction ?? '000').slice(0, 3).padEnd(3, '0')}${zone ?? 'Z'}`)
  if (Number.isNaN(start) || (day && new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDate() !== Number(day))) {
    return undefined
  }
  return { start, end: start + length({ year: Number(year), month, day, minute, second, fraction }) - 1 }
}

function length(parts: {
  year: number
  month: string | undefined
  day: string | undefined
  minute: string | undefined
  second: string | undefined
  fraction: string | undefined
}): number {
  const month = Number(parts.month)
  if (parts.fraction) return 1
  if (parts.second) return 1000
  if (parts.minute) return 60_000
  if (parts.day) return 86_400_000
  if (parts.month) return Date.UTC(parts.year, month, 1) - Date.UTC(parts.year, month - 1, 1)
  return Date.UTC(parts.year + 1, 0, 1) - Date.UTC(parts.year, 0, 1)
}

/** The span of a stored date, dateTime, instant, Period or Timing. */
export function storedSpan(value: unknown): Span | undefined {
  if (typeof value === 'string') return parseSpan(value)
  if (!isObject(value)) return undefined
  if (Array.isArray(value.event)) {
    const spans = value.event.flatMap((one) => storedSpan(one) ?? [])
    return spans.length > 0
      ? { start: Math.min(...spans.map((one) => one.start)), end: Math.max(...spans.map((one) => one.end)) }
      : undefined
  }
  const start = typeof value.start === 'string' ? parseSpan(value.start) : undefined
  const end = typeof value.end === 'string' ? parseSpan(value.end) : undefined
  if (!start && !end) return undefined
  return { start: start?.start ?? Number.NEGATIVE_INFINITY, end: end?.end ?? Number.POSITIVE_INFINITY }
}

export const PREFIXES = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const
export type Prefix = (typeof PREFIXES)[number]

export function splitPrefix(text: string): { prefix: Prefix; rest: string } {
  const prefix = PREFIXES.find((one) => text.startsWith(one))
  return prefix ? { prefix, rest: text.slice(2) } : { prefix: 'eq', rest: text }
}

/** Compares a stored span with the searched one, as R4 defines each prefix. */
export function comparesSpan(prefix: Prefix, stored: Span, wanted: Span): boolean {
  switch (prefix) {
    case 'eq':
      return stored.start >= wanted.start && stored.end <= wanted.end
    case 'ne':
      return !(stored.start >= wanted.start && stored.end <= wanted.end)
    case 'gt':
      return stored.end > wanted.end
    case 'lt':
      return stored.start < wanted.start
    case 'ge':
      return stored.end > wanted.end || (stored.start >= wanted.start && stored.end <= wanted.end)
    case 'le':
      return stored.start < wanted.start || (stored.start >= wanted.start && stored.end <= wanted.end)
    case 'sa':
      return stored.start > wanted.end
    case 'eb':
      return stored.end < wanted.start
    case 'ap':
      return stored.start <= wanted.end && stored.end >= wanted.start
  }
}

/** Compiles one alternative of a date parameter. */
export function dateTest(name: string, text: string): (value: unknown) => boolean {
  const { prefix, rest } = splitPrefix(text)
  const wanted = parseSpan(rest)
  if (!wanted) throw refusal(400, 'invalid', `${name}: ${JSON.stringify(text)} is not a date`)
  return (value) => {
    const stored = storedSpan(value)
    return stored !== undefined && comparesSpan(prefix, stored, wanted)
  }
}
