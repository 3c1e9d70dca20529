// Audit records as rows of a table that both services write and the proxy reads for patients. Partitions are those of one
// patient, or of one day where a record is of no patient, in one month: what is too old is one range, and goes at once. What was
// denied on a day stands in a partition of its own once more. Pure.

import type { AccessRecord, AuditRecord } from './audit.ts'
import { attemptOn, byPatient } from './audit-by-patient.ts'

export const AUDIT_TABLE = 'audit'

export type AuditRow = {
  partitionKey: string
  /** Newest first. */
  rowKey: string
  /** To look for without reading all; ids alone. */
  operation: string
  outcome: string
  client?: string
  subject?: string
  person?: string
  /** The record as JSON; in a patient's row only what is about that patient. */
  record: string
}

export function auditRows(record: AuditRecord): AuditRow[] {
  if (record.kind !== 'access') return [rowOf(partitionOf(record), record)]
  const rows = [...byPatient(record), ...attemptOn(record)].map((part) => rowOf(partitionOf(part), part))
  return isIndexed(record) ? [...rows, rowOf(deniedPartition(record.at), record)] : rows
}

/** Denials have a place of their own, so that operators find them among all that was allowed. Strangers fill none of it. */
function isIndexed({ outcome, actor }: AccessRecord): boolean {
  return outcome === 'denied' && actor.clientId !== undefined
}

/** @param at ISO 8601, of that day */
export function deniedPartition(at: string): string {
  return `${monthOf(at)}~x~${at.slice(8, 10)}`
}

function partitionOf(record: AuditRecord): string {
  const patient = record.kind === 'access' ? record.disclosed[0]?.patient : undefined
  const month = monthOf(record.at)
  return patient === undefined ? `${month}~d~${record.at.slice(8, 10)}` : patientPartition(month, patient)
}

function rowOf(partitionKey: string, record: AuditRecord): AuditRow {
  const { at, id, operation, outcome, actor } = record
  const { clientId, subject, person } = actor
  return {
    partitionKey,
    rowKey: `${rowKeyFrom(Date.parse(at))}${id}`,
    operation,
    outcome,
    ...(clientId === undefined ? {} : { client: clientId }),
    ...(subject === undefined ? {} : { subject }),
    ...(person === undefined ? {} : { person }),
    record: JSON.stringify(record),
  }
}

/** @param at ISO 8601 */
export function monthOf(at: string): string {
  return at.slice(0, 7)
}

export function patientPartition(month: string, patient: string): string {
  return `${month}~p~${patient}`
}

/** Rows before this one are older than `keptDays`: all of a month that was over by then. */
export function oldestKept(now: Date, keptDays: number): string {
  return monthOf(new Date(now.getTime() - keptDays * 86_400_000).toISOString())
}

/** Larger than any time until the year 2286. */
const END_MS = 9_999_999_999_999

/** Of all rows of that millisecond, the first; older ones come after it. */
export function rowKeyFrom(milliseconds: number): string {
  return `${String(END_MS - milliseconds).padStart(13, '0')}~`
}
