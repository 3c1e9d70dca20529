// Audit records in Azure Table Storage: all that is recorded, for auditors, and for patients what is about them.

import type { TableClient } from '@azure/data-tables'
import { type AuditRow, auditRows } from '../../smart/audit/audit-rows.ts'
import { hasStatus } from '../table.ts'
import type { AuditSink } from './sink.ts'

/** Most operations of one transaction, all in one partition. */
const TRANSACTION_ROWS = 100
/** Transactions at one time. */
const AT_ONCE = 8
const PATIENCE_MS = 10_000

/** @param table that the authorization server makes */
export function tableSink(table: TableClient): AuditSink {
  const within = () => ({ abortSignal: AbortSignal.timeout(PATIENCE_MS) })

  /** @returns how many rows it will never take */
  async function put(rows: readonly AuditRow[]): Promise<number> {
    try {
      if (rows.length === 1) for (const row of rows) await table.upsertEntity(row, 'Replace', within())
      else await table.submitTransaction(rows.map((row) => ['upsert', row, 'Replace']))
      return 0
    } catch (error) {
      if (!hasStatus(error, 400, 413)) throw error
      // One that cannot be stored keeps no other from being stored.
      return rows.length === 1
        ? 1
        : sum(
            await inTurns(
              rows.map((row) => [row]),
              put,
            ),
          )
    }
  }

  return {
    name: 'table',
    batch: 200,
    async write(records) {
      const partitions = Object.values(Object.groupBy(records.flatMap(auditRows), ({ partitionKey }) => partitionKey))
      return sum(
        await inTurns(
          partitions.flatMap((rows) => inChunks(rows ?? [])),
          put,
        ),
      )
    },
  }
}

function inChunks(rows: readonly AuditRow[]): AuditRow[][] {
  return Array.from({ length: Math.ceil(rows.length / TRANSACTION_ROWS) }, (_, at) =>
    rows.slice(at * TRANSACTION_ROWS, (at + 1) * TRANSACTION_ROWS),
  )
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<number>): Promise<number[]> {
  const done: number[] = []
  for (let at = 0; at < items.length; at += AT_ONCE)
    done.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
  return done
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
