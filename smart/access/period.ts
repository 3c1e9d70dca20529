// Whether a FHIR Period holds now. Pure.

const DATE = /^\d{4}(-\d{2}(-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:\d{2}))?)?)?$/

/** No period, or no bound, means no limit; a bound that we cannot read means not current. */
export function isCurrent(period: unknown, now: Date): boolean {
  return boundsOf(period).every((bound) => bound?.includes(now.getTime()) === true)
}

/** For what must not be missed: a bound that we cannot read is none. */
export function mayBeCurrent(period: unknown, now: Date): boolean {
  return boundsOf(period).every((bound) => bound?.includes(now.getTime()) !== false)
}

/** Undefined: cannot be read. */
type Bound = { includes(time: number): boolean } | undefined

function boundsOf(period: unknown): Bound[] {
  if (period === undefined) return []
  if (typeof period !== 'object' || period === null) return [undefined]
  const { start, end } = period as { start?: unknown; end?: unknown }
  const [first, last] = [boundOf(start), boundOf(end)]
  return [
    ...(start === undefined ? [] : [first && { includes: (time: number) => first.from <= time }]),
    ...(end === undefined ? [] : [last && { includes: (time: number) => time < last.until }]),
  ]
}

/** FHIR dates may stop at the year or month: `2024` as an end lasts through that year. In UTC, as no zone is given. */
function boundOf(text: unknown): { from: number; until: number } | undefined {
  if (typeof text !== 'string' || !DATE.test(text)) return undefined
  const from = Date.parse(text)
  if (Number.isNaN(from)) return undefined
  const [year = 0, month, day] = text.slice(0, 10).split('-').map(Number)
  if (month === undefined) return { from, until: Date.UTC(year + 1, 0) }
  if (day === undefined) return { from, until: Date.UTC(year, month) }
  if (text.length === 10) return { from, until: Date.UTC(year, month - 1, day + 1) }
  return { from, until: from + 1 }
}
