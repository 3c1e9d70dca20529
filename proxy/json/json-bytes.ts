// Small parts of JSON as bytes, which end with one that JSON has nowhere: so far and no further is read.

import { isBlank } from './json-value.ts'

/** Nothing that could be said to end. */
export const UNSURE = -1

const [SMALL_E, MINUS, PLUS, POINT, ZERO, NINE] = [0x65, 0x2d, 0x2b, 0x2e, 0x30, 0x39]
const [TRUE, FALSE, NULL] = ['true', 'false', 'null'].map((word) => Buffer.from(word)) as [Buffer, Buffer, Buffer]

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}

export function blankEnd(bytes: Buffer, from: number): number {
  let at = from
  while (isBlank(bytes[at] as number)) at += 1
  return at
}

/** Behind the number or word at `from`. */
export function scalarEnd(bytes: Buffer, from: number): number {
  return bytes[from] === MINUS || isDigit(bytes[from] as number) ? numberEnd(bytes, from) : wordEnd(bytes, from)
}

function digitsEnd(bytes: Buffer, from: number): number {
  let at = from
  while (isDigit(bytes[at] as number)) at += 1
  return at === from ? UNSURE : at
}

function numberEnd(bytes: Buffer, from: number): number {
  const start = bytes[from] === MINUS ? from + 1 : from
  let at = digitsEnd(bytes, start)
  if (at === UNSURE || (bytes[start] === ZERO && at !== start + 1)) return UNSURE
  if (bytes[at] === POINT) at = digitsEnd(bytes, at + 1)
  if (at === UNSURE || ((bytes[at] as number) | 0x20) !== SMALL_E) return at
  return digitsEnd(bytes, bytes[at + 1] === PLUS || bytes[at + 1] === MINUS ? at + 2 : at + 1)
}

function wordEnd(bytes: Buffer, from: number): number {
  for (const word of [TRUE, FALSE, NULL]) if (startsWith(bytes, from, word)) return from + word.length
  return UNSURE
}

export function startsWith(bytes: Buffer, from: number, word: Buffer): boolean {
  for (let at = 0; at < word.length; at += 1) if (bytes[from + at] !== word[at]) return false
  return true
}
