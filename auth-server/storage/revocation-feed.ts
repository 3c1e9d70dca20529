// The feed of revocations that proxies read: a table of its own, so that a proxy's identity needs no other.
import type { AuditTarget } from '../../smart/audit/audit.ts'
import { bucketOf, REVOCATIONS_TABLE, type Revocation, revocationKey } from '../../smart/revocation.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { orUnavailable } from '../unavailable.ts'
import { openTable, type TableSettings } from './tables.ts'

export type RevocationFeed = { append(revocation: Revocation): Promise<void> }

/** However access ends, it ends through the feed: there it is recorded, by ids that open nothing (SEC-06). */
export function auditedFeed(feed: RevocationFeed, audit: AuditTrail): RevocationFeed {
  return {
    async append(revocation) {
      await feed.append(revocation)
      const { kind, id } = revocation
      const isOfGrant = kind === 'grant' || kind === 'grant-tokens'
      const of = isOfGrant ? { grant: id } : { target: targetOf(revocation) }
      audit.record(undefined, { operation: 'end-access', reason: kind, actor: {}, ...of })
    },
  }
}

function targetOf({ kind, id }: Revocation): AuditTarget {
  switch (kind) {
    case 'token':
      return { tokenId: id }
    case 'client':
      return { clientId: id }
    case 'user':
      return { subject: id }
    default:
      return {}
  }
}

/** Opens the table, and makes it when it is missing. */
export async function tableFeed(settings: TableSettings): Promise<RevocationFeed> {
  const client = await openTable({ ...settings, table: REVOCATIONS_TABLE })
  return {
    append: (revocation) =>
      orUnavailable('storage', async () => {
        const row = { partitionKey: bucketOf(revocation.at), rowKey: revocationKey(revocation), ...revocation }
        await client.upsertEntity(row, 'Replace')
      }),
  }
}
