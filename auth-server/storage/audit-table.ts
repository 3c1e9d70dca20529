// Audit rows in a table of their own, which proxies write too and patients read through them.
import { AUDIT_TABLE } from '../../smart/audit/audit-rows.ts'
import type { AuditRowStore } from '../audit/audit-trail.ts'
import { openTable, type TableSettings } from './tables.ts'

/** Opens the table, and makes it when it is missing. */
export async function auditTable(settings: TableSettings): Promise<AuditRowStore> {
  const client = await openTable({ ...settings, table: AUDIT_TABLE })
  return {
    async put(row) {
      await client.upsertEntity(row, 'Replace')
    },
  }
}
