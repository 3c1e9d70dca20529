// Addresses of the older SMART proxy of Azure API for FHIR, for apps that still have them written down (SEED-80). The same
// endpoints, with all their checks.
import type { Middleware } from 'koa'
import { ENDPOINTS } from '../../smart/discovery.ts'

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['/AadSmartOnFhirProxy/authorize', ENDPOINTS.authorization],
  ['/AadSmartOnFhirProxy/token', ENDPOINTS.token],
])

export function aliases(): Middleware {
  return async (ctx, next) => {
    ctx.path = ALIASES.get(ctx.path) ?? ctx.path
    await next()
  }
}
