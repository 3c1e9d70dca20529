// Where audit records go.

import type { AuditRecord } from '../../smart/audit/audit.ts'

export interface AuditSink {
  /** As in the settings. */
  readonly name: string
  /** Most records of one `write`. */
  readonly batch: number
  /**
   * May be called again with the same records, when it is not known whether they were written. Rejects to be called again.
   * @returns how many of them it will never take
   */
  write(records: readonly AuditRecord[]): Promise<number>
}
