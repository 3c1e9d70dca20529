// The API for clients over HTTP: what a change means at once, to every endpoint and to tokens given before (SEED-32).
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { apiClient, assertion, requestOwnToken } from '../testing/api-client.ts'
import { APP, type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { authorizeUrl, begin, redeemCode, share } from '../testing/launch-flow.ts'

let fixture: Fixture
let api: Awaited<ReturnType<typeof apiClient>>
const started: Fixture[] = []

beforeEach(async () => {
  fixture = await startAuthServer()
  started.push(fixture)
  api = await apiClient(fixture, '__clients')
})
afterAll(async () => {
  for (const one of started) await one.close()
})

const PORTAL = {
  client_id: 'portal',
  client_name: 'Portal',
  token_endpoint_auth_method: 'client_secret_basic',
  redirect_uris: ['https://portal.test/callback'],
  scope: 'openid patient/*.rs',
}

const basic = (secret: string) => `Basic ${Buffer.from(`portal:${secret}`).toString('base64')}`

/** invalid_grant: the secret was right, the code is none. */
async function authenticates(secret: string): Promise<boolean> {
  const { body } = await request(fixture.server)
    .post('/token')
    .type('form')
    .set('authorization', basic(secret))
    .send({ grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://portal.test/callback' })
  return body.error !== 'invalid_client'
}

async function launchApp() {
  const { browser, page } = await begin(fixture.server, 'ana')
  const scopes = ['patient/Patient.rs', 'patient/Observation.rs', 'offline_access']
  const told = await share(browser, page, 'ana', scopes)
  return { code: String(told.searchParams.get('code')) }
}
const refresh = (refresh_token: string) =>
  request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })

test('a client is created, read, listed, replaced, changed and deleted', async () => {
  const made = await api.post('/clients').send({ ...PORTAL, token_endpoint_auth_method: 'none' })
  expect([made.status, made.body.source, made.body.client_secret]).toEqual([201, 'api', undefined])
  expect((await api.get('/clients/portal')).body).toMatchObject({ client_name: 'Portal', enabled: true, secrets: [] })
  const { body } = await api.get('/clients')
  expect(body.clients.map(({ client_id }: { client_id: string }) => client_id)).toContain('portal')

  const { client_id: _id, ...members } = { ...PORTAL, token_endpoint_auth_method: 'none', client_name: 'Second' }
  expect((await api.put('/clients/portal').send({ ...members, maker: 'Makers' })).body.client_name).toBe('Second')
  const changed = await api.patch('/clients/portal').send({ client_name: 'Third', maker: null })
  expect([changed.body.client_name, changed.body.maker]).toEqual(['Third', undefined])
  expect((await api.delete('/clients/portal')).status).toBe(204)
  expect((await api.get('/clients/portal')).status).toBe(404)
  expect((await api.post('/clients').send({ ...PORTAL, token_endpoint_auth_method: 'none' })).status).toBe(201)
})

test.each<[string, object, RegExp]>([
  ['an unknown member', { ...PORTAL, colour: 'red' }, /colour/],
  ['a secret of the caller', { ...PORTAL, client_secret: 'x' }, /client_secret/],
  ['a hash of the caller', { ...PORTAL, secrets: [{ id: 'x', sha256: '0'.repeat(64) }] }, /secrets/],
  ['http beyond loopback', { ...PORTAL, redirect_uris: ['http://portal.test/'] }, /redirect_uris\.0/],
  ['an app without redirect URIs', { ...PORTAL, redirect_uris: [] }, /redirect_uris/],
  ['keys of a client with a secret', { ...PORTAL, jwks_uri: 'https://portal.test/jwks' }, /jwks/],
  ['no keys of one with keys', { ...PORTAL, token_endpoint_auth_method: 'private_key_jwt' }, /jwks/],
  [
    'a private key',
    { ...PORTAL, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'EC', kid: '1', d: 'x' }] } },
    /public part/,
  ],
  ['more than an origin', { ...PORTAL, cors_origins: ['https://portal.test/page'] }, /cors_origins\.0/],
  ['a scope that is none', { ...PORTAL, scope: 'openid patient/Patient.sr' }, /scope: patient\/Patient\.sr/],
  [
    'a filter that cannot be judged',
    { ...PORTAL, scope: 'patient/Goal.rs?_text=x' },
    /scope: patient\/Goal\.rs\?_text/,
  ],
  ['an unknown scope of our own', { ...PORTAL, scope: '__everything' }, /scope: __everything/],
  ['a needed scope that is none', { ...PORTAL, required_scope: 'patient/Any.rs' }, /required_scope: patient\/Any\.rs/],
  ['no JSON object', [], /body/],
])('400 for %s, naming it', async (_name, body, expected) => {
  const answer = await api.post('/clients').send(body)
  expect(answer.status).toBe(400)
  expect(answer.body.error_description).toMatch(expected)
})

