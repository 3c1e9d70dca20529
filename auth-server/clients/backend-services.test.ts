// Backend Services over HTTP: tokens of a client's own, for no more than it is registered for (SEED-28).
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { decodeJwt, exportJWK, generateKeyPair } from 'jose'
import request from 'supertest'
import { apiClient, assertion } from '../testing/api-client.ts'
import { FHIR_BASE, type Fixture, ISSUER, startAuthServer } from '../testing/auth-server-fixture.ts'

let fixture: Fixture
let key: CryptoKey

beforeAll(async () => {
  fixture = await startAuthServer()
  const pair = await generateKeyPair('ES384', { extractable: true })
  key = pair.privateKey
  const { post } = await apiClient(fixture, '__clients')
  const answer = await post('/clients').send({
    client_id: 'export',
    client_name: 'Nightly export',
    token_endpoint_auth_method: 'private_key_jwt',
    scope: 'system/Patient.rs system/Observation.rs patient/*.rs user/*.rs openid offline_access',
    jwks: { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'export-1' }] },
    redirect_uris: ['https://export.test/callback'],
  })
  expect(answer.status).toBe(201)
})
afterAll(() => fixture.close())

async function ask(scope: string | undefined, changed: Record<string, string> = {}) {
  return request(fixture.server)
    .post('/token')
    .type('form')
    .send({
      grant_type: 'client_credentials',
      ...(scope === undefined ? {} : { scope }),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion(fixture, { clientId: 'export', key, header: { kid: 'export-1' } }),
      ...changed,
    })
}

test('BKS-03: a token of five minutes, and nothing besides', async () => {
  const answer = await ask('system/Patient.rs')
  expect(answer.status).toBe(200)
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
  const { access_token, expires_in, ...rest } = answer.body
  expect(rest).toEqual({ token_type: 'Bearer', scope: 'system/Patient.rs' })
  expect(expires_in).toBeLessThanOrEqual(300)
  const claims = decodeJwt(access_token)
  expect(claims).toMatchObject({ iss: ISSUER, aud: FHIR_BASE, client_id: 'export', scope: 'system/Patient.rs' })
  expect(Number(claims.exp) - Number(claims.iat)).toBeLessThanOrEqual(300)
  for (const member of ['patient', 'person', 'fhirUser', 'encounter', 'gid']) expect(claims).not.toHaveProperty(member)
})

test.each([
  ['all that is registered', 'system/Patient.rs system/Observation.rs', 'system/Patient.rs system/Observation.rs'],
  ['what is not registered left out', 'system/Patient.rs system/Condition.rs', 'system/Patient.rs'],
  ['more than is registered left out', 'system/Patient.cruds system/Observation.r', 'system/Observation.r'],
  ['patient/ and user/ left out', 'system/Patient.rs patient/Patient.rs user/Patient.rs', 'system/Patient.rs'],
  ['sign-in and refresh left out', 'system/Patient.rs openid fhirUser offline_access launch', 'system/Patient.rs'],
])('BKS-02, SEED-28: %s', async (_name, asked, granted) => {
  const { status, body } = await ask(asked)
  expect([status, body.scope]).toEqual([200, granted])
  expect(body).not.toHaveProperty('refresh_token')
  expect(body).not.toHaveProperty('id_token')
})

test.each([
  ['nothing that is registered', 'system/Condition.rs'],
  ['patient/ and user/ alone', 'patient/Patient.rs user/Patient.rs'],
  ['a scope of our own APIs', '__clients'],
  ['.default', 'https://smart.test/.default'],
  ['no scope', undefined],
  ['an empty one', ''],
])('BKS-01, BKS-02: invalid_scope for %s', async (_name, asked) => {
  const { status, body } = await ask(asked)
  expect([status, body.error]).toEqual([400, 'invalid_scope'])
})

test('the audience of our own APIs is not for who has no scope of theirs', async () => {
  const { status, body } = await ask('system/Patient.rs', { resource: ISSUER })
  expect([status, body.error]).toEqual([400, 'invalid_scope'])
})
