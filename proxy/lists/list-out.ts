// A list of the upstream's on its way out: cut while it comes in, judged entry by entry, and put together again from the
// upstream's own bytes, with links of ours.

import { isId } from '../../smart/fhir/reference.ts'
import {
  type Around,
  type AroundVerdict,
  isListFor,
  judgeAround,
  type ListGuard,
  type ListRefusal,
} from '../../smart/plan/guard.ts'
import { isInstant } from '../answers/body.ts'
import { disclosedAlike } from '../audit/trail.ts'
import { BundleCutter, type CutFault, type Taker } from '../json/bundle-cutter.ts'
import type { ByteRewriter } from '../upstream/url-rewriter.ts'
import { EntryReader } from './entry-reader.ts'
import type { BundleLink } from './searchset.ts'
import { Splices } from './splices.ts'

type Refused = ListRefusal | CutFault
export type Taken = { kind: 'pass' } | { kind: 'refuse'; reason: Refused }

const isText = (value: unknown) => typeof value === 'string'
/**
 * By the shapes that these have: in another one anything could be said. All else that a server may put on a Bundle (a
 * signature, extensions) says nothing true of what we send.
 */
const KEPT: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['resourceType', isText],
  ['type', isText],
  ['id', (value) => typeof value === 'string' && isId(value)],
  ['timestamp', (value) => typeof value === 'string' && isInstant(value)],
  ['meta', isPlainMeta],
  ['total', (value) => Number.isSafeInteger(value) && Number(value) >= 0],
])
/** `entry`: one that is no array. */
const JUDGED: ReadonlySet<string> = new Set(['resourceType', 'type', 'link', 'entry'])

export class ListOut implements Taker<Refused> {
  /** Without a prototype: a member may have any name. */
  readonly around: Around = Object.create(null) as Around
  /** What may go out, until something is refused. */
  readonly out = new Splices()
  /** Records that passed, where what comes along hangs on them. */
  readonly matches: unknown[] = []
  refused: Refused | undefined
  readonly #guard: ListGuard
  readonly #rewriter: ByteRewriter
  readonly #cutter: BundleCutter<Refused>
  readonly #reader: EntryReader
  readonly #wantsRecords: boolean
  /** Records since the last piece, those that are alike as one: how often. */
  readonly #passed = new Map<unknown, number>()
  #members: Buffer[] = []
  #total: Buffer | undefined
  #hasEntries = false

  constructor(guard: ListGuard, rewriter: ByteRewriter, maxEntryBytes: number) {
    this.#guard = guard
    this.#rewriter = rewriter
    this.#cutter = new BundleCutter(this, maxEntryBytes)
    this.#wantsRecords = guard.kind === 'searchset' && guard.includes.length > 0
    const { host } = rewriter
    this.#reader = new EntryReader(guard, { host, maxBytes: maxEntryBytes, wantsRecords: this.#wantsRecords })
  }

  /** Whether it has been seen to be the list that was asked for. */
  get isKnown(): boolean {
    return isListFor(this.#guard, this.around)
  }

  /** Puts into `out` what may go out after this piece: entries that were judged. */
  take(piece: Buffer): Taken {
    const reason = this.#cutter.add(piece)
    if (reason !== undefined) return { kind: 'refuse', reason }
    for (const [resource, times] of this.#passed) disclosedAlike(resource, times)
    this.#passed.clear()
    return { kind: 'pass' }
  }

  /** After the last piece: the rest of the judgement. */
  judge(): AroundVerdict | { kind: 'refuse'; reason: 'not-a-searchset' | CutFault } {
    if (!this.#cutter.isComplete) return { kind: 'refuse', reason: 'unreadable' }
    return 'entry' in this.around
      ? { kind: 'refuse', reason: 'not-a-searchset' }
      : judgeAround(this.#guard, this.around)
  }

  /**
   * Puts into `out` what ends the list.
   * @param included entries that come along, as JSON texts
   */
  close({ keepTotal, links, included }: Closing): void {
    for (const text of included) {
      const bytes = Buffer.from(text)
      this.#passOn(bytes, 0, bytes.length, undefined)
    }
    const total = keepTotal && this.#total !== undefined ? [this.#total] : []
    const members = [...this.#members, ...total, Buffer.from(`"link":${JSON.stringify(links)}`)]
    this.out.add(Buffer.from(this.#hasEntries ? '],' : '{'))
    this.#addMembers(members)
    this.out.add(Buffer.from('}'))
  }

  member(key: string, bytes: Buffer, value: unknown): void {
    if (JUDGED.has(key)) this.around[key] = value
    if (KEPT.get(key)?.(value) !== true) return
    const member = new Splices()
    member.add(Buffer.from(`${JSON.stringify(key)}:`))
    this.#rewriter.rewrite(bytes, { from: 0, end: bytes.length }, member)
    if (key === 'total') this.#total = member.take()
    else this.#members.push(member.take())
  }

  entryAt(piece: Buffer, from: number): number {
    const end = this.#reader.readAt(piece, from)
    if (end !== -1) this.#takeEntry(piece, from, end)
    return end
  }

  entry(bytes: Buffer, members: number): void {
    if (this.#reader.readAt(bytes, 0) !== -1 || this.#reader.read(bytes, members))
      this.#takeEntry(bytes, 0, bytes.length)
    else this.refused = 'unreadable'
  }

  #takeEntry(bytes: Buffer, from: number, end: number): void {
    const { verdict, mentions, resource } = this.#reader
    if (verdict === 'foreign') this.refused = 'foreign-entry'
    if (verdict !== 'match') return
    this.#passed.set(resource, (this.#passed.get(resource) ?? 0) + 1)
    if (this.#wantsRecords) this.matches.push(resource)
    this.#passOn(bytes, from, end, mentions)
  }

  #passOn(bytes: Buffer, from: number, end: number, mentions: readonly number[] | undefined): void {
    if (this.#hasEntries) this.out.addComma()
    else {
      this.out.add(Buffer.from('{'))
      this.#addMembers([...this.#members.splice(0), Buffer.from('"entry":[')])
      this.#hasEntries = true
    }
    this.#rewriter.rewrite(bytes, { from, end, mentions }, this.out)
  }

  #addMembers(members: readonly Buffer[]): void {
    for (const [at, member] of members.entries()) {
      if (at > 0) this.out.addComma()
      this.out.add(member)
    }
  }
}

/** Which version it is, and no more: tags and extensions may say anything. */
function isPlainMeta(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { lastUpdated = '2000-01-01T00:00:00Z', versionId = '1', ...more } = value as Record<string, unknown>
  const isPlain = isText(lastUpdated) && isInstant(String(lastUpdated)) && isText(versionId) && isId(String(versionId))
  return isPlain && Object.keys(more).length === 0
}

type Closing = { keepTotal: boolean; links: readonly BundleLink[]; included: readonly string[] }
