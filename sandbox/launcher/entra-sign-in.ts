// Signs clinicians in to the EHR by OpenID Connect with the identity provider: code flow, PKCE, verified ID token.

import { createHash, randomBytes } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { z } from 'zod'

const TIMEOUT_MS = 10_000

/** Who is signed in to the EHR. */
export type User = { tid: string; oid: string; name: string; roles: readonly string[] }

/** What the browser that began a sign-in must bring back. */
export type PendingSignIn = { state: string; nonce: string; verifier: string }

const metadataSchema = z.object({
  issuer: z.url(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
})
const claimsSchema = z.object({
  tid: z.string(),
  oid: z.string(),
  name: z.string(),
  roles: z.array(z.string()).default([]),
})

export class EntraSignIn {
  readonly #settings: { metadataUrl: string; clientId: string; clientSecret: string; redirectUri: string }

  constructor(settings: { metadataUrl: string; clientId: string; clientSecret: string; redirectUri: string }) {
    this.#settings = settings
  }

  async begin(): Promise<{ url: string; pending: PendingSignIn }> {
    const { authorization_endpoint } = await this.#metadata()
    const [state, nonce, verifier] = [randomText(), randomText(), randomText()]
    const url = new URL(authorization_endpoint)
    url.search = new URLSearchParams({
      client_id: this.#settings.clientId,
      redirect_uri: this.#settings.redirectUri,
      response_type: 'code',
      scope: 'openid profile',
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString()
    return { url: url.href, pending: { state, nonce, verifier } }
  }

  /** @throws Error when the identity provider refuses or its answer is not for this sign-in */
  async finish(code: string, pending: PendingSignIn): Promise<User> {
    const metadata = await this.#metadata()
    const { clientId, clientSecret, redirectUri } = this.#settings
    const answer = await fetch(metadata.token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uri: redirectUri,
        code,
        code_verifier: pending.verifier,
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (!answer.ok) throw new Error(`the identity provider refused the code with status ${answer.status}`)
    const { id_token } = z.object({ id_token: z.string() }).parse(await answer.json())
    const { payload } = await jwtVerify(id_token, createRemoteJWKSet(new URL(metadata.jwks_uri)), {
      issuer: metadata.issuer,
      audience: clientId,
      algorithms: ['RS256'],
    })
    if (payload.nonce !== pending.nonce) throw new Error('the ID token belongs to another sign-in')
    return claimsSchema.parse(payload)
  }

  async #metadata(): Promise<z.infer<typeof metadataSchema>> {
    const answer = await fetch(this.#settings.metadataUrl, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return metadataSchema.parse(await answer.json())
  }
}

function randomText(): string {
  return randomBytes(32).toString('base64url')
}
