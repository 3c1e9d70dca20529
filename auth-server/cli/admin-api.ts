// The server's own APIs as an operator's tool calls them: a token by private_key_jwt, then HTTP.
import { importJWK, type JWK, SignJWT } from 'jose'
import { z } from 'zod'
import { ENDPOINTS } from '../../smart/discovery.ts'
import type { ApiScope } from '../api/api-scopes.ts'

export type Connection = {
  issuer: string
  clientId: string
  /** Private, RSA or P-384, with the `kid` that is registered. */
  key: JWK
  fetch?: typeof globalThis.fetch
}

export type AdminApi = {
  /** @throws Refused, with words for the operator */
  call(scope: ApiScope, method: string, path: string, body?: object): Promise<unknown>
}

/** The server said no, or did not answer. */
export class Refused extends Error {
  /** Something in the request itself: the next one may do better. */
  readonly isOfRequest: boolean

  constructor(message: string, status?: number) {
    super(message)
    this.isOfRequest = status === 400 || status === 404 || status === 409
  }
}

const TIMEOUT_MILLISECONDS = 15_000
/** Well within the five minutes that a token lives. */
const TOKEN_MILLISECONDS = 120_000
const tokenAnswer = z.object({ access_token: z.string() })
const errorAnswer = z.object({ error: z.string(), error_description: z.string().optional() })

export function adminApi({ issuer, clientId, key, fetch = globalThis.fetch }: Connection): AdminApi {
  const tokens = new Map<ApiScope, { token: Promise<string>; until: number }>()

  async function send(path: string, request: RequestInit): Promise<unknown> {
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS)
    const answer = await fetch(issuer + path, { ...request, signal, redirect: 'error' }).catch((cause: Error) => {
      const { code } = (cause.cause ?? {}) as { code?: string }
      throw new Refused(`${issuer} does not answer (${code ?? cause.message})`)
    })
    const text = await answer.text()
    if (answer.ok) {
      const value = text === '' ? undefined : parseJson(text)
      if (text !== '' && value === undefined) throw new Refused(`${issuer} does not answer as an authorization server`)
      return value
    }
    const told = errorAnswer.safeParse(parseJson(text))
    const { error = `status ${answer.status}`, error_description } = told.success ? told.data : {}
    throw new Refused(`${error}${error_description === undefined ? '' : `: ${error_description}`}`, answer.status)
  }

  async function requestToken(scope: ApiScope): Promise<string> {
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: key.kty === 'RSA' ? 'RS384' : 'ES384', kid: String(key.kid), typ: 'JWT' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(issuer + ENDPOINTS.token)
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(await importJWK(key, key.kty === 'RSA' ? 'RS384' : 'ES384'))
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope,
      resource: issuer,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })
    const answer = tokenAnswer.safeParse(await send(ENDPOINTS.token, { method: 'POST', body: form }))
    if (!answer.success) throw new Refused(`${issuer} does not answer as an authorization server`)
    return answer.data.access_token
  }

  /** A run may send thousands of requests, and longer than a token lives. */
  function token(scope: ApiScope): Promise<string> {
    const held = tokens.get(scope)
    if (held !== undefined && Date.now() < held.until) return held.token
    const requested = requestToken(scope)
    tokens.set(scope, { token: requested, until: Date.now() + TOKEN_MILLISECONDS })
    return requested
  }

  return {
    async call(scope, method, path, body) {
      const headers = { authorization: `Bearer ${await token(scope)}`, 'content-type': 'application/json' }
      return send(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
