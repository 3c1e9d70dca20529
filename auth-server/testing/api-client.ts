// A client that acts for itself, as EHRs, operators' tools and resource servers do: asks for a token with its key and calls our APIs.
import { SignJWT } from 'jose'
import request, { type Test } from 'supertest'
import { type Fixture, ISSUER } from './auth-server-fixture.ts'

export type AssertionParts = {
  clientId?: string
  aud?: string | string[]
  expiresInSeconds?: number
  jti?: string
  key?: CryptoKey
  header?: Record<string, string>
}

/** Signed by the fixture's EHR unless told otherwise. */
export async function assertion(fixture: Fixture, parts: AssertionParts = {}): Promise<string> {
  const { clientId = 'ehr', aud = `${ISSUER}/token`, expiresInSeconds = 60, jti, key, header } = parts
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES384', kid: 'ehr-1', typ: 'JWT', ...header })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(aud)
    .setJti(jti ?? crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${expiresInSeconds}s`)
    .sign(key ?? fixture.ehrKey)
}

export async function requestOwnToken(fixture: Fixture, changed: Record<string, string> = {}) {
  return request(fixture.server)
    .post('/token')
    .type('form')
    .send({
      grant_type: 'client_credentials',
      scope: '__launch',
      resource: ISSUER,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion(fixture),
      ...changed,
    })
}

/** A caller of our own APIs with one scope. */
export async function apiClient(fixture: Fixture, scope: string) {
  const { body } = await requestOwnToken(fixture, { scope })
  const call =
    (method: 'get' | 'post' | 'put' | 'patch' | 'delete') =>
    (path: string): Test =>
      request(fixture.server)[method](path).set('authorization', `Bearer ${body.access_token}`)
  return { get: call('get'), post: call('post'), put: call('put'), patch: call('patch'), delete: call('delete') }
}
