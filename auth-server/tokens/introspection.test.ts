// Introspection and revocation over HTTP: who may ask, what is told, and that the end of a token is the end.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request, { type Response } from 'supertest'
import { apiClient, assertion, requestOwnToken } from '../testing/api-client.ts'
import { APP_SECRET, FHIR_BASE, type Fixture, ISSUER, startAuthServer, subOf } from '../testing/auth-server-fixture.ts'
import { begin, redeemCode, share } from '../testing/launch-flow.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

const SCOPE = 'openid fhirUser launch/patient patient/Patient.rs offline_access'
const BASIC = ['secret-app', APP_SECRET] as const

/** Ana's tokens for the app with a secret. */
async function anasTokens() {
  const { browser, page } = await begin(fixture.server, 'ana', { client_id: 'secret-app', scope: SCOPE })
  const callback = await share(browser, page, 'ana', ['patient/Patient.rs', 'offline_access'])
  const code = String(callback.searchParams.get('code'))
  const answer = await redeemCode(fixture.server, code, { client_id: 'secret-app' }).auth(...BASIC)
  expect(answer.status).toBe(200)
  return answer.body as { access_token: string; refresh_token: string }
}

async function bensTokens() {
  const { browser, page } = await begin(fixture.server, 'ben')
  const callback = await share(browser, page, 'ben', ['patient/Patient.rs', 'offline_access'])
  const answer = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
  return answer.body as { access_token: string; refresh_token: string }
}

const introspect = (token: string) =>
  request(fixture.server)
    .post('/token/introspection')
    .auth(...BASIC)
    .type('form')
    .send({ token })
const revoke = (token: string, form: Record<string, string> = {}) =>
  request(fixture.server)
    .post('/token/revocation')
    .type('form')
    .send({ token, ...form })
const refresh = (refresh_token: string) =>
  request(fixture.server)
    .post('/token')
    .auth(...BASIC)
    .type('form')
    .send({ grant_type: 'refresh_token', refresh_token })

describe('introspection', () => {
  test('INT-01, INT-02, INT-05, SEED-30: an access token is told with every member of its token answer', async () => {
    const { access_token } = await anasTokens()
    const answer = await introspect(access_token)
    const { exp, iat, jti } = decodeJwt(access_token)
    expect(answer.body).toEqual({
      active: true,
      scope: SCOPE,
      client_id: 'secret-app',
      exp,
      iat,
      jti,
      iss: ISSUER,
      sub: subOf('ana'),
      aud: FHIR_BASE,
      token_type: 'Bearer',
      patient: 'ana',
      fhirUser: `${FHIR_BASE}/Patient/ana`,
    })
    expect([answer.headers['cache-control'], answer.headers.pragma]).toEqual(['no-store', 'no-cache'])
  })

  test('a refresh token is told too', async () => {
    const { refresh_token } = await anasTokens()
    expect((await introspect(refresh_token)).body).toMatchObject({ active: true, scope: SCOPE, patient: 'ana' })
  })

  test('INT-03: a bearer token with __introspect may ask for any client; another scope, or none, may not', async () => {
    const { access_token } = await bensTokens()
    const ask = (api: Awaited<ReturnType<typeof apiClient>>) =>
      api.post('/token/introspection').type('form').send({ token: access_token })
    expect((await ask(await apiClient(fixture, '__introspect'))).body).toMatchObject({ active: true, patient: 'ben' })
    const refused = await ask(await apiClient(fixture, '__launch'))
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="__introspect"',
    ])
    const withFhirToken = await request(fixture.server)
      .post('/token/introspection')
      .set('authorization', `Bearer ${access_token}`)
      .type('form')
      .send({ token: access_token })
    expect([withFhirToken.status, withFhirToken.body]).toEqual([401, { error: 'invalid_token' }])
  })

  test('INT-03: a client with __introspect may ask for any client by its own authentication', async () => {
    const { access_token } = await bensTokens()
    const answer = await request(fixture.server)
      .post('/token/introspection')
      .type('form')
      .send({
        token: access_token,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertion(fixture),
      })
    expect(answer.body).toMatchObject({ active: true, client_id: 'app' })
  })

  test.each<[string, (token: string) => Promise<Response>]>([
    ['no authentication', (token) => request(fixture.server).post('/token/introspection').type('form').send({ token })],
    [
      'a name alone',
      (token) => request(fixture.server).post('/token/introspection').type('form').send({ token, client_id: 'app' }),
    ],
    [
      'a wrong secret',
      (token) =>
        request(fixture.server).post('/token/introspection').auth('secret-app', 'wrong').type('form').send({ token }),
    ],
  ])('INT-03, SEED-30: %s: 401 and nothing of the token', async (_name, ask) => {
    const { access_token } = await bensTokens()
    const answer = await ask(access_token)
    expect(answer.status).toBe(401)
    expect(answer.text).not.toMatch(/active|ben|scope/)
  })

  test('INT-04, SEED-30: foreign, forged, unknown, garbled and id tokens are inactive, and no more is said', async () => {
    const foreign = await bensTokens()
    const own = await anasTokens()
    const [head, payload, signature] = own.access_token.split('.') as [string, string, string]
    const forged = `${head}.${payload}.${signature.slice(0, -4)}AAAA`
    const { body } = await redeemFresh()
    for (const token of [foreign.access_token, foreign.refresh_token, forged, 'x', 'a.b.c', 'ref_x', body.id_token]) {
      const answer = await introspect(token)
      expect([answer.status, answer.body]).toEqual([200, { active: false }])
    }
  })

  test('our own API’s tokens are told as theirs', async () => {
    const { body } = await requestOwnToken(fixture, { scope: '__launch' })
    const api = await apiClient(fixture, '__introspect')
    const answer = await api.post('/token/introspection').type('form').send({ token: body.access_token })
    expect(answer.body).toMatchObject({ active: true, aud: ISSUER, scope: '__launch', client_id: 'ehr' })
  })
})

