// Between requests and a sink: answers never wait for it, and what it cannot take now is tried again. Bounded, so that a sink
// that is down for long costs records or requests, as the operator chose, and never the memory of the service.

import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { AuditRecord } from '../../smart/audit/audit.ts'
import { outsideRequests } from '../request-context.ts'
import type { AuditSink } from './sink.ts'

export type QueueState = { waiting: number; lost: number; isFailing: boolean }

export type AuditQueue = {
  add(records: readonly AuditRecord[]): void
  state(): QueueState
  /** Whether it has room, and the sink took what it was last given. */
  isWritable(): boolean
  /** Until all is written, or the signal says that nobody waits any longer. */
  drained(signal: AbortSignal): Promise<void>
}

export type QueueSettings = {
  sink: AuditSink
  /** Records that may wait. */
  limit: number
  /** Requests are refused while it is not writable: then none of the few that are under way is dropped. */
  isRequired: boolean
  log: Logger
  /** Between attempts. */
  pause?: (milliseconds: number) => Promise<void>
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

export function createQueue({ sink, limit, isRequired, log, pause = unhurried }: QueueSettings): AuditQueue {
  const waiting: AuditRecord[] = []
  let lost = 0
  let isFailing = false
  let isLosing = false
  let working: Promise<void> | undefined

  async function work(): Promise<void> {
    for (let attempt = 0; waiting.length > 0; ) {
      const records = waiting.slice(0, sink.batch)
      try {
        const refused = await sink.write(records)
        if (refused > 0) lose(refused, 'refused')
        waiting.splice(0, records.length)
        if (isFailing) log.warn({ sink: sink.name, lost }, 'audit records are written again')
        isFailing = false
        isLosing = false
        attempt = 0
      } catch (error) {
        // Its own words may name what was to be written.
        const { name, code } = error as { name?: unknown; code?: unknown }
        if (!isFailing) log.error({ sink: sink.name, error: String(code ?? name) }, 'audit records cannot be written')
        isFailing = true
        await pause(Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS))
        attempt += 1
      }
    }
    working = undefined
  }

  function lose(count: number, why: 'full' | 'refused'): void {
    lost += count
    if (!isLosing) log.error({ sink: sink.name, why, lost }, 'audit records are lost')
    isLosing = true
  }

  return {
    add(records) {
      for (const record of records) {
        // Strangers, who may send what they like, take no room from those who are known.
        const room = record.actor.clientId === undefined ? limit / 2 : isRequired ? Number.POSITIVE_INFINITY : limit
        if (waiting.length < room) waiting.push(record)
        else lose(1, 'full')
      }
      if (waiting.length > 0) working ??= outsideRequests(work)
    },
    state: () => ({ waiting: waiting.length, lost, isFailing }),
    isWritable: () => !isFailing && waiting.length < limit,
    async drained(signal) {
      const given = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      if (!signal.aborted) await Promise.race([working, given])
    },
  }
}

/** A process that ends need not wait for it. */
function unhurried(milliseconds: number): Promise<void> {
  return wait(milliseconds, undefined, { ref: false })
}
