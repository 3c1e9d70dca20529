// The library's discovery documents, held to what is served here, and to the words of the SMART document (DISC-21).
import type { Middleware } from 'koa'
import { ENDPOINTS, smartConfiguration } from '../../smart/discovery.ts'

const PATHS: ReadonlySet<string> = new Set([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
])

export function discoveryFront(settings: { issuer: string; fhirBase: string; hasRegistration: boolean }): Middleware {
  const { issuer, fhirBase, hasRegistration } = settings
  const smart = smartConfiguration({ issuer, fhirBase })
  return async (ctx, next) => {
    await next()
    if (!PATHS.has(ctx.path) || ctx.status !== 200) return
    const said = ctx.body as Record<string, unknown> & { claims_supported: string[] }
    const shared = Object.entries(smart).filter(([name]) => name in said)
    ctx.body = {
      ...said,
      ...Object.fromEntries(shared),
      response_modes_supported: ['query'],
      // Of a session with us, which there is none of.
      claims_supported: said.claims_supported.filter((claim) => claim !== 'sid'),
      ...(hasRegistration ? { registration_endpoint: issuer + ENDPOINTS.registration } : {}),
    }
  }
}
