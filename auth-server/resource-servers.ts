// What tokens may be for: the FHIR base, with SMART scopes, or this issuer's own APIs, with `__` scopes (INT-03).
import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider'
import type { Logger } from 'pino'
import { grantableScopes } from '../smart/granting.ts'
import type { ClientRegistry } from './clients/registry.ts'

export type ResourceServerSettings = { issuer: string; fhirBase: string; clients: ClientRegistry; log: Logger }

const ACCESS_TOKEN_SECONDS = 3600
const API_TOKEN_SECONDS = 300

const withoutSlash = (url: unknown): string => String(url).replace(/\/$/, '')
const isAuthorizing = (ctx: KoaContextWithOIDC): boolean =>
  ctx.oidc.route === 'authorization' || ctx.oidc.route === 'resume'

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
  return (ctx: KoaContextWithOIDC, resource: string, client: Client): ResourceServer => {
    if (withoutSlash(resource) === settings.issuer && !isAuthorizing(ctx)) return ownApi(ctx, client, settings)
    if (withoutSlash(resource) !== settings.fhirBase) throw new errors.InvalidTarget()
    const { aud, state } = ctx.oidc.params ?? {}
    if (isAuthorizing(ctx)) {
      if (aud !== undefined && withoutSlash(aud) !== settings.fhirBase) throw new errors.InvalidTarget()
      if (state === undefined || state === '') throw new errors.InvalidRequest('state is required')
    }
    return {
      scope: smartScopes(ctx, client, settings).join(' '),
      audience: settings.fhirBase,
      accessTokenFormat: 'jwt',
      accessTokenTTL: ACCESS_TOKEN_SECONDS,
      jwt: { sign: { alg: 'ES256' } },
    }
  }
}

/** Asked ∩ registered. Called at authorize, resume, code exchange and refresh: each has the scope in another place. */
function smartScopes(ctx: KoaContextWithOIDC, client: Client, { clients, log }: ResourceServerSettings): string[] {
  const { params, entities } = ctx.oidc
  const requested = params?.scope ?? entities.RefreshToken?.scope ?? entities.AuthorizationCode?.scope ?? ''
  const hasLaunch = !isAuthorizing(ctx) || params?.launch !== undefined
  const { scopes, dropped } = grantableScopes(String(requested), clients.find(client.clientId)?.scope ?? '', hasLaunch)
  if (dropped.length > 0) log.info({ client: client.clientId, dropped }, 'scopes not grantable')
  // A token without scopes would be an answer that helps no one.
  const isUsable = scopes.some((scope) => scope === 'openid' || scope.includes('/'))
  if (!isUsable) throw new errors.InvalidScope('none of the requested scopes can be granted', String(requested))
  return scopes
}

function ownApi(ctx: KoaContextWithOIDC, client: Client, { issuer, clients }: ResourceServerSettings): ResourceServer {
  const registered = clients.find(client.clientId)
  const asked = String(ctx.oidc.params?.scope ?? '').split(' ')
  const allowed = (registered?.scope ?? '').split(' ').filter((scope) => scope.startsWith('__'))
  const scopes = registered?.kind === 'ehr' ? allowed.filter((scope) => asked.includes(scope)) : []
  if (scopes.length === 0) throw new errors.InvalidScope('none of the requested scopes can be granted', asked.join(' '))
  return {
    scope: scopes.join(' '),
    audience: issuer,
    accessTokenFormat: 'jwt',
    accessTokenTTL: API_TOKEN_SECONDS,
    jwt: { sign: { alg: 'ES256' } },
  }
}
