// The audit trail: each record goes to every sink, by a queue of its own.

import type { Logger } from 'pino'
import type { AuditRecord } from '../../smart/audit/audit.ts'
import { createQueue, type QueueState } from './queue.ts'
import type { AuditSink } from './sink.ts'

export type Audit = {
  /** Whether anything is recorded at all. */
  isOn: boolean
  take(records: readonly AuditRecord[]): void
  /** False: requests must be refused, since they could not be recorded. */
  isWritable(): boolean
  /** By sink. */
  state(): Record<string, QueueState>
  /** Waits for what is not written yet, no longer than the signal allows. */
  drained(signal: AbortSignal): Promise<void>
}

/** Where nothing is recorded. */
export const NO_AUDIT: Audit = {
  isOn: false,
  take() {},
  isWritable: () => true,
  state: () => ({}),
  drained: async () => {},
}

export type AuditSettings = {
  sinks: readonly AuditSink[]
  /** Without a record there is no answer. */
  isRequired: boolean
  /** Records that may wait for a sink. */
  limit: number
  log: Logger
}

export function createAudit({ sinks, ...settings }: AuditSettings): Audit {
  const queues = sinks.map((sink) => ({ name: sink.name, queue: createQueue({ sink, ...settings }) }))
  return {
    isOn: queues.length > 0,
    take(records) {
      for (const { queue } of queues) queue.add(records)
    },
    isWritable: () => !settings.isRequired || queues.every(({ queue }) => queue.isWritable()),
    state: () => Object.fromEntries(queues.map(({ name, queue }) => [name, queue.state()])),
    async drained(signal) {
      await Promise.all(queues.map(({ queue }) => queue.drained(signal)))
    },
  }
}
