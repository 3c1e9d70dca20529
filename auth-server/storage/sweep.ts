// Removes rows whose time is over. Reading drops them anyway; this keeps the tables small.
import { odata, type TableClient } from '@azure/data-tables'
import type { Logger } from 'pino'
import { AUDIT_TABLE, oldestKept } from '../../smart/audit/audit-rows.ts'
import { REFERENCE_TOKENS_TABLE } from '../../smart/reference-token.ts'
import { bucketOf, REVOCATION_SECONDS, REVOCATIONS_TABLE } from '../../smart/revocation.ts'
import type { RecordStore } from './record-store.ts'
import { openTable, STATE_TABLE, type TableSettings } from './tables.ts'

const SWEEP_SECONDS = 3600
/** A transaction holds at most 100 operations of one partition. */
const BATCH = 100

export type SweepSettings = TableSettings & {
  /** How long audit records are kept. */
  auditDays: number
}

/** @returns how many rows were removed from each table */
export async function sweep(settings: SweepSettings, now: () => number = Date.now): Promise<Record<string, number>> {
  const seconds = Math.floor(now() / 1000)
  const over = odata`exp lt ${seconds}`
  const filters = {
    [STATE_TABLE]: over,
    [REFERENCE_TOKENS_TABLE]: over,
    [REVOCATIONS_TABLE]: odata`PartitionKey lt ${bucketOf(seconds - REVOCATION_SECONDS)}`,
    [AUDIT_TABLE]: odata`PartitionKey lt ${oldestKept(new Date(now()), settings.auditDays)}`,
  }
  const removed: Record<string, number> = {}
  for (const [table, filter] of Object.entries(filters)) {
    removed[table] = await removeWhere(await openTable({ ...settings, table }), filter)
  }
  return removed
}

async function removeWhere(client: TableClient, filter: string): Promise<number> {
  const found = client.listEntities<{ partitionKey: string; rowKey: string }>({
    queryOptions: { filter, select: ['PartitionKey', 'RowKey'] },
  })
  let removed = 0
  let partition = ''
  let rows: string[] = []
  // They come partition by partition, so that a table of any size is gone through.
  for await (const { partitionKey = '', rowKey = '' } of found) {
    if (partitionKey !== partition || rows.length === BATCH) {
      removed += await removeRows(client, partition, rows)
      rows = []
    }
    partition = partitionKey
    rows.push(rowKey)
  }
  return removed + (await removeRows(client, partition, rows))
}

async function removeRows(client: TableClient, partitionKey: string, rows: readonly string[]): Promise<number> {
  if (rows.length > 0) {
    await client.submitTransaction(rows.map((rowKey) => ['delete', { partitionKey, rowKey }]))
  }
  return rows.length
}

/** Sweeps each hour, one replica at a time, until the process ends. */
export function sweepHourly(settings: SweepSettings, store: RecordStore, log: Logger): void {
  const timer = setInterval(async () => {
    try {
      if (!(await store.insert('Lease', 'sweep', {}, SWEEP_SECONDS - 60))) return
      log.info({ removed: await sweep(settings) }, 'swept')
    } catch (error) {
      log.warn({ err: error }, 'sweep failed')
    }
  }, SWEEP_SECONDS * 1000)
  timer.unref()
}
