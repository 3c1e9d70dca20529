// When each of our signing keys signs, is only published, and is gone. Pure: the plan stands in the key set itself.
import type { JWK } from 'jose'
import { z } from 'zod'

export const SIGNING_ALGORITHMS = ['ES256', 'RS256'] as const
type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** Longest life of an access or ID token, and what clocks and reloads may differ by: so long a key outlives its successor's start. */
export const LAST_TOKEN_SECONDS = 3600 + 600

/** Epoch seconds or ISO 8601; kept as written. */
const instant = z.union([z.number().int().min(0), z.iso.datetime({ offset: true })])

const plannedKey = z.looseObject({
  kty: z.string(),
  kid: z.string().min(1),
  alg: z.enum(SIGNING_ALGORITHMS),
  d: z.string(),
  /** From then on it signs; until then it is only published. Absent: always. */
  use_from: instant.optional(),
  /** From then on it is gone, whatever else. Absent: once the tokens from before its successor have ended. */
  retire_at: instant.optional(),
})

export type PlannedKey = z.infer<typeof plannedKey>
export type KeyPlan = { keys: readonly PlannedKey[] }

/** @throws Error that names what is wrong, never a key */
export function parseKeyPlan(value: unknown): KeyPlan {
  const parsed = z.object({ keys: z.array(plannedKey) }).safeParse(value)
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  }
  const kids = new Set(parsed.data.keys.map(({ kid }) => kid))
  if (kids.size !== parsed.data.keys.length) throw new Error('keys: one kid twice')
  return parsed.data
}

export type SigningOrder = {
  /** One an algorithm, in the order of `SIGNING_ALGORITHMS`. */
  signing: readonly PlannedKey[]
  /** Verify tokens of before, or are known ahead of their time. */
  published: readonly PlannedKey[]
  gone: readonly PlannedKey[]
  /** When this changes by itself, in milliseconds since 1970. */
  nextChange: number | undefined
}

/**
 * @param now milliseconds since 1970
 * @throws Error when an algorithm has no key that may sign
 */
export function signingOrder({ keys }: KeyPlan, now: number): SigningOrder {
  const spans = keys.map((key) => ({ key, from: startOf(key), until: endOf(key, keys) }))
  const live = spans.filter(({ until }) => now < until)
  const signing = SIGNING_ALGORITHMS.map((alg) => {
    const usable = live.filter(({ key, from }) => key.alg === alg && from <= now)
    const newest = usable.reduce<(typeof usable)[number] | undefined>(
      (best, one) => (best === undefined || one.from > best.from ? one : best),
      undefined,
    )
    if (newest === undefined) throw new Error(`an ${alg} key that may sign now is missing`)
    return newest.key
  })
  const changes = live.flatMap(({ from, until }) => [from, until]).filter((at) => at > now && Number.isFinite(at))
  return {
    signing,
    published: live.map(({ key }) => key).filter((key) => !signing.includes(key)),
    gone: spans.filter(({ until }) => now >= until).map(({ key }) => key),
    nextChange: changes.length === 0 ? undefined : Math.min(...changes),
  }
}

/**
 * The plan with one key more, which takes over once everyone has had the time to fetch it. The others stay as they are:
 * their end follows from its start.
 */
export function planNext(plan: KeyPlan, next: JWK & { alg: SigningAlgorithm }, now: Date, useFrom: Date): KeyPlan {
  const waiting = plan.keys.find((key) => key.alg === next.alg && startOf(key) > now.getTime())
  if (waiting !== undefined) throw new Error(`the next ${next.alg} key is planned already: ${waiting.kid}`)
  return parseKeyPlan({ keys: [...plan.keys, { ...next, use_from: useFrom.toISOString() }] })
}

function startOf({ use_from: from }: PlannedKey): number {
  return from === undefined ? Number.NEGATIVE_INFINITY : millisecondsOf(from)
}

function endOf(key: PlannedKey, keys: readonly PlannedKey[]): number {
  if (key.retire_at !== undefined) return millisecondsOf(key.retire_at)
  const successors = keys.filter((other) => other.alg === key.alg && startOf(other) > startOf(key))
  // One that is withdrawn before its time takes nobody's place.
  const takeovers = successors
    .filter((other) => other.retire_at === undefined || millisecondsOf(other.retire_at) > startOf(other))
    .map(startOf)
  return Math.min(...takeovers) + LAST_TOKEN_SECONDS * 1000
}

function millisecondsOf(at: number | string): number {
  return typeof at === 'number' ? at * 1000 : Date.parse(at)
}
