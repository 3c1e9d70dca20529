// RecordStore in memory: for unit tests and benchmarks. Nothing outlives the process.
import type { Lifetime, RecordStore, StoredRecord } from './record-store.ts'

type Held = { json: string; version: number; endsAt: number }

export function memoryStore(now: () => number = Date.now): RecordStore {
  const records = new Map<string, Held>()
  const key = (kind: string, id: string) => `${kind}\n${id}`
  const live = (k: string): Held | undefined => {
    const held = records.get(k)
    return held !== undefined && held.endsAt > now() ? held : undefined
  }
  const endsAt = (lifetime: Lifetime) => (lifetime === undefined ? Number.POSITIVE_INFINITY : now() + lifetime * 1000)

  return {
    async find(kind, id): Promise<StoredRecord | undefined> {
      const held = live(key(kind, id))
      return held && { value: JSON.parse(held.json), version: String(held.version) }
    },
    async insert(kind, id, value, lifetime) {
      const k = key(kind, id)
      if (live(k) !== undefined) return false
      records.set(k, { json: JSON.stringify(value), version: 1, endsAt: endsAt(lifetime) })
      return true
    },
    async put(kind, id, value, lifetime) {
      const k = key(kind, id)
      const version = (records.get(k)?.version ?? 0) + 1
      records.set(k, { json: JSON.stringify(value), version, endsAt: endsAt(lifetime) })
    },
    async replace(kind, id, version, value) {
      const held = live(key(kind, id))
      if (held === undefined || String(held.version) !== version) return false
      held.json = JSON.stringify(value)
      held.version += 1
      return true
    },
    async remove(kind, id) {
      records.delete(key(kind, id))
    },
  }
}
