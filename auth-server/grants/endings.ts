// Ends access before its time: of one token, a grant, all of a client's or a person's, or everything. Each ending is kept
// here, for refreshes and introspection, and told to every proxy through the shared feed.
import { LRUCache } from 'lru-cache'
import { REVOCATION_SECONDS, type Revocation } from '../../smart/revocation.ts'
import type { Lifetime, RecordStore } from '../storage/record-store.ts'
import type { RevocationFeed } from '../storage/revocation-feed.ts'
import type { Grants } from './grants.ts'

export type Endings = {
  endToken(jti: string): Promise<void>
  endGrant(sub: string, gid: string): Promise<void>
  /** Access tokens that a grant gave until then; the grant stays. @returns then, in milliseconds since 1970 */
  endTokensOfGrant(gid: string): Promise<number>
  /** Tokens and grants given until now, or until so many seconds later; new ones may follow. */
  endClient(clientId: string, marginSeconds?: number): Promise<void>
  /** Access tokens given to a client until then; grants stay, and a refresh gives what is still allowed. */
  endTokensOf(clientId: string, marginSeconds: number): Promise<void>
  endUser(sub: string): Promise<void>
  endAll(): Promise<void>
  /** Whether something given then, in milliseconds since 1970, was ended since. */
  isEnded(given: { jti?: string; clientId: string; sub?: string; at: number }): Promise<boolean>
}

/** In milliseconds since 1970: what was given until then is ended. */
export type EndingRow = { at: number }

/** `tokens`: access tokens of a client alone. */
type EndingKind = Revocation['kind'] | 'tokens'

export function endingKey(kind: EndingKind, id: string): string {
  return `${kind} ${id}`
}

/** Endings of clients and of everything are asked at every token, and change once in a blue moon. */
const CACHED_MILLISECONDS = 1_000
/** Proxies refuse what another replica gave while it did not know yet, or by a clock that is behind. */
const STALE_SECONDS = 2

/** Refresh tokens live for up to a year without a use: so do the endings that they are held against. */
const KEPT_SECONDS = 400 * 24 * 3600
const MAX_ATTEMPTS = 20

export function endings(store: RecordStore, grants: Grants, feed: RevocationFeed, now: () => number): Endings {
  const seconds = () => Math.floor(now() / 1000)
  const end = async (revocation: Omit<Revocation, 'at'>, lifetime: Lifetime, margin = 0): Promise<void> => {
    const { kind, id } = revocation
    await keep(endingKey(kind, id), now() + margin * 1000, lifetime)
    rarely.delete(endingKey(kind, id))
    const isOfMany = kind !== 'token' && kind !== 'grant'
    await feed.append({ ...revocation, at: seconds() + Math.max(margin, isOfMany ? STALE_SECONDS : 0) })
  }
  /** A later end that is kept already stays, whoever writes at the same time: a disabled account is one without an end. */
  async function keep(key: string, at: number, lifetime: Lifetime): Promise<void> {
    const row: EndingRow = { at }
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const found = await store.find('Ending', key)
      if (found !== undefined && (found.value as EndingRow).at >= at) return
      const isKept =
        found === undefined
          ? await store.insert('Ending', key, row, lifetime)
          : await store.replace('Ending', key, found.version, row, lifetime)
      if (isKept) return
    }
    throw new Error('an ending is written by too many at once')
  }
  const endedAt = async (kind: EndingKind, id: string): Promise<number> =>
    ((await store.find('Ending', endingKey(kind, id)))?.value as EndingRow | undefined)?.at ?? 0

  const rarely = new LRUCache<string, Promise<number>>({ max: 1_000, ttl: CACHED_MILLISECONDS })
  const rarelyEndedAt = (kind: 'client' | 'tokens' | 'all', id: string): Promise<number> => {
    const key = endingKey(kind, id)
    const known = rarely.get(key)
    if (known !== undefined) return known
    const asked = endedAt(kind, id)
    rarely.set(key, asked)
    asked.catch(() => rarely.delete(key))
    return asked
  }

  return {
    endToken: (jti) => end({ kind: 'token', id: jti }, REVOCATION_SECONDS),
    async endGrant(sub, gid) {
      const grant = await grants.find(sub, gid)
      // First what refreshes need, then what is shown: a failure between them leaves nothing usable.
      if (grant !== undefined) await store.remove('Grant', grant.grantId)
      await feed.append({ kind: 'grant', id: gid, at: seconds() })
      await grants.end(sub, gid)
    },
    async endTokensOfGrant(gid) {
      const at = seconds() + STALE_SECONDS
      await feed.append({ kind: 'grant-tokens', id: gid, at })
      return at * 1000
    },
    endClient: (clientId, margin) => end({ kind: 'client', id: clientId }, KEPT_SECONDS, margin),
    async endTokensOf(clientId, margin) {
      const key = endingKey('tokens', clientId)
      await keep(key, now() + margin * 1000, REVOCATION_SECONDS)
      rarely.delete(key)
      await feed.append({ kind: 'client', id: clientId, at: seconds() + margin })
    },
    endUser: (sub) => end({ kind: 'user', id: sub }, undefined),
    endAll: () => end({ kind: 'all', id: 'all' }, KEPT_SECONDS),
    async isEnded({ jti, clientId, sub, at }) {
      const [token, ...until] = await Promise.all([
        jti === undefined ? 0 : endedAt('token', jti),
        rarelyEndedAt('client', clientId),
        jti === undefined ? 0 : rarelyEndedAt('tokens', clientId),
        sub === undefined ? 0 : endedAt('user', sub),
        rarelyEndedAt('all', 'all'),
      ])
      return token > 0 || Math.max(...until) >= at
    },
  }
}
