// How often one address, and one client from it, may ask: enough for any honest app, too little for guessing secrets
// (SEC-06, SEED-74). Counted in each replica by itself.
import type { Context, Middleware } from 'koa'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { ENDPOINTS } from '../../smart/discovery.ts'
import { problemPage } from '../pages/problem.ts'
import { clientAddress } from './client-address.ts'

export type RateLimitSettings = {
  trustedHops: number
  /** Multiplies every limit; 0 switches them off. */
  factor: number
  operator: string
}

/** Requests a minute from one address: a clinic's staff share one. */
const PER_MINUTE: Readonly<Record<string, number>> = {
  [ENDPOINTS.authorization]: 300,
  [ENDPOINTS.token]: 1200,
  [ENDPOINTS.introspection]: 3000,
  [ENDPOINTS.revocation]: 600,
  [ENDPOINTS.registration]: 20,
  '/launch': 1200,
}
/** Failed authentications of one client from one address in ten minutes; then it is locked out there, not elsewhere. */
const FAILURES = 20
const FAILURE_SECONDS = 600

export function rateLimits({ trustedHops, factor, operator }: RateLimitSettings): Middleware {
  if (factor === 0) return (_ctx, next) => next()
  const limiters = new Map(
    Object.entries(PER_MINUTE).map(([path, points]) => [
      path,
      new RateLimiterMemory({ points: Math.ceil(points * factor), duration: 60 }),
    ]),
  )
  const failures = new RateLimiterMemory({ points: Math.ceil(FAILURES * factor), duration: FAILURE_SECONDS })

  function refuse(ctx: Context, milliseconds: number): void {
    ctx.status = 429
    ctx.set('Retry-After', String(Math.ceil(milliseconds / 1000)))
    ctx.set('Cache-Control', 'no-store')
    if (ctx.path === ENDPOINTS.authorization) problemPage(ctx, operator, 'too-many')
    else ctx.body = { error: 'temporarily_unavailable', error_description: 'too many requests' }
  }

  return async (ctx, next) => {
    const limiter = limiters.get(ctx.path)
    if (limiter === undefined || ctx.method === 'OPTIONS') return next()
    const address = clientAddress(ctx, trustedHops)
    const over = await limiter.consume(address).then(
      () => undefined,
      (result: RateLimiterRes) => result.msBeforeNext,
    )
    if (over !== undefined) return refuse(ctx, over)
    // Whoever has failed too often from here is not even heard with the right secret.
    const key = `${address} ${claimedClient(ctx)}`
    const failed = await failures.get(key)
    if (failed !== null && failed.remainingPoints <= 0) return refuse(ctx, failed.msBeforeNext)
    await next()
    if (ctx.status === 401) await failures.consume(key).catch(() => undefined)
  }
}

/** By HTTP Basic alone: a secret in a form counts for the address as a whole. */
function claimedClient(ctx: Context): string {
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(ctx.get('authorization'))?.[1]
  return basic === undefined ? '' : (Buffer.from(basic, 'base64').toString().split(':', 1)[0] ?? '').slice(0, 200)
}
