// Which FHIR records an account may act as, until when: one row a link, beside the account's others (SEED-47). A second
// row names the account under the record. It only helps to find: the first row alone says what holds.
import type { RecordStore } from '../storage/record-store.ts'
import { type Account, subjectOf } from './account.ts'

export type Link = {
  account: Account
  /** Relative reference, such as `Practitioner/42`. */
  record: string
  /** ISO 8601 instants. */
  since: string
  validUntil: string
}

export type Links = {
  /** Those that hold now. @param sub our own subject of the account */
  of(sub: string): Promise<readonly Link[]>
  /** The accounts that may act as a record now. */
  ofRecord(record: string): Promise<readonly Link[]>
  find(sub: string, record: string): Promise<Link | undefined>
  put(link: Omit<Link, 'since'>): Promise<Link>
  /** Writes a link that never was; one that ended or was removed stays so. */
  putFirst(link: Omit<Link, 'since'>): Promise<void>
  /** @returns false when there was none */
  remove(sub: string, record: string): Promise<boolean>
}

/** What was removed stays as a row, so that no file brings it back. */
type LinkRow = Link & { removed?: true }

export function linkStore(store: RecordStore, now: () => number): Links {
  const key = (sub: string, record: string) => ({ group: sub, name: record })
  const row = async (sub: string, record: string) =>
    (await store.find('Link', key(sub, record)))?.value as LinkRow | undefined
  const holds = (link: LinkRow | undefined): link is LinkRow =>
    link !== undefined && !link.removed && Date.parse(link.validUntil) > now()
  const find = async (sub: string, record: string): Promise<Link | undefined> => {
    const link = await row(sub, record)
    return holds(link) ? link : undefined
  }
  const index = (sub: string, record: string) => store.put('LinkOfRecord', key(record, sub), {}, undefined)
  const fresh = (link: Omit<Link, 'since'>): Link => ({ ...link, since: new Date(now()).toISOString() })

  return {
    of: async (sub) => (await store.list('Link', sub)).map(({ value }) => value as LinkRow).filter(holds),
    async ofRecord(record) {
      const subs = await store.list('LinkOfRecord', record)
      return (await Promise.all(subs.map(({ name: sub }) => find(sub, record)))).flatMap((link) => link ?? [])
    },
    find,
    async put(link) {
      const sub = subjectOf(link.account)
      const held = await find(sub, link.record)
      const kept = held === undefined ? fresh(link) : { ...link, since: held.since }
      await index(sub, link.record)
      await store.put('Link', key(sub, link.record), kept, undefined)
      return kept
    },
    async putFirst(link) {
      const sub = subjectOf(link.account)
      if ((await row(sub, link.record)) !== undefined) return
      await index(sub, link.record)
      await store.insert('Link', key(sub, link.record), fresh(link), undefined)
    },
    async remove(sub, record) {
      const link = await row(sub, record)
      if (link === undefined || link.removed) return false
      await store.put('Link', key(sub, record), { ...link, removed: true }, undefined)
      await store.remove('LinkOfRecord', key(record, sub))
      return true
    },
  }
}
