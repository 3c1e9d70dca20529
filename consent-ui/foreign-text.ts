// Text that strangers wrote (app names, patient names, purposes): kept readable, and unable to rearrange the page around it.
import type { Html } from './html.ts'
import { html } from './html.ts'

// Control characters, line separators, and the marks that change the direction of the text around them.
const UNRULY = /[\p{Cc}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+/gu
const LONE_SURROGATE = /\p{Cs}/gu

/** One line of plain text without control or direction marks, at most `maxLength` characters. */
export function plainText(text: string, maxLength = 120): string {
  const line = text.replace(LONE_SURROGATE, '\ufffd').replace(UNRULY, ' ').replace(/\s+/gu, ' ').trim()
  const letters = [...line]
  return letters.length > maxLength ? `${letters.slice(0, maxLength - 1).join('')}…` : line
}

/** The same in a `<bdi>`: a right-to-left name cannot turn the sentence around it. */
export function isolated(text: string, maxLength = 120): Html {
  return html`<bdi>${plainText(text, maxLength)}</bdi>`
}
