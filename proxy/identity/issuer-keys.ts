// The public keys of an issuer of tokens, fetched when they are needed, again now and then, and for a key that is new. While
// they cannot be fetched the ones at hand go on, for a time: an outage there is none here.

import { createRemoteJWKSet, type JWKSCacheInput, type JWTVerifyGetKey, jwksCache } from 'jose'

/** For tokens, and for operators. */
export type IssuerKeys = JWTVerifyGetKey & { state(): KeyState }

export type KeyState = {
  /** Since they were fetched; undefined: nobody has needed them yet. */
  ageSeconds: number | undefined
  /** The last attempt to fetch them went wrong. */
  isFailing: boolean
}

export type IssuerKeysSettings = {
  /** How long keys count that could not be fetched anew. A key that was withdrawn meanwhile counts as long. */
  graceMilliseconds: number
  clock: () => Date
  onFailure(error: unknown): void
}

/** A key that is withdrawn counts no longer than this, where its issuer can be reached. */
const REFRESH_MS = 10 * 60_000
/** Between attempts, and between fetches for keys that nobody knows. */
const PAUSE_MS = 5_000

/** @throws when a token is verified and the keys cannot be had */
export function createIssuerKeys(url: string, { graceMilliseconds, clock, onFailure }: IssuerKeysSettings): IssuerKeys {
  const fetched: JWKSCacheInput = {}
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: 5_000,
    cooldownDuration: PAUSE_MS,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [jwksCache]: fetched,
  })
  let lastTried = Number.NEGATIVE_INFINITY
  let isFailing = false

  async function reload(): Promise<void> {
    isFailing = true
    await remote.reload()
    isFailing = false
  }

  const find: JWTVerifyGetKey = async (header, token) => {
    const now = clock().getTime()
    const age = now - (fetched.uat ?? Number.NEGATIVE_INFINITY)
    if (age > graceMilliseconds) await reload()
    else if (age > REFRESH_MS && now - lastTried > PAUSE_MS) {
      lastTried = now
      // Beside the request: the keys at hand are good.
      reload().catch(onFailure)
    }
    return remote(header, token)
  }
  const ageSeconds = () => (fetched.uat === undefined ? undefined : (clock().getTime() - fetched.uat) / 1000)
  return Object.assign(find, { state: () => ({ ageSeconds: ageSeconds(), isFailing }) })
}
