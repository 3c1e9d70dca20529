// Audit records as log lines, for whoever collects logs: without ids of patients, persons and records, which other readers of
// logs have no need of. The whole record is found in the store, by its id.

import type { Logger } from 'pino'
import { auditFieldsWithoutIds } from '../../smart/audit/audit.ts'
import type { AuditSink } from './sink.ts'

/** @param log of a name of its own, that writes whatever the level of other lines */
export function logSink(log: Logger): AuditSink {
  return {
    name: 'log',
    batch: 100,
    async write(records) {
      for (const record of records) log.info(auditFieldsWithoutIds(record), 'audit')
      return 0
    },
  }
}
