// One entry of a list, gone through at one go over its bytes: whether it is JSON that is read in one way only, where the
// members are that are looked for, and which strings mention a host. It is sure or says nothing: whatever is unusual is left
// to JSON.parse, which costs three times as much. Not for security by itself: nothing passes here that would not pass there.

import { isUtf8 } from 'node:buffer'
import { blankEnd, scalarEnd, startsWith, UNSURE } from '../json/json-bytes.ts'

export type Level = 'entry' | 'resource'

const SPACE = 0x20
const [QUOTE, SLASH, BACKSLASH, COMMA, COLON] = [0x22, 0x2f, 0x5c, 0x2c, 0x3a]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]
/** What is looked for first of all. */
const RECORD = 0

/** Bytes of a string that are more than themselves: 1. */
const SPECIAL = new Uint8Array(256).map((_zero, byte) => (byte < 0x20 || byte >= 0x80 ? 1 : 0))
for (const byte of [QUOTE, SLASH, BACKSLASH]) SPECIAL[byte] = 1
/** What may follow a backslash, but for `u`, which may hide anything. */
const ESCAPED = new Uint8Array(256)
for (const byte of Buffer.from('"\\/bfnrt')) ESCAPED[byte] = 1

/** Members of open objects, all together. */
const MAX_OPEN_MEMBERS = 1_024
const MAX_NAMES = 16
/** More at one time is left to JSON.parse. */
const MAX_PIECE_BYTES = 1024 * 1024

type Name = { level: number; bytes: Buffer; hash: number }

export class EntryScan {
  /** Opening quotes of the strings that mention the host, once for each time. */
  readonly mentions: number[] = []
  readonly #host: Buffer
  /** Its first letter, with the bit that small ones have. */
  readonly #letter: number
  readonly #maxDepth: number
  readonly #names: Name[] = []
  readonly #starts = new Int32Array(MAX_NAMES)
  readonly #ends = new Int32Array(MAX_NAMES)
  /** By depth: whether what is open there is an object, and the first of its members. */
  readonly #isObject: Uint8Array
  readonly #firstMember: Int32Array
  /** Hashes of names. Two of one hash may be one name twice. */
  readonly #members = new Int32Array(MAX_OPEN_MEMBERS)
  #piece: Buffer | undefined
  #bytes = Buffer.alloc(0)
  #hash = 0
  #hasOthers = false

  /** @param host as in an address, in lower case */
  constructor(host: string, maxDepth: number) {
    this.#host = Buffer.from(host)
    this.#letter = (this.#host[0] ?? 0) | 0x20
    this.#maxDepth = maxDepth
    this.#isObject = new Uint8Array(maxDepth + 1)
    this.#firstMember = new Int32Array(maxDepth + 1)
    this.lookFor('entry', 'resource')
  }

