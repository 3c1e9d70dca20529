// Instants as people read them off a clock and a calendar, in the operator's time zone.
import { type Lang, localeOf } from './language.ts'

/** Made once each: that takes longer than the rest of a page. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatFor(locale: string, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone} ${Object.keys(options).join()}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat(locale, { timeZone, ...options })
  formats.set(key, made)
  return made
}

/** `10:32`. @param instant ISO 8601 */
export function clockTime(instant: string, lang: Lang, timeZone: string): string {
  return formatFor(localeOf(lang), timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    new Date(instant),
  )
}

/** The day there, as `2026-05-03`. @param instant ISO 8601 */
export function dayOf(instant: string, timeZone: string): string {
  return formatFor('en-CA', timeZone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(instant))
}

/** When that day begins there; ISO 8601. @param day as in `2026-05-03` */
export function startOfDay(day: string, timeZone: string): string {
  const wanted = Date.parse(`${day}T00:00:00Z`)
  // Twice, since the clock may have been changed in between.
  const first = wanted - offsetAt(wanted, timeZone)
  return new Date(wanted - offsetAt(first, timeZone)).toISOString()
}

/** The next day, or another one so many days away. */
export function daysLater(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** How far the clocks there are ahead of UTC, in milliseconds. */
function offsetAt(milliseconds: number, timeZone: string): number {
  const parts = formatFor('en-CA', timeZone, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(milliseconds))
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, value]))
  const there = Date.parse(`${of.year}-${of.month}-${of.day}T${of.hour}:${of.minute}:${of.second}Z`)
  return there - Math.floor(milliseconds / 1000) * 1000
}
