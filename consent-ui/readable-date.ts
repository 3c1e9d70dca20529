// FHIR dates as people write them.
import { plainText } from './foreign-text.ts'
import { isPseudo, type Lang, localeOf } from './language.ts'
import { pseudoText } from './pseudo.ts'

const PARTS = {
  year: { year: 'numeric' },
  month: { year: 'numeric', month: 'long' },
  day: { year: 'numeric', month: 'long', day: 'numeric' },
} as const

/** Made once each: that takes longer than the rest of a page. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(lang: Lang, precision: keyof typeof PARTS): Intl.DateTimeFormat {
  const key = `${lang} ${precision}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat(localeOf(lang), { timeZone: 'UTC', ...PARTS[precision] })
  formats.set(key, made)
  return made
}

/** `1980-05-05` is "5 May 1980"; a date known only to the month or year stays so; what is no date comes back as short plain text. */
export function readableDate(date: string, lang: Lang): string {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(date)
  if (match === null) return plainText(date, 30)
  const [, year, month, day] = match
  const format = formatOf(lang, month === undefined ? 'year' : day === undefined ? 'month' : 'day')
  const time = new Date(Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1)))
  // The 31st of February would roll over into March.
  if (!time.toISOString().startsWith(date)) return date
  const shown = format.format(time)
  return isPseudo(lang) ? pseudoText(shown, lang) : shown
}
