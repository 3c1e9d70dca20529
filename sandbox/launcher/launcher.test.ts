import { createServer, type RequestListener, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createLocalJWKSet, decodeJwt, exportJWK, generateKeyPair, type JWK, jwtVerify } from 'jose'
import request from 'supertest'
import { entraApp } from '../entra/app.ts'
import { createSigningJwk, readSigningKey } from '../entra/signing-key.ts'
import { DEMO_PEOPLE, SANDBOX_TENANT_ID as tid } from '../people/demo-people.ts'
import { RunsClient } from '../scenarios/runs-client.ts'
import { sandboxUrls } from '../settings.ts'
import { launcherApp } from './app.ts'
import { EntraSignIn } from './entra-sign-in.ts'
import { IssuerApi } from './issuer-api.ts'
import { LaunchClient } from './launch-client.ts'
import { Records } from './records.ts'
import { registeredApps } from './registered-apps.ts'

const SECRET = 'a-secret-for-tests-only'
const open: Server[] = []

async function listening(listener?: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  const address = server.address()
  return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` }
}

const RESOURCES: Record<string, unknown> = {
  '/Patient/ana': { resourceType: 'Patient', id: 'ana', name: [{ family: '<b>Ruiz' }], birthDate: '1985-10-10' },
  '/Patient': {
    entry: [{ resource: { resourceType: 'Patient', id: 'ana' } }, { resource: { resourceType: 'Patient', id: 'ben' } }],
  },
  '/Patient?general-practitioner': { entry: [{ resource: { resourceType: 'Patient', id: 'ana' } }] },
  '/Encounter': {
    entry: [
      { resource: { resourceType: 'Encounter', id: 'of-ana', subject: { reference: 'Patient/ana' } } },
      { resource: { resourceType: 'Encounter', id: 'of-ben', subject: { reference: 'Patient/ben' } } },
    ],
  },
}

type Call = { path: string; authorization: string | undefined; body: string }
let calls: Call[] = []
let authAnswer: { status: number; body: unknown }
const CHART = {
  client_id: 'chart',
  client_name: 'Chart',
  launch_url: 'http://app.example/launch?x=1',
  enabled: true,
  created: '2026-01-01T00:00:00Z',
  token_endpoint_auth_method: 'none',
  scope: 'openid launch patient/Observation.rs patient/Goal.cu',
}
let clients: object[] = [CHART]
let jwk: JWK
let publicJwk: JWK
let issuer: string
let launcher: Server
let entra: Server

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true })
  jwk = { ...(await exportJWK(privateKey)), kid: 'k1' }
  publicJwk = { ...(await exportJWK(publicKey)), kid: 'k1' }
  const fhir = await listening((req, res) => {
    const url = new URL(req.url ?? '', 'http://x')
    const resource =
      RESOURCES[url.searchParams.has('general-practitioner') ? '/Patient?general-practitioner' : url.pathname]
    res.statusCode = resource ? 200 : 404
    res.end(JSON.stringify(resource ?? {}))
  })
  const auth = await listening(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += String(chunk)
    calls.push({ path: req.url ?? '', authorization: req.headers.authorization, body })
    const answer =
      req.url === '/token'
        ? { status: 200, body: { access_token: 'the-token' } }
        : req.url === '/clients'
          ? { status: 200, body: { clients } }
          : authAnswer
    res.statusCode = answer.status
    res.end(JSON.stringify(answer.body))
  })
  issuer = auth.url
  const stage = await listening()
  const door = await listening()
  launcher = door.server
  entra = stage.server
  const registration = { client_id: 'ehr', client_secret: SECRET, redirect_uris: [`${door.url}/callback`], roles: [] }
  const directory = { tenantId: tid, people: DEMO_PEOPLE, registrations: [registration] }
  const key = await readSigningKey(await createSigningJwk())
  entra.on('request', entraApp({ baseUrl: stage.url, directory, key }).callback())
  const [ehr, operator] = ['ehr-launcher', 'admin'].map((clientId) => new IssuerApi({ issuer, clientId, jwk }))
  const app = launcherApp({
    sandbox: {
      urls: sandboxUrls({ portBase: 4000, host: '127.0.0.2' }),
      runs: new RunsClient(issuer, 'a key'),
      ehr: ehr!,
      operator: operator!,
      serviceKey: jwk,
      signingKeysFile: '',
      scenariosFolder: '',
    },
    services: [],
    baseUrl: door.url,
    fhirBase: 'http://fhir.example/fhir',
    signIn: new EntraSignIn({
      metadataUrl: `${stage.url}/${tid}/v2.0/.well-known/openid-configuration`,
      clientId: 'ehr',
      clientSecret: SECRET,
      redirectUri: `${door.url}/callback`,
    }),
    records: new Records(fhir.url),
    launches: new LaunchClient(ehr!),
    apps: () => registeredApps(operator!),
    practitionerOf: (oid) =>
      DEMO_PEOPLE.find((person) => person.objectId === oid)?.personas.find((one) => one.startsWith('Practitioner/')),
  })
  launcher.on('request', app.callback())
})
afterEach(() => {
  calls = []
  clients = [CHART]
})
afterAll(async () => {
  for (const server of open) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function signedIn(username: string): Promise<{ cookie: string; csrf: string }> {
  const begun = await request(launcher).get('/sign-in').expect(302)
  const params = Object.fromEntries(new URL(begun.headers.location ?? '').searchParams)
  const back = await request(entra)
    .post(`/${tid}/oauth2/v2.0/authorize`)
    .type('form')
    .send({ ...params, person: username })
  const callback = new URL(back.headers.location ?? '')
  const done = await request(launcher)
    .get(callback.pathname + callback.search)
    .set('Cookie', cookieOf(begun.headers))
    .expect(302)
  const cookie = cookieOf(done.headers)
  const home = await request(launcher).get('/').set('Cookie', cookie)
  return { cookie, csrf: /name="csrf" value="([^"]+)"/.exec(home.text)?.[1] ?? '' }
}

function cookieOf(headers: Record<string, unknown>): string {
  const [first] = headers['set-cookie'] as string[]
  return first?.split(';')[0] ?? ''
}

async function launch(changed: Record<string, string> = {}) {
  const { cookie, csrf } = await signedIn('wei.chen@contoso.example')
  const form = {
    csrf,
    client_id: 'chart',
    patient: 'ana',
    encounter: 'of-ana',
    need_patient_banner: 'true',
    ...changed,
  }
  return request(launcher).post('/launch').set('Cookie', cookie).type('form').send(form)
}

test('EHR-01: a launch: token by private_key_jwt, context to the launch API, then on to the app', async () => {
  authAnswer = { status: 201, body: { launch: 'opaque-id', id: 'chart-1', expires_in: 300 } }
  const answer = await launch({ intent: 'review' })
  expect(answer.status).toBe(303)
  expect(answer.headers.location).toBe(
    'http://app.example/launch?x=1&iss=http%3A%2F%2Ffhir.example%2Ffhir&launch=opaque-id',
  )

  // The list of apps comes first, with a token of the operator.
  const [, , token, opened] = calls
  const form = new URLSearchParams(token?.body)
  expect(Object.fromEntries(form)).toMatchObject({
    grant_type: 'client_credentials',
    scope: '__launch',
    resource: issuer,
  })
  const assertion = form.get('client_assertion') ?? ''
  const keys = createLocalJWKSet({ keys: [publicJwk] })
  await jwtVerify(assertion, keys, { issuer: 'ehr-launcher', subject: 'ehr-launcher', audience: `${issuer}/token` })
  const { exp = 0, iat = 0, jti } = decodeJwt(assertion)
  expect(exp - iat).toBeLessThanOrEqual(300)
  expect(jti).toBeDefined()
  expect(opened?.authorization).toBe('Bearer the-token')
  expect(JSON.parse(opened?.body ?? '')).toEqual({
    client_id: 'chart',
    patient: 'ana',
    encounter: 'of-ana',
    need_patient_banner: true,
    intent: 'review',
    smart_style_url: expect.stringMatching(/\/smart-style\.json$/),
    user: { tid, oid: DEMO_PEOPLE.find(({ username }) => username.startsWith('wei'))?.objectId },
  })
})

test('what the authorization server refuses is shown, escaped, with the way back', async () => {
  authAnswer = { status: 403, body: { error: 'access_denied', error_description: 'not <i>your</i> patient' } }
  const answer = await launch()
  expect(answer.status).toBe(502)
  expect(answer.text).toContain('access_denied: not &lt;i&gt;your&lt;/i&gt; patient')
  expect(answer.text).toContain('href="/?patient=ana"')
})

describe('a launch is refused before anybody is asked', () => {
  test.each([
    ['without the form of this session', { csrf: 'guess' }, 403],
    ['with the visit of another patient', { encounter: 'of-ben' }, 400],
    ['with an unknown app', { client_id: 'other' }, 400],
    ['with an id that is none', { patient: '../x' }, 400],
    ['with too large a form', { intent: 'x'.repeat(20_000) }, 400],
  ])('%s', async (_name, changed, status) => {
    expect((await launch(changed)).status).toBe(status)
    expect(calls.map(({ path }) => path)).not.toContain('/launch')
  })
})

test("the clinician's own patients come first", async () => {
  const { cookie } = await signedIn('wei.chen@contoso.example')
  const answer = await request(launcher).get('/').set('Cookie', cookie).expect(200)
  expect(answer.text).toMatch(/Your patients.*patient=ana.*Other patients.*patient=ben/s)
})

test('a chart shows banner, visits of this patient only, and apps; names are escaped', async () => {
  const { cookie } = await signedIn('wei.chen@contoso.example')
  const answer = await request(launcher).get('/?patient=ana').set('Cookie', cookie).expect(200)
  expect(answer.text).toContain('&lt;b&gt;Ruiz')
  expect(answer.text).toContain('value="of-ana"')
  expect(answer.text).not.toContain('value="of-ben"')
  await request(launcher).get('/?patient=nobody').set('Cookie', cookie).expect(404)
})

test('EHR-02: every enabled client with a launch URL can be started, also one that was registered a moment ago', async () => {
  const { cookie } = await signedIn('wei.chen@contoso.example')
  const show = () => request(launcher).get('/?patient=ana').set('Cookie', cookie).expect(200)
  const { launch_url: _none, ...without } = CHART
  const created = '2026-02-01T00:00:00Z'
  clients = [
    { ...CHART, client_id: 'a-new', client_name: 'New', launch_url: 'com.example.new:/launch', created },
    { ...CHART, client_id: 'b-off', enabled: false },
    { ...without, client_id: 'c-no-launch' },
    CHART,
  ]
  const { text, headers } = await show()
  expect(new Set([...text.matchAll(/name="client_id" value="([^"]*)"/g)].map(([, id]) => id))).toEqual(
    new Set(['chart', 'a-new']),
  )
  expect(headers['content-security-policy']).toContain(
    "form-action 'self' http: https: http://app.example com.example.new:;",
  )
  clients = []
  expect((await show()).text).not.toContain('name="client_id"')
  expect((await launch()).status).toBe(400)
})

test('EHR-02: a card says what the app does, what it can ask for, and who approved it for staff', async () => {
  const { cookie } = await signedIn('wei.chen@contoso.example')
  const show = async () => (await request(launcher).get('/?patient=ana').set('Cookie', cookie).expect(200)).text
  const plain = await show()
  expect(plain).toMatch(/Can ask to see<\/dt><dd>[^<]*tests and measurements/i)
  expect(plain).toMatch(/Can ask to change<\/dt><dd>[^<]*goals/i)
  expect(plain).not.toContain('Approved for staff')
  clients = [{ ...CHART, purpose: '<b>Draws', staff_approved: true, checked_by: 'Contoso <i>' }]
  const approved = await show()
  expect(approved).toContain('Approved for staff by <bdi>Contoso &lt;i&gt;</bdi>')
  expect(approved).toContain('&lt;b&gt;Draws')
})

test('people who are no clinicians get no charts', async () => {
  const { cookie, csrf } = await signedIn('ana.ruiz@contoso.example')
  const answer = await request(launcher).get('/?patient=ana').set('Cookie', cookie).expect(403)
  expect(answer.text).not.toContain('1985')
  await request(launcher).post('/launch').set('Cookie', cookie).type('form').send({ csrf, patient: 'ana' }).expect(403)
})

test('a callback of another browser signs nobody in', async () => {
  const begun = await request(launcher).get('/sign-in')
  const state = new URL(begun.headers.location ?? '').searchParams.get('state')
  await request(launcher).get(`/callback?code=x&state=${state}`).expect(400)
  await request(launcher).get('/callback?code=x&state=other').set('Cookie', cookieOf(begun.headers)).expect(400)
})

test('signing out ends the session', async () => {
  const { cookie, csrf } = await signedIn('wei.chen@contoso.example')
  await request(launcher).post('/sign-out').set('Cookie', cookie).type('form').send({ csrf }).expect(303)
  const answer = await request(launcher).get('/').set('Cookie', cookie).expect(200)
  expect(answer.text).toContain('href="/sign-in"')
})

test('TOK-15: smart-style.json is for everybody, across origins', async () => {
  const answer = await request(launcher).get('/smart-style.json').set('Origin', 'http://app.example').expect(200)
  expect(answer.headers['access-control-allow-origin']).toBe('*')
  expect(answer.body).toHaveProperty('color_background')
})

test.each(['/nothing', '/%00', '/constructor', '//x'])('%s is 404, as a page', async (url) => {
  expect((await request(launcher).get(url).expect(404)).text).toContain('No such page')
})
