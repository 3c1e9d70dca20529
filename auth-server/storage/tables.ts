// RecordStore over Azure Table Storage (Azurite in the sandbox): one table, hashed row keys, values cut into chunks.
import { createHash } from 'node:crypto'
import { AzureNamedKeyCredential, odata, RestError, TableClient } from '@azure/data-tables'
import { DefaultAzureCredential } from '@azure/identity'
import { orUnavailable } from '../unavailable.ts'
import type { Lifetime, RecordKey, RecordStore, StoredRecord } from './record-store.ts'

export type TableSettings = {
  url: string
  /** Without a key the managed identity signs in, which needs https. */
  namedKey?: { account: string; key: string }
}

export const STATE_TABLE = 'smartstate'

/** A string property holds at most 32,768 UTF-16 units, an entity 1 MiB; Azurite does not check the second. */
const CHUNK_UNITS = 32_000
const MAX_VALUE_UNITS = 400_000

type Entity = { partitionKey: string; rowKey: string; etag?: string; exp?: number } & Record<string, unknown>

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url')
const partitionOf = (kind: string, group: string): string => `${kind}~${hash(group)}`

/**
 * Bearer values are ids here: only their hash is stored. The first character spreads the rows over 64 partitions. The
 * members of a group share one, and keep their name.
 */
function keysOf(kind: string, id: RecordKey): { partitionKey: string; rowKey: string; name?: string } {
  if (typeof id !== 'string') {
    return { partitionKey: partitionOf(kind, id.group), rowKey: hash(id.name), name: encodeURIComponent(id.name) }
  }
  const rowKey = hash(id)
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

/** The row's end goes with its ETag, so that a replacement need not ask for it. */
const versionOf = ({ etag, exp }: Entity): string => `${exp ?? ''} ${etag}`

function readVersion(version: string): { etag: string; end: { exp?: number } } {
  const at = version.indexOf(' ')
  return { etag: version.slice(at + 1), end: at === 0 ? {} : { exp: Number(version.slice(0, at)) } }
}

const hasStatus = (error: unknown, ...statuses: number[]): boolean =>
  error instanceof RestError && statuses.includes(error.statusCode ?? 0)

/** Opens a table, and makes it when it is missing. Rejects when the storage cannot be reached. */
export async function openTable(settings: TableSettings & { table: string }): Promise<TableClient> {
  const options = {
    // The defaults make a dead storage cost four seconds a call.
    retryOptions: { maxRetries: 2, retryDelayInMs: 100 },
    allowInsecureConnection: settings.url.startsWith('http:'),
  }
  const { url, table, namedKey } = settings
  const client = namedKey
    ? new TableClient(url, table, new AzureNamedKeyCredential(namedKey.account, namedKey.key), options)
    : new TableClient(url, table, new DefaultAzureCredential(), options)
  await client.createTable()
  return client
}

export async function tableStore(settings: TableSettings, now: () => number = Date.now): Promise<RecordStore> {
  const client = await openTable({ ...settings, table: STATE_TABLE })

  const expOf = (lifetime: Lifetime) => (lifetime === undefined ? {} : { exp: Math.floor(now() / 1000) + lifetime })

  async function read(kind: string, id: RecordKey): Promise<Entity | undefined> {
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
      return { value: readValue(entity), version: versionOf(entity) }
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
    async replace(kind, id, version, value, lifetime) {
      const { etag, end } = readVersion(version)
      const entity = { ...keysOf(kind, id), ...chunksOf(value), ...end }
      return isLive(entity) && update(lifetime === undefined ? entity : { ...entity, ...expOf(lifetime) }, etag)
    },
    async remove(kind, id) {
      const { partitionKey, rowKey } = keysOf(kind, id)
      try {
        await client.deleteEntity(partitionKey, rowKey)
      } catch (error) {
        if (!hasStatus(error, 404)) throw error
      }
    },
    async list(kind, group) {
      const filter = odata`PartitionKey eq ${partitionOf(kind, group)}`
      const members: (StoredRecord & { name: string })[] = []
      for await (const entity of client.listEntities<Entity>({ queryOptions: { filter } })) {
        if (!isLive(entity)) continue
        members.push({
          name: decodeURIComponent(String(entity.name)),
          value: readValue(entity),
          version: versionOf(entity),
        })
      }
      return members
    },
  }
  return {
    find: (...of) => orUnavailable('storage', () => store.find(...of)),
    insert: (...of) => orUnavailable('storage', () => store.insert(...of)),
    put: (...of) => orUnavailable('storage', () => store.put(...of)),
    replace: (...of) => orUnavailable('storage', () => store.replace(...of)),
    remove: (...of) => orUnavailable('storage', () => store.remove(...of)),
    list: (...of) => orUnavailable('storage', () => store.list(...of)),
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
