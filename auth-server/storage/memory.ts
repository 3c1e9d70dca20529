// RecordStore in memory: for unit tests and benchmarks. Nothing outlives the process.
import type { Lifetime, RecordKey, RecordStore, StoredRecord } from './record-store.ts'

type Held = { json: string; version: number; endsAt: number }

export function memoryStore(now: () => number = Date.now): RecordStore {
  const records = new Map<string, Held>()
  const groups = new Map<string, Set<string>>()
  const key = (kind: string, id: RecordKey) =>
    typeof id === 'string' ? `${kind}\n${id}` : `${kind}\n${id.group}\n${id.name}`
  const keep = (kind: string, id: RecordKey, held: Held): void => {
    records.set(key(kind, id), held)
    if (typeof id === 'string') return
    const group = `${kind}\n${id.group}`
    groups.set(group, (groups.get(group) ?? new Set()).add(id.name))
  }
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
      if (live(key(kind, id)) !== undefined) return false
      keep(kind, id, { json: JSON.stringify(value), version: 1, endsAt: endsAt(lifetime) })
      return true
    },
    async put(kind, id, value, lifetime) {
      const version = (records.get(key(kind, id))?.version ?? 0) + 1
      keep(kind, id, { json: JSON.stringify(value), version, endsAt: endsAt(lifetime) })
    },
    async replace(kind, id, version, value, lifetime) {
      const held = live(key(kind, id))
      if (held === undefined || String(held.version) !== version) return false
      held.json = JSON.stringify(value)
      held.version += 1
      if (lifetime !== undefined) held.endsAt = endsAt(lifetime)
      return true
    },
    async remove(kind, id) {
      records.delete(key(kind, id))
      if (typeof id !== 'string') groups.get(`${kind}\n${id.group}`)?.delete(id.name)
    },
    async list(kind, group) {
      return [...(groups.get(`${kind}\n${group}`) ?? [])].flatMap((name) => {
        const held = live(key(kind, { group, name }))
        return held === undefined ? [] : [{ name, value: JSON.parse(held.json), version: String(held.version) }]
      })
    },
  }
}
