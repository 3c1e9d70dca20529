// What ends access before a token does: one shared feed, written by the authorization server and read by every proxy.
// Entries lie in buckets of one minute, so that a reader looks at the newest ones alone.

/**
 * One token by `jti`, one grant by `gid`, or all that a client, a person (`sub`) or anyone was given until then.
 * `grant-tokens`: what a grant gave until then, where the grant goes on with less.
 */
export type RevocationKind = 'token' | 'grant' | 'grant-tokens' | 'client' | 'user' | 'all'

export type Revocation = {
  kind: RevocationKind
  id: string
  /** Seconds since 1970. Tokens issued up to then are ended; of a `token` or `grant` all are. */
  at: number
}

/** The claims of an access token that an entry may name. */
export type RevocableClaims = {
  jti?: string | undefined
  gid?: string | undefined
  client_id: string
  sub: string
  iat: number
}

/** Longest life of an access token; an entry counts for so long, then there is nothing left to end. */
export const ACCESS_TOKEN_SECONDS = 3600
/** Clocks of replicas may differ by so much. */
const SKEW_SECONDS = 120
export const REVOCATION_SECONDS = ACCESS_TOKEN_SECONDS + SKEW_SECONDS

/** Table that both services know, and its row key. */
export const REVOCATIONS_TABLE = 'revocations'
export function revocationKey({ kind, id }: Pick<Revocation, 'kind' | 'id'>): string {
  return `${kind}.${encodeURIComponent(id)}`
}

/** Name of the minute's bucket, such as `2026-03-01T09:30`. */
export function bucketOf(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().slice(0, 16)
}

/** The buckets of a span of time, both ends included, oldest first. */
export function bucketsBetween(fromEpochSeconds: number, toEpochSeconds: number): string[] {
  const buckets: string[] = []
  for (let at = Math.floor(fromEpochSeconds / 60) * 60; at <= toEpochSeconds; at += 60) buckets.push(bucketOf(at))
  return buckets
}

export type RevocationList = {
  add(revocation: Revocation): void
  isRevoked(claims: RevocableClaims): boolean
  /** Forgets what no living token can meet. */
  forget(nowEpochSeconds: number): void
}

export function revocationList(): RevocationList {
  const entries = new Map<string, number>()
  const at = (kind: RevocationKind, id: string | undefined): number | undefined =>
    id === undefined ? undefined : entries.get(revocationKey({ kind, id }))
  return {
    add(revocation) {
      const key = revocationKey(revocation)
      entries.set(key, Math.max(revocation.at, entries.get(key) ?? 0))
    },
    isRevoked({ jti, gid, client_id, sub, iat }) {
      if (at('token', jti) !== undefined || at('grant', gid) !== undefined) return true
      const until = [at('grant-tokens', gid), at('client', client_id), at('user', sub), at('all', 'all')]
      return Math.max(...until.map((seconds) => seconds ?? 0)) >= iat
    },
    forget(now) {
      for (const [key, seconds] of entries) if (seconds + REVOCATION_SECONDS < now) entries.delete(key)
    },
  }
}
