// Verdicts on the entries of one list. The judgement is a function of what it looks at: an entry in which all of that is the
// same, byte for byte, as in one that was judged has the same verdict. What it looks at is seen by letting it look, so that
// nothing here knows how judgements are made.

import { type EntryVerdict, judgeEntry, type ListGuard } from '../../smart/plan/guard.ts'
import type { EntryScan, Level } from './entry-scan.ts'

/** An entry that was judged, for others like it. */
export type Precedent = {
  verdict: EntryVerdict
  resource: unknown
  /** By the scan's number of what was looked at; `there`: looked into, which has numbers of its own. */
  parts: readonly { number: number; bytes: Buffer | 'there' | 'absent' }[]
}

const MAX_PRECEDENTS = 8
const MAX_PART_BYTES = 4_096

export class EntryVerdicts {
  readonly #guard: ListGuard
  readonly #scan: EntryScan
  readonly #alsoLooksAt: (resource: unknown) => void
  readonly #precedents: Precedent[] = []

  /** @param alsoLooksAt what else is made of a record that passes, and is to be the same for all that are alike */
  constructor(guard: ListGuard, scan: EntryScan, alsoLooksAt: (resource: unknown) => void) {
    this.#guard = guard
    this.#scan = scan
    this.#alsoLooksAt = alsoLooksAt
  }

  /** For the entry that the scan has just gone through; undefined when there was none like it. */
  precedent(bytes: Buffer): Precedent | undefined {
    const precedents = this.#precedents
    for (let at = 0; at < precedents.length; at += 1) {
      const one = precedents[at] as Precedent
      if (this.#isLike(one, bytes)) return one
    }
    return undefined
  }

  /** @param from where in the bytes the entry is, that the scan has just gone through */
  judge(entry: unknown, bytes: Buffer, from: number): EntryVerdict {
    if (this.#precedents.length === MAX_PRECEDENTS) return judgeEntry(this.#guard, entry)
    const looked = new Looked()
    const observed = looked.at(entry, 'entry')
    const verdict = judgeEntry(this.#guard, observed)
    if (verdict === 'match') this.#alsoLooksAt((observed as { resource?: unknown }).resource)
    const numbers = looked.isCounted ? this.#numbersOf(looked) : undefined
    // What was not looked for before is found by going through it again.
    if (numbers !== undefined && this.#scan.end(bytes, from) !== -1) {
      const { resource } = entry as { resource?: unknown }
      this.#learn({ verdict, resource, parts: numbers.map((number) => this.#part(number, bytes)) })
    }
    return verdict
  }

  #part(number: number, bytes: Buffer): Precedent['parts'][number] {
    const [start, end] = [this.#scan.startOf(number), this.#scan.endOf(number)]
    if (start === -1) return { number, bytes: 'absent' }
    // Its members are parts of their own.
    return { number, bytes: number === 0 ? 'there' : Buffer.from(bytes.subarray(start, end)) }
  }

  #learn(precedent: Precedent): void {
    const isSmall = precedent.parts.every(({ bytes }) => typeof bytes === 'string' || bytes.length <= MAX_PART_BYTES)
    if (isSmall) this.#precedents.push(precedent)
  }

  #numbersOf({ names }: Looked): number[] | undefined {
    const numbers = names.map(({ level, name }) => this.#scan.lookFor(level, name))
    return numbers.every((number) => number !== undefined) ? numbers : undefined
  }

  #isLike({ parts }: Precedent, bytes: Buffer): boolean {
    for (let at = 0; at < parts.length; at += 1) {
      const { number, bytes: part } = parts[at] as Precedent['parts'][number]
      const start = this.#scan.startOf(number)
      if (part === 'absent' || part === 'there') {
        if ((start === -1) !== (part === 'absent')) return false
      } else if (start === -1 || !isSame(bytes, start, this.#scan.endOf(number), part)) return false
    }
    return true
  }
}

function isSame(bytes: Buffer, start: number, end: number, part: Buffer): boolean {
  if (end - start !== part.length) return false
  for (let at = 0; at < part.length; at += 1) if (bytes[start + at] !== part[at]) return false
  return true
}

/** Notes which members of an entry and of its record are looked at. */
class Looked {
  readonly names: { level: Level; name: string }[] = []
  /** Not when it was looked at as a whole. */
  isCounted = true

  at(value: unknown, level: Level): unknown {
    if (typeof value !== 'object' || value === null) return value
    const note = (name: string | symbol) => {
      if (typeof name === 'symbol') this.isCounted = false
      else if (!this.names.some((one) => one.level === level && one.name === name)) this.names.push({ level, name })
    }
    return new Proxy(value, {
      get: (target, name) => {
        note(name)
        const member: unknown = Reflect.get(target, name)
        return level === 'entry' && name === 'resource' ? this.at(member, 'resource') : member
      },
      has: (target, name) => {
        note(name)
        return Reflect.has(target, name)
      },
      getOwnPropertyDescriptor: (target, name) => {
        note(name)
        return Reflect.getOwnPropertyDescriptor(target, name)
      },
      ownKeys: (target) => {
        this.isCounted = false
        return Reflect.ownKeys(target)
      },
    })
  }
}