  /** @returns the number by which it is asked for; undefined when there are too many */
  lookFor(level: Level, name: string): number | undefined {
    const bytes = Buffer.from(name)
    const depth = level === 'entry' ? 1 : 2
    const known = this.#names.findIndex((one) => one.level === depth && one.bytes.equals(bytes))
    if (known !== -1) return known
    if (this.#names.length === MAX_NAMES) return undefined
    let hash = 0
    for (const byte of bytes) hash = added(hash, byte)
    return this.#names.push({ level: depth, bytes, hash }) - 1
  }

  /** Of the value of what was looked for, in the entry that was gone through last; -1 when it has no such member. */
  startOf(number: number): number {
    return this.#starts[number] ?? UNSURE
  }

  endOf(number: number): number {
    return this.#ends[number] ?? UNSURE
  }

  /** @returns the position behind the entry that begins at `from`; -1 where it is not all there, or not plain enough */
  end(piece: Buffer, from: number): number {
    if (piece.length > MAX_PIECE_BYTES) return UNSURE
    if (piece !== this.#piece) this.#load(piece)
    this.mentions.length = 0
    this.#hasOthers = false
    this.#starts.fill(UNSURE)
    const end = this.#endOfObject(this.#bytes, from)
    if (end !== UNSURE && this.#hasOthers && !isUtf8(piece.subarray(from, end))) return UNSURE
    return end
  }

  /** With a byte behind it that JSON has nowhere: to ask at each byte whether it is the last one costs as much again. */
  #load(piece: Buffer): void {
    if (this.#bytes.length <= piece.length) this.#bytes = Buffer.allocUnsafe(piece.length + 1)
    piece.copy(this.#bytes)
    this.#bytes[piece.length] = 0
    this.#piece = piece
  }

  #endOfObject(bytes: Buffer, from: number): number {
    const isObject = this.#isObject
    const firstMember = this.#firstMember
    const members = this.#members
    let at = from
    let depth = 0
    let memberCount = 0
    // What is looked for and has begun, at the two outer levels.
    let ofEntry = UNSURE
    let ofResource = UNSURE
    for (;;) {
      if ((bytes[at] as number) <= SPACE) at = blankEnd(bytes, at)
      let byte = bytes[at] as number
      let isOpen = false
      if (byte === QUOTE) at = this.#stringEnd(bytes, at)
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (depth === this.#maxDepth) return UNSURE
        depth += 1
        isObject[depth] = byte === OPEN_BRACE ? 1 : 0
        firstMember[depth] = memberCount
        at += 1
        if ((bytes[at] as number) <= SPACE) at = blankEnd(bytes, at)
        isOpen = bytes[at] !== (byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET)
      } else at = scalarEnd(bytes, at)
      if (at === UNSURE) return UNSURE

      // Behind a value, or before the first one of what has just been opened.
      while (!isOpen) {
        if (depth === 2 && ofResource !== UNSURE) {
          this.#ends[ofResource] = at
          ofResource = UNSURE
        } else if (depth === 1 && ofEntry !== UNSURE) {
          this.#ends[ofEntry] = at
          ofEntry = UNSURE
        } else if (depth === 0) return at
        if ((bytes[at] as number) <= SPACE) at = blankEnd(bytes, at)
        byte = bytes[at] as number
        if (byte === COMMA) {
          at += 1
          if ((bytes[at] as number) <= SPACE) at = blankEnd(bytes, at)
          break
        }
        if (byte !== (isObject[depth] === 1 ? CLOSE_BRACE : CLOSE_BRACKET)) return UNSURE
        memberCount = firstMember[depth] ?? 0
        depth -= 1
        at += 1
      }
      if (isObject[depth] === 0) continue

      const start = at
      at = this.#nameEnd(bytes, start)
      if (at === UNSURE || memberCount === MAX_OPEN_MEMBERS) return UNSURE
      const hash = this.#hash
      for (let one = firstMember[depth] ?? 0; one < memberCount; one += 1) if (members[one] === hash) return UNSURE
      members[memberCount] = hash
      memberCount += 1
      const nameEnd = at
      if ((bytes[at] as number) <= SPACE) at = blankEnd(bytes, at)
      if (bytes[at] !== COLON) return UNSURE
      at += 1
      // Of the inner ones those of the record alone.
      if (depth > 2 || (depth === 2 && ofEntry !== RECORD)) continue
      const found = this.#named(bytes, start, nameEnd, depth)
      if (found === UNSURE) continue
      const value = blankEnd(bytes, at)
      this.#starts[found] = value
      if (depth === 1) ofEntry = found
      else ofResource = found
      // Another thing than a record in its place is for JSON.parse to say.
      if (depth === 1 && found === RECORD && bytes[value] !== OPEN_BRACE) return UNSURE
    }
  }

  /** Behind the closing quote of the string at `start`. */
  #stringEnd(bytes: Buffer, start: number): number {
    let at = start + 1
    for (;;) {
      while (SPECIAL[bytes[at] as number] === 0) at += 1
      const byte = bytes[at] as number
      if (byte === QUOTE) return at + 1
      if (byte === SLASH) {
        at += 1
        // Letters are a bit away from each other.
        if (((bytes[at] as number) | 0x20) === this.#letter && this.#isHost(bytes, at)) this.mentions.push(start)
      } else if (byte === BACKSLASH) {
        if (ESCAPED[bytes[at + 1] as number] !== 1) return UNSURE
        // The slash of an escape is one before a host as well.
        at += bytes[at + 1] === SLASH ? 1 : 2
      } else if (byte >= 0x80) {
        this.#hasOthers = true
        at += 1
      } else return UNSURE
    }
  }

  /** The same for the name of a member, which has nothing special in it. */
  #nameEnd(bytes: Buffer, start: number): number {
    if (bytes[start] !== QUOTE) return UNSURE
    let hash = 0
    let at = start + 1
    for (; SPECIAL[bytes[at] as number] === 0; at += 1) hash = added(hash, bytes[at] as number)
    this.#hash = hash
    return bytes[at] === QUOTE ? at + 1 : UNSURE
  }

  #isHost(bytes: Buffer, at: number): boolean {
    const host = this.#host
    for (let one = 0; one < host.length; one += 1) if (lowerCase(bytes[at + one] as number) !== host[one]) return false
    return true
  }

  #named(bytes: Buffer, start: number, end: number, level: number): number {
    const names = this.#names
    for (let number = 0; number < names.length; number += 1) {
      const { hash, level: ofLevel, bytes: name } = names[number] as Name
      if (
        hash === this.#hash &&
        ofLevel === level &&
        name.length === end - start - 2 &&
        startsWith(bytes, start + 1, name)
      )
        return number
    }
    return UNSURE
  }
}

function added(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
}
