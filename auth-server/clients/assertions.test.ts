// Client assertions over HTTP: what is taken, and every way to be refused (SEED-26).
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import request from 'supertest'
import { apiClient, assertion, requestOwnToken } from '../testing/api-client.ts'
import { type Fixture, ISSUER, startAuthServer } from '../testing/auth-server-fixture.ts'
import { begin, redeemCode, share } from '../testing/launch-flow.ts'

const TOKEN_URL = `${ISSUER}/token`
const SCOPE = 'system/Patient.rs'

let fixture: Fixture
const pairs: Record<string, CryptoKeyPair> = {}
const publicKeys: Record<string, JWK> = {}

/** Where the client `remote` publishes its keys; `requests` counts who came. */
let published: JWK[] = []
let requests = 0
let keyServer: Server
const jwksUri = () => `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks`

beforeAll(async () => {
  fixture = await startAuthServer()
  keyServer = createServer((_request, response) => {
    requests += 1
    response.setHeader('cache-control', 'max-age=60').end(JSON.stringify({ keys: published }))
  })
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve))
  for (const [kid, alg] of Object.entries({ es: 'ES384', rs: 'RS384', twin: 'ES384', next: 'ES384' })) {
    pairs[kid] = await generateKeyPair(alg, { extractable: true })
    publicKeys[kid] = { ...(await exportJWK(pairs[kid].publicKey)), kid, use: 'sig' }
  }
  const { es, rs, twin } = publicKeys as Record<string, JWK>
  const { post } = await apiClient(fixture, '__clients')
  const backend = { token_endpoint_auth_method: 'private_key_jwt', scope: `${SCOPE} system/Observation.rs` }
  const made = [
    {
      ...backend,
      client_id: 'inline',
      client_name: 'Inline',
      jwks: { keys: [es, rs, { ...twin, kid: 'two' }, { ...es, kid: 'two' }] },
    },
    { ...backend, client_id: 'remote', client_name: 'Remote', jwks_uri: jwksUri() },
  ]
  for (const client of made) expect((await post('/clients').send(client)).status).toBe(201)
})
afterAll(async () => {
  keyServer.closeAllConnections()
  await new Promise((resolve) => keyServer.close(resolve))
  await fixture.close()
})
beforeEach(() => {
  requests = 0
})

type Claims = { iss?: string; sub?: string; aud?: string | string[]; exp?: number; jti?: string }
const epochSeconds = () => Math.floor(Date.now() / 1000)

async function signed(claims: Claims = {}, header: Record<string, unknown> = {}, key = 'es'): Promise<string> {
  const alg = key === 'rs' ? 'RS384' : 'ES384'
  const all = {
    iss: 'inline',
    sub: 'inline',
    aud: TOKEN_URL,
    exp: epochSeconds() + 60,
    jti: crypto.randomUUID(),
    ...claims,
  }
  const jwt = new SignJWT(JSON.parse(JSON.stringify(all)))
  return jwt.setProtectedHeader({ alg, kid: key, typ: 'JWT', ...header }).sign((pairs[key] as CryptoKeyPair).privateKey)
}

function unsigned(alg: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: 'inline', sub: 'inline', aud: TOKEN_URL, exp: epochSeconds() + 60, jti: crypto.randomUUID() }
  return `${part({ alg, kid: 'es', typ: 'JWT' })}.${part(claims)}.${alg === 'none' ? '' : 'AAAA'}`
}

const ask = (client_assertion: string, changed: Record<string, string> = {}) =>
  request(fixture.server)
    .post('/token')
    .type('form')
    .send({
      grant_type: 'client_credentials',
      scope: SCOPE,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion,
      ...changed,
    })

const remote = { iss: 'remote', sub: 'remote' }

test.each([
  ['ES384', () => signed()],
  ['RS384', () => signed({}, {}, 'rs')],
  ['a single aud in an array', () => signed({ aud: [TOKEN_URL] })],
  ['no typ, which some libraries leave out', () => signed({}, { typ: undefined })],
])('CLI-01, CLI-02, SEED-26: taken with %s', async (_name, make) => {
  expect((await ask(await make())).status).toBe(200)
})

