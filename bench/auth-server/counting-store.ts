// A RecordStore that counts what is asked of another one, by method and kind of record.
import type { RecordStore } from '../../auth-server/storage/record-store.ts'

/** Such as `find Grant`. */
export type Counts = Record<string, number>

export function countingStore(store: RecordStore): { store: RecordStore; taken(): Counts } {
  let counts: Counts = {}
  const count = (method: string, kind: string) => {
    const name = `${method} ${kind}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  const counted: RecordStore = {
    find(kind, id) {
      count('find', kind)
      return store.find(kind, id)
    },
    insert(kind, id, value, lifetime) {
      count('insert', kind)
      return store.insert(kind, id, value, lifetime)
    },
    put(kind, id, value, lifetime) {
      count('put', kind)
      return store.put(kind, id, value, lifetime)
    },
    replace(kind, id, version, value, lifetime) {
      count('replace', kind)
      return store.replace(kind, id, version, value, lifetime)
    },
    remove(kind, id) {
      count('remove', kind)
      return store.remove(kind, id)
    },
    list(kind, group) {
      count('list', kind)
      return store.list(kind, group)
    },
  }
  return {
    store: counted,
    /** Since the last time. */
    taken() {
      const since = counts
      counts = {}
      return since
    },
  }
}
