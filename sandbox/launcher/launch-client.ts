// The EHR's side of the launch API: a token by private_key_jwt, then the launch context for an opaque, single-use id.

import { randomUUID } from 'node:crypto'
import { type CryptoKey, importJWK, type JWK, SignJWT } from 'jose'
import { z } from 'zod'

const TIMEOUT_MS = 10_000
const ASSERTION_LIFETIME = '4 minutes'

/** Body of `POST {issuer}/launch`. */
export type LaunchRequest = {
  client_id: string
  patient: string
  encounter?: string
  need_patient_banner: boolean
  smart_style_url: string
  intent?: string
  user: { tid: string; oid: string }
}

/** The authorization server said no, in words that a clinician's support desk can use. */
export class LaunchRefused extends Error {
  constructor(description: string) {
    super(description)
    this.name = 'LaunchRefused'
  }
}

export class LaunchClient {
  readonly #issuer: string
  readonly #clientId: string
  readonly #jwk: JWK

  /** @param jwk private key, ES384 or RS384, whose public part is registered for the client */
  constructor(p: { issuer: string; clientId: string; jwk: JWK }) {
    this.#issuer = p.issuer
    this.#clientId = p.clientId
    this.#jwk = p.jwk
  }

  /** Opens a chart for an app. `launch` is for the app, `id` for the EHR alone. @throws LaunchRefused */
  async open(launch: LaunchRequest): Promise<{ launch: string; id: string }> {
    const token = await this.#token()
    const body = await this.#send('POST', '/launch', {
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(launch),
    })
    return parseAnswer(z.object({ launch: z.string().min(1), id: z.string().min(1) }), body)
  }

  /** Closes a chart: what apps hold on it ends. @throws LaunchRefused */
  async close(id: string): Promise<void> {
    const headers = { Authorization: `Bearer ${await this.#token()}` }
    await this.#send('DELETE', `/launches/${encodeURIComponent(id)}`, { headers })
  }

  async #token(): Promise<string> {
    const body = await this.#send('POST', '/token', {
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: '__launch',
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
      throw new LaunchRefused('The authorization server cannot be reached.')
    })
    const body: unknown = await answer.json().catch(() => undefined)
    if (answer.ok) return body
    const { success, data } = z.object({ error: z.string(), error_description: z.string().optional() }).safeParse(body)
    const words = success
      ? `${data.error}${data.error_description ? `: ${data.error_description}` : ''}`
      : 'no reason given'
    throw new LaunchRefused(`The authorization server answered ${path} with ${answer.status}: ${words}`)
  }
}

function parseAnswer<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (!parsed.success)
    throw new LaunchRefused('The authorization server answered in a form that this EHR does not know.')
  return parsed.data
}
