// What the authorization server keeps: small JSON records by kind and id, each with an end. Azure Tables or memory carry it out.

export type StoredRecord = {
  value: unknown
  /** Changes with every write; `replace` needs it, so that of two writers one loses and knows it. */
  version: string
}

/** Seconds, or `undefined` for a record that stays until it is removed. */
export type Lifetime = number | undefined

/** A record is known by its id alone, or as a member of a group whose members are listed together. */
export type RecordKey = string | { group: string; name: string }

/**
 * Every method rejects when the storage is down; "not found" and "someone was faster" are values.
 * An expired record is never found, and `insert` takes its place.
 */
export interface RecordStore {
  find(kind: string, id: RecordKey): Promise<StoredRecord | undefined>
  /** False when there is a live record already: exactly one of many concurrent inserts gets true. */
  insert(kind: string, id: RecordKey, value: unknown, lifetimeSeconds: Lifetime): Promise<boolean>
  put(kind: string, id: RecordKey, value: unknown, lifetimeSeconds: Lifetime): Promise<void>
  /** Keeps the record's end unless told a new one. False when it is gone or its version is not the given one. */
  replace(kind: string, id: RecordKey, version: string, value: unknown, lifetimeSeconds?: number): Promise<boolean>
  remove(kind: string, id: RecordKey): Promise<void>
  /** The live members of a group, in no order. */
  list(kind: string, group: string): Promise<(StoredRecord & { name: string })[]>
}

/** Redeems a record: exactly one caller ever gets its value. */
export async function redeem(store: RecordStore, kind: string, id: RecordKey): Promise<unknown> {
  const found = await store.find(kind, id)
  return found && redeemFound(store, kind, id, found)
}

/** The same for a record that has been looked at. */
export async function redeemFound(
  store: RecordStore,
  kind: string,
  id: RecordKey,
  found: StoredRecord,
): Promise<unknown> {
  const value = found.value as { redeemed?: unknown }
  if (value === null || typeof value !== 'object' || value.redeemed === true) return undefined
  return (await store.replace(kind, id, found.version, { ...value, redeemed: true })) ? value : undefined
}
