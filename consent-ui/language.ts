// Languages of the pages: which there are, which one a reader wants, and the words of a page in it.
import { pseudoWords } from './pseudo.ts'

/** `en-XA` is English with accents, `ar-XB` the same from right to left: made-up ones, to find what no catalogue holds. */
export const LANGUAGES = ['en', 'es', 'en-XA', 'ar-XB'] as const
export type Lang = (typeof LANGUAGES)[number]

/** As it calls itself. */
export const OWN_NAMES: Readonly<Record<Lang, string>> = {
  en: 'English',
  es: 'Español',
  'en-XA': 'Pseudo',
  'ar-XB': 'Pseudo RTL',
}

export function isLang(text: unknown): text is Lang {
  return LANGUAGES.some((lang) => lang === text)
}

export function isPseudo(lang: Lang): lang is 'en-XA' | 'ar-XB' {
  return lang === 'en-XA' || lang === 'ar-XB'
}

export function directionOf(lang: Lang): 'ltr' | 'rtl' {
  return lang === 'ar-XB' ? 'rtl' : 'ltr'
}

/** For `Intl`. */
export function localeOf(lang: Lang): string {
  return lang === 'es' ? 'es' : 'en-GB'
}

/**
 * The words of a page, by language. Both real languages lie side by side, so that a translator meets each sentence whole
 * and a missing one does not compile.
 */
export function wordsIn<Words>(of: { en: Words; es: Words }): (lang: Lang) => Words {
  const made = new Map<Lang, Words>([
    ['en', of.en],
    ['es', of.es],
  ])
  return (lang) => {
    const known = made.get(lang)
    if (known !== undefined) return known
    const words = isPseudo(lang) ? pseudoWords(of.en, lang) : of.en
    made.set(lang, words)
    return words
  }
}

/** How many wishes are looked at: headers come from strangers. */
const MAX_WISHES = 20

/**
 * The first offered language that is wished for, by its main part: `es-MX` is answered with `es`.
 *
 * @param wishes language tags (RFC 5646), the most wanted first
 */
export function chooseLanguage(wishes: readonly string[], offered: readonly [Lang, ...Lang[]]): Lang {
  for (const wish of wishes.slice(0, MAX_WISHES)) {
    const whole = offered.find((lang) => lang.toLowerCase() === wish.toLowerCase())
    const found = whole ?? offered.find((lang) => lang === wish.toLowerCase().split('-')[0])
    if (found !== undefined) return found
  }
  return offered[0]
}
