// Whoever guesses the secret of a client is locked out: from that address, for that client, and nobody else with them
// (SEC-06, SEED-74). Asked where secrets are compared, since only there it is known which client is meant.
import type { Context } from 'koa'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { clientAddress } from '../../smart/client-address.ts'
import type { RateLimitSettings } from './rate-limits.ts'

export type SecretGuesses = {
  /** Rejects with 429 when too many were wrong; then not even the right secret is heard. */
  compare(ctx: Context, clientId: string, isRight: () => Promise<boolean>): Promise<boolean>
}

/** Wrong secrets of one client from one address in ten minutes. */
const GUESSES = 20
const SECONDS = 600

/** The library reads these members: the OAuth error code is the message. */
class TooManyGuesses extends Error {
  readonly status = 429
  readonly statusCode = 429
  readonly expose = true
  readonly error = 'temporarily_unavailable'
  readonly error_description = 'too many requests'

  constructor() {
    super('temporarily_unavailable')
  }
}

export function secretGuesses({ trustedHops, factor }: RateLimitSettings): SecretGuesses {
  if (factor === 0) return { compare: (_ctx, _clientId, isRight) => isRight() }
  const wrong = new RateLimiterMemory({ points: Math.ceil(GUESSES * factor), duration: SECONDS })
  return {
    async compare(ctx, clientId, isRight) {
      const key = `${clientAddress(ctx.req.socket.remoteAddress ?? '', ctx.get('x-forwarded-for'), trustedHops)} ${clientId}`
      const held = await wrong.get(key)
      if (held !== null && held.remainingPoints <= 0) {
        ctx.set('Retry-After', String(Math.ceil(held.msBeforeNext / 1000)))
        throw new TooManyGuesses()
      }
      if (await isRight()) return true
      await wrong.consume(key).catch(() => undefined)
      return false
    },
  }
}
