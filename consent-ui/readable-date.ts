// FHIR dates as people write them.
import { plainText } from './foreign-text.ts'

/** `1980-05-05` is "5 May 1980"; a date known only to the month or year stays so; what is no date comes back as short plain text. */
export function readableDate(date: string, lang: 'en'): string {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(date)
  if (match === null) return plainText(date, 30)
  const [, year, month, day] = match
  const format = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
    timeZone: 'UTC',
    year: 'numeric',
    ...(month === undefined ? {} : { month: 'long' }),
    ...(day === undefined ? {} : { day: 'numeric' }),
  })
  const time = new Date(Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1)))
  // The 31st of February would roll over into March.
  return time.toISOString().startsWith(date) ? format.format(time) : date
}
