// Audit rows in a table of their own, which proxies write too and patients read through them.
import { odata } from '@azure/data-tables'
import { AUDIT_TABLE, type AuditRow } from '../../smart/audit/audit-rows.ts'
import type { AuditRowStore } from '../audit/audit-trail.ts'
import { orUnavailable } from '../unavailable.ts'
import { openTable, type TableSettings } from './tables.ts'

/** Opens the table, and makes it when it is missing. */
export async function auditTable(settings: TableSettings): Promise<AuditRowStore> {
  const client = await openTable({ ...settings, table: AUDIT_TABLE })
  return {
    async put(row) {
      await client.upsertEntity(row, 'Replace')
    },
    newest: (partitionKey, count) =>
      orUnavailable('storage', async () => {
        const filter = odata`PartitionKey eq ${partitionKey}`
        const listed = client.listEntities<AuditRow>({ queryOptions: { filter, select: ['record'] } })
        for await (const page of listed.byPage({ maxPageSize: count })) return page.slice(0, count)
        return []
      }),
  }
}
