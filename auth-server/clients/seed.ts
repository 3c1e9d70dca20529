// Clients from a file, written to the store at start. What was changed through the API since is left alone.
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { endings as createEndings } from '../grants/endings.ts'
import { grantStore } from '../grants/grants.ts'
import type { RecordStore } from '../storage/record-store.ts'
import type { RevocationFeed } from '../storage/revocation-feed.ts'
import { clientSchema, type RegisteredClient } from './client.ts'
import { endWhatIsLost } from './narrowing.ts'
import { type ClientRecord, type ClientRecords, clientRecords } from './registry.ts'

/** @throws Error with one line per faulty client */
export function parseClients(entries: unknown): RegisteredClient[] {
  const parsed = z.array(clientSchema).safeParse(entries)
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `client ${issue.path.join('.')}: ${issue.message}`).join('\n'))
  }
  const ids = new Set(parsed.data.map(({ client_id }) => client_id))
  if (ids.size !== parsed.data.length) throw new Error('client_id: registered twice')
  return parsed.data
}

/**
 * Replicas that start at once do the same, and whoever loses a race looks again.
 * A client that came from the file and is no longer in it is disabled, and what it was given ends.
 *
 * @param entries undefined when there is no file: then nothing is written, and nothing disabled
 */
export async function seededClients(parts: {
  store: RecordStore
  feed: RevocationFeed
  entries: readonly RegisteredClient[] | undefined
  now: () => number
}): Promise<ClientRecords> {
  const { store, feed, entries } = parts
  const clients = clientRecords(store, parts.now)
  if (entries === undefined) return clients
  const endings = createEndings(store, grantStore(store, parts.now), feed, parts.now)
  const now = new Date(parts.now()).toISOString()
  await Promise.all(entries.map((entry) => settle(entry.client_id, (held) => seeded(entry, held))))
  const named = new Set(entries.map(({ client_id }) => client_id))
  const others = (await clients.list()).filter(({ client_id }) => !named.has(client_id))
  await Promise.all(others.map(({ client_id }) => settle(client_id, disabled)))
  return clients

  function seeded(entry: RegisteredClient, held: ClientRecord | undefined): ClientRecord | undefined {
    if (held !== undefined && held.source !== 'file') return undefined
    const { source: _source, created, changed: _changed, ...known } = held ?? {}
    if (isDeepStrictEqual(known, JSON.parse(JSON.stringify(entry)))) return undefined
    return { ...entry, source: 'file', created: created ?? now, changed: now }
  }

  function disabled(held: ClientRecord | undefined): ClientRecord | undefined {
    if (held?.source !== 'file' || !held.enabled) return undefined
    return { ...held, enabled: false, changed: now }
  }

  async function settle(
    clientId: string,
    next: (held: ClientRecord | undefined) => ClientRecord | undefined,
  ): Promise<void> {
    for (;;) {
      const held = await clients.read(clientId)
      const record = next(held?.record)
      if (record === undefined) return
      if (held !== undefined) await endWhatIsLost(endings, held.record, record)
      if (await clients.write(record, held)) return
    }
  }
}
