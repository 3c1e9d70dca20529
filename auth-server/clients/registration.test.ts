// Dynamic registration over HTTP: who may, what is taken, and what such a client can never have (RFC 7591).
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { apiClient } from '../testing/api-client.ts'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { authorizeUrl } from '../testing/launch-flow.ts'

const TOKEN = 'an-initial-access-token-of-the-operator'
const tokenSha256 = createHash('sha256').update(TOKEN).digest('hex')
const REDIRECT = 'https://new.test/callback'
const APP = {
  client_name: 'New',
  redirect_uris: [REDIRECT],
  token_endpoint_auth_method: 'none',
  scope: 'openid patient/*.rs',
}

let waiting: Fixture
let atOnce: Fixture
beforeAll(async () => {
  waiting = await startAuthServer({ registration: { tokenSha256, isEnabledAtOnce: false } })
  atOnce = await startAuthServer({ registration: { tokenSha256, isEnabledAtOnce: true } })
})
afterAll(() => Promise.all([waiting.close(), atOnce.close()]))

const register = (fixture: Fixture, body: object, token: string | undefined = TOKEN) => {
  const asking = request(fixture.server).post('/register')
  if (token !== '') asking.set('authorization', `Bearer ${token}`)
  return asking.send(body)
}
const authorize = (fixture: Fixture, client_id: string) =>
  request(fixture.server).get(authorizeUrl({ client_id, redirect_uri: REDIRECT }))

test('is not there unless it is on', async () => {
  const off = await startAuthServer()
  expect((await register(off, APP)).status).toBe(404)
  await off.close()
})

test('a client gets an id of ours, and waits for an operator', async () => {
  const { status, body, headers } = await register(waiting, { ...APP, client_id: 'mine', software_id: 'ignored' })
  expect([status, headers['cache-control']]).toEqual([201, 'no-store'])
  expect(body).toMatchObject({ ...APP, client_id: expect.not.stringMatching('mine'), enabled: false })
  for (const name of ['client_secret', 'software_id', 'source', 'secrets']) expect(body).not.toHaveProperty(name)
  expect((await authorize(waiting, body.client_id)).status).toBe(400)
  const api = await apiClient(waiting, '__clients')
  expect((await api.get(`/clients/${body.client_id}`)).body.source).toBe('registration')
  await api.post(`/clients/${body.client_id}/enable`)
  expect((await authorize(waiting, body.client_id)).status).toBe(303)
})

test('a symmetric client is told its secret, once', async () => {
  const { body } = await register(atOnce, { ...APP, token_endpoint_auth_method: undefined })
  expect(body).toMatchObject({
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret_expires_at: 0,
    enabled: true,
  })
  expect((await authorize(atOnce, body.client_id)).status).toBe(303)
  const { text } = await (await apiClient(atOnce, '__clients')).get(`/clients/${body.client_id}`)
  expect(text).not.toContain(body.client_secret)
})

test('scopes of backend services and of our own APIs are never given', async () => {
  const scope = 'openid system/*.cruds __clients __launch patient/Patient.rs'
  const keys = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://new.test/jwks' }
  for (const changed of [{}, keys]) {
    expect((await register(atOnce, { ...APP, ...changed, scope })).body.scope).toBe('openid patient/Patient.rs')
  }
})

test.each([
  ['no token', ''],
  ['another token', 'guess'],
  ['its hash', tokenSha256],
])('401 with %s', async (_name, token) => {
  const answer = await register(atOnce, APP, token)
  expect([answer.status, answer.body.error]).toEqual([401, 'invalid_token'])
  expect(answer.headers['www-authenticate']).toContain('Bearer')
})

describe('RFC 7591 section 3.2.2', () => {
  test.each<[string, object, string]>([
    ['http beyond loopback', { redirect_uris: ['http://new.test/'] }, 'invalid_redirect_uri'],
    ['a script', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    ['no redirect URI', { redirect_uris: [] }, 'invalid_redirect_uri'],
    ['no name', { client_name: undefined }, 'invalid_client_metadata'],
    ['a method that is not served', { token_endpoint_auth_method: 'tls_client_auth' }, 'invalid_client_metadata'],
    ['a grant that no person gives', { grant_types: ['client_credentials'] }, 'invalid_client_metadata'],
    ['an implicit flow', { response_types: ['token'] }, 'invalid_client_metadata'],
    ['a scope that is none', { scope: 'openid patient/Patient.sr' }, 'invalid_client_metadata'],
    ['a filter that cannot be judged', { scope: 'patient/Observation.rs?_text=x' }, 'invalid_client_metadata'],
    ['an unknown scope of our own', { scope: '__everything' }, 'invalid_client_metadata'],
    ['keys that are not used', { jwks_uri: 'https://new.test/jwks' }, 'invalid_client_metadata'],
    [
      'keys at http',
      { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://new.test/' },
      'invalid_client_metadata',
    ],
  ])('%s', async (_name, changed, error) => {
    const answer = await register(atOnce, { ...APP, ...changed })
    expect([answer.status, answer.body.error]).toEqual([400, error])
  })
  test('no JSON, and no POST', async () => {
    const text = request(atOnce.server).post('/register').set('authorization', `Bearer ${TOKEN}`).type('json')
    expect((await text.send('{')).body.error).toBe('invalid_client_metadata')
    expect((await request(atOnce.server).get('/register')).status).toBe(405)
  })
})
