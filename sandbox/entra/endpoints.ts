// The endpoints of one identity provider: discovery, keys, sign-in page and tokens, at the paths that it is given.
import type Koa from 'koa'
import rawBody from 'raw-body'
import { parseAuthorizationRequest } from './authorization-request.ts'
import { type Directory, findPerson } from './directory.ts'
import { SIGN_IN_POLICY, signInErrorPage, signInPage } from './sign-in-page.ts'
import { answerTokenRequest, CodeStore } from './token-endpoint.ts'
import type { TokenIssuer } from './token-issuer.ts'

export type Route = (ctx: Koa.Context) => Promise<void>

export type ProviderEndpoints = {
  directory: Directory
  tokens: TokenIssuer
  baseUrl: string
  paths: { authorize: string; token: string; keys: string; discovery: string }
  claims: readonly string[]
  /** On the sign-in page: whose it is, and what it stands in for. */
  brand: { name: string; standsFor: string }
}

const MAX_FORM_BYTES = 32_768

export function providerRoutes(provider: ProviderEndpoints): Record<string, Route> {
  const { directory, tokens, baseUrl, paths, brand } = provider
  const codes = new CodeStore()

  const discovery = {
    issuer: tokens.issuer,
    authorization_endpoint: baseUrl + paths.authorize,
    token_endpoint: baseUrl + paths.token,
    jwks_uri: baseUrl + paths.keys,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: provider.claims,
  }

  async function authorize(ctx: Koa.Context): Promise<void> {
    const params = ctx.method === 'POST' ? await readForm(ctx) : new URLSearchParams(ctx.querystring)
    const parsed = parseAuthorizationRequest(directory, params)
    if (!parsed.ok) {
      if ('show' in parsed) return showPage(ctx, 400, signInErrorPage(brand, parsed.show))
      const { error, description, state, redirectUri } = parsed
      return redirectBack(ctx, redirectUri, { error, error_description: description, state })
    }
    const person = ctx.method === 'POST' ? findPerson(directory, params.get('person') ?? '') : undefined
    if (person) {
      const { redirectUri, state } = parsed.request
      return redirectBack(ctx, redirectUri, { code: codes.put(parsed.request, person), state })
    }
    const hint = parsed.request.loginHint ?? ''
    showPage(ctx, 200, signInPage({ brand, action: ctx.path, fields: params, people: directory.people, hint }))
  }

  async function token(ctx: Koa.Context): Promise<void> {
    const answer = await answerTokenRequest(
      { directory, codes, tokens },
      { authorization: ctx.get('authorization'), form: await readForm(ctx) },
    )
    ctx.status = answer.status
    ctx.body = answer.body
  }

  return {
    [`GET ${paths.discovery}`]: async (ctx) => {
      ctx.body = discovery
    },
    [`GET ${paths.keys}`]: async (ctx) => {
      ctx.body = await tokens.jwks()
    },
    [`GET ${paths.authorize}`]: authorize,
    [`POST ${paths.authorize}`]: authorize,
    [`POST ${paths.token}`]: token,
  }
}

async function readForm(ctx: Koa.Context): Promise<URLSearchParams> {
  return new URLSearchParams(await rawBody(ctx.req, { limit: MAX_FORM_BYTES, encoding: 'utf8' }))
}

function showPage(ctx: Koa.Context, status: number, html: string): void {
  ctx.status = status
  ctx.type = 'html'
  ctx.set('Content-Security-Policy', SIGN_IN_POLICY)
  ctx.body = html
}

function redirectBack(ctx: Koa.Context, redirectUri: string, answer: Record<string, string | undefined>): void {
  const target = new URL(redirectUri)
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) target.searchParams.set(name, value)
  ctx.status = 303
  ctx.set('Location', target.href)
}
