// What the services tell of themselves, in words of theirs: counts, durations, states and traces. Undefined wherever telemetry
// is off, so that it costs nothing then. Who calls it gives codes alone: no id of a patient or a record, no query, no token.

import type { AttributesOf, Counter, Gauge, Histogram } from './metrics.ts'

export type Reading<Key extends Gauge> = { value: number; attributes: AttributesOf<Key> }

/** One request and what was done for it. */
export type Trace = {
  /** Something that was waited for, from then (`performance.now()`) until now. */
  part(name: string, since: number, attributes: Record<string, string | number>): void
  /** @param failed the fault was ours, or of who stands behind */
  end(name: string, attributes: Record<string, string | number>, failed: boolean): void
}

export type Telemetry = {
  count<Key extends Counter>(what: Key, attributes: AttributesOf<Key>): void
  measure<Key extends Histogram>(what: Key, seconds: number, attributes: AttributesOf<Key>): void
  /** Asked whenever metrics are sent. None: not known. */
  watch<Key extends Gauge>(what: Key, read: () => readonly Reading<Key>[]): void
  /** @param traceparent of the caller, if it is well formed (W3C Trace Context) */
  begin(traceparent: string | undefined): Trace
  /** Takes lines of the log. */
  log: { write(line: string): void }
  /** Sends what is not sent yet, for as long as one attempt takes. */
  close(): Promise<void>
}

/** 2xx and so on. */
export function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`
}