test('409 for an id that is taken, 404 for one that is not, 400 for another id in the body', async () => {
  expect((await api.post('/clients').send({ ...PORTAL, client_id: 'app' })).status).toBe(409)
  for (const path of ['', '/enable', '/disable', '/secrets']) {
    expect((await (path === '' ? api.get : api.post)(`/clients/nobody${path}`).send({})).status).toBe(404)
  }
  expect((await api.put('/clients/app').send({ ...PORTAL })).status).toBe(400)
  expect((await api.patch('/clients/app').send({ source: 'file' })).status).toBe(400)
})

test('SEED-32: pages of a registered origin may call the token endpoint, others not', async () => {
  const members = { token_endpoint_auth_method: 'none', cors_origins: ['https://pages.portal.test'] }
  expect((await api.post('/clients').send({ ...PORTAL, ...members })).status).toBe(201)
  const allowed = async (origin: string) => {
    const asking = request(fixture.server).post('/token').type('form').set('origin', origin)
    const { headers } = await asking.send({ grant_type: 'refresh_token', client_id: 'portal', refresh_token: 'x' })
    return headers['access-control-allow-origin'] === origin
  }
  for (const origin of ['https://pages.portal.test', 'https://portal.test']) expect(await allowed(origin)).toBe(true)
  expect(await allowed('https://elsewhere.test')).toBe(false)
})

test('without the scope nothing of it is served', async () => {
  const other = await apiClient(fixture, '__launch')
  expect((await other.get('/clients')).status).toBe(403)
  expect((await request(fixture.server).get('/clients')).status).toBe(401)
})

describe('CLI-10: secrets', () => {
  test('are made here, shown once, and several work while one replaces another', async () => {
    const { body } = await api.post('/clients').send(PORTAL)
    const first = String(body.client_secret)
    expect(Buffer.from(first, 'base64url')).toHaveLength(32)
    const second = (await api.post('/clients/portal/secrets').send({})).body
    expect([await authenticates(first), await authenticates(second.client_secret)]).toEqual([true, true])

    const read = (await api.get('/clients/portal')).text
    for (const hidden of [first, second.client_secret, 'sha256', '"client_secret"']) expect(read).not.toContain(hidden)
    expect(JSON.stringify(await fixture.store.list('Client', 'clients'))).not.toContain(first)

    expect((await api.delete(`/clients/portal/secrets/${body.secrets[0].id}`)).status).toBe(204)
    expect([await authenticates(first), await authenticates(second.client_secret)]).toEqual([false, true])
    expect((await api.delete(`/clients/portal/secrets/${second.id}`)).status).toBe(409)
  })
  test('end when they expire', async () => {
    await api.post('/clients').send(PORTAL)
    const expires = new Date(Date.now() - 1000).toISOString()
    const { body } = await api.post('/clients/portal/secrets').send({ expires })
    expect(await authenticates(body.client_secret)).toBe(false)
  })
  test('a change of the method takes them away, or makes one', async () => {
    const { body } = await api.post('/clients').send(PORTAL)
    await api.patch('/clients/portal').send({ token_endpoint_auth_method: 'none' })
    expect(await authenticates(body.client_secret)).toBe(false)
    const again = await api.patch('/clients/portal').send({ token_endpoint_auth_method: 'client_secret_basic' })
    expect(await authenticates(again.body.client_secret)).toBe(true)
    expect(await authenticates(body.client_secret)).toBe(false)
  })
})

describe.each(['disabled', 'deleted'])('a client that is %s', (deed) => {
  const end = () => (deed === 'deleted' ? api.delete('/clients/app') : api.post('/clients/app/disable'))

  test('is unknown to every endpoint at once', async () => {
    expect((await end()).status).toBe(204)
    const authorize = await request(fixture.server).get(authorizeUrl()).set('accept', 'text/html')
    expect([authorize.status, authorize.headers.location]).toEqual([400, undefined])
    const launcher = await apiClient(fixture, '__launch')
    expect((await launcher.post('/launch').send({ client_id: 'app' })).status).toBe(400)
    for (const path of ['/token', '/token/introspection', '/token/revocation']) {
      const form = { client_id: 'app', token: 'x', grant_type: 'refresh_token', refresh_token: 'x' }
      expect((await request(fixture.server).post(path).type('form').send(form)).body.error).toBe('invalid_client')
    }
  })
  test('its code and refresh token are refused, and its tokens end at the proxies', async () => {
    const { body } = await redeemCode(fixture.server, (await launchApp()).code)
    const { code } = await launchApp()
    await end()
    expect((await redeemCode(fixture.server, code)).body.error).toBe('invalid_client')
    expect((await refresh(body.refresh_token)).body.error).toBe('invalid_client')
    expect(fixture.revocations).toContainEqual({ kind: 'client', id: 'app', at: expect.any(Number) })
  })
})

