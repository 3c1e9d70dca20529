// What people have granted: for each grant its launch context, its scopes and whom it was given for. One row beside the
// library's own, which keeps no other properties; a person's rows lie together, so that they can be shown and ended.
import { createHash } from 'node:crypto'
import type { GrantContext } from '../../smart/launch-context.ts'
import { ACCESS_TOKEN_SECONDS } from '../../smart/revocation.ts'
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
  /** When the person took something out of it; what was given until then no longer counts. */
  narrowedAt?: string
}

/** What is shown of access that is over. */
export type EndedGrant = GrantRecord & {
  /** ISO 8601. */
  ended: string
  /** Somebody ended it; else its time was over, and that of its tokens. */
  wasStopped: boolean
}

/** As stored. */
type GrantRow = GrantRecord & {
  /** ISO 8601: when it is over by itself. Rows that are kept for longer are not grants any more. */
  ends?: string
  /** When it was ended before. */
  ended?: string
}

export type Grants = {
  save(grant: GrantRecord, lifetimeSeconds: number): Promise<void>
  /**
   * Changes a grant that is there, and gives it a further period.
   * @returns false when it was ended or changed at the same time: then nothing is written, and what was ended stays so
   */
  renew(grant: GrantRecord, change: Partial<GrantRecord>, lifetimeSeconds: number): Promise<boolean>
  /**
   * Changes a grant as it is then, whoever else changes it; its end stays where it is.
   * @returns undefined when it was ended
   */
  change(grant: GrantRecord, changeOf: (held: GrantRecord) => Partial<GrantRecord>): Promise<GrantRecord | undefined>
  find(sub: string, gid: string): Promise<GrantRecord | undefined>
  of(sub: string): Promise<GrantRecord[]>
  /** What a person's own apps had, for `ENDED_DAYS` after it was over; of a clinician's, for an hour after it was ended. */
  endedOf(sub: string): Promise<EndedGrant[]>
  /** From now on it is not found, and no `renew` brings it back. */
  end(sub: string, gid: string): Promise<void>
}

/** How long people see which access they gave and ended. */
export const ENDED_DAYS = 90
const ENDED_SECONDS = ENDED_DAYS * 24 * 3600
const MAX_ATTEMPTS = 20

/** How a grant is called in tokens and outside: the library's id stays inside. */
export function gidOf(grantId: string): string {
  return createHash('sha256').update(grantId).digest('base64url')
}

export function grantStore(store: RecordStore, now: () => number): Grants {
  const key = (sub: string, gid: string) => ({ group: sub, name: gid })
  const instant = (seconds: number) => new Date(now() + seconds * 1000).toISOString()
  const isLive = (row: GrantRow) => row.ended === undefined && endOf(row) > now()
  const rows = async (sub: string) => (await store.list('GrantRecord', sub)).map(({ value }) => value as GrantRow)
  const read = async (sub: string, gid: string) => {
    const found = await store.find('GrantRecord', key(sub, gid))
    return found === undefined ? undefined : { row: found.value as GrantRow, version: found.version }
  }
  const rowFor = (grant: GrantRecord, lifetime: number): GrantRow => ({ ...grant, ends: instant(lifetime) })
  const keptFor = (grant: GrantRecord, lifetime: number) => lifetime + (isOwn(grant) ? ENDED_SECONDS : 0)

  return {
    save: (grant, lifetime) =>
      store.put('GrantRecord', key(grant.sub, gidOf(grant.grantId)), rowFor(grant, lifetime), keptFor(grant, lifetime)),
    async change({ sub, grantId }, changeOf) {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const found = await read(sub, gidOf(grantId))
        if (found === undefined || !isLive(found.row)) return undefined
        const changed = { ...found.row, ...changeOf(found.row) }
        if (await store.replace('GrantRecord', key(sub, gidOf(grantId)), found.version, changed)) return changed
      }
      throw new Error('a grant is written by too many at once')
    },
    async renew({ sub, grantId }, change, lifetime) {
      const gid = gidOf(grantId)
      const found = await read(sub, gid)
      if (found === undefined || !isLive(found.row)) return false
      const renewed = rowFor({ ...found.row, ...change }, lifetime)
      return store.replace('GrantRecord', key(sub, gid), found.version, renewed, keptFor(renewed, lifetime))
    },
    async find(sub, gid) {
      const found = await read(sub, gid)
      return found !== undefined && isLive(found.row) ? found.row : undefined
    },
    of: async (sub) => (await rows(sub)).filter(isLive),
    endedOf: async (sub) =>
      (await rows(sub))
        .filter((row) => !isLive(row))
        .map((row) => ({
          ...row,
          ended: row.ended ?? new Date(endOf(row)).toISOString(),
          wasStopped: row.ended !== undefined,
        })),
    async end(sub, gid) {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const found = await read(sub, gid)
        if (found === undefined || !isLive(found.row)) return
        const ended: GrantRow = { ...found.row, ended: instant(0) }
        const lifetime = isOwn(found.row) ? ENDED_SECONDS : ACCESS_TOKEN_SECONDS
        if (await store.replace('GrantRecord', key(sub, gid), found.version, ended, lifetime)) return
      }
      throw new Error('a grant is written by too many at once')
    },
  }
}

/** Clinicians open charts all day long: a list of those would be of no use to them for longer than they see it end. */
function isOwn({ persona }: GrantRecord): boolean {
  return !persona.record.startsWith('Practitioner/')
}

/** When it is over by itself, as its row says or its person: whichever comes first. Milliseconds since 1970. */
function endOf({ ends, until }: GrantRow): number {
  return Math.min(...[ends, until].map((end) => (end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end))))
}
