// A second copy of the links of Entra accounts, for proxies that accept tokens of Entra itself: a table of its own, so that a
// proxy's identity needs no other.
import { PERSON_LINKS_TABLE, personLinkKeys } from '../../smart/access/person-links.ts'
import { subjectOf } from '../identity/account.ts'
import type { Link, Links } from '../identity/links.ts'
import { orUnavailable } from '../unavailable.ts'
import { openTable, type TableSettings } from './tables.ts'

export type SharedLinkRows = {
  put(link: Pick<Link, 'account' | 'record' | 'validUntil'>): Promise<void>
  remove(link: Pick<Link, 'account' | 'record'>): Promise<void>
}

/** Opens the table, and makes it when it is missing. */
export async function sharedLinkTable(settings: TableSettings): Promise<SharedLinkRows> {
  const client = await openTable({ ...settings, table: PERSON_LINKS_TABLE })
  return {
    put: ({ account, record, validUntil }) =>
      orUnavailable('storage', async () => {
        if (!('tid' in account)) return
        await client.upsertEntity(
          { ...personLinkKeys(account.tid, account.oid, record), record, validUntil },
          'Replace',
        )
      }),
    remove: ({ account, record }) =>
      orUnavailable('storage', async () => {
        if (!('tid' in account)) return
        const { partitionKey, rowKey } = personLinkKeys(account.tid, account.oid, record)
        await client.deleteEntity(partitionKey, rowKey)
      }),
  }
}

/** What is given is copied last, what is taken is taken from the copy first: it never holds more than the links. */
export function sharedLinks(links: Links, rows: SharedLinkRows): Links {
  return {
    ...links,
    async put(link) {
      const kept = await links.put(link)
      await rows.put(kept)
      return kept
    },
    async putFirst(link) {
      await links.putFirst(link)
      const held = (await links.of(subjectOf(link.account))).find(({ record }) => record === link.record)
      if (held !== undefined) await rows.put(held)
    },
    async remove(sub, record) {
      const held = await links.find(sub, record)
      if (held !== undefined) await rows.remove(held)
      return links.remove(sub, record)
    },
  }
}
