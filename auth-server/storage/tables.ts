// RecordStore over Azure Table Storage (Azurite in the sandbox): one table, hashed row keys, values cut into chunks.
import { createHash } from 'node:crypto'
import { AzureNamedKeyCredential, RestError, TableClient } from '@azure/data-tables'
import { DefaultAzureCredential } from '@azure/identity'
import { orUnavailable } from '../unavailable.ts'
import type { Lifetime, RecordStore, StoredRecord } from './record-store.ts'

export type TableSettings = {
  url: string
  /** Without a key the managed identity signs in, which needs https. */
  namedKey?: { account: string; key: string }
  table?: string
}

/** A string property holds at most 32,768 UTF-16 units, an entity 1 MiB; Azurite does not check the second. */
const CHUNK_UNITS = 32_000
const MAX_VALUE_UNITS = 400_000

type Entity = { partitionKey: string; rowKey: string; etag?: string; exp?: number } & Record<string, unknown>

/** Bearer values are ids here: only their hash is stored. The first character spreads the rows over 64 partitions. */
function keysOf(kind: string, id: string): { partitionKey: string; rowKey: string } {
  const rowKey = createHash('sha256').update(id).digest('base64url')
  return { partitionKey: `${kind}.${rowKey[0]}`, rowKey }
}

function chunksOf(value: unknown): Record<string, string> {
  // ASCII alone: Azurite breaks a longer character that two packets share.
  const json = JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  if (json.length > MAX_VALUE_UNITS) throw new RangeError('record too large')
  const chunks: Record<string, string> = {}
  for (let i = 0; i * CHUNK_UNITS < json.length; i++)
    chunks[`p${i}`] = json.slice(i * CHUNK_UNITS, (i + 1) * CHUNK_UNITS)
  return chunks
}

function readValue(entity: Entity): unknown {
  let json = ''
  for (let i = 0; typeof entity[`p${i}`] === 'string'; i++) json += entity[`p${i}`]
  return JSON.parse(json)
}

const hasStatus = (error: unknown, ...statuses: number[]): boolean =>
  error instanceof RestError && statuses.includes(error.statusCode ?? 0)

/** Opens the table, and makes it when it is missing. Rejects when the storage cannot be reached. */
export async function tableStore(settings: TableSettings, now: () => number = Date.now): Promise<RecordStore> {
  const options = {
    // The defaults make a dead storage cost four seconds a call.
    retryOptions: { maxRetries: 2, retryDelayInMs: 100 },
    allowInsecureConnection: settings.url.startsWith('http:'),
  }
  const table = settings.table ?? 'smartstate'
  const client = settings.namedKey
    ? new TableClient(
        settings.url,
        table,
        new AzureNamedKeyCredential(settings.namedKey.account, settings.namedKey.key),
        options,
      )
    : new TableClient(settings.url, table, new DefaultAzureCredential(), options)
  await client.createTable()

  const expOf = (lifetime: Lifetime) => (lifetime === undefined ? {} : { exp: Math.floor(now() / 1000) + lifetime })

  async function read(kind: string, id: string): Promise<Entity | undefined> {
    const { partitionKey, rowKey } = keysOf(kind, id)
    try {
      return await client.getEntity<Entity>(partitionKey, rowKey)
    } catch (error) {
      if (hasStatus(error, 404)) return undefined
      throw error
    }
  }
  const isLive = (entity: Entity): boolean => entity.exp === undefined || entity.exp * 1000 > now()

  const store: RecordStore = {
    async find(kind, id): Promise<StoredRecord | undefined> {
      const entity = await read(kind, id)
      if (entity === undefined || !isLive(entity)) return undefined
      return { value: readValue(entity), version: String(entity.etag) }
    },
    async insert(kind, id, value, lifetime) {
      const entity = { ...keysOf(kind, id), ...chunksOf(value), ...expOf(lifetime) }
      try {
        await client.createEntity(entity)
        return true
      } catch (error) {
        if (!hasStatus(error, 409)) throw error
      }
      const held = await read(kind, id)
      if (held === undefined || isLive(held)) return false
      return update(entity, String(held.etag))
    },
    async put(kind, id, value, lifetime) {
      await client.upsertEntity({ ...keysOf(kind, id), ...chunksOf(value), ...expOf(lifetime) }, 'Replace')
    },
    async replace(kind, id, version, value) {
      const held = await read(kind, id)
      if (held === undefined || !isLive(held) || String(held.etag) !== version) return false
      const exp = held.exp === undefined ? {} : { exp: held.exp }
      return update({ ...keysOf(kind, id), ...chunksOf(value), ...exp }, version)
    },
    async remove(kind, id) {
      const { partitionKey, rowKey } = keysOf(kind, id)
      try {
        await client.deleteEntity(partitionKey, rowKey)
      } catch (error) {
        if (!hasStatus(error, 404)) throw error
      }
    },
  }
  return {
    find: (...of) => orUnavailable('storage', () => store.find(...of)),
    insert: (...of) => orUnavailable('storage', () => store.insert(...of)),
    put: (...of) => orUnavailable('storage', () => store.put(...of)),
    replace: (...of) => orUnavailable('storage', () => store.replace(...of)),
    remove: (...of) => orUnavailable('storage', () => store.remove(...of)),
  }

  async function update(entity: Entity, etag: string): Promise<boolean> {
    try {
      await client.updateEntity(entity, 'Replace', { etag })
      return true
    } catch (error) {
      if (hasStatus(error, 412, 404)) return false
      throw error
    }
  }
}
