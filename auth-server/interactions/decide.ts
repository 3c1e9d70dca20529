// Ends an authorization request: a grant with what the person left on, or a refusal in OAuth's own terms.
import type { Context } from 'koa'
import type Provider from 'oidc-provider'
import { isTechnical } from '../../smart/granting.ts'
import type { GrantContext } from '../../smart/launch-context.ts'
import type { GrantContexts } from '../storage/grant-contexts.ts'

export type Decision = {
  accountId: string
  clientId: string
  fhirBase: string
  /** All that the request may have. */
  grantable: readonly string[]
  /** What the person left on, among the grantable. */
  chosen: ReadonlySet<string>
  context: GrantContext
}

/** The scopes that the library itself knows; it wants them granted as OpenID Connect scopes and as the resource's. */
const OIDC_SCOPES: ReadonlySet<string> = new Set(['openid', 'offline_access', 'fhirUser', 'profile'])

/** Never a switch, since nothing is seen through them. */
export function isAlwaysGranted(scope: string): boolean {
  return isTechnical(scope) && scope !== 'offline_access'
}

export async function grant(
  ctx: Context,
  provider: Provider,
  contexts: GrantContexts,
  decision: Decision,
): Promise<void> {
  const { accountId, clientId, fhirBase, grantable, chosen, context } = decision
  const isGranted = (scope: string) => isAlwaysGranted(scope) || chosen.has(scope)
  const given = new provider.Grant({ accountId, clientId })
  for (const scope of grantable) {
    if (isGranted(scope)) {
      given.addResourceScope(fhirBase, scope)
      if (OIDC_SCOPES.has(scope)) given.addOIDCScope(scope)
    } else {
      given.rejectResourceScope(fhirBase, scope)
      if (OIDC_SCOPES.has(scope)) given.rejectOIDCScope(scope)
    }
  }
  const grantId = await given.save()
  await contexts.save(grantId, context)
  await finish(ctx, provider, { login: { accountId, remember: false }, consent: { grantId } })
}

/** The app learns of a refusal by redirect (AUTHZ-23). */
export async function refuse(ctx: Context, provider: Provider, error: string, description: string): Promise<void> {
  await finish(ctx, provider, { error, error_description: description })
}

async function finish(
  ctx: Context,
  provider: Provider,
  result: Parameters<Provider['interactionResult']>[2],
): Promise<void> {
  const returnTo = await provider.interactionResult(ctx.req, ctx.res, result)
  // 303, so that no browser posts the form on to the app (AUTHZ-15).
  ctx.status = 303
  ctx.redirect(returnTo)
}
