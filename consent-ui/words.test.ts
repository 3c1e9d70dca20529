// The words of the pages: none outside a catalogue, the same facts in each language, and no harder than people can read.
import { readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { english } from './data-names/english.ts'
import { spanish } from './data-names/spanish.ts'
import { examplePagesIn } from './example-pages.ts'
import { Html } from './html.ts'
import { gradeOfEnglish, inflesz } from './readability.ts'

/** What a reader sees or is read out, without what others wrote. */
function ownText(page: string): string {
  return (
    page
      .replace(/<(bdi|code|title)\b[^>]*>[\s\S]*?<\/\1>/g, ' ')
      .replace(/<textarea[^>]*>[\s\S]*?<\/textarea>/g, ' ')
      .replace(/<option [^>]*dir="auto"[^>]*>[\s\S]*?<\/option>/g, ' ')
      .replace(/<span class="address"[^>]*>[\s\S]*?<\/span>/g, ' ')
      .replace(/ aria-label="([^"]*)"/g, '>$1<')
      .replace(/<[^>]*>/g, '\n')
      .replace(/&#?\w+;/g, ' ')
      // Asked for by the examples, and known to nobody.
      .replaceAll('odd', ' ')
  )
}

describe.each(['en-XA', 'ar-XB'] as const)('%s: no text outside the catalogues', (lang) => {
  const pages = Object.entries(examplePagesIn(lang)).filter(([name]) => !name.includes('hostile'))
  test.each(pages)('%s', (_name, page) => {
    expect(ownText(page).match(/[A-Za-z]{2,}/g) ?? []).toEqual([])
  })
})

type Messages = { en: unknown; es: unknown }

/** Each sentence of a words file, its values as `{0}`, by name. */
function sentencesOf(words: unknown, name = ''): [string, string][] {
  if (typeof words === 'string') return [[name, words]]
  if (typeof words === 'function') {
    const values = [0, 1, 2, 3].map((at) => `{${at}}`)
    const said: unknown = words(...values)
    return [[name, said instanceof Html ? said.toString().replace(/<[^>]*>/g, '') : String(said)]]
  }
  return Object.entries(words as object).flatMap(([key, one]) => sentencesOf(one, `${name}.${key}`))
}

const FILES = readdirSync(new URL('./words/', import.meta.url)).filter((file) => file.endsWith('.ts'))
const catalogues = await Promise.all(
  FILES.map(async (file): Promise<[string, Messages]> => {
    const exported = (await import(`./words/${file}`)) as Record<string, (lang: 'en' | 'es') => unknown>
    const [words] = Object.values(exported)
    return [file, { en: words?.('en'), es: words?.('es') }]
  }),
)

describe.each(catalogues)('%s', (_file, { en, es }) => {
  const spanishOf = new Map(sentencesOf(es))

  test('both languages put in the same values', () => {
    const placesIn = (text = '') => [...new Set(text.match(/\{\d\}/g) ?? [])].sort()
    for (const [name, text] of sentencesOf(en))
      expect([name, placesIn(spanishOf.get(name))]).toEqual([name, placesIn(text)])
  })

  test('nothing was left untranslated', () => {
    const same = sentencesOf(en).filter(
      ([name, text]) => /[a-z]{3}.* .*[a-z]{3}/i.test(text) && spanishOf.get(name) === text,
    )
    expect(same).toEqual([])
  })
})

const isSentence = (text: string): boolean => /[.?]$/.test(text) && text.split(' ').length > 3
const allOf = (lang: 'en' | 'es') =>
  catalogues.flatMap(([, words]) => sentencesOf(words[lang]).map(([, text]) => text)).filter(isSentence)
const labelsOf = (names: Readonly<Record<string, Readonly<Record<string, unknown>>>>) =>
  Object.entries(names)
    .filter(([group]) => group !== 'reference')
    .flatMap(([, rows]) => Object.values(rows).flat() as string[])

describe('how hard they are to read', () => {
  test('English sentences: sixth grade at most', () => {
    expect(gradeOfEnglish(allOf('en').join(' '))).toBeLessThanOrEqual(6)
  })
  test('Spanish sentences: fairly easy on the INFLESZ scale', () => {
    expect(inflesz(allOf('es').join(' '))).toBeGreaterThanOrEqual(65)
  })
  test('names of data, where formulas mislead: no harder than normal', () => {
    expect(
      inflesz(
        labelsOf(spanish)
          .map((label) => `${label}.`)
          .join(' '),
      ),
    ).toBeGreaterThanOrEqual(55)
    expect(
      gradeOfEnglish(
        labelsOf(english)
          .map((label) => `${label}.`)
          .join(' '),
      ),
    ).toBeLessThanOrEqual(8)
  })
  test('usted throughout, and no technical words', () => {
    expect(allOf('es').filter((text) => /\b(tú|tu|tus|te|puedes|elige|pulsa)\b/i.test(text))).toEqual([])
    const technical = /\b(scopes?|resources?|tokens?|authori[sz]\w*|FHIR|client id)\b/i
    expect(allOf('en').filter((text) => technical.test(text))).toEqual([])
  })
})
