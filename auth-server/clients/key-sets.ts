// The key sets that clients publish at their `jwks_uri`: fetched with care, kept no longer than the client says (CLI-08).
import type { JWK } from 'jose'
import { LRUCache } from 'lru-cache'
import { type Agent, fetch, type Response } from 'undici'
import { z } from 'zod'
import { publicAgent, refuseSpecialAddress } from '../../network/public-addresses.ts'

export type KeySets = {
  /**
   * The keys at that URL, fetched again once when none of them `isWanted`.
   * @throws Error that says why there are none; for the log
   */
  keysAt(url: string, isWanted: (key: JWK) => boolean): Promise<readonly JWK[]>
}

type Fetched = { keys: Promise<readonly JWK[]>; at: number; freshMilliseconds: number }

const TIMEOUT_MILLISECONDS = 3000
const MAX_BYTES = 64 * 1024
const DEFAULT_FRESH_MILLISECONDS = 5 * 60_000
/** However long the client says: a key that it takes back is refused after that. */
const MAX_FRESH_MILLISECONDS = 60 * 60_000
/** An unknown `kid` and a failed fetch: whoever makes them up causes no more requests than that. */
const RETRY_MILLISECONDS = 10_000
const MAX_CACHED = 500

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

/** @param allowLocalKeySets lets http and loopback addresses pass; for a sandbox alone */
export function keySets({ allowLocalKeySets, now }: { allowLocalKeySets: boolean; now: () => number }): KeySets {
  const cache = new LRUCache<string, Fetched>({ max: MAX_CACHED })
  const agent: Agent | undefined = allowLocalKeySets ? undefined : publicAgent()

  function fetchAgain(url: string): Fetched {
    const fetched: Fetched = { keys: Promise.resolve([]), at: now(), freshMilliseconds: RETRY_MILLISECONDS }
    fetched.keys = fetchKeys(url, agent).then(({ keys, freshMilliseconds }) => {
      fetched.freshMilliseconds = freshMilliseconds
      return keys
    })
    // A failure is told to each who waits; without this, it would also count as one that nobody looks at.
    fetched.keys.catch(() => {})
    cache.set(url, fetched)
    return fetched
  }

  return {
    async keysAt(url, isWanted) {
      const cached = cache.get(url)
      const known = cached !== undefined && now() - cached.at < cached.freshMilliseconds ? cached : fetchAgain(url)
      const keys = await known.keys
      if (keys.some(isWanted) || now() - known.at < RETRY_MILLISECONDS) return keys
      return fetchAgain(url).keys
    },
  }
}

async function fetchKeys(url: string, agent: Agent | undefined) {
  const target = new URL(url)
  if (agent !== undefined) {
    if (target.protocol !== 'https:') throw new Error('jwks_uri is not https')
    refuseSpecialAddress(target)
  }
  const answer = await fetch(target, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    ...(agent === undefined ? {} : { dispatcher: agent }),
  })
  if (answer.status !== 200) throw new Error(`jwks_uri answered ${answer.status}`)
  const { keys } = keySet.parse(JSON.parse(await limitedText(answer)))
  return { keys: keys as JWK[], freshMilliseconds: freshMillisecondsOf(answer.headers.get('cache-control')) }
}

async function limitedText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new Error('jwks_uri answered too much')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** How long an answer may be kept, by its Cache-Control header. */
export function freshMillisecondsOf(cacheControl: string | null): number {
  const directives = (cacheControl ?? '').toLowerCase()
  if (/\bno-(store|cache)\b/.test(directives)) return 0
  const maxAge = /\bmax-age="?(\d+)/.exec(directives)?.[1]
  if (maxAge === undefined) return DEFAULT_FRESH_MILLISECONDS
  return Math.min(Number(maxAge) * 1000, MAX_FRESH_MILLISECONDS)
}
