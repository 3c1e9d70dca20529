// Cuts a Bundle, while it comes in, into its members and the entries of its entry array. Strict about what stands between
// them; what is in them is read by whoever takes them. Memory: the largest one.

import { ByteRun } from './byte-run.ts'
import { isBlank, MAX_DEPTH, readJson, ValueScan } from './json-value.ts'

export type CutFault = 'unreadable' | 'too-large'

/** Who takes what is cut, in order. */
export type Taker<Reason> = {
  /** Why nothing more is taken. */
  readonly refused: Reason | undefined
  member(key: string, bytes: Buffer, value: unknown): void
  /** The entry that begins here, if all of it is here and it is plain. @returns the position behind it; else -1 */
  entryAt(piece: Buffer, from: number): number
  /** Any other entry. @param members how many it names, as a scan counted them */
  entry(bytes: Buffer, members: number): void
}

/** Levels that are around an entry. */
export const ENTRY_MAX_DEPTH = MAX_DEPTH - 2

/** What comes next. */
type Place =
  | 'object'
  | 'first-key'
  | 'key'
  | 'colon'
  | 'value'
  | 'after-value'
  | 'first-entry'
  | 'entry'
  | 'after-entry'
  | 'end'

type Unit = 'key' | 'member' | 'entry'

const [COMMA, COLON, QUOTE] = [0x2c, 0x3a, 0x22]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]

/** No element of FHIR has a longer name, nor a Bundle more members. */
const MAX_KEY_BYTES = 256
const MAX_MEMBERS = 100

export class BundleCutter<Reason> {
  readonly #taker: Taker<Reason>
  readonly #maxUnitBytes: number
  readonly #keys = new Set<string>()
  #place: Place = 'object'
  #key = ''
  /** The unit that has begun, and its bytes in earlier pieces. */
  #unit: { kind: Unit; scan: ValueScan; earlier?: ByteRun } | undefined

  constructor(taker: Taker<Reason>, maxUnitBytes: number) {
    this.#taker = taker
    this.#maxUnitBytes = maxUnitBytes
  }

  get isComplete(): boolean {
    return this.#place === 'end'
  }

  /** Hands on what this piece completes. @returns why nothing more is to be cut */
  add(piece: Buffer): CutFault | Reason | undefined {
    for (let at = 0; at < piece.length; ) {
      if (this.#unit === undefined) {
        if (isBlank(piece[at])) {
          at += 1
          continue
        }
        const step = this.#step(piece[at] ?? 0)
        if (step === 'unreadable') return step
        if (step === 'passed') {
          at += 1
          continue
        }
        const end = step === 'entry' ? this.#taker.entryAt(piece, at) : -1
        if (end !== -1) {
          if (this.#taker.refused !== undefined) return this.#taker.refused
          this.#place = 'after-entry'
          at = end
          continue
        }
        this.#unit = { kind: step, scan: new ValueScan(step === 'entry' ? ENTRY_MAX_DEPTH : MAX_DEPTH - 1) }
      }
      const { kind, scan, earlier } = this.#unit
      const end = scan.endIn(piece, at)
      const bytes = piece.subarray(at, end === -1 ? piece.length : end)
      const length = (earlier?.length ?? 0) + bytes.length
      if (length > (kind === 'key' ? MAX_KEY_BYTES : this.#maxUnitBytes)) return 'too-large'
      if (scan.isTooDeep) return 'unreadable'
      if (end === -1) {
        this.#unit.earlier ??= new ByteRun()
        this.#unit.earlier.add(bytes)
        break
      }
      at = end
      this.#unit = undefined
      earlier?.add(bytes)
      const fault = this.#completed(kind, earlier?.take() ?? bytes, scan.members)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  /** Where a byte between units leads; a unit, when it begins one. */
  #step(byte: number): Unit | 'passed' | 'unreadable' {
    switch (this.#place) {
      case 'object':
        return this.#pass(byte === OPEN_BRACE, 'first-key')
      case 'first-key':
        if (byte === CLOSE_BRACE) return this.#pass(true, 'end')
        return byte === QUOTE ? 'key' : 'unreadable'
      case 'key':
        return byte === QUOTE ? 'key' : 'unreadable'
      case 'colon':
        return this.#pass(byte === COLON, 'value')
      case 'value':
        if (this.#key === 'entry' && byte === OPEN_BRACKET) return this.#pass(true, 'first-entry')
        return 'member'
      case 'after-value':
        return this.#pass(byte === COMMA || byte === CLOSE_BRACE, byte === COMMA ? 'key' : 'end')
      case 'first-entry':
        if (byte === CLOSE_BRACKET) return this.#pass(true, 'after-value')
        return byte === OPEN_BRACE ? 'entry' : 'unreadable'
      case 'entry':
        return byte === OPEN_BRACE ? 'entry' : 'unreadable'
      case 'after-entry':
        return this.#pass(byte === COMMA || byte === CLOSE_BRACKET, byte === COMMA ? 'entry' : 'after-value')
      case 'end':
        return 'unreadable'
    }
  }

  #pass(isExpected: boolean, next: Place): 'passed' | 'unreadable' {
    this.#place = next
    return isExpected ? 'passed' : 'unreadable'
  }

  #completed(kind: Unit, bytes: Buffer, members: number): CutFault | Reason | undefined {
    if (kind === 'entry') {
      this.#place = 'after-entry'
      this.#taker.entry(bytes, members)
      return this.#taker.refused
    }
    const read = readJson(bytes, members)
    if (read === undefined) return 'unreadable'
    if (kind === 'member') {
      this.#place = 'after-value'
      this.#taker.member(this.#key, bytes, read.value)
      return this.#taker.refused
    }
    // Escapes must not hide that two keys are the same.
    this.#key = String(read.value)
    if (this.#keys.has(this.#key) || this.#keys.size === MAX_MEMBERS) return 'unreadable'
    this.#keys.add(this.#key)
    this.#place = 'colon'
    return undefined
  }
}
