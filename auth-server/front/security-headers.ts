// Headers that every answer carries, and the one place where an unexpected error becomes an answer.
import { randomUUID } from 'node:crypto'
import type { Middleware } from 'koa'
import type { Logger } from 'pino'
import { problemPage } from '../pages/problem.ts'
import { Unavailable } from '../unavailable.ts'
import { frameAncestorsOf } from './framing.ts'

const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"

/** @param frameAncestors origins of EHRs that may frame an app's request */
export function securityHeaders(log: Logger, frameAncestors: readonly string[]): Middleware {
  return async (ctx, next) => {
    const reference = randomUUID()
    ctx.state.reference = reference
    ctx.set('X-Request-Id', reference)
    ctx.set('X-Content-Type-Options', 'nosniff')
    // Of the configured issuer, not of this connection: TLS ends in front of us (SEC-01).
    if (ctx.protocol === 'https') ctx.set('Strict-Transport-Security', 'max-age=31536000')
    const ancestors = frameAncestorsOf(ctx.path, frameAncestors)
    // The older header knows no list.
    if (ancestors === "'none'") ctx.set('X-Frame-Options', 'DENY')
    ctx.state.basePolicy = `${POLICY}; frame-ancestors ${ancestors}`
    ctx.set('Referrer-Policy', 'no-referrer')
    ctx.set('Content-Security-Policy', `${ctx.state.basePolicy}; form-action 'self'`)
    try {
      await next()
    } catch (error) {
      const status = statusOf(error)
      // Further segments may name an account or a record.
      const path = ctx.path.split('/', 2).join('/')
      if (status >= 500) log.error({ err: error, reference, path }, 'request failed')
      ctx.status = status
      if (status === 503) ctx.set('Retry-After', '5')
      problemPage(ctx, status >= 500 ? 'unavailable' : 'bad-request')
      return
    }
    if (ctx.status === 404 && ctx.body === undefined) {
      problemPage(ctx, 'not-found')
      ctx.status = 404
    }
  }
}

/** What an error says of itself counts only for the caller's own faults, and for ours that are named. */
function statusOf(error: unknown): number {
  if (error instanceof Unavailable) return error.status
  const { status } = error as { status?: unknown }
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}
