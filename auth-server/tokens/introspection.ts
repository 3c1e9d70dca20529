// Introspection and revocation (RFC 7662, RFC 7009). The library authenticates clients; what a token is and how it ends
// is decided here, since it keeps nothing of signed access tokens.
import type { Context, Middleware } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { ENDPOINTS } from '../../smart/discovery.ts'
import type { VerifyCaller } from '../api/own-api.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import { readForm } from '../front/body.ts'
import type { Endings } from '../grants/endings.ts'
import type { TokenStatuses } from './token-status.ts'

type Parts = { statuses: TokenStatuses; endings: Endings; clients: ClientRegistry; verifyCaller: VerifyCaller }

export function introspectionFront({ statuses, clients, verifyCaller }: Parts): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== ENDPOINTS.introspection || ctx.method !== 'POST') return next()
    ctx.set('Cache-Control', 'no-store')
    ctx.set('Pragma', 'no-cache')
    if (/^Bearer /i.test(ctx.get('authorization'))) {
      const caller = await verifyCaller(ctx)
      if (caller === undefined) return refuse(ctx, 401, 'invalid_token')
      if (!caller.scopes.includes('__introspect')) return refuse(ctx, 403, 'insufficient_scope')
      const token = (await readForm(ctx)).get('token')
      if (token === null) return refuse(ctx, 400, 'invalid_request')
      ctx.body = await statuses.of(token)
      return
    }
    await next()
    const asking = authenticated(ctx)
    // The library calls no authentication at all a bad request.
    if (asking === undefined && ctx.status === 400 && isUnknown(ctx)) return refuse(ctx, 401, 'invalid_client')
    if (asking === undefined) return
    const client = await clients.find(asking.clientId)
    // Whoever only says its name is not authenticated (INT-03).
    if (client === undefined || client.token_endpoint_auth_method === 'none') return refuse(ctx, 401, 'invalid_client')
    const status = await statuses.of(asking.token)
    const isAllowed = client.scope.split(' ').includes('__introspect')
    ctx.status = 200
    ctx.body = status.active && (isAllowed || status.client_id === client.client_id) ? status : { active: false }
  }
}

export function revocationFront({ statuses, endings }: Parts): Middleware {
  return async (ctx, next) => {
    await next()
    if (ctx.path !== ENDPOINTS.revocation || ctx.method !== 'POST') return
    ctx.set('Cache-Control', 'no-store')
    const asking = authenticated(ctx)
    if (asking === undefined && ctx.status === 400 && isUnknown(ctx)) return refuse(ctx, 401, 'invalid_client')
    if (asking === undefined) return
    // A refresh token is the library's: it has ended the grant by now. Only an own token is ended, and no one is told.
    const claims = await statuses.verify(asking.token)
    if (claims?.client_id === asking.clientId && claims.jti !== undefined) await endings.endToken(claims.jti)
    ctx.status = 200
    ctx.body = ''
  }
}

/** The library refuses signed tokens only after it has authenticated the client; opaque ones it has looked for. */
function authenticated(ctx: Context): { clientId: string; token: string } | undefined {
  const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>
  const token = oidc?.params?.token
  if (oidc?.client === undefined || typeof token !== 'string') return undefined
  const { error } = (ctx.body ?? {}) as { error?: string }
  if (ctx.status !== 200 && error !== 'unsupported_token_type') return undefined
  return { clientId: oidc.client.clientId, token }
}

function isUnknown(ctx: Context): boolean {
  return (ctx as unknown as Partial<KoaContextWithOIDC>).oidc?.client === undefined
}

function refuse(ctx: Context, status: number, error: string): void {
  ctx.status = status
  if (status !== 400) {
    const scope = status === 403 ? ', scope="__introspect"' : ''
    ctx.set('WWW-Authenticate', error === 'invalid_client' ? 'Basic' : `Bearer error="${error}"${scope}`)
  }
  ctx.body = { error }
}
