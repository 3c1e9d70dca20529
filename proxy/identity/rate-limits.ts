// How much one holder of a grant may ask for, and how often one address may bring tokens that are none (SEED-74). Counted in
// each replica by itself.

import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { type Answer, refusal } from '../answers/answer.ts'

export type RateLimits = {
  /** @param points requests that it comes to: each entry of a Bundle is one */
  ofHolder(holder: string, points: number): Promise<Answer | undefined>
  /** Whether an address may try another token; `failed` counts one that was none. */
  ofAddress(address: string): Promise<Answer | undefined>
  failed(address: string): Promise<void>
}

/** Tokens that are none, from one address and minute. */
const FAILURES = 120

export const NO_LIMITS: RateLimits = {
  ofHolder: async () => undefined,
  ofAddress: async () => undefined,
  failed: async () => undefined,
}

/** @param perMinute requests of one holder; 0: no limits */
export function createRateLimits(perMinute: number): RateLimits {
  if (perMinute === 0) return NO_LIMITS
  const holders = new RateLimiterMemory({ points: perMinute, duration: 60 })
  const addresses = new RateLimiterMemory({ points: FAILURES, duration: 60 })
  return {
    ofHolder: (holder, points) =>
      holders.consume(holder, points).then(
        () => undefined,
        (over: RateLimiterRes) => tooMany(over.msBeforeNext),
      ),
    async ofAddress(address) {
      const so = await addresses.get(address)
      return so !== null && so.remainingPoints <= 0 ? tooMany(so.msBeforeNext) : undefined
    },
    failed: (address) =>
      addresses.consume(address).then(
        () => undefined,
        () => undefined,
      ),
  }
}

function tooMany(milliseconds: number): Answer {
  const seconds = String(Math.max(1, Math.ceil(milliseconds / 1000)))
  return refusal(429, 'throttled', 'That is too much in too short a time.', { 'Retry-After': seconds })
}
