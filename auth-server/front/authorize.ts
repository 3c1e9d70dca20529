// What SMART asks of the authorization endpoint and the library does not do: POST, aud, offline_access without a prompt.
import type { Context, Middleware } from 'koa'
import { ENDPOINTS } from '../../smart/discovery.ts'
import { readBody } from './body.ts'

/** Carries a response mode that we do not serve to where it is refused by an ordinary redirect. */
export const REFUSED_RESPONSE_MODE = 'refused_response_mode'

/** The app's own `prompt=consent`, apart from the one that is added for offline_access. */
export const ASKED_CONSENT = 'asked_consent'

/** What the identity provider is to ask of the person. */
export const SIGN_IN_PROMPT = 'sign_in_prompt'

/** SHA-256 in base64url (RFC 7636 section 4.2). */
const CHALLENGE_CHARACTERS = 43
const MAX_BODY_BYTES = 128 * 1024
/** Of all parameters but the scope: each request is kept for an hour, whoever sends it. */
const MAX_OTHER_CHARACTERS = 16 * 1024

export function authorizeFront(): Middleware {
  return async (ctx, next) => {
    const isAuthorize = ctx.path === ENDPOINTS.authorization
    if (isAuthorize || ctx.path.startsWith(`${ENDPOINTS.authorization}/`)) dropSessionCookie(ctx)
    if (isAuthorize && (ctx.method === 'GET' || ctx.method === 'POST')) {
      const parameters = await readParameters(ctx)
      if (parameters === undefined) return ctx.throw(415)
      if (charactersBesideScope(parameters) > MAX_OTHER_CHARACTERS) return ctx.throw(413)
      adapt(parameters)
      // The library takes GET alone here, unless cookies are made cross-site.
      ctx.method = 'GET'
      ctx.querystring = parameters.toString()
    }
    return next()
  }
}

async function readParameters(ctx: Context): Promise<URLSearchParams | undefined> {
  if (ctx.method === 'GET') return new URLSearchParams(ctx.querystring)
  if (!ctx.is('application/x-www-form-urlencoded')) return undefined
  return new URLSearchParams(await readBody(ctx, MAX_BODY_BYTES))
}

function charactersBesideScope(parameters: URLSearchParams): number {
  const others = [...parameters].filter(([name]) => name !== 'scope')
  return others.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
}

function adapt(parameters: URLSearchParams): void {
  const scopes = (parameters.get('scope') ?? '').split(' ')
  const prompts = (parameters.get('prompt') ?? '').split(' ').filter((prompt) => prompt !== '')
  // The library does not know it; the identity provider does.
  const ownPrompts = prompts.filter((prompt) => prompt !== 'select_account')
  if (ownPrompts.length < prompts.length) parameters.set('prompt', ownPrompts.join(' '))
  // SMART apps ask for offline_access without a prompt; the library drops it then (REF-08).
  if (scopes.includes('offline_access') && parameters.getAll('prompt').length < 2 && !prompts.includes('none')) {
    if (!prompts.includes('consent')) parameters.set('prompt', [...ownPrompts, 'consent'].join(' '))
  }
  parameters.delete(REFUSED_RESPONSE_MODE)
  parameters.delete(ASKED_CONSENT)
  if (prompts.includes('consent')) parameters.set(ASKED_CONSENT, 'true')
  parameters.delete(SIGN_IN_PROMPT)
  const signInPrompt = signInPromptOf(prompts, parameters.get('max_age'))
  if (signInPrompt !== undefined) parameters.set(SIGN_IN_PROMPT, signInPrompt)
  const mode = parameters.get('response_mode')
  if (mode !== null && mode !== 'query') {
    parameters.delete('response_mode')
    parameters.set(REFUSED_RESPONSE_MODE, 'true')
  }
  // The library answers a type that holds "token" in the fragment; one that it knows as little comes in the query.
  const types = parameters.getAll('response_type')
  if (types.length === 1 && types[0] !== 'code' && types[0] !== '') parameters.set('response_type', 'none')
  // The digest of S256 has one length; the library refuses only what is shorter or no base64url (AUTHZ-08).
  const challenge = parameters.get('code_challenge')
  if (challenge !== null && challenge.length !== CHALLENGE_CHARACTERS)
    parameters.set('code_challenge', 'no-sha-256-digest')
  if (!scopes.includes('openid')) for (const name of ['nonce', 'max_age', 'claims']) parameters.delete(name)
  // `resource` is a synonym of `aud` (AUTHZ-06); two that differ are left for the library's own refusal.
  const [aud] = parameters.getAll('aud')
  const resources = parameters.getAll('resource')
  if (resources.length === 1 && (aud === undefined || withoutSlash(aud) === withoutSlash(String(resources[0])))) {
    if (aud === undefined) parameters.set('aud', String(resources[0]))
    parameters.delete('resource')
  }
}

/** Not every provider knows `max_age`; a password asked for now is young enough for any. */
function signInPromptOf(prompts: readonly string[], maxAge: string | null): 'login' | 'select_account' | undefined {
  if (prompts.includes('login') || maxAge !== null) return 'login'
  return prompts.includes('select_account') ? 'select_account' : undefined
}

const withoutSlash = (url: string): string => url.replace(/\/$/, '')

/** Entra keeps people signed in, we do not: a session of ours would tie a new launch to whoever signed in before. */
function dropSessionCookie(ctx: Context): void {
  const { cookie } = ctx.req.headers
  if (cookie === undefined) return
  ctx.req.headers.cookie = cookie
    .split(/; */)
    .filter((pair) => !/^_session(\.legacy)?(\.sig)?=/.test(pair))
    .join('; ')
}
