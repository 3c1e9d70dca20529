// The registered clients, kept in the record store. A client that is not enabled is not there.
import { LRUCache } from 'lru-cache'
import type { RecordStore } from '../storage/record-store.ts'
import type { RegisteredClient } from './client.ts'
import { isOneOf } from './secret.ts'

export type ClientRegistry = {
  /** At most two seconds old; on the replica that made a change, never older than that. */
  find(clientId: string): Promise<RegisteredClient | undefined>
  isSecretOf(clientId: string, secret: string): Promise<boolean>
}

export type ClientRecord = RegisteredClient & {
  /** Who has the say: the file until someone changes it through the API. */
  source: 'file' | 'api' | 'registration'
  /** Disabled through the API, and nothing else changed: once enabled, the file has the say again. */
  source_when_enabled?: 'file'
  /** ISO 8601 instants. */
  created: string
  changed: string
  /** Kept so that a start does not bring a client of the file back. */
  deleted?: true
}

export type HeldClient = { record: ClientRecord; version: string }

/** What those who manage clients need beyond. */
export type ClientRecords = ClientRegistry & {
  /** As stored, enabled or not, deleted or not. */
  read(clientId: string): Promise<HeldClient | undefined>
  /** Those that are not deleted, by their ids' order. */
  list(): Promise<ClientRecord[]>
  /** False when someone was faster; nothing is written then. */
  write(record: ClientRecord, over: HeldClient | undefined): Promise<boolean>
}

const KIND = 'Client'
const GROUP = 'clients'
const FRESH_MILLISECONDS = 2000
/** Strangers may ask for any id: their number is kept small. */
const MAX_CACHED = 1000

export function clientRecords(store: RecordStore, now: () => number): ClientRecords {
  const cache = new LRUCache<string, { at: number; client: Promise<RegisteredClient | undefined> }>({ max: MAX_CACHED })
  const keyOf = (clientId: string) => ({ group: GROUP, name: clientId })

  async function read(clientId: string): Promise<HeldClient | undefined> {
    const found = await store.find(KIND, keyOf(clientId))
    return found && { record: found.value as ClientRecord, version: found.version }
  }

  async function readEnabled(clientId: string): Promise<RegisteredClient | undefined> {
    const record = (await read(clientId))?.record
    return record?.enabled && record.deleted === undefined ? record : undefined
  }

  async function find(clientId: string): Promise<RegisteredClient | undefined> {
    const cached = cache.get(clientId)
    if (cached !== undefined && now() - cached.at < FRESH_MILLISECONDS) return cached.client
    const client = readEnabled(clientId)
    cache.set(clientId, { at: now(), client })
    // Who waits gets the error; who comes later asks again.
    client.catch(() => cache.delete(clientId))
    return client
  }

  return {
    find,
    isSecretOf: async (clientId, secret) => isOneOf((await find(clientId))?.secrets ?? [], secret, now()),
    read,
    list: async () =>
      (await store.list(KIND, GROUP))
        .map(({ value }) => value as ClientRecord)
        .filter(({ deleted }) => deleted === undefined)
        .sort((a, b) => (a.client_id < b.client_id ? -1 : 1)),
    async write(record, over) {
      const key = keyOf(record.client_id)
      try {
        return over === undefined
          ? await store.insert(KIND, key, record, undefined)
          : await store.replace(KIND, key, over.version, record)
      } finally {
        // Also after a failure: it may have been written all the same.
        cache.delete(record.client_id)
      }
    },
  }
}
