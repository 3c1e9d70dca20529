// Reads and judges the entries of a list: at one go where they are plain, by JSON.parse where they are not.

import { aboutWhom } from '../../smart/fhir/compartment.ts'
import { type EntryVerdict, judgeEntry, type ListGuard } from '../../smart/plan/guard.ts'
import { ENTRY_MAX_DEPTH } from '../json/bundle-cutter.ts'
import { readJson, textOf } from '../json/json-value.ts'
import { EntryScan } from './entry-scan.ts'
import { EntryVerdicts } from './entry-verdicts.ts'

export class EntryReader {
  /** Of the entry that was read last. */
  verdict: EntryVerdict = 'foreign'
  /** Its opening quotes of strings that mention the host, once for each time; undefined when that was not looked for. */
  mentions: readonly number[] | undefined
  /** Its record; or another one, which is of the same type and about the same patients. */
  resource: unknown
  readonly #guard: ListGuard
  readonly #maxBytes: number
  readonly #scan: EntryScan
  readonly #verdicts: EntryVerdicts
  readonly #wantsRecords: boolean

  /** @param wantsRecords whether `resource` has to be its own */
  constructor(guard: ListGuard, settings: { host: string; maxBytes: number; wantsRecords: boolean }) {
    this.#guard = guard
    this.#maxBytes = settings.maxBytes
    this.#wantsRecords = settings.wantsRecords
    this.#scan = new EntryScan(settings.host, ENTRY_MAX_DEPTH)
    this.#verdicts = new EntryVerdicts(guard, this.#scan, (resource) =>
      // By which it is counted for the audit.
      aboutWhom(resource ?? {}, guard.bases),
    )
  }

  /** @returns the position behind the entry that begins here; -1 when it is not all here, or not plain, and nothing is read */
  readAt(piece: Buffer, from: number): number {
    const end = this.#scan.end(piece, from)
    if (end === -1 || end - from > this.#maxBytes) return -1
    this.mentions = this.#scan.mentions
    // Where each record is wanted, each is read.
    const precedent = this.#wantsRecords ? undefined : this.#verdicts.precedent(piece)
    if (precedent === undefined) {
      const entry: unknown = JSON.parse(textOf(piece.subarray(from, end)) ?? '')
      const verdict = this.#wantsRecords ? judgeEntry(this.#guard, entry) : this.#verdicts.judge(entry, piece, from)
      this.#keep(entry, verdict)
    } else {
      this.verdict = precedent.verdict
      this.resource = precedent.resource
    }
    return end
  }

  /** @param members how many it names, as a scan counted them. @returns false when it cannot be read in one way only */
  read(bytes: Buffer, members: number): boolean {
    const read = readJson(bytes, members)
    if (read === undefined) return false
    this.mentions = undefined
    this.#keep(read.value, judgeEntry(this.#guard, read.value))
    return true
  }

  #keep(entry: unknown, verdict: EntryVerdict): void {
    this.verdict = verdict
    this.resource = (entry as { resource?: unknown }).resource
  }
}
