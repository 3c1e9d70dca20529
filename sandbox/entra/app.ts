// The Entra stand-in as an HTTP application: OpenID Connect with the paths of Entra's v2.0 endpoints. For sandbox and tests only.

import { createHash } from 'node:crypto'
import Koa from 'koa'
import rawBody from 'raw-body'
import { parseAuthorizationRequest } from './authorization-request.ts'
import { type Directory, findPerson } from './directory.ts'
import { SIGN_IN_STYLE, signInErrorPage, signInPage } from './sign-in-page.ts'
import { answerTokenRequest, CodeStore } from './token-endpoint.ts'
import { type SigningKey, TokenIssuer } from './token-issuer.ts'

const MAX_FORM_BYTES = 32_768

// No form-action: browsers would apply it to the whole chain of redirects that follows the sign-in, across origins.
const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(SIGN_IN_STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

async function readForm(ctx: Koa.Context): Promise<URLSearchParams> {
  return new URLSearchParams(await rawBody(ctx.req, { limit: MAX_FORM_BYTES, encoding: 'utf8' }))
}

function showPage(ctx: Koa.Context, status: number, html: string): void {
  ctx.status = status
  ctx.type = 'html'
  ctx.set('Content-Security-Policy', PAGE_POLICY)
  ctx.body = html
}

function redirectBack(ctx: Koa.Context, redirectUri: string, answer: Record<string, string | undefined>): void {
  const target = new URL(redirectUri)
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) target.searchParams.set(name, value)
  ctx.status = 303
  ctx.set('Location', target.href)
}

/** @param baseUrl the origin people and services reach it under; the issuer is `{baseUrl}/{tenant}/v2.0` */
export function entraApp(p: { baseUrl: string; directory: Directory; key: SigningKey }): Koa {
  const { directory } = p
  const root = `${p.baseUrl}/${directory.tenantId}`
  const tokens = new TokenIssuer(`${root}/v2.0`, directory, p.key)
  const codes = new CodeStore()

  const discovery = {
    issuer: tokens.issuer,
    authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
    token_endpoint: `${root}/oauth2/v2.0/token`,
    jwks_uri: `${root}/discovery/v2.0/keys`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'preferred_username', 'name', 'tid', 'oid', 'ver'],
  }

  async function authorize(ctx: Koa.Context): Promise<void> {
    const params = ctx.method === 'POST' ? await readForm(ctx) : new URLSearchParams(ctx.querystring)
    const parsed = parseAuthorizationRequest(directory, params)
    if (!parsed.ok) {
      if ('show' in parsed) return showPage(ctx, 400, signInErrorPage(parsed.show))
      const { error, description, state, redirectUri } = parsed
      return redirectBack(ctx, redirectUri, { error, error_description: description, state })
    }
    const person = ctx.method === 'POST' ? findPerson(directory, params.get('person') ?? '') : undefined
    if (person) {
      const { redirectUri, state } = parsed.request
      return redirectBack(ctx, redirectUri, { code: codes.put(parsed.request, person), state })
    }
    const hint = parsed.request.loginHint ?? ''
    showPage(ctx, 200, signInPage({ action: ctx.path, fields: params, people: directory.people, hint }))
  }

  async function token(ctx: Koa.Context): Promise<void> {
    const answer = await answerTokenRequest(
      { directory, codes, tokens },
      { authorization: ctx.get('authorization'), form: await readForm(ctx) },
    )
    ctx.status = answer.status
    ctx.body = answer.body
  }

  const routes: Record<string, (ctx: Koa.Context) => Promise<void>> = {
    'GET /health': async (ctx) => {
      ctx.body = { status: 'ok' }
    },
    [`GET /${directory.tenantId}/v2.0/.well-known/openid-configuration`]: async (ctx) => {
      ctx.body = discovery
    },
    [`GET /${directory.tenantId}/discovery/v2.0/keys`]: async (ctx) => {
      ctx.body = await tokens.jwks()
    },
    [`GET /${directory.tenantId}/oauth2/v2.0/authorize`]: authorize,
    [`POST /${directory.tenantId}/oauth2/v2.0/authorize`]: authorize,
    [`POST /${directory.tenantId}/oauth2/v2.0/token`]: token,
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
