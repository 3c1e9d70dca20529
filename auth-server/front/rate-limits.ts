// How often one address may ask: enough for all apps of a clinic, too little to wear the service down (SEC-06, SEED-74).
// Counted in each replica by itself.
import type { Context, Middleware } from 'koa'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { clientAddress } from '../../smart/client-address.ts'
import { ENDPOINTS } from '../../smart/discovery.ts'
import { problemPage } from '../pages/problem.ts'

export type RateLimitSettings = {
  trustedHops: number
  /** Multiplies every limit; 0 switches them off. */
  factor: number
}

/** Requests a minute from one address: a clinic's staff share one. */
const OF_APPS: Readonly<Record<string, number>> = {
  [ENDPOINTS.token]: 1200,
  [ENDPOINTS.introspection]: 3000,
  [ENDPOINTS.revocation]: 600,
  [ENDPOINTS.registration]: 20,
  '/launch': 1200,
}
/** The same for what browsers open; most of these leave a row behind for each visit. */
const OF_PEOPLE: Readonly<Record<string, number>> = {
  [ENDPOINTS.authorization]: 300,
  [ENDPOINTS.management]: 300,
  '/admin': 300,
  '/interaction': 3000,
  '/sign-in': 300,
  '/sign-in-window': 300,
  '/callback': 600,
  '/frontchannel-logout': 600,
}

export function rateLimits({ trustedHops, factor }: RateLimitSettings): Middleware {
  if (factor === 0) return (_ctx, next) => next()
  const limiters = new Map(
    Object.entries({ ...OF_APPS, ...OF_PEOPLE }).map(([path, points]) => [
      path,
      new RateLimiterMemory({ points: Math.ceil(points * factor), duration: 60 }),
    ]),
  )

  function refuse(ctx: Context, milliseconds: number): void {
    ctx.status = 429
    ctx.set('Retry-After', String(Math.ceil(milliseconds / 1000)))
    ctx.set('Cache-Control', 'no-store')
    if (limitOf(ctx.path) in OF_PEOPLE) problemPage(ctx, 'too-many')
    else ctx.body = { error: 'temporarily_unavailable', error_description: 'too many requests' }
  }

  return async (ctx, next) => {
    const limiter = limiters.get(limitOf(ctx.path))
    if (limiter === undefined || ctx.method === 'OPTIONS') return next()
    const address = clientAddress(ctx.req.socket.remoteAddress ?? '', ctx.get('x-forwarded-for'), trustedHops)
    const over = await limiter.consume(address).then(
      () => undefined,
      (result: RateLimiterRes) => result.msBeforeNext,
    )
    if (over !== undefined) return refuse(ctx, over)
    await next()
  }
}

/** Pages below one count with it. */
function limitOf(path: string): string {
  return /^\/(interaction|callback|apps|admin)(?=\/)/.exec(path)?.[0] ?? path
}
