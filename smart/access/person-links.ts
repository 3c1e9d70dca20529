// Which records an Entra account is linked to, in a table that both services know: the authorization server keeps it beside
// its own links, the proxy reads it where tokens of Entra itself are accepted.

import { type PersonReference, parsePerson } from './access.ts'

export const PERSON_LINKS_TABLE = 'personlinks'

/** `validUntil`: ISO 8601 instant. */
export type PersonLinkRow = { record: string; validUntil: string }

/** One account's links share a partition. @param tid, oid GUIDs in either case */
export function personLinkPartition(tid: string, oid: string): string {
  return `${tid}.${oid}`.toLowerCase()
}

/** @param record relative reference: its slash may not stand in a key */
export function personLinkKeys(tid: string, oid: string, record: string): { partitionKey: string; rowKey: string } {
  return { partitionKey: personLinkPartition(tid, oid), rowKey: record.replace('/', '.') }
}

/** The persons that rows name and that hold now. */
export function personsIn(rows: readonly PersonLinkRow[], now: Date): PersonReference[] {
  return rows.flatMap(({ record, validUntil }) =>
    Date.parse(validUntil) > now.getTime() ? (parsePerson(record) ?? []) : [],
  )
}
