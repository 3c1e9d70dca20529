// What people have granted: for each grant its launch context, its scopes and whom it was given for. One row beside the
// library's own, which keeps no other properties; a person's rows lie together, so that they can be shown and ended.
import { createHash } from 'node:crypto'
import type { GrantContext } from '../../smart/launch-context.ts'
import type { Persona } from '../identity/personas.ts'
import type { RecordStore } from '../storage/record-store.ts'

export type GrantRecord = {
  /** The library's id of the grant. */
  grantId: string
  clientId: string
  sub: string
  persona: Persona
  context: GrantContext
  /** As granted, in the app's own spelling. */
  scopes: readonly string[]
  /** ISO 8601 instants. */
  since: string
  lastUsed?: string
  /** The end that the person chose: nothing that was given for it lives longer, and nothing is given after. */
  until?: string
  /** The EHR's open chart that it came from; it ends with it. */
  launch?: { ehr: string; id: string }
  /** An EHR that named the clinician answers for the patient, not our own rule of reach, while its chart is open (EHR-05). */
  isVouchedFor?: boolean
  /** What was asked for and not granted: told to clients in development. */
  trimmed?: readonly unknown[]
  /** `online_access` ends with this sign-in. */
  session?: string
}

export type Grants = {
  save(grant: GrantRecord, lifetimeSeconds: number): Promise<void>
  /**
   * Changes a grant that is there, and gives it a further period.
   * @returns false when it was ended or changed at the same time: then nothing is written, and what was ended stays so
   */
  renew(grant: GrantRecord, change: Partial<GrantRecord>, lifetimeSeconds: number): Promise<boolean>
  find(sub: string, gid: string): Promise<GrantRecord | undefined>
  of(sub: string): Promise<GrantRecord[]>
  remove(sub: string, gid: string): Promise<void>
}

/** How a grant is called in tokens and outside: the library's id stays inside. */
export function gidOf(grantId: string): string {
  return createHash('sha256').update(grantId).digest('base64url')
}

export function grantStore(store: RecordStore): Grants {
  const key = (sub: string, gid: string) => ({ group: sub, name: gid })
  return {
    save: (grant, lifetime) => store.put('GrantRecord', key(grant.sub, gidOf(grant.grantId)), grant, lifetime),
    async renew({ sub, grantId }, change, lifetime) {
      const id = key(sub, gidOf(grantId))
      const found = await store.find('GrantRecord', id)
      if (found === undefined) return false
      const renewed = { ...(found.value as GrantRecord), ...change }
      return store.replace('GrantRecord', id, found.version, renewed, lifetime)
    },
    find: async (sub, gid) => (await store.find('GrantRecord', key(sub, gid)))?.value as GrantRecord | undefined,
    of: async (sub) => (await store.list('GrantRecord', sub)).map(({ value }) => value as GrantRecord),
    remove: (sub, gid) => store.remove('GrantRecord', key(sub, gid)),
  }
}
