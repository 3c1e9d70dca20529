// What a decision at consent comes to: the scopes granted, and when access ends. Pure; days are UTC.
import { limitedFrom } from './look-back.ts'
import { narrow } from './narrowing.ts'

/** How long a person may say. */
export const ENDINGS = ['now', 'session', '3-months', '1-year', 'stop'] as const
export type Ending = (typeof ENDINGS)[number]

const MONTHS: ReadonlyMap<Ending, number> = new Map([
  ['3-months', 3],
  ['1-year', 12],
])

export type ConsentTerms = {
  /** In the app's spelling where nothing was left out of a scope. */
  scopes: string[]
  /** ISO 8601 instant after which nothing of it holds. */
  until?: string
}

/** What a person decided on. */
export type Decided = {
  /** Texts of parts, as `narrow` takes them. */
  chosen: ReadonlySet<string>
  /** First day of what may be seen of records that have their day; undefined: all. */
  from?: string | undefined
  /** Undefined where the app did not ask to come back. */
  ending?: Ending | undefined
  /** Last day of access that was chosen an earlier time, and is kept. */
  lastDay?: string | undefined
}

/**
 * @param asked scopes as the app spelled them
 * @param today first day of access, as in `2026-11-21`
 */
export function termsOf(
  asked: readonly string[],
  { chosen, from, ending, lastDay }: Decided,
  today: string,
): ConsentTerms {
  const time = timeScope(ending, asked)
  const granted = narrow(asked, time === undefined ? chosen : new Set([...chosen, time]))
  const last = ending === undefined || ending === 'now' ? undefined : (lastDay ?? lastDayOf(ending, today))
  return {
    scopes: from === undefined ? granted : limitedFrom(granted, from),
    ...(last === undefined ? {} : { until: endOf(last) }),
  }
}

/** The scope that lets an app come back, where that was asked for and is meant. */
function timeScope(ending: Ending | undefined, asked: readonly string[]): string | undefined {
  if (ending === undefined || ending === 'now') return undefined
  const meant = ending === 'session' ? 'online_access' : 'offline_access'
  return asked.includes(meant) ? meant : undefined
}

/** The day on which access ends, of those that are counted from today; access lasts through it. */
export function lastDayOf(ending: Ending, today: string): string | undefined {
  const months = MONTHS.get(ending)
  return months === undefined ? undefined : monthsFrom(today, months)
}

/** The same day of another month, or its last one: a month after 31 January is 28 February. */
export function monthsFrom(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))).toISOString().slice(0, 10)
}

/** The instant at which a day is over. */
function endOf(day: string): string {
  return new Date(Date.parse(day) + 24 * 3600 * 1000).toISOString()
}

/** A day that is there, not only one of the right form. */
export function isDay(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
  )
}
