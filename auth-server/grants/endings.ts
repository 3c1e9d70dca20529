// Ends access before its time: of one token, a grant, all of a client's or a person's, or everything. Each ending is kept
// here, for refreshes and introspection, and told to every proxy through the shared feed.
import { REVOCATION_SECONDS, type Revocation } from '../../smart/revocation.ts'
import type { RecordStore } from '../storage/record-store.ts'
import type { RevocationFeed } from '../storage/revocation-feed.ts'
import type { Grants } from './grants.ts'

export type Endings = {
  endToken(jti: string): Promise<void>
  endGrant(sub: string, gid: string): Promise<void>
  /** Tokens and grants given until now, or until so many seconds later; new ones may follow. */
  endClient(clientId: string, marginSeconds?: number): Promise<void>
  /** Access tokens given to a client until then; grants stay, and a refresh gives what is still allowed. */
  endTokensOf(clientId: string, marginSeconds: number): Promise<void>
  endUser(sub: string): Promise<void>
  endAll(): Promise<void>
  /** Whether something given then, in milliseconds since 1970, was ended since. */
  isEnded(given: { jti?: string; clientId: string; sub?: string; at: number }): Promise<boolean>
}

/** Refresh tokens live for up to a year without a use: so do the endings that they are held against. */
const KEPT_SECONDS = 400 * 24 * 3600

export function endings(store: RecordStore, grants: Grants, feed: RevocationFeed, now: () => number): Endings {
  const seconds = () => Math.floor(now() / 1000)
  const end = async (revocation: Omit<Revocation, 'at'>, lifetime: number, margin = 0): Promise<void> => {
    await store.put('Ending', `${revocation.kind} ${revocation.id}`, { at: now() + margin * 1000 }, lifetime)
    await feed.append({ ...revocation, at: seconds() + margin })
  }
  const endedAt = async (kind: Revocation['kind'] | 'tokens', id: string): Promise<number> =>
    ((await store.find('Ending', `${kind} ${id}`))?.value as { at: number } | undefined)?.at ?? 0

  return {
    endToken: (jti) => end({ kind: 'token', id: jti }, REVOCATION_SECONDS),
    async endGrant(sub, gid) {
      const grant = await grants.find(sub, gid)
      // First what refreshes need, then what is shown: a failure between them leaves nothing usable.
      if (grant !== undefined) await store.remove('Grant', grant.grantId)
      await feed.append({ kind: 'grant', id: gid, at: seconds() })
      await grants.remove(sub, gid)
    },
    endClient: (clientId, margin) => end({ kind: 'client', id: clientId }, KEPT_SECONDS, margin),
    async endTokensOf(clientId, margin) {
      await store.put('Ending', `tokens ${clientId}`, { at: now() + margin * 1000 }, REVOCATION_SECONDS)
      await feed.append({ kind: 'client', id: clientId, at: seconds() + margin })
    },
    endUser: (sub) => end({ kind: 'user', id: sub }, KEPT_SECONDS),
    endAll: () => end({ kind: 'all', id: 'all' }, KEPT_SECONDS),
    async isEnded({ jti, clientId, sub, at }) {
      const [token, ...until] = await Promise.all([
        jti === undefined ? 0 : endedAt('token', jti),
        endedAt('client', clientId),
        jti === undefined ? 0 : endedAt('tokens', clientId),
        sub === undefined ? 0 : endedAt('user', sub),
        endedAt('all', 'all'),
      ])
      return token > 0 || Math.max(...until) >= at
    },
  }
}