async function redeemFresh() {
  const { browser, page } = await begin(fixture.server, 'ana')
  const callback = await share(browser, page, 'ana', ['patient/Patient.rs'])
  return redeemCode(fixture.server, String(callback.searchParams.get('code')))
}

describe('revocation', () => {
  test('REF-07, SEED-31: an access token ends alone: inactive, told to proxies, the refresh token goes on', async () => {
    const { access_token, refresh_token } = await anasTokens()
    const answer = await revoke(access_token).auth(...BASIC)
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect((await introspect(access_token)).body).toEqual({ active: false })
    expect(fixture.revocations).toContainEqual(
      expect.objectContaining({ kind: 'token', id: decodeJwt(access_token).jti }),
    )
    expect((await refresh(refresh_token)).status).toBe(200)
  })

  test('REF-07, SEED-31: a refresh token ends its grant and every access token of it, and no other grant', async () => {
    const { access_token, refresh_token } = await anasTokens()
    const other = await anasTokens()
    expect((await revoke(refresh_token).auth(...BASIC)).status).toBe(200)
    expect((await introspect(access_token)).body).toEqual({ active: false })
    expect(fixture.revocations).toContainEqual(
      expect.objectContaining({ kind: 'grant', id: decodeJwt(access_token).gid }),
    )
    expect((await refresh(refresh_token)).body.error).toBe('invalid_grant')
    expect((await introspect(other.access_token)).body.active).toBe(true)
    expect((await refresh(other.refresh_token)).status).toBe(200)
  })

  test('REF-07, INT-04: a hint that is wrong changes nothing', async () => {
    const { access_token, refresh_token } = await anasTokens()
    const hinted = (path: string, token: string, token_type_hint: string) =>
      request(fixture.server)
        .post(path)
        .auth(...BASIC)
        .type('form')
        .send({ token, token_type_hint })
    expect((await hinted('/token/introspection', access_token, 'refresh_token')).body.active).toBe(true)
    expect((await hinted('/token/introspection', refresh_token, 'access_token')).body.active).toBe(true)
    expect((await hinted('/token/revocation', refresh_token, 'access_token')).status).toBe(200)
    expect((await refresh(refresh_token)).body.error).toBe('invalid_grant')
    expect((await introspect(access_token)).body).toEqual({ active: false })
  })

  test('REF-07, SEED-31: unknown tokens are answered like known ones, and strangers end nothing', async () => {
    const { access_token, refresh_token } = await anasTokens()
    const asApp = { client_id: 'app' }
    expect((await revoke('unknown', asApp)).status).toBe(200)
    expect((await revoke(access_token, asApp)).status).toBe(200)
    expect((await revoke(refresh_token, asApp)).status).toBe(200)
    const unauthenticated = await revoke(access_token)
    expect([unauthenticated.status, unauthenticated.body.error]).toEqual([401, 'invalid_client'])
    expect(unauthenticated.headers['www-authenticate']).toBe('Basic')
    expect((await revoke(access_token).auth('secret-app', 'wrong')).status).toBe(401)
    expect((await introspect(access_token)).body.active).toBe(true)
    expect((await refresh(refresh_token)).status).toBe(200)
  })

  test('AUTHZ-14: a code that is used twice ends the tokens of its first use, at the proxies too', async () => {
    const { browser, page } = await begin(fixture.server, 'ana', { client_id: 'secret-app', scope: SCOPE })
    const callback = await share(browser, page, 'ana', ['patient/Patient.rs', 'offline_access'])
    const code = String(callback.searchParams.get('code'))
    const redeem = () => redeemCode(fixture.server, code, { client_id: 'secret-app' }).auth(...BASIC)
    const first = await redeem()
    expect((await redeem()).body.error).toBe('invalid_grant')
    expect((await introspect(first.body.access_token)).body).toEqual({ active: false })
    expect(fixture.revocations).toContainEqual(
      expect.objectContaining({ kind: 'grant', id: decodeJwt(first.body.access_token).gid }),
    )
    expect((await refresh(first.body.refresh_token)).body.error).toBe('invalid_grant')
  })
})
