// A list of the upstream's on its way out: cut while it comes in, judged entry by entry, and put together again from the
// upstream's own bytes, with links of ours.

import {
  type Around,
  type AroundVerdict,
  isListFor,
  judgeAround,
  judgeEntry,
  type ListGuard,
  type ListRefusal,
} from '../smart/guard.ts'
import { disclosed } from './audit/trail.ts'
import { BundleCutter, type Cut, type CutFault } from './bundle-cutter.ts'
import type { BundleLink } from './searchset.ts'
import type { RewriteBytes } from './url-rewriter.ts'

export type Taken = { kind: 'pass'; bytes: Buffer[] } | { kind: 'refuse'; reason: ListRefusal | CutFault }

/** All else that a server may put on a Bundle (a signature, extensions) says nothing true of what we send. */
const KEPT: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta', 'type', 'timestamp'])
/** `entry`: one that is no array. */
const JUDGED: ReadonlySet<string> = new Set(['resourceType', 'type', 'link', 'entry'])

const COMMA = Buffer.from(',')

export class ListOut {
  /** Without a prototype: a member may have any name. */
  readonly around: Around = Object.create(null) as Around
  /** Records that passed, where what comes along hangs on them. */
  readonly matches: unknown[] = []
  readonly #guard: ListGuard
  readonly #rewrite: RewriteBytes
  readonly #cutter: BundleCutter
  readonly #looksForMore: boolean
  #members: Buffer[] = []
  #total: Buffer | undefined
  #hasEntries = false

  constructor(guard: ListGuard, rewrite: RewriteBytes, maxEntryBytes: number) {
    this.#guard = guard
    this.#rewrite = rewrite
    this.#cutter = new BundleCutter(maxEntryBytes)
    this.#looksForMore = guard.kind === 'searchset' && guard.includes.length > 0
  }

  /** Whether it has been seen to be the list that was asked for. */
  get isKnown(): boolean {
    return isListFor(this.#guard, this.around)
  }

  /** @returns what may go out after this piece: entries that were judged, and nothing before them that was not */
  take(piece: Buffer): Taken {
    const cuts = this.#cutter.add(piece)
    if (typeof cuts === 'string') return { kind: 'refuse', reason: cuts }
    const bytes: Buffer[] = []
    for (const cut of cuts) {
      if (cut.kind === 'member') this.#keep(cut)
      else {
        const verdict = judgeEntry(this.#guard, cut.value)
        if (verdict === 'foreign') return { kind: 'refuse', reason: 'foreign-entry' }
        if (verdict === 'remark') continue
        const { resource } = cut.value as { resource?: unknown }
        disclosed(resource)
        if (this.#looksForMore) this.matches.push(resource)
        bytes.push(...this.#entry(this.#rewrite(cut.bytes)))
      }
    }
    return { kind: 'pass', bytes }
  }

  /** After the last piece: the rest of the judgement. */
  judge(): AroundVerdict | { kind: 'refuse'; reason: 'not-a-searchset' | CutFault } {
    if (!this.#cutter.isComplete) return { kind: 'refuse', reason: 'unreadable' }
    return 'entry' in this.around
      ? { kind: 'refuse', reason: 'not-a-searchset' }
      : judgeAround(this.#guard, this.around)
  }

  /** @param included entries that come along, as JSON texts */
  close({
    keepTotal,
    links,
    included,
  }: {
    keepTotal: boolean
    links: readonly BundleLink[]
    included: readonly string[]
  }): Buffer[] {
    const bytes = included.flatMap((text) => this.#entry(this.#rewrite(Buffer.from(text))))
    const total = keepTotal && this.#total !== undefined ? [this.#total] : []
    const members = [...this.#members, ...total, Buffer.from(`"link":${JSON.stringify(links)}`)]
    return [...bytes, Buffer.from(this.#hasEntries ? '],' : '{'), ...joined(members), Buffer.from('}')]
  }

  #keep({ key, bytes, value }: Extract<Cut, { kind: 'member' }>): void {
    if (JUDGED.has(key)) this.around[key] = value
    const member = () => Buffer.concat([Buffer.from(`${JSON.stringify(key)}:`), ...this.#rewrite(bytes)])
    if (KEPT.has(key)) this.#members.push(member())
    else if (key === 'total') this.#total = member()
  }

  #entry(bytes: readonly Buffer[]): Buffer[] {
    if (this.#hasEntries) return [COMMA, ...bytes]
    this.#hasEntries = true
    const before = [...this.#members.splice(0), Buffer.from('"entry":[')]
    return [Buffer.from('{'), ...joined(before), ...bytes]
  }
}

function joined(parts: readonly Buffer[]): Buffer[] {
  return parts.flatMap((part, at) => (at === 0 ? [part] : [COMMA, part]))
}
