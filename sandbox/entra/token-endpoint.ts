// POST /oauth2/v2.0/token of the Entra stand-in: authorization codes (once, with PKCE) and client credentials.

import { createHash, randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { FaultName } from '../scenarios/faults.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { type Directory, findRegistration, isSecretOf, type Person, type Registration } from './directory.ts'
import { TOKEN_LIFETIME_SECONDS, type TokenIssuer } from './token-issuer.ts'

const CODE_LIFETIME_MS = 5 * 60_000

/** How far a clock that goes wrong is off: further than anybody forgives. */
const CLOCKS: Partial<Record<FaultName, number>> = { 'sign-in-clock-ahead': 3_600, 'sign-in-clock-behind': -7_200 }

type SignIn = { request: AuthorizationRequest; person: Person; expiresAtMs: number }

/** Codes wait here between the sign-in page and the token endpoint; each is handed out once. */
export class CodeStore {
  readonly #signIns = new Map<string, SignIn>()

  put(request: AuthorizationRequest, person: Person): string {
    const now = Date.now()
    for (const [code, signIn] of this.#signIns) if (signIn.expiresAtMs < now) this.#signIns.delete(code)
    const code = randomBytes(32).toString('base64url')
    this.#signIns.set(code, { request, person, expiresAtMs: now + CODE_LIFETIME_MS })
    return code
  }

  redeem(code: string): SignIn | undefined {
    const signIn = this.#signIns.get(code)
    this.#signIns.delete(code)
    return signIn && signIn.expiresAtMs > Date.now() ? signIn : undefined
  }
}

export type TokenAnswer = { status: number; body: Record<string, unknown> }

function refuse(status: number, error: string, description: string): TokenAnswer {
  return { status, body: { error, error_description: description, timestamp: new Date().toISOString() } }
}

type Credentials = { clientId: string; secret: string }

function readCredentials(authorization: string, form: URLSearchParams): Credentials {
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization)?.[1]
  if (basic === undefined) return { clientId: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':', 2)
  // RFC 6749 2.3.1: both halves are form-encoded. Reading them as a form never throws, unlike decodeURIComponent.
  const decode = (text: string) => new URLSearchParams(`v=${text.replaceAll('&', '%26')}`).get('v') ?? ''
  return { clientId: decode(id), secret: decode(secret) }
}

/** Answers one token request. Never throws for what a caller sent. */
export async function answerTokenRequest(
  parts: { directory: Directory; codes: CodeStore; tokens: TokenIssuer },
  request: { authorization: string; form: URLSearchParams },
): Promise<TokenAnswer> {
  const { clientId, secret } = readCredentials(request.authorization, request.form)
  const registration = findRegistration(parts.directory, clientId)
  if (!registration || !isSecretOf(registration, secret)) {
    return refuse(401, 'invalid_client', 'AADSTS7000215: unknown client or wrong client secret.')
  }
  switch (request.form.get('grant_type')) {
    case 'authorization_code':
      return redeemCode(parts, registration, request.form)
    case 'client_credentials':
      return issueApplicationToken(parts.tokens, registration, request.form)
    default:
      return refuse(400, 'unsupported_grant_type', 'AADSTS70003: this grant type is not offered.')
  }
}

async function redeemCode(
  { codes, tokens, directory }: { directory: Directory; codes: CodeStore; tokens: TokenIssuer },
  registration: Registration,
  form: URLSearchParams,
): Promise<TokenAnswer> {
  const signIn = codes.redeem(form.get('code') ?? '')
  if (!signIn) return refuse(400, 'invalid_grant', 'AADSTS54005: the code is unknown, expired or already redeemed.')
  const { request, person } = signIn
  if (request.clientId !== registration.client_id || request.redirectUri !== form.get('redirect_uri')) {
    return refuse(400, 'invalid_grant', 'AADSTS500112: the code was issued to another client or redirect_uri.')
  }
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  if (challenge !== request.codeChallenge) {
    return refuse(400, 'invalid_grant', 'AADSTS501481: the code_verifier does not match the code_challenge.')
  }
  const { fault } = request
  if (fault?.name === 'sign-in-unavailable') return refuse(503, 'temporarily_unavailable', 'AADSTS90033: try again.')
  if (fault?.name === 'sign-in-slow') await setTimeout(fault.seconds * 1_000)
  const clockSeconds = (fault && CLOCKS[fault.name]) ?? 0
  // Entra keeps scopes of its own; offline_access would need a refresh token, which nobody here asks for.
  const scope = request.scope
    .split(' ')
    .filter((one) => one !== 'offline_access')
    .join(' ')
  const clientInfo = Buffer.from(JSON.stringify({ uid: person.objectId, utid: directory.tenantId })).toString(
    'base64url',
  )
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      scope,
      expires_in: TOKEN_LIFETIME_SECONDS,
      ext_expires_in: TOKEN_LIFETIME_SECONDS,
      access_token: await tokens.delegatedToken(person, request.clientId, scope),
      id_token: await tokens.idToken(person, request.clientId, request.nonce, clockSeconds),
      ...(request.wantsClientInfo || form.get('client_info') === '1' ? { client_info: clientInfo } : {}),
    },
  }
}

async function issueApplicationToken(
  tokens: TokenIssuer,
  registration: Registration,
  form: URLSearchParams,
): Promise<TokenAnswer> {
  const audience = /^(\S+)\/\.default$/.exec(form.get('scope') ?? '')?.[1]
  if (audience === undefined) {
    return refuse(400, 'invalid_scope', 'AADSTS1002012: client credentials need a scope that ends in /.default.')
  }
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      expires_in: TOKEN_LIFETIME_SECONDS,
      ext_expires_in: TOKEN_LIFETIME_SECONDS,
      access_token: await tokens.applicationToken(registration, audience),
    },
  }
}
