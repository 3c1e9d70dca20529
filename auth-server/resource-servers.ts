// What tokens may be for: the FHIR base, with SMART scopes, or this issuer's own APIs, with `__` scopes (INT-03).
import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider'
import type { Logger } from 'pino'
import { type Grantable, grantableScopes, grantableSystemScopes } from '../smart/access/granting.ts'
import { ACCESS_TOKEN_SECONDS } from '../smart/revocation.ts'
import type { ClientRegistry } from './clients/registry.ts'

export type ResourceServerSettings = { issuer: string; fhirBase: string; clients: ClientRegistry; log: Logger }

/** Tokens that a client gets for itself (BKS-03). */
const OWN_TOKEN_SECONDS = 300
const MAX_LOGGED = 20

const withoutSlash = (url: unknown): string => String(url).replace(/\/$/, '')
const isAuthorizing = (ctx: KoaContextWithOIDC): boolean =>
  ctx.oidc.route === 'authorization' || ctx.oidc.route === 'resume'

/** A client that acts for itself: a backend service, an EHR, an operator's tool. */
const isForItself = (ctx: KoaContextWithOIDC): boolean => ctx.oidc.params?.grant_type === 'client_credentials'

/** The resource of a request that names none: at the authorization endpoint `aud`, elsewhere the FHIR base. */
export function defaultResource({ fhirBase }: ResourceServerSettings) {
  return (ctx: KoaContextWithOIDC): string => {
    if (!isAuthorizing(ctx)) return fhirBase
    const { aud } = ctx.oidc.params ?? {}
    if (aud === undefined) throw new errors.InvalidRequest('aud is required')
    if (withoutSlash(aud) !== fhirBase) throw new errors.InvalidRequest('aud must be the FHIR base URL of this server')
    return fhirBase
  }
}

export function resourceServerInfo(settings: ResourceServerSettings) {
  return async (ctx: KoaContextWithOIDC, resource: string, client: Client): Promise<ResourceServer> => {
    if (withoutSlash(resource) === settings.issuer && !isAuthorizing(ctx)) return ownApi(ctx, client, settings)
    if (withoutSlash(resource) !== settings.fhirBase) throw new errors.InvalidTarget()
    const { aud, state } = ctx.oidc.params ?? {}
    if (isAuthorizing(ctx)) {
      if (aud !== undefined && withoutSlash(aud) !== settings.fhirBase) throw new errors.InvalidTarget()
      if (state === undefined || state === '') throw new errors.InvalidRequest('state is required')
    }
    return {
      scope: (await smartScopes(ctx, client, settings)).join(' '),
      audience: settings.fhirBase,
      accessTokenFormat: 'jwt',
      accessTokenTTL: isForItself(ctx) ? OWN_TOKEN_SECONDS : ACCESS_TOKEN_SECONDS,
      jwt: { sign: { alg: 'ES256' } },
    }
  }
}

/** Asked ∩ registered. Called at authorize, resume, code exchange and refresh: each has the scope in another place. */
async function smartScopes(
  ctx: KoaContextWithOIDC,
  client: Client,
  { clients, log }: ResourceServerSettings,
): Promise<string[]> {
  const { params, entities } = ctx.oidc
  const requested = params?.scope ?? entities.RefreshToken?.scope ?? entities.AuthorizationCode?.scope ?? ''
  const hasLaunch = !isAuthorizing(ctx) || params?.launch !== undefined
  const registered = await clients.find(client.clientId)
  const { scopes, dropped } = isForItself(ctx)
    ? grantableSystemScopes(String(requested), registered?.scope ?? '')
    : grantableScopes(String(requested), registered?.scope ?? '', hasLaunch)
  if (dropped.length > 0) log.info({ client: client.clientId, dropped: forLog(dropped) }, 'scopes not grantable')
  if (registered?.sandbox && isForItself(ctx)) ctx.state.trimmed = dropped
  // A token without scopes would be an answer that helps no one.
  const isUsable = scopes.some((scope) => scope === 'openid' || scope.includes('/'))
  if (!isUsable) throw new errors.InvalidScope('none of the requested scopes can be granted', String(requested))
  return scopes
}

/** Without conditions, which may name a record, and no more than anyone reads: the text is a stranger's (SEC-06). */
function forLog(dropped: Grantable['dropped']): Grantable['dropped'] {
  return dropped
    .slice(0, MAX_LOGGED)
    .map(({ scope, reason }) => ({ scope: scope.split('?', 1)[0]?.slice(0, 100) ?? '', reason }))
}

async function ownApi(
  ctx: KoaContextWithOIDC,
  client: Client,
  { issuer, clients }: ResourceServerSettings,
): Promise<ResourceServer> {
  const registered = await clients.find(client.clientId)
  const asked = String(ctx.oidc.params?.scope ?? '').split(' ')
  const allowed = (registered?.scope ?? '').split(' ').filter((scope) => scope.startsWith('__'))
  const scopes = isForItself(ctx) ? allowed.filter((scope) => asked.includes(scope)) : []
  if (scopes.length === 0) throw new errors.InvalidScope('none of the requested scopes can be granted', asked.join(' '))
  return {
    scope: scopes.join(' '),
    audience: issuer,
    accessTokenFormat: 'jwt',
    accessTokenTTL: OWN_TOKEN_SECONDS,
    jwt: { sign: { alg: 'ES256' } },
  }
}
