// The authorization server's own APIs, as a client with a key calls them: a token by private_key_jwt, then JSON.

import { randomUUID } from 'node:crypto'
import { type CryptoKey, importJWK, type JWK, SignJWT } from 'jose'
import { z } from 'zod'
import { ASIDE, RUN_HEADER } from '../timeline/exchange.ts'

const TIMEOUT_MS = 10_000
const ASSERTION_SECONDS = 240

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
  readonly #run: string | undefined

  /**
   * @param jwk private key, ES384 or RS384, whose public part is registered for the client
   * @param run of a scenario, where the calls belong to one
   */
  constructor(p: { issuer: string; clientId: string; jwk: JWK; run?: string }) {
    this.#issuer = p.issuer
    this.#clientId = p.clientId
    this.#jwk = p.jwk
    this.#run = p.run
  }

  /** The same client, its calls shown in the timeline of a run. */
  forRun(run: string): IssuerApi {
    return new IssuerApi({ issuer: this.#issuer, clientId: this.#clientId, jwk: this.#jwk, run })
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
        client_assertion: await signedAssertion({
          clientId: this.#clientId,
          audience: `${this.#issuer}/token`,
          jwk: this.#jwk,
        }),
      }),
    })
    return parseAnswer(z.object({ access_token: z.string().min(1) }), body).access_token
  }

  async #send(
    method: string,
    path: string,
    init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> },
  ): Promise<unknown> {
    const answer = await fetch(this.#issuer + path, {
      ...init,
      headers: { ...init.headers, ...(this.#run === undefined ? {} : { [RUN_HEADER]: `${this.#run} ${ASIDE}` }) },
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

/** A client's proof of who it is (RFC 7523). @param p.clockSeconds how far the client's clock is ahead */
export async function signedAssertion(p: {
  clientId: string
  audience: string
  jwk: JWK
  clockSeconds?: number
}): Promise<string> {
  const alg = p.jwk.kty === 'RSA' ? 'RS384' : 'ES384'
  const key: CryptoKey | Uint8Array = await importJWK(p.jwk, alg)
  const now = Math.floor(Date.now() / 1_000) + (p.clockSeconds ?? 0)
  return new SignJWT()
    .setProtectedHeader({ alg, typ: 'JWT', ...(p.jwk.kid === undefined ? {} : { kid: p.jwk.kid }) })
    .setIssuer(p.clientId)
    .setSubject(p.clientId)
    .setAudience(p.audience)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + ASSERTION_SECONDS)
    .sign(key)
}

function parseAnswer<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (!parsed.success)
    throw new IssuerRefused('The authorization server answered in a form that this EHR does not know.')
  return parsed.data
}
