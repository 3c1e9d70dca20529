// The journal of changes, a table: one row a write, from before it is forwarded until its events are delivered. First it says
// what is attempted, then what came of it. Rows lie in one partition, in the order in which their writes began.

import type { TableClient } from '@azure/data-tables'
import { hasStatus } from '../table.ts'
import type { Attempt, Change } from './change.ts'

/** Who asked for it. */
export type Who = { requestId: string; address: string; clientId?: string; person?: string }

export type Row = {
  /** Sorts by when the write began. */
  key: string
  begunAt: string
  /** Until then the process that began it may be at it; afterwards it is for whoever reconciles. */
  inFlightUntil: string
  who: Who
  state: { kind: 'pending'; attempts: readonly Attempt[] } | { kind: 'changed'; changes: readonly Change[] }
}

/** A row as it was read, with the tag that tells whether it still is so. */
export type StoredRow = Row & { etag: string }

export interface Journal {
  /** Rejects when the row may not be there: then nothing must be forwarded. */
  add(row: Row): Promise<void>
  /** For the process that knows: whatever was made of the row meanwhile, this is what came of it. */
  settle(row: Row, changes: readonly Change[]): Promise<void>
  /** The same for whoever found out later. False: the row is not as it was read, and stays as it is. */
  reconcile(row: StoredRow, changes: readonly Change[]): Promise<boolean>
  /** Oldest first, in pages. */
  pages(): AsyncIterable<StoredRow[]>
  remove(keys: readonly string[]): Promise<void>
}

export const CHANGES_TABLE = 'changes'
const PARTITION = 'change'
const PAGE_ROWS = 200
/** Most operations of one request to the table. */
const TRANSACTION_ROWS = 100
/** A property holds 32,768 UTF-16 units, a row 1 MiB. */
const CHUNK_UNITS = 32_000
const MAX_UNITS = 400_000
const PATIENCE_MS = 5_000

/** Makes the table where it is missing. */
export function createJournal(table: TableClient): Journal {
  const within = () => ({ abortSignal: AbortSignal.timeout(PATIENCE_MS) })

  async function put(row: Row): Promise<void> {
    await table.upsertEntity(entityOf(row), 'Replace', within())
  }

  return {
    async add(row) {
      try {
        await table.createEntity(entityOf(row), within())
      } catch (error) {
        // Of a key that nobody else has: a first try whose answer was lost.
        if (hasStatus(error, 409)) return
        if (!hasStatus(error, 404)) throw error
        await table.createTable(within())
        await table.createEntity(entityOf(row), within())
      }
    },
    settle: (row, changes) =>
      changes.length === 0 ? remove([row.key]) : put({ ...row, state: { kind: 'changed', changes } }),
    async reconcile({ etag, ...row }, changes) {
      try {
        if (changes.length === 0) await table.deleteEntity(PARTITION, row.key, { etag, ...within() })
        else
          await table.updateEntity(entityOf({ ...row, state: { kind: 'changed', changes } }), 'Replace', {
            etag,
            ...within(),
          })
        return true
      } catch (error) {
        if (hasStatus(error, 404, 412)) return false
        throw error
      }
    },
    async *pages() {
      const queryOptions = { filter: `PartitionKey eq '${PARTITION}'` }
      let continuationToken: string | undefined
      do {
        const listed = table.listEntities<Entity>({ queryOptions, ...within() })
        const pages = listed.byPage({ maxPageSize: PAGE_ROWS, ...(continuationToken ? { continuationToken } : {}) })
        const page = await pages.next().catch((error: unknown) => {
          // Nothing was ever written.
          if (hasStatus(error, 404)) return undefined
          throw error
        })
        if (page === undefined || page.done) return
        yield page.value.map(rowOf)
        continuationToken = page.value.continuationToken
      } while (continuationToken)
    },
    remove,
  }

  async function remove(keys: readonly string[]): Promise<void> {
    if (keys.length <= 1) return Promise.all(keys.map(removeOne)).then(() => undefined)
    for (let at = 0; at < keys.length; at += TRANSACTION_ROWS) {
      const some = keys.slice(at, at + TRANSACTION_ROWS)
      try {
        await table.submitTransaction(some.map((rowKey) => ['delete', { partitionKey: PARTITION, rowKey }]))
      } catch (error) {
        // Another replica was faster with one of them.
        if (!hasStatus(error, 404)) throw error
        await Promise.all(some.map(removeOne))
      }
    }
  }

  async function removeOne(rowKey: string): Promise<void> {
    try {
      await table.deleteEntity(PARTITION, rowKey, within())
    } catch (error) {
      if (!hasStatus(error, 404)) throw error
    }
  }
}

type Entity = { partitionKey: string; rowKey: string; etag?: string } & Record<string, unknown>

function entityOf({ key, ...row }: Row): Entity & { partitionKey: string } {
  // ASCII alone: Azurite breaks a longer character that two packets share.
  const text = JSON.stringify(row).replace(/[^\x20-\x7e]/g, escaped)
  if (text.length > MAX_UNITS) throw new RangeError('too many changes for one row')
  const chunks = Array.from({ length: Math.ceil(text.length / CHUNK_UNITS) }, (_, at) => [
    `row${at}`,
    text.slice(at * CHUNK_UNITS, (at + 1) * CHUNK_UNITS),
  ])
  return { partitionKey: PARTITION, rowKey: key, ...Object.fromEntries(chunks) }
}

function rowOf(entity: Entity & { etag: string }): StoredRow {
  let text = ''
  for (let at = 0; typeof entity[`row${at}`] === 'string'; at += 1) text += entity[`row${at}`]
  return { key: entity.rowKey, etag: entity.etag, ...(JSON.parse(text) as Omit<Row, 'key'>) }
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
