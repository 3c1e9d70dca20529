// The Entra stand-in as an HTTP application: OpenID Connect with the paths of Entra's v2.0 endpoints, and below /citizens a
// plain OpenID provider. For sandbox and tests only.

import Koa from 'koa'
import { CITIZENS_PATH, citizensDirectory } from './citizens.ts'
import type { Directory } from './directory.ts'
import { providerRoutes, type Route } from './endpoints.ts'
import { entraClaims, plainClaims, type SigningKey, TokenIssuer } from './token-issuer.ts'

type Setup = { baseUrl: string; directory: Directory; key: SigningKey }

const OIDC_CLAIMS = ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'sid', 'preferred_username', 'name']

function entraRoutes({ baseUrl, directory, key }: Setup): Record<string, Route> {
  const root = `/${directory.tenantId}`
  return providerRoutes({
    directory,
    tokens: new TokenIssuer(`${baseUrl}${root}/v2.0`, directory, key, entraClaims(directory)),
    baseUrl,
    paths: {
      discovery: `${root}/v2.0/.well-known/openid-configuration`,
      keys: `${root}/discovery/v2.0/keys`,
      authorize: `${root}/oauth2/v2.0/authorize`,
      token: `${root}/oauth2/v2.0/token`,
    },
    claims: [...OIDC_CLAIMS, 'tid', 'oid', 'ver'],
    brand: { name: 'Contoso Health', standsFor: 'Microsoft Entra ID' },
  })
}

function citizensRoutes({ baseUrl, directory, key }: Setup): Record<string, Route> {
  const citizens = citizensDirectory(directory.registrations)
  return providerRoutes({
    directory: citizens,
    tokens: new TokenIssuer(`${baseUrl}${CITIZENS_PATH}`, citizens, key, plainClaims),
    baseUrl,
    paths: {
      discovery: `${CITIZENS_PATH}/.well-known/openid-configuration`,
      keys: `${CITIZENS_PATH}/keys`,
      authorize: `${CITIZENS_PATH}/authorize`,
      token: `${CITIZENS_PATH}/token`,
    },
    claims: OIDC_CLAIMS,
    brand: { name: 'Contoso citizens', standsFor: 'any OpenID provider' },
  })
}

/** @param setup `baseUrl`: the origin people and services reach it under; the issuer is `{baseUrl}/{tenant}/v2.0` */
export function entraApp(setup: Setup): Koa {
  const routes: Record<string, Route> = {
    'GET /health': async (ctx) => {
      ctx.body = { status: 'ok' }
    },
    ...entraRoutes(setup),
    ...citizensRoutes(setup),
  }

  const app = new Koa()
  app.silent = true
  app.use(async (ctx) => {
    ctx.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer', 'X-Content-Type-Options': 'nosniff' })
    const route = routes[`${ctx.method} ${ctx.path}`]
    if (!route) {
      ctx.status = 404
      ctx.body = { error: 'not_found', error_description: 'Unknown path or tenant.' }
      return
    }
    try {
      await route(ctx)
    } catch {
      // Only reading a body can fail here: too large, or cut off.
      ctx.status = 400
      ctx.body = { error: 'invalid_request', error_description: 'The body could not be read.' }
    }
  })
  return app
}
