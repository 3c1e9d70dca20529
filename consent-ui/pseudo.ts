// Made-up languages from the English words: what stays in plain letters on a page was never in a catalogue, and what
// breaks from right to left would break in Arabic.
import { Html, html } from './html.ts'

const ACCENTED: Readonly<Record<string, string>> = Object.fromEntries(
  [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter, at) => [
    letter,
    [...'åƀçðéƒĝĥîĵķļɱñôþǫŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻṀÑÔÞǪŔŠŢÛṼŴẊÝŽ'][at] ?? letter,
  ]),
)
const HEBREW = [...'אבגדהוזחטיכלמנסעפצקרשת']

type Pseudo = 'en-XA' | 'ar-XB'

/** English text as this language would have it; nothing else is said by it. */
export function pseudoText(text: string, lang: Pseudo): string {
  const letters = [...text].map((letter) => (/[a-z]/i.test(letter) ? pseudoLetter(letter, lang) : letter)).join('')
  // Translations are longer than English.
  const words = text.split(/\s+/).filter((word) => /[a-z]/i.test(word)).length
  return words < 2 ? letters : `${letters}${' ~'.repeat(Math.ceil(words / 4))}`
}

function pseudoLetter(letter: string, lang: Pseudo): string {
  if (lang === 'en-XA') return ACCENTED[letter] ?? letter
  return HEBREW[letter.toLowerCase().charCodeAt(0) % HEBREW.length] ?? letter
}

/** Values stand aside while the words around them change. */
const PLACE = /\ue000(\d+)\ue001/g
const NOT_WORDS = /(<[^>]*>|&#?\w+;|\ue000\d+\ue001)/

export function pseudoWords<Words>(words: Words, lang: Pseudo): Words {
  return changed(words, lang) as Words
}

function changed(words: unknown, lang: Pseudo): unknown {
  if (typeof words === 'string') return pseudoText(words, lang)
  if (words instanceof Html) return words.rewrite((markup) => aroundTags(markup, lang))
  if (typeof words === 'function') return (...values: unknown[]) => filled(words as Message, values, lang)
  if (Array.isArray(words)) return words.map((one) => changed(one, lang))
  if (typeof words === 'object' && words !== null) {
    return Object.fromEntries(Object.entries(words).map(([name, one]) => [name, changed(one, lang)]))
  }
  return words
}

type Message = (...values: unknown[]) => unknown

function filled(message: Message, values: readonly unknown[], lang: Pseudo): unknown {
  const places = values.map((value, at) => (isText(value) ? `\ue000${at}\ue001` : value))
  const said = message(...places)
  if (said instanceof Html) {
    return said.rewrite((markup) =>
      aroundTags(markup, lang).replace(PLACE, (_, at) => html`${values[Number(at)] as string | Html}`.toString()),
    )
  }
  return aroundTags(String(said), lang).replace(PLACE, (_, at) => String(values[Number(at)]))
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Html
}

function aroundTags(markup: string, lang: Pseudo): string {
  return markup
    .split(NOT_WORDS)
    .map((part, at) => (at % 2 === 0 ? pseudoText(part, lang) : part))
    .join('')
}
