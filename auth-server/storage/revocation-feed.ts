// The feed of revocations that proxies read: a table of its own, so that a proxy's identity needs no other.
import type { Logger } from 'pino'
import { bucketOf, REVOCATIONS_TABLE, type Revocation, revocationKey } from '../../smart/revocation.ts'
import { orUnavailable } from '../unavailable.ts'
import { openTable, type TableSettings } from './tables.ts'

export type RevocationFeed = { append(revocation: Revocation): Promise<void> }

/** However access ends, it ends through the feed: there it is logged, by ids that open nothing (SEC-06). */
export function loggedFeed(feed: RevocationFeed, log: Logger): RevocationFeed {
  return {
    async append(revocation) {
      await feed.append(revocation)
      log.info({ kind: revocation.kind, id: revocation.id }, 'access ended')
    },
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
