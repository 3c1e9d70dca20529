// A small OpenID provider for tests, over real HTTP. Whoever comes is signed in at once as `person`; `forge` makes its
// id_tokens untrue, one thing at a time.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export const STAND_IN_CLIENT = { id: 'smart', secret: 'a-client-secret-for-tests' }

export type StandIn = {
  issuer: string
  metadataUrl: string
  /** Claims about the one who signs in next. */
  person: JWTPayload
  /** Overwrites claims of the next id_tokens; `key` signs with one that is not published, under the published kid. */
  forge: JWTPayload & { key?: true }
  /** What its token endpoint answers with, in place of tokens. */
  failure: { status: number; error: string } | undefined
  close(): Promise<void>
}

type Pending = { challenge: string; nonce: string; redirectUri: string; person: JWTPayload }

export async function startStandIn(): Promise<StandIn> {
  const [good, bad] = await Promise.all([generateKeyPair('RS256', { extractable: true }), generateKeyPair('RS256')])
  const jwk = { ...(await exportJWK(good.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const codes = new Map<string, Pending>()

  async function idToken({ person, nonce }: Pending): Promise<string> {
    const { key, ...forged } = standIn.forge
    const now = Math.floor(Date.now() / 1000)
    const truth = { iss: standIn.issuer, aud: STAND_IN_CLIENT.id, iat: now, exp: now + 300, nonce }
    return new SignJWT({ ...truth, ...person, ...forged })
      .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'JWT' })
      .sign(key ? bad.privateKey : good.privateKey)
  }

  async function token(form: URLSearchParams): Promise<Record<string, unknown> | undefined> {
    const pending = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '')
    const isGood =
      form.get('client_id') === STAND_IN_CLIENT.id &&
      form.get('client_secret') === STAND_IN_CLIENT.secret &&
      form.get('redirect_uri') === pending?.redirectUri &&
      challenge.digest('base64url') === pending?.challenge
    if (pending === undefined || !isGood) return undefined
    return { token_type: 'Bearer', access_token: 'a', expires_in: 300, id_token: await idToken(pending) }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', standIn.issuer)
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return json(200, {
          issuer: standIn.issuer,
          authorization_endpoint: `${standIn.issuer}/authorize`,
          token_endpoint: `${standIn.issuer}/token`,
          jwks_uri: `${standIn.issuer}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          token_endpoint_auth_methods_supported: ['client_secret_post'],
        })
      case '/keys':
        return json(200, { keys: [jwk] })
      case '/authorize': {
        const code = crypto.randomUUID()
        const redirectUri = searchParams.get('redirect_uri') ?? ''
        const [nonce, challenge] = [searchParams.get('nonce') ?? '', searchParams.get('code_challenge') ?? '']
        codes.set(code, { redirectUri, nonce, challenge, person: standIn.person })
        const back = new URLSearchParams({ code, state: searchParams.get('state') ?? '' })
        response.writeHead(303, { location: `${redirectUri}?${back}` }).end()
        return
      }
      case '/token': {
        let body = ''
        for await (const chunk of request) body += chunk
        if (standIn.failure !== undefined) return json(standIn.failure.status, { error: standIn.failure.error })
        const tokens = await token(new URLSearchParams(body))
        return tokens === undefined ? json(400, { error: 'invalid_grant' }) : json(200, tokens)
      }
      default:
        return json(404, {})
    }
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const metadataUrl = `${issuer}/.well-known/openid-configuration`
  const standIn: StandIn = { issuer, metadataUrl, person: {}, forge: {}, failure: undefined, close }
  return standIn
}

/** What a browser brings back from the provider. */
export async function signInAt(url: string): Promise<URL> {
  const answer = await fetch(url, { redirect: 'manual' })
  return new URL(answer.headers.get('location') ?? '')
}
