// The scanner: where a JSON value ends in bytes that come in pieces, and what is needed to read it in one way only.

import { isAscii, isUtf8 } from 'node:buffer'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** Finds the end of one value. Whether it is valid inside is JSON.parse's to say: this only finds where it would end. */
export class ValueScan {
  /** Members of all objects in it. */
  members = 0
  isTooDeep = false
  readonly #maxDepth: number
  #depth = 0
  #kind: 'unknown' | 'scalar' | 'nested' = 'unknown'
  #isInString = false
  /** Bytes to pass over at the start of the next piece: what a backslash at the end of this one stands before. */
  #escaped = 0

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth
  }

  /** @returns the position behind the value; -1 when the piece ends within it */
  endIn(piece: Buffer, from: number): number {
    if (this.#kind === 'unknown') this.#kind = startsNested(piece[from]) ? 'nested' : 'scalar'
    return this.#kind === 'nested' ? this.#endOfNested(piece, from) : this.#endOfScalar(piece, from)
  }

  /** The loop that all bytes go through: locals, and no calls. */
  #endOfNested(piece: Buffer, from: number): number {
    const end = piece.length
    let at = from + this.#escaped
    let depth = this.#depth
    let isInString = this.#isInString
    let members = this.members
    let found = -1
    while (at < end) {
      if (isInString) {
        while (at < end && piece[at] !== QUOTE) at += piece[at] === BACKSLASH ? 2 : 1
        if (at >= end) break
        isInString = false
        at += 1
        if (depth > 0) continue
        found = at
        break
      }
      const byte = piece[at]
      at += 1
      if (byte === QUOTE) isInString = true
      else if (byte === COLON) members += 1
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1
        if (depth > this.#maxDepth) this.isTooDeep = true
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1
        if (depth > 0) continue
        found = at
        break
      }
    }
    this.#escaped = found === -1 ? at - end : 0
    this.#depth = depth
    this.#isInString = isInString
    this.members = members
    return found
  }

  #endOfScalar(piece: Buffer, from: number): number {
    for (let at = from; at < piece.length; at += 1) if (endsScalar(piece[at])) return at
    return -1
  }
}

function startsNested(byte: number | undefined): boolean {
  return byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === QUOTE
}

function endsScalar(byte: number | undefined): boolean {
  return byte === 0x2c || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isBlank(byte)
}

export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** Levels of objects and arrays within each other. */
export const MAX_DEPTH = 100

/** A text that is one value, and nothing else but blanks; undefined as for `readJson`, and where it is too deep. */
export function parseStrictly(bytes: Buffer, maxDepth = MAX_DEPTH): { value: unknown } | undefined {
  const scan = new ValueScan(maxDepth)
  let start = 0
  while (isBlank(bytes[start])) start += 1
  // What stands behind the value is none of its members, and is no JSON for that.
  scan.endIn(bytes, start)
  return scan.isTooDeep ? undefined : readJson(bytes, scan.members)
}

/**
 * One value, when two readers cannot understand it differently: UTF-8, JSON, and no object with a member twice.
 * @param members how many the bytes name, as a scan counted them
 */
export function readJson(bytes: Buffer, members: number): { value: unknown } | undefined {
  const text = textOf(bytes)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    // Of a member that is named twice one is lost, so that fewer are left than were named.
    return membersIn(value) === members ? { value } : undefined
  } catch {
    return undefined
  }
}

export function textOf(bytes: Buffer): string | undefined {
  // Of plain characters a string takes half the room, and JSON.parse reads it faster.
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/** Its levels are bounded by the scan before. */
function membersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const one of value) if (typeof one === 'object') count += membersIn(one)
    return count
  }
  for (const key in value) {
    const one = (value as Record<string, unknown>)[key]
    count += typeof one === 'object' ? 1 + membersIn(one) : 1
  }
  return count
}
