// The authorization server's own APIs, as a client with a key calls them: a token by private_key_jwt, then JSON.

import { randomUUID } from 'node:crypto'
import { type CryptoKey, importJWK, type JWK, SignJWT } from 'jose'
import { z } from 'zod'

const TIMEOUT_MS = 10_000
const ASSERTION_LIFETIME = '4 minutes'

/** The authorization server said no, in words that a clinician's support desk can use. */
export class IssuerRefused extends Error {
  constructor(description: string) {
    super(description)
    this.name = 'IssuerRefused'
  }
}

export class IssuerApi {
  readonly #issuer: string
  readonly #clientId: string
  readonly #jwk: JWK

  /** @param jwk private key, ES384 or RS384, whose public part is registered for the client */
  constructor(p: { issuer: string; clientId: string; jwk: JWK }) {
    this.#issuer = p.issuer
    this.#clientId = p.clientId
    this.#jwk = p.jwk
  }

  /** @throws IssuerRefused, also when there is no answer, or one of another shape */
  async call<T>(scope: string, method: string, path: string, answer: z.ZodType<T>, body?: object): Promise<T> {
    const headers = { Authorization: `Bearer ${await this.#token(scope)}` }
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    const init = {
      headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...json,
    }
    return parseAnswer(answer, await this.#send(method, path, init))
  }

  async #token(scope: string): Promise<string> {
    const body = await this.#send('POST', '/token', {
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope,
        resource: this.#issuer,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await this.#assertion(),
      }),
    })
    return parseAnswer(z.object({ access_token: z.string().min(1) }), body).access_token
  }

  async #assertion(): Promise<string> {
    const alg = this.#jwk.kty === 'RSA' ? 'RS384' : 'ES384'
    const key: CryptoKey | Uint8Array = await importJWK(this.#jwk, alg)
    return new SignJWT()
      .setProtectedHeader({ alg, typ: 'JWT', ...(this.#jwk.kid === undefined ? {} : { kid: this.#jwk.kid }) })
      .setIssuer(this.#clientId)
      .setSubject(this.#clientId)
      .setAudience(`${this.#issuer}/token`)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(ASSERTION_LIFETIME)
      .sign(key)
  }

  async #send(method: string, path: string, init: RequestInit): Promise<unknown> {
    const answer = await fetch(this.#issuer + path, {
      ...init,
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => {
      throw new IssuerRefused('The authorization server cannot be reached.')
    })
    const body: unknown = await answer.json().catch(() => undefined)
    if (answer.ok) return body
    const { success, data } = z.object({ error: z.string(), error_description: z.string().optional() }).safeParse(body)
    const words = success
      ? `${data.error}${data.error_description ? `: ${data.error_description}` : ''}`
      : 'no reason given'
    throw new IssuerRefused(`The authorization server answered ${path} with ${answer.status}: ${words}`)
  }
}

function parseAnswer<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (!parsed.success)
    throw new IssuerRefused('The authorization server answered in a form that this EHR does not know.')
  return parsed.data
}
