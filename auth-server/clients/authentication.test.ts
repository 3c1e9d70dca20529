// One method a client, and for a secret exactly the one that is registered (SEED-25).
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import request from 'supertest'
import { apiClient, assertion } from '../testing/api-client.ts'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'

let fixture: Fixture
const secrets: Record<string, string> = {}

beforeAll(async () => {
  fixture = await startAuthServer()
  const { post } = await apiClient(fixture, '__clients')
  for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
    const { body } = await post('/clients').send({
      client_id: method,
      client_name: method,
      token_endpoint_auth_method: method,
      redirect_uris: ['https://server.test/callback'],
      scope: 'openid patient/*.rs system/*.rs',
    })
    secrets[method] = body.client_secret
  }
})
afterAll(() => fixture.close())

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** A code that is unknown: whoever gets as far as that was authenticated. */
function redeem(form: Record<string, string>, authorization?: string) {
  const asking = request(fixture.server).post('/token').type('form')
  if (authorization !== undefined) asking.set('authorization', authorization)
  return asking.send({
    grant_type: 'authorization_code',
    code: 'unknown',
    redirect_uri: 'https://server.test/callback',
    code_verifier: 'v'.repeat(43),
    ...form,
  })
}
const secretOf = (method: string) => String(secrets[method])
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

test.each<[string, () => ReturnType<typeof redeem>]>([
  ['none', () => redeem({ client_id: 'app' })],
  ['client_secret_basic', () => redeem({}, basic('client_secret_basic', secretOf('client_secret_basic')))],
  [
    'client_secret_basic, every character encoded (CLI-10)',
    () => {
      const encoded = [...secretOf('client_secret_basic')].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')
      return redeem({}, basic('client%5Fsecret%5fbasic', encoded))
    },
  ],
  [
    'client_secret_post',
    () => redeem({ client_id: 'client_secret_post', client_secret: secretOf('client_secret_post') }),
  ],
])('SEED-25: %s is authenticated, and the answer is not stored', async (_name, ask) => {
  const answer = await ask()
  expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant'])
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
})

test.each<[string, () => ReturnType<typeof redeem>]>([
  ['a wrong secret in the header', () => redeem({}, basic('client_secret_basic', 'x'.repeat(43)))],
  [
    'a secret with one letter less',
    () => redeem({}, basic('client_secret_basic', secretOf('client_secret_basic').slice(1))),
  ],
  ['a wrong secret in the form', () => redeem({ client_id: 'client_secret_post', client_secret: 'x'.repeat(43) })],
  [
    'the form for a client of the header (CLI-11)',
    () => redeem({ client_id: 'client_secret_basic', client_secret: secretOf('client_secret_basic') }),
  ],
  [
    'the header for a client of the form (CLI-11)',
    () => redeem({}, basic('client_secret_post', secretOf('client_secret_post'))),
  ],
  ['a confidential client as a public one (CLI-11)', () => redeem({ client_id: 'client_secret_basic' })],
  ['an asymmetric client as a public one (CLI-11)', () => redeem({ client_id: 'ehr' })],
  ['an asymmetric client with a secret', () => redeem({}, basic('ehr', 'secret'))],
  ['a public client with a secret', () => redeem({}, basic('app', 'secret'))],
  ['an unknown client', () => redeem({}, basic('nobody', 'secret'))],
])('SEED-25: invalid_client for %s', async (_name, ask) => {
  const answer = await ask()
  expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
})

test('CLI-11: two methods at once are refused', async () => {
  const header = basic('client_secret_basic', secretOf('client_secret_basic'))
  const client_assertion = await assertion(fixture)
  const answers = [
    await redeem({ client_id: 'client_secret_basic', client_secret: secretOf('client_secret_basic') }, header),
    await redeem({ client_assertion, client_assertion_type: jwtBearer }, header),
  ]
  for (const { status, body } of answers) {
    expect([400, 401]).toContain(status)
    expect(['invalid_request', 'invalid_client']).toContain(body.error)
  }
})

test('SEED-25: forms alone', async () => {
  const answer = await request(fixture.server).post('/token').send({ grant_type: 'client_credentials' })
  expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
})

test('BKS-01: a secret is not enough for a token of its own, whatever is registered', async () => {
  const form = { grant_type: 'client_credentials', scope: 'system/Patient.rs' }
  const answer = await request(fixture.server)
    .post('/token')
    .type('form')
    .set('authorization', basic('client_secret_basic', secretOf('client_secret_basic')))
    .send(form)
  expect([answer.status, answer.body.error]).toEqual([400, 'unauthorized_client'])
})
