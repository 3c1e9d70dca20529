// The authorization request as the stand-in accepts it: stricter than Entra (state, nonce and PKCE are required), so that a client which forgets one learns it here.

import { readSignInFault, SIGN_IN_FAULT, type ToldFault } from '../scenarios/faults.ts'
import { type Directory, findRegistration } from './directory.ts'

export type AuthorizationRequest = {
  clientId: string
  redirectUri: string
  state: string
  nonce: string
  codeChallenge: string
  scope: string
  loginHint?: string
  prompt?: string
  /** MSAL asks for `client_info=1` and keys its accounts by the answer. */
  wantsClientInfo: boolean
  /** What the sandbox wants to go wrong in this sign-in. */
  fault?: ToldFault
}

export type ParsedAuthorizationRequest =
  | { ok: true; request: AuthorizationRequest }
  /** The redirect URI cannot be trusted: the person sees the fault, the caller gets nothing. */
  | { ok: false; show: string }
  | { ok: false; redirectUri: string; state?: string; error: string; description: string }

const PROMPTS = ['login', 'select_account', 'consent', 'none', 'create']

export function parseAuthorizationRequest(directory: Directory, params: URLSearchParams): ParsedAuthorizationRequest {
  const one = (name: string): string | undefined => params.get(name) ?? undefined
  const registration = findRegistration(directory, one('client_id') ?? '')
  if (!registration) return { ok: false, show: 'AADSTS700016: no application with this client_id is registered here.' }
  const redirectUri = one('redirect_uri') ?? ''
  if (!registration.redirect_uris.includes(redirectUri)) {
    return { ok: false, show: 'AADSTS50011: the redirect_uri is not one of those registered for this application.' }
  }

  const state = one('state')
  const refuse = (error: string, description: string): ParsedAuthorizationRequest => ({
    ok: false,
    redirectUri,
    ...(state === undefined ? {} : { state }),
    error,
    description,
  })
  const repeated = [...new Set(params.keys())].find((name) => params.getAll(name).length > 1)
  if (repeated) return refuse('invalid_request', `Parameter ${repeated.slice(0, 40)} is given more than once.`)
  if (one('response_type') !== 'code') return refuse('unsupported_response_type', 'Only response_type=code is offered.')
  if (![undefined, 'query'].includes(one('response_mode'))) {
    return refuse('invalid_request', 'Only response_mode=query is offered.')
  }
  const scope = one('scope') ?? ''
  if (!scope.split(' ').includes('openid')) return refuse('invalid_scope', 'The scope openid is missing.')
  const nonce = one('nonce')
  if (!state || !nonce) return refuse('invalid_request', 'The parameters state and nonce are required.')
  const codeChallenge = one('code_challenge') ?? ''
  if (one('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(codeChallenge)) {
    return refuse('invalid_request', 'A code_challenge with code_challenge_method=S256 is required.')
  }
  const prompt = one('prompt')
  if (prompt !== undefined && !PROMPTS.includes(prompt)) return refuse('invalid_request', 'Unknown value of prompt.')
  if (prompt === 'none') return refuse('login_required', 'AADSTS50058: nobody is signed in; sign-in is interactive.')

  const fault = readSignInFault(params.get(SIGN_IN_FAULT))
  if (fault?.name === 'sign-in-refused') return refuse('access_denied', 'AADSTS65004: the person declined to sign in.')
  const loginHint = one('login_hint')
  return {
    ok: true,
    request: {
      clientId: registration.client_id,
      redirectUri,
      state,
      nonce,
      codeChallenge,
      scope,
      wantsClientInfo: one('client_info') === '1',
      ...(loginHint === undefined ? {} : { loginHint }),
      ...(prompt === undefined ? {} : { prompt }),
      ...(fault === undefined ? {} : { fault }),
    },
  }
}
