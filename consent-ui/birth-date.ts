// FHIR dates as people write them.

/** `1980-05-05` is "5 May 1980"; a date known only to the month or year stays so; what is no date stays as it came. */
export function readableDate(date: string, lang: 'en'): string {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(date)
  if (match === null) return date
  const [, year, month, day] = match
  const format = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
    timeZone: 'UTC',
    year: 'numeric',
    ...(month === undefined ? {} : { month: 'long' }),
    ...(day === undefined ? {} : { day: 'numeric' }),
  })
  const time = Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1))
  return Number.isNaN(time) ? date : format.format(time)
}