test.each<[string, () => Promise<string>]>([
  ['CLI-01: alg none', async () => unsigned('none')],
  ['CLI-01: HS256', async () => unsigned('HS256')],
  ['CLI-01: ES256', async () => unsigned('ES256')],
  ['CLI-01: no kid', () => signed({}, { kid: undefined })],
  ['CLI-01: another typ', () => signed({}, { typ: 'at+jwt' })],
  ['CLI-01: what is no JWT', async () => 'nonsense'],
  ['CLI-02: iss of another', () => signed({ iss: 'remote' })],
  ['CLI-02: sub of another', () => signed({ sub: 'ehr' })],
  ['CLI-02: no iss', () => signed(JSON.parse('{"iss":null}'))],
  ['CLI-02: aud of another', () => signed({ aud: 'https://elsewhere.test/token' })],
  ['CLI-02: the issuer as aud', () => signed({ aud: ISSUER })],
  ['CLI-02: one aud more', () => signed({ aud: [TOKEN_URL, 'https://elsewhere.test/token'] })],
  ['CLI-02: an hour long', () => signed({ exp: epochSeconds() + 3600 })],
  ['CLI-02: six minutes long', () => signed({ exp: epochSeconds() + 360 })],
  ['CLI-02: over', () => signed({ exp: epochSeconds() - 60 })],
  ['CLI-02: no exp', () => signed(JSON.parse('{"exp":null}'))],
  ['CLI-02: no jti', () => signed(JSON.parse('{"jti":null}'))],
  ['CLI-05: any jku of a client with inline keys', () => signed({}, { jku: 'https://elsewhere.test/jwks' })],
  ['CLI-06: a kid that no key has', () => signed({}, { kid: 'unknown' })],
  ['CLI-06: a kid that two keys have', () => signed({}, { kid: 'two' })],
  ['CLI-06: a kid of the other kty', () => signed({}, { kid: 'rs' })],
  ['signed with another key', () => signed({}, { kid: 'es' }, 'next')],
  ['of a client that is not registered', () => signed({ iss: 'nobody', sub: 'nobody' })],
])('CLI-09, SEED-26: invalid_client for %s', async (_name, make) => {
  const answer = await ask(await make())
  expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
})

test('CLI-03, CLI-09: invalid_client for another assertion type', async () => {
  for (const client_assertion_type of ['urn:ietf:params:oauth:client-assertion-type:saml2-bearer', '']) {
    const answer = await ask(await signed(), { client_assertion_type })
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
  }
})

test('CLI-04, SEED-26: one jti works once, of fifty at the same time', async () => {
  const once = await signed()
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(once)))
  const statuses = answers.map(({ status }) => status).sort()
  expect(statuses).toEqual([200, ...Array(49).fill(401)])
})

test('CLI-04: the same jti of another client is another one', async () => {
  const jti = crypto.randomUUID()
  published = [publicKeys.es as JWK]
  expect((await ask(await signed({ jti }))).status).toBe(200)
  expect((await ask(await signed({ ...remote, jti }))).status).toBe(200)
})

describe('CLI-05, CLI-07, CLI-08: keys at a jwks_uri', () => {
  test('are fetched, and kept', async () => {
    published = [publicKeys.es as JWK]
    for (const jku of [undefined, jwksUri()]) expect((await ask(await signed(remote, { jku }))).status).toBe(200)
    expect(requests).toBeLessThan(2)
  })
  test('a jku that is not the registered one fails without a request', async () => {
    const answer = await ask(await signed(remote, { jku: `${jwksUri()}?x`, kid: 'not-seen-yet' }))
    expect([answer.body.error, requests]).toEqual(['invalid_client', 0])
  })
})

test('SEED-27: a refresh or a code with a forged assertion is refused before anything else', async () => {
  const forged = await signed({}, { kid: 'es' }, 'next')
  for (const grant_type of ['refresh_token', 'authorization_code']) {
    const answer = await ask(forged, { grant_type, refresh_token: 'x', code: 'x' })
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
  }
})

test('introspection and revocation hold assertions to the same rules', async () => {
  for (const path of ['/token/introspection', '/token/revocation']) {
    const client_assertion = await signed({}, { kid: 'unknown' })
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const answer = await request(fixture.server)
      .post(path)
      .type('form')
      .send({ token: 'x', client_assertion, client_assertion_type })
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
  }
})

test('INT-03: an assertion is of the client that asks, whoever the token belongs to', async () => {
  const { post } = await apiClient(fixture, '__clients')
  const app = { client_id: 'signing-app', client_name: 'Signing', token_endpoint_auth_method: 'private_key_jwt' }
  const redirect_uris = ['https://app.test/callback']
  const scope = 'openid offline_access launch/patient patient/*.rs'
  await post('/clients').send({ ...app, redirect_uris, scope, jwks: { keys: [publicKeys.next] } })
  const asApp = async () => ({
    client_id: 'signing-app',
    client_assertion: await signed({ iss: 'signing-app', sub: 'signing-app' }, {}, 'next'),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  })
  const { browser, page } = await begin(fixture.server, 'ana', { client_id: 'signing-app', scope })
  const told = await share(browser, page, 'ana', ['patient/*.rs', 'offline_access'])
  const code = String(told.searchParams.get('code'))
  const { body } = await redeemCode(fixture.server, code, await asApp())
  const asked = await request(fixture.server)
    .post('/token/introspection')
    .type('form')
    .send({
      token: body.refresh_token,
      ...(await asApp()),
      client_id: 'ehr',
      client_assertion: await assertion(fixture),
    })
  expect(asked.body).toMatchObject({ active: true, client_id: 'signing-app' })

  // SEED-27: the refresh itself, with an assertion that somebody else made.
  const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token }
  const forged = await signed({ iss: 'signing-app', sub: 'signing-app' }, { kid: 'next' }, 'es')
  expect((await ask(forged, refresh)).body.error).toBe('invalid_client')
  const own = await asApp()
  expect((await ask(own.client_assertion, { ...refresh, scope: 'patient/*.rs' })).status).toBe(200)
})

test('the EHR of the fixture is taken by its own key', async () => {
  expect((await requestOwnToken(fixture, { client_assertion: await assertion(fixture) })).status).toBe(200)
})
