// The token endpoint over HTTP: what it takes, what its answers hold, and how it refuses.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request from 'supertest'
import { requestOwnToken } from '../testing/api-client.ts'
import { APP, APP_SECRET, FHIR_BASE, type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { authorizeUrl, redeemCode, VERIFIER } from '../testing/launch-flow.ts'
import { answerOf, tokensOf } from '../testing/whole-launch.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

const SCOPE = 'openid fhirUser launch/patient patient/Patient.rs offline_access'
const code = async () => String((await answerOf(fixture, 'ana', { scope: SCOPE })).get('code'))
const form = async () => ({
  grant_type: 'authorization_code',
  client_id: 'app',
  redirect_uri: APP,
  code: await code(),
  code_verifier: VERIFIER,
})

describe('TOK-01: posted forms alone', () => {
  test('not by GET, and the code is still good', async () => {
    const good = await form()
    const answer = await request(fixture.server).get(`/token?${new URLSearchParams(good)}`)
    expect(answer.status).toBe(405)
    expect(answer.text).not.toContain('access_token')
    expect((await request(fixture.server).post('/token').type('form').send(good)).status).toBe(200)
  })
  test('not as JSON, nor in the query of a POST', async () => {
    const good = await form()
    const json = await request(fixture.server).post('/token').send(good)
    const query = await request(fixture.server).post(`/token?${new URLSearchParams(good)}`)
    for (const answer of [json, query]) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      expect(answer.text).not.toContain('access_token')
    }
  })
})

describe('TOK-02, TOK-03, SEED-05: a code needs all that belongs to it', () => {
  test.each([
    ['redirect_uri', 'invalid_request'],
    ['code_verifier', 'invalid_grant'],
    ['client_id', 'invalid_request'],
    ['code', 'invalid_request'],
  ])('without %s', async (name, error) => {
    const { [name]: _, ...rest } = (await form()) as Record<string, string>
    const answer = await request(fixture.server).post('/token').type('form').send(rest)
    expect([answer.status, answer.body.error]).toEqual([400, error])
  })
  test.each([
    ['too short', 'x'.repeat(42)],
    ['too long', 'x'.repeat(129)],
    ['with a character that is none', `${'x'.repeat(43)}!`],
    ['the challenge itself', new URLSearchParams(authorizeUrl().split('?')[1]).get('code_challenge') ?? ''],
  ])('a verifier that is %s', async (_name, code_verifier) => {
    const answer = await redeemCode(fixture.server, await code(), { code_verifier })
    expect(answer.status).toBe(400)
    expect(['invalid_grant', 'invalid_request']).toContain(answer.body.error)
  })
})

test('TOK-04, TOK-05, TOK-06, TOK-16: an answer has what the guide names and nothing else, kept by nobody', async () => {
  const answer = await tokensOf(fixture, 'ana', { scope: SCOPE })
  expect(Object.keys(answer.body).sort()).toEqual(
    ['access_token', 'expires_in', 'id_token', 'patient', 'refresh_token', 'scope', 'token_type'].sort(),
  )
  expect(answer.body.token_type).toBe('Bearer')
  const { exp = 0, iat = 0 } = decodeJwt(answer.body.access_token)
  expect(exp - iat).toBe(answer.body.expires_in)
  expect(answer.body.expires_in).toBeLessThanOrEqual(3600)
  const refreshed = await request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token: answer.body.refresh_token })
  expect(refreshed.body).toMatchObject({ expires_in: expect.any(Number), scope: answer.body.scope, patient: 'ana' })
  for (const { headers } of [answer, refreshed]) {
    expect([headers['cache-control'], headers.pragma]).toEqual(['no-store', 'no-cache'])
  }
})

test('TOK-06: a token that a client gets for itself lives five minutes', async () => {
  const { body } = await requestOwnToken(fixture)
  expect(body.expires_in).toBeLessThanOrEqual(300)
})

test('TOK-16: our own scopes, and our own members, begin with two underscores', async () => {
  const { body } = await requestOwnToken(fixture, { scope: '__launch __introspect launch' })
  expect(body.scope.split(' ').sort()).toEqual(['__introspect', '__launch'])
})

describe('TOK-17, TOK-05: refusals', () => {
  test.each<[string, Record<string, string>, number, string]>([
    ['no grant type', { grant_type: '' }, 400, 'invalid_request'],
    ['an unknown grant type', { grant_type: 'urn:x' }, 400, 'unsupported_grant_type'],
    ['the implicit flow’s name', { grant_type: 'implicit' }, 400, 'unsupported_grant_type'],
    ['a grant type that is not this client’s', { grant_type: 'client_credentials' }, 400, 'unauthorized_client'],
    ['a code of nobody', { code: 'x' }, 400, 'invalid_grant'],
    ['an unknown client', { client_id: 'nobody' }, 401, 'invalid_client'],
  ])('%s', async (_name, changed, status, error) => {
    const answer = await redeemCode(fixture.server, await code(), changed)
    expect([answer.status, answer.body.error]).toEqual([status, error])
    expect([answer.headers['cache-control'], answer.headers.pragma]).toEqual(['no-store', 'no-cache'])
    expect(answer.headers['content-type']).toContain('application/json')
  })
  test('a wrong secret by HTTP Basic: 401, and the challenge names Basic', async () => {
    const refresh = (secret: string) =>
      request(fixture.server)
        .post('/token')
        .auth('secret-app', secret)
        .type('form')
        .send({ grant_type: 'refresh_token', refresh_token: 'x' })
    const wrong = await refresh('wrong')
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client'])
    expect(wrong.headers['www-authenticate']).toMatch(/^Basic/)
    expect((await refresh(APP_SECRET)).body.error).toBe('invalid_grant')
  })
})

test('TOK-18: an access token has one audience, the FHIR base, however it was asked for', async () => {
  for (const aud of [FHIR_BASE, `${FHIR_BASE}/`]) {
    const { body } = await tokensOf(fixture, 'ana', { scope: SCOPE, changed: { aud } })
    expect(decodeJwt(body.access_token).aud).toBe(FHIR_BASE)
  }
})

test('TOK-21: what one launch had, the next one of the same app and person has only if it asks', async () => {
  const first = await tokensOf(fixture, 'wei', { scope: SCOPE, patient: 'ana' })
  expect(first.body).toMatchObject({ patient: 'ana', id_token: expect.any(String) })
  const { body } = await tokensOf(fixture, 'wei', { scope: 'user/Patient.rs' })
  expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
  expect(decodeJwt(body.access_token)).not.toHaveProperty('patient')
  expect(decodeJwt(body.access_token)).not.toHaveProperty('fhirUser')
})

test('REF-08: offline_access needs no prompt', async () => {
  const { body } = await tokensOf(fixture, 'ben', { scope: SCOPE, changed: { prompt: undefined } })
  expect(body.scope.split(' ')).toContain('offline_access')
  expect(body.refresh_token).toEqual(expect.any(String))
})