test('who is enabled again has to ask people again', async () => {
  const { body } = await redeemCode(fixture.server, (await launchApp()).code)
  const { code } = await launchApp()
  await api.post('/clients/app/disable')
  expect((await api.post('/clients/app/enable')).status).toBe(204)
  expect((await redeemCode(fixture.server, code)).body.error).toBe('invalid_grant')
  expect((await refresh(body.refresh_token)).body.error).toBe('invalid_grant')
})

describe('what is taken from a client counts at once', () => {
  test('a scope: a refresh leaves it out, and access tokens given before end', async () => {
    const { body } = await redeemCode(fixture.server, (await launchApp()).code)
    const { scope } = (await api.get('/clients/app')).body
    await api.patch('/clients/app').send({ scope: scope.replace('patient/*.cruds', 'patient/Patient.rs') })
    const answer = await refresh(body.refresh_token)
    expect(answer.status).toBe(200)
    expect(answer.body.scope).toContain('patient/Patient.rs')
    expect(answer.body.scope).not.toContain('patient/Observation.rs')
    expect(fixture.revocations.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['client app'])
  })
  test('a redirect URI: no request with it, and a code that went there is worth nothing', async () => {
    const { code } = await launchApp()
    await api.patch('/clients/app').send({ redirect_uris: ['https://app.test/other'] })
    expect((await request(fixture.server).get(authorizeUrl({ redirect_uri: APP }))).status).toBe(400)
    expect((await redeemCode(fixture.server, code)).body.error).toBe('invalid_grant')
  })
  test('what only adds ends nothing', async () => {
    await api.patch('/clients/app').send({ maker: 'Makers', redirect_uris: [APP, 'https://app.test/other'] })
    expect(fixture.revocations).toEqual([])
  })
})

test('what a client that acts for itself was given ends for our own APIs too', async () => {
  const ehr = (await api.get('/clients/ehr')).body
  const second = { ...ehr, client_id: 'second' }
  for (const member of ['secrets', 'source', 'created', 'changed']) delete second[member]
  expect((await api.post('/clients').send(second)).status).toBe(201)
  const client_assertion = await assertion(fixture, { clientId: 'second' })
  const { body } = await requestOwnToken(fixture, { client_assertion, scope: '__clients' })
  const list = () => request(fixture.server).get('/clients').set('authorization', `Bearer ${body.access_token}`)
  expect((await list()).status).toBe(200)
  await api.post('/clients/second/disable')
  expect((await list()).status).toBe(401)
  await api.post('/clients/second/enable')
  expect((await list()).status).toBe(401)
})

test('of two who change a client at once neither is lost silently', async () => {
  await api.post('/clients').send(PORTAL)
  const answers = await Promise.all(['One', 'Two'].map((maker) => api.patch('/clients/portal').send({ maker })))
  const statuses = answers.map(({ status }) => status).sort()
  expect([[200, 200].join(), [200, 409].join()]).toContain(statuses.join())
})

describe('a client of the file', () => {
  /** Another start, with the same file. */
  const restart = async () => void started.push(await startAuthServer({ store: fixture.store }))
  const read = async () => (await api.get('/clients/app')).body

  test('that is disabled and enabled is the file’s as before; no start between lets it in', async () => {
    for (const _again of [1, 2]) await api.post('/clients/app/disable')
    await restart()
    expect(await read()).toMatchObject({ enabled: false, source: 'api' })
    expect(await read()).not.toHaveProperty('source_when_enabled')
    await api.post('/clients/app/enable')
    expect(await read()).toMatchObject({ enabled: true, source: 'file' })
    await api.post('/clients/app/enable')
    expect((await read()).source).toBe('file')
  })
  test.each<[string, () => PromiseLike<unknown>]>([
    ['changed', () => api.patch('/clients/app').send({ maker: 'Makers' })],
    [
      'changed and disabled twice',
      async () => {
        await api.patch('/clients/app').send({ maker: 'Makers' })
        await api.post('/clients/app/disable')
      },
    ],
  ])('that is %s meanwhile is not', async (_name, change) => {
    await api.post('/clients/app/disable')
    await change()
    await api.post('/clients/app/enable')
    expect(await read()).toMatchObject({ enabled: true, source: 'api', maker: 'Makers' })
    await restart()
    expect((await read()).maker).toBe('Makers')
  })
})
