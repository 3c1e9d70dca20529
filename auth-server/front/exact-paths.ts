// The library takes its paths in any case and with a slash more. All that stands in front of it, limits among them, knows
// one spelling: another one is not served.
import type { Middleware } from 'koa'
import { ENDPOINTS } from '../../smart/discovery.ts'

const { authorization, token, introspection, revocation, jwks } = ENDPOINTS
const PATHS: ReadonlySet<string> = new Set([
  authorization,
  token,
  introspection,
  revocation,
  jwks,
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
])
/** Where a request goes on after our pages. */
const RESUME = new RegExp(`^${authorization}/[A-Za-z0-9_-]{1,64}$`)

/** The last one before the library: what it does not know here, it never sees. */
export function exactPaths(): Middleware {
  return async (ctx, next) => {
    if (PATHS.has(ctx.path) || RESUME.test(ctx.path)) await next()
  }
}
