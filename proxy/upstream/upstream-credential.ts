// What the proxy proves itself with to the upstream: kept in memory, renewed ahead of its end, asked for once at a time.

/** `expiresAt`, `renewFrom`: epoch milliseconds. */
export type Issued = { authorization: string; expiresAt: number; renewFrom?: number }

/** @param afresh what was given out before was refused: something else is wanted. Rejects when there is nothing */
export type Issue = (afresh: boolean) => Promise<Issued>

export type Credential = {
  /** The Authorization header. Rejects while there is none to be had. */
  current(): Promise<string>
  /** After a refusal of the one given: another one, or the same when no other is to be had. */
  insteadOf(refused: string): Promise<string>
}

export type CredentialDeps = {
  clock: () => Date
  /** Told of every failure, also where the credential at hand is still good. */
  onFailure(error: unknown): void
}

/** Renewed so long before the end; a short-lived one after half its life. */
const EARLY_MS = 5 * 60_000
/** Nothing is given out that might end on its way. */
const SPARE_MS = 10_000
/** Between attempts to get another one while there is one. */
const PAUSE_MS = 10_000
/** What has just failed is not asked for again by every request. */
const FAILED_FOR_MS = 1_000

export function keepFresh(issue: Issue, { clock, onFailure }: CredentialDeps): Credential {
  let held: { authorization: string; goodUntil: number; renewFrom: number } | undefined
  let pending: Promise<string> | undefined
  let failed: { error: unknown; at: number } | undefined
  let lastAfresh = Number.NEGATIVE_INFINITY
  const now = () => clock().getTime()

  function renew(afresh: boolean): Promise<string> {
    if (pending !== undefined) return pending
    if (failed !== undefined && now() - failed.at < FAILED_FOR_MS) return Promise.reject(failed.error)
    pending = issue(afresh)
      .then(({ authorization, expiresAt, renewFrom = expiresAt }) => {
        const life = expiresAt - now()
        held = {
          authorization,
          goodUntil: expiresAt - Math.min(SPARE_MS, life / 4),
          // What is handed out twice, since its issuer keeps it too, is asked for again a little later.
          renewFrom: Math.max(
            Math.min(renewFrom, expiresAt - Math.min(EARLY_MS, life / 2)),
            now() + Math.min(PAUSE_MS, life / 4),
          ),
        }
        failed = undefined
        return authorization
      })
      .catch((error: unknown) => {
        failed = { error, at: now() }
        onFailure(error)
        throw error
      })
      .finally(() => {
        pending = undefined
      })
    return pending
  }

  async function current(): Promise<string> {
    if (held === undefined || now() >= held.goodUntil) return renew(false)
    if (now() >= held.renewFrom) {
      held.renewFrom = now() + PAUSE_MS
      // Beside the requests; the one at hand is good.
      renew(false).catch(() => undefined)
    }
    return held.authorization
  }

  return {
    current,
    async insteadOf(refused) {
      if (held?.authorization !== refused) return current()
      if (pending !== undefined) return pending
      // It was tried just now, and this is what came of it.
      if (now() - lastAfresh < PAUSE_MS) return refused
      lastAfresh = now()
      return renew(true)
    },
  }
}
