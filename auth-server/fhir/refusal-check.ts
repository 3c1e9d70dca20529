// Asks the proxy whether it refuses what a grant gave: what a page says has stopped has been seen to be refused (REF-06).
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type ReaderSettings, sign } from './person-reader.ts'

/** What a grant gave: tokens of all times, or up to an instant where the grant goes on with less. */
export type Ended = { gid: string; until?: string }

/** False: it does not, or it cannot be asked just now. */
export type IsRefused = (ended: readonly Ended[]) => Promise<boolean>

/** Proxies read endings each second. */
const PATIENCE_MILLISECONDS = 4_500
const PAUSE_MILLISECONDS = 250
/** Several proxies may stand behind one address, and one of them may not have read the ending yet. */
const QUESTIONS = 8

export function refusalCheck(settings: ReaderSettings): IsRefused {
  /** A token that opens nothing at all: whatever is answered, nobody's data is touched. */
  async function statusOf(gid: string, until: string | undefined, signal: AbortSignal): Promise<number> {
    const issuedAt = until === undefined ? undefined : Math.floor(Date.parse(until) / 1000)
    const token = await sign(settings, { scope: 'openid', sub: settings.issuer, gid }, issuedAt)
    const answer = await fetch(`${settings.fhirUrl}/Patient/refusal-check`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/fhir+json' },
      redirect: 'error',
      signal,
    })
    await answer.body?.cancel()
    return answer.status
  }

  /** The same token of a grant that never was is taken: so it is the grant that is refused, not our signature. */
  async function areRefused(ended: readonly Ended[], signal: AbortSignal): Promise<boolean> {
    const times = Math.ceil(QUESTIONS / Math.max(1, ended.length))
    const [known, ...of] = await Promise.all([
      statusOf(`refusal-check:${randomUUID()}`, undefined, signal),
      ...ended.flatMap(({ gid, until }) => Array.from({ length: times }, () => statusOf(gid, until, signal))),
    ])
    return known === 403 && of.every((status) => status === 401)
  }

  return async (ended) => {
    const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS)
    for (;;) {
      if (await areRefused(ended, signal).catch(() => false)) return true
      if (signal.aborted) return false
      await wait(PAUSE_MILLISECONDS)
    }
  }
}
