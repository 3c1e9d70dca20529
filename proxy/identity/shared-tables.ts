// The tables that the authorization server writes and this service reads: revocations, tokens behind handles, and links.
// Reading them is all that the proxy's identity needs in the storage.

import { createHash } from 'node:crypto'
import { odata } from '@azure/data-tables'
import { PERSON_LINKS_TABLE, type PersonLinkRow, personLinkPartition } from '../../smart/access/person-links.ts'
import {
  openToken,
  REFERENCE_TOKENS_TABLE,
  type ReferenceTokenRow,
  referenceKeys,
} from '../../smart/reference-token.ts'
import { REVOCATIONS_TABLE, type Revocation } from '../../smart/revocation.ts'
import { hasStatus, openTable, type TableSettings } from '../table.ts'

export type SharedTables = {
  /** All entries of this bucket and later ones. Rejects when the table cannot be read. */
  revocationsSince(bucket: string): Promise<Revocation[]>
  /** The signed token behind a handle. */
  findToken(handle: string): Promise<string | undefined>
  /** What an Entra account is linked to, over or not. Rejects when the table cannot be read. */
  personLinks(tid: string, oid: string): Promise<PersonLinkRow[]>
}

export function openSharedTables(settings: TableSettings): SharedTables {
  const revocations = openTable(settings, REVOCATIONS_TABLE)
  const tokens = openTable(settings, REFERENCE_TOKENS_TABLE)
  const links = openTable(settings, PERSON_LINKS_TABLE)
  return {
    async revocationsSince(bucket) {
      const found: Revocation[] = []
      const filter = odata`PartitionKey ge ${bucket}`
      for await (const { kind, id, at } of revocations.listEntities<Revocation>({ queryOptions: { filter } })) {
        found.push({ kind, id, at })
      }
      return found
    },
    async findToken(handle) {
      const { partitionKey, rowKey } = referenceKeys(createHash('sha256').update(handle).digest('base64url'))
      try {
        return await openToken(await tokens.getEntity<ReferenceTokenRow>(partitionKey, rowKey), handle)
      } catch (error) {
        if (hasStatus(error, 404)) return undefined
        throw error
      }
    },
    async personLinks(tid, oid) {
      const found: PersonLinkRow[] = []
      const filter = odata`PartitionKey eq ${personLinkPartition(tid, oid)}`
      for await (const { record, validUntil } of links.listEntities<PersonLinkRow>({ queryOptions: { filter } }))
        found.push({ record, validUntil })
      return found
    },
  }
}
