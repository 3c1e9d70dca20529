// Adds launch context to the token answer, the first and every refreshed one (TOK-08, SEED-15), and the cache headers SMART asks for.
import type { Middleware } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { ENDPOINTS } from '../../smart/discovery.ts'
import { tokenAnswerMembers } from '../../smart/launch-context.ts'
import type { GrantContexts } from '../storage/grant-contexts.ts'

export function tokenFront(contexts: GrantContexts): Middleware {
  return async (ctx, next) => {
    await next()
    if (ctx.path !== ENDPOINTS.token) return
    ctx.set('Cache-Control', 'no-store')
    ctx.set('Pragma', 'no-cache')
    const body = ctx.body as { access_token?: unknown; scope?: unknown } | undefined
    if (ctx.status !== 200 || typeof body?.access_token !== 'string') return
    const grantId = (ctx as unknown as KoaContextWithOIDC).oidc.entities.Grant?.jti
    const context = grantId === undefined ? undefined : await contexts.find(grantId)
    if (context === undefined) return
    ctx.body = { ...body, ...tokenAnswerMembers(context, String(body.scope ?? '').split(' ')) }
  }
}
