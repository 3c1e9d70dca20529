// What the audit table holds of one patient, newest first, month by month.

import { odata, type TableClient } from '@azure/data-tables'
import type { Logger } from 'pino'
import type { AccessRecord } from '../../smart/audit/audit.ts'
import { type AuditRow, oldestKept, patientPartition, rowKeyFrom } from '../../smart/audit/audit-rows.ts'
import { tableFault } from '../table.ts'

export type AccessLogQuery = {
  patient: string
  /** Milliseconds since 1970, from the first to before the second. */
  from: number
  until: number
  /** Undefined: of all clients. */
  client: string | undefined
  count: number
  /** Where a page before ended. */
  after: string | undefined
}

export type AccessLog = {
  /** Undefined: it cannot be read. `next`: where the rest goes on. */
  find(
    query: AccessLogQuery,
    signal: AbortSignal,
  ): Promise<{ records: AccessRecord[]; next: string | undefined } | undefined>
}

type Row = Pick<AuditRow, 'rowKey' | 'record'> & { month: string }

/** Read at one time, for patients of whom little is recorded. */
const MONTHS_AT_ONCE = 6

export function createAccessLog({
  table,
  keptDays,
  clock,
  log,
}: {
  table: TableClient
  keptDays: number
  clock: () => Date
  log: Logger
}): AccessLog {
  async function rowsOf(month: string, query: AccessLogQuery, signal: AbortSignal) {
    const { patient, from, until, client, count, after } = query
    const [place = '', key = ''] = after?.split('/') ?? []
    const since = rowKeyFrom(until - 1)
    const first = place === month && key > since ? key : since
    const keys = odata`PartitionKey eq ${patientPartition(month, patient)} and RowKey gt ${first} and RowKey lt ${rowKeyFrom(Math.max(0, from - 1))}`
    const filter = client === undefined ? keys : `${keys} and ${odata`client eq ${client}`}`
    const rows: Row[] = []
    const listed = table.listEntities<Pick<AuditRow, 'rowKey' | 'record'>>({
      queryOptions: { filter },
      abortSignal: signal,
    })
    for await (const page of listed.byPage({ maxPageSize: count + 1 })) {
      rows.push(...page.map(({ rowKey, record }) => ({ month, rowKey, record })))
      if (rows.length > count) break
    }
    return rows
  }

  async function find(query: AccessLogQuery, signal: AbortSignal) {
    const now = clock()
    const until = Math.min(query.until, now.getTime() + 1)
    const newest = query.after?.split('/')[0] ?? monthAt(until - 1)
    const oldest = [oldestKept(now, keptDays), monthAt(query.from)].sort().at(-1) ?? ''
    const months = monthsBack(newest, oldest)
    const rows: Row[] = []
    for (let at = 0; at < months.length && rows.length <= query.count; at += MONTHS_AT_ONCE) {
      const some = months.slice(at, at + MONTHS_AT_ONCE)
      rows.push(...(await Promise.all(some.map((month) => rowsOf(month, { ...query, until }, signal)))).flat())
    }
    const shown = rows.slice(0, query.count)
    const last = rows.length > shown.length ? shown.at(-1) : undefined
    return {
      records: shown.map(({ record }) => JSON.parse(record) as AccessRecord),
      next: last && `${last.month}/${last.rowKey}`,
    }
  }

  return {
    async find(query, signal) {
      try {
        return await find(query, signal)
      } catch (error) {
        log.warn({ error: tableFault(error) }, 'the access log cannot be read')
        return undefined
      }
    },
  }
}

function monthAt(milliseconds: number): string {
  return new Date(Math.max(0, milliseconds)).toISOString().slice(0, 7)
}

/** Newest first, both of them too. */
function monthsBack(newest: string, oldest: string): string[] {
  const months: string[] = []
  for (let month = newest; month >= oldest; month = monthAt(Date.parse(`${month}-01T00:00:00Z`) - 1)) months.push(month)
  return months
}
