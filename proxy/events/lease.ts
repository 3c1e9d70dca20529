// Which replica delivers: one at a time, so that events of a patient keep their order. A row in the journal's table says which,
// and until when. Two who both believe it for a moment deliver something twice, which is allowed.

import type { TableClient } from '@azure/data-tables'
import { hasStatus } from '../table.ts'

export interface Lease {
  /** Takes it or keeps it. False: another replica has it. */
  hold(): Promise<boolean>
  /** Keeps it for as long as the work takes. */
  keeping<T>(work: () => Promise<T>): Promise<T>
  /** So that another need not wait for its end. */
  release(): Promise<void>
}

type LeaseRow = { holder: string; until: string }

const KEYS = { partitionKey: 'lease', rowKey: 'delivery' }
const LEASE_MS = 10_000
/** Renewed when so much of it is gone. */
const RENEW_AFTER_MS = 3_000
const PATIENCE_MS = 2_000

export function createLease({
  table,
  holder,
  clock,
}: {
  table: TableClient
  /** Unique to this process. */
  holder: string
  clock: () => Date
}): Lease {
  let takenAt = Number.NEGATIVE_INFINITY
  let etag: string | undefined
  /** One call at a time: two would take it away from each other. */
  let holding: Promise<boolean> | undefined

  async function found(): Promise<{ row: LeaseRow; etag: string } | undefined> {
    try {
      const entity = await table.getEntity<LeaseRow>(KEYS.partitionKey, KEYS.rowKey, within())
      return { row: entity, etag: entity.etag }
    } catch (error) {
      if (hasStatus(error, 404)) return undefined
      throw error
    }
  }

  async function take(now: number): Promise<boolean> {
    const row = { ...KEYS, holder, until: new Date(now + LEASE_MS).toISOString() }
    try {
      const answer =
        etag === undefined
          ? await table.createEntity(row, within())
          : await table.updateEntity(row, 'Replace', { etag, ...within() })
      etag = answer.etag
      takenAt = now
      return true
    } catch (error) {
      // Another was faster, or took it over; or there is no table yet, and nothing to deliver.
      if (!hasStatus(error, 404, 409, 412)) throw error
      takenAt = Number.NEGATIVE_INFINITY
      return false
    }
  }

  async function takeOrKeep(): Promise<boolean> {
    const now = clock().getTime()
    if (now - takenAt < RENEW_AFTER_MS) return true
    if (now - takenAt < LEASE_MS) return take(now)
    takenAt = Number.NEGATIVE_INFINITY
    const other = await found()
    if (other !== undefined && other.row.holder !== holder && Date.parse(other.row.until) > now) return false
    etag = other?.etag
    return take(now)
  }

  function hold(): Promise<boolean> {
    holding ??= takeOrKeep().finally(() => {
      holding = undefined
    })
    return holding
  }

  return {
    hold,
    async keeping(work) {
      // What fails here is told by the next one who asks.
      const timer = setInterval(() => void hold().catch(() => undefined), RENEW_AFTER_MS)
      try {
        return await work()
      } finally {
        clearInterval(timer)
      }
    },
    async release() {
      if (etag === undefined || takenAt === Number.NEGATIVE_INFINITY) return
      takenAt = Number.NEGATIVE_INFINITY
      await table.deleteEntity(KEYS.partitionKey, KEYS.rowKey, { etag, ...within() })
    },
  }
}

function within() {
  return { abortSignal: AbortSignal.timeout(PATIENCE_MS) }
}
