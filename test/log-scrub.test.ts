// Both services through whole journeys and much that goes wrong, with every line that they log, at the most talkative level,
// and all that they send over OTLP: nothing in them opens anything, and nothing tells of anybody (SEED-66, SEC-01).
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose'
import { pino } from 'pino'
import request from 'supertest'
import { publicJwks } from '../auth-server/keys/signing-keys.ts'
import { apiClient, assertion, requestOwnToken } from '../auth-server/testing/api-client.ts'
import {
  APP_SECRET,
  FHIR_BASE,
  type Fixture,
  ISSUER,
  oidOf,
  startAuthServer,
  TENANT,
} from '../auth-server/testing/auth-server-fixture.ts'
import { Browser } from '../auth-server/testing/browser.ts'
import { authorizeUrl, begin, follow, formOf, redeemCode, share, VERIFIER } from '../auth-server/testing/launch-flow.ts'
import { alarmTo } from '../proxy/answers/body.ts'
import { createAudit } from '../proxy/audit/audit.ts'
import { logSink } from '../proxy/audit/log-sink.ts'
import { createUpstream } from '../proxy/upstream/upstream.ts'
import { watchUpstream } from '../proxy/upstream/watched-upstream.ts'
import { createFhirServer } from '../sandbox/fhir-server/fhir-server.ts'
import { openTelemetry } from '../service/telemetry/open-telemetry.ts'
import { listening } from './testing/listening.ts'
import { type Receiver, startReceiver } from './testing/otlp-receiver.ts'
import { closeAll, FHIR, startProxyBefore } from './testing/proxy-stack.ts'

/** What records hold of people, each in words that stand nowhere else. */
const TOLD = {
  'family name': 'Geheimrat',
  'given name': 'Zephyrine',
  'medical record number': 'MRN-4711-0815',
  street: 'Verborgenstrasse',
  'content of an observation': 'content-of-the-observation',
  'content of a write': 'content-that-was-written',
  'content of a patch': 'content-of-the-patch',
  'id of a record': 'record-7f3e',
  'search value': 'searched-for-this',
  'search value in a form': 'searched-in-a-form',
  'name of a parameter': 'parameter-that-names-somebody',
  'condition of a write': 'condition-of-a-write',
  'value in a path': 'path-that-names-somebody',
  'hint for the sign-in': 'login-hint-of-somebody',
  'query of the picker': 'typed-into-the-picker',
  'state of the app': 'state-that-the-app-keeps',
  'condition of a scope': 'condition-of-a-scope',
  'word of the FHIR server': 'words-of-the-fhir-server',
  'code of the identity provider': 'code-of-the-identity-provider',
}

const RESOURCES = [
  ...['ana', 'ben', 'carl'].map((id) => ({
    resourceType: 'Patient',
    id,
    active: true,
    name: [{ family: TOLD['family name'], given: [TOLD['given name'], id] }],
    identifier: [{ system: 'urn:mrn', value: `${TOLD['medical record number']}-${id}` }],
    address: [{ line: [TOLD.street] }],
    birthDate: '1980-05-05',
  })),
  { resourceType: 'Practitioner', id: 'wei', active: true, name: [{ family: TOLD['family name'] }] },
  ...['ana', 'ben'].map((patient) => ({
    resourceType: 'Observation',
    id: `${TOLD['id of a record']}-${patient}`,
    status: 'final',
    code: { text: TOLD['content of an observation'] },
    subject: { reference: `Patient/${patient}` },
  })),
  ...['ana', 'carl'].map((patient) => ({
    resourceType: 'Encounter',
    id: `visit-of-${patient}`,
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: `Patient/${patient}` },
    participant: [{ individual: { reference: 'Practitioner/wei' } }],
  })),
]

const SCOPE = 'openid fhirUser launch/patient patient/*.cruds user/Patient.rs offline_access'
/** Kinds of data as they are chosen on the page, of all that `patient/*` comes to. */
const CHOSEN = ['Patient', 'Observation', 'Condition', 'Procedure', 'Goal', 'Flag'].flatMap((type) =>
  ['cruds', 'rs', 'c', 'u', 'd', 'cud'].map((letters) => `patient/${type}.${letters}`),
)
const lines: string[] = []
/** Everything that opens something, by what it is. */
const secrets: Record<string, string> = { 'client secret': APP_SECRET, 'code verifier': VERIFIER }
let fixture: Fixture
let proxy: Server
let upstream: Awaited<ReturnType<typeof listening>>
let fhirServer: Server
let isDown = false
let receiver: Receiver

beforeAll(async () => {
  receiver = await startReceiver()
  const sent = { endpoint: receiver.url, headers: {}, metricsEveryMilliseconds: 3_600_000, sampled: 1 }
  const telemetry = { proxy: openTelemetry('proxy', sent), 'auth-server': openTelemetry('auth-server', sent) }
  const streams = [{ write: (line: string) => void lines.push(line) }, telemetry.proxy.log]
  const log = pino({ level: 'trace' }, pino.multistream(streams.map((stream) => ({ stream, level: 'trace' as const }))))
  upstream = await listening(answerAsServer)
  const upstreamUrl = `${upstream.url}/r4`
  fhirServer = createFhirServer({ baseUrl: upstreamUrl, lenient: true, resources: RESOURCES as Resource[] })
  const audit = createAudit({ sinks: [logSink(log)], isRequired: false, limit: 10_000, log })
  const keys: JWTVerifyGetKey = (...of) => createLocalJWKSet(publicJwks(fixture.keys))(...of)
  const settings = { ISSUER, FHIR_BASE, DECISION_LOG: 'true' }
  const opened = createUpstream({ url: upstreamUrl, timeoutMs: 5_000, maxBodyBytes: 1_000_000, alarm: alarmTo(log) })
  const watched = watchUpstream(opened, telemetry.proxy).upstream
  const deps = { log, keys, audit, upstream: watched, telemetry: telemetry.proxy }
  proxy = (await startProxyBefore(upstreamUrl, { settings, deps })).proxy
  const fhirUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/fhir`
  fixture = await startAuthServer({ log, telemetry: telemetry['auth-server'], fhirUrl })
  await aDay()
  await Promise.all(Object.values(telemetry).map((one) => one.close()))
}, 60_000)
afterAll(async () => {
  await fixture.close()
  await closeAll([proxy])
  await upstream.close()
  await receiver.stop()
})

/** The sandbox's, but for what goes wrong: errors that quote, a list of everybody's, half an answer, none at all. */
const answerAsServer: RequestListener = (incoming, response) => {
  const words = TOLD['word of the FHIR server']
  const outcome = JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ diagnostics: words }] })
  const [type] = /(Condition|Procedure|Goal|Flag)/.exec(incoming.url ?? '') ?? []
  response.setHeader('content-type', FHIR)
  if (isDown) response.destroy()
  else if (type === 'Condition') response.writeHead(500).end(outcome)
  else if (type === 'Procedure') response.writeHead(422).end(outcome)
  else if (type === 'Goal') response.end(JSON.stringify({ ...OF_BEN, link: [] }))
  else if (type === 'Flag') response.end(`{"resourceType":"Flag","${words}`)
  else fhirServer.emit('request', incoming, response)
}

const OF_BEN = {
  resourceType: 'Bundle',
  type: 'searchset',
  entry: [
    {
      resource: {
        resourceType: 'Goal',
        id: TOLD['id of a record'],
        subject: { reference: 'Patient/ben' },
        description: { text: TOLD['content of an observation'] },
      },
    },
  ],
}

async function aDay(): Promise<void> {
  const patient = await aLaunch()
  await aClinician()
  await whatFailsAtTheSignIn()
  await theApisOfTheIssuer(patient)
  await readsAndWrites(patient)
}

async function aLaunch(): Promise<string> {
  const state = TOLD['state of the app']
  const hint = TOLD['hint for the sign-in']
  const { browser, page } = await begin(fixture.server, 'ana', { scope: SCOPE, state, login_hint: hint })
  secrets['cookies of the browser'] = String(page.request.get('cookie')).split('=').at(-1) ?? ''
  secrets['csrf token'] = formOf(page).csrf
  const answer = await share(browser, page, 'ana', [...SCOPE.split(' '), ...CHOSEN])
  const code = String(answer.searchParams.get('code'))
  const { body: first } = await redeemCode(fixture.server, code)
  const refresh = (token: string, more: Record<string, string> = {}) =>
    request(fixture.server)
      .post('/token')
      .type('form')
      .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token: token, ...more })
  const { body: second } = await refresh(first.refresh_token)
  // Used twice, and narrowed by a condition that names somebody.
  await redeemCode(fixture.server, code)
  await refresh(second.refresh_token.slice(1))
  await refresh(second.refresh_token, { scope: `patient/Patient.rs?name=${TOLD['condition of a scope']}` })
  Object.assign(secrets, {
    code,
    'access token': first.access_token,
    'refresh token': first.refresh_token,
    'rotated refresh token': second.refresh_token,
    'id token': first.id_token,
  })
  return second.access_token
}

async function aClinician(): Promise<void> {
  const { browser, page } = await begin(fixture.server, 'wei', { scope: SCOPE })
  const { action } = formOf(page)
  const searched = await browser.get(`${action}?q=${TOLD['query of the picker']}`)
  const { csrf } = formOf(searched)
  const chosen = await follow(browser, await browser.post(action, { csrf, patient: 'carl' }), 'wei')
  expect(chosen.text).toContain(TOLD['family name'])
  await share(browser, chosen, 'wei', SCOPE.split(' '))
}

async function whatFailsAtTheSignIn(): Promise<void> {
  const browser = new Browser(fixture.server)
  const away = await browser.get(String((await browser.get(authorizeUrl())).headers.location))
  const { searchParams } = new URL(String(away.headers.location))
  secrets['state at the identity provider'] = String(searchParams.get('state'))
  await browser.get(
    `/callback?state=${secrets['state at the identity provider']}&code=${TOLD['code of the identity provider']}`,
  )
  await browser.get(`/callback?state=made-up&code=${TOLD['code of the identity provider']}`)
  await browser.get(authorizeUrl({ scope: `${SCOPE} patient/Patient.rs?name=${TOLD['condition of a scope']}` }))
  await browser.get(authorizeUrl({ redirect_uri: 'https://evil.test', state: TOLD['state of the app'] }))
  await browser.get(`/${TOLD['value in a path']}`)
}

async function theApisOfTheIssuer(token: string): Promise<void> {
  const own = await requestOwnToken(fixture, { scope: '__launch __links __grants' })
  const signed = await assertion(fixture)
  await requestOwnToken(fixture, { client_assertion: signed, scope: 'nothing' })
  const ehr = await apiClient(fixture, '__launch')
  const user = { tid: TENANT, oid: oidOf('wei') }
  const { body: opened } = await ehr.post('/launch').send({ client_id: 'app', patient: 'ana', user })
  const { body: unused } = await ehr.post('/launch').send({ client_id: 'app', patient: 'ana', user })
  await begin(fixture.server, 'wei', { scope: `${SCOPE} launch`, launch: opened.launch })
  await begin(fixture.server, 'ana', { scope: `${SCOPE} launch`, launch: opened.launch })
  for (const secret of [APP_SECRET, 'a-wrong-secret-that-is-almost-right'])
    await request(fixture.server).post('/token/introspection').auth('secret-app', secret).type('form').send({ token })
  const as = (method: 'get' | 'post' | 'delete', path: string) =>
    request(fixture.server)[method](path).set('authorization', `Bearer ${own.body.access_token}`)
  await as('post', '/links').send({ account: user, person: 'Patient/carl' })
  await as('get', '/links?person=Patient/carl')
  await as('post', '/links').send({ account: TOLD['family name'] })
  Object.assign(secrets, {
    'token of an EHR': own.body.access_token,
    'client assertion': signed,
    'launch id': opened.launch,
    'unused launch id': unused.launch,
    'a wrong secret': 'a-wrong-secret-that-is-almost-right',
  })
}

async function readsAndWrites(token: string): Promise<void> {
  const as = (method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string) =>
    request(proxy)[method](`/fhir${path}`).set('authorization', `Bearer ${token}`)
  const own = `${TOLD['id of a record']}-ana`
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: TOLD['content of a write'] },
    subject: { reference: 'Patient/ana' },
  }
  expect((await as('get', '/Patient/ana')).text).toContain(TOLD['family name'])
  for (const path of [
    `/Observation/${own}`,
    `/Observation/${own}/_history`,
    `/Observation/${TOLD['id of a record']}-ben`,
    '/Patient/ben',
    '/Patient/no-such-person',
    `/Patient?name=${TOLD['search value']}`,
    `/Patient?identifier=urn:mrn|${TOLD['medical record number']}-ana`,
    `/Patient?${TOLD['name of a parameter']}=1`,
    `/Observation?patient=ana&code:text=${TOLD['search value']}&_include=Observation:subject`,
    `/Observation?subject:Patient.name=${TOLD['search value']}`,
    `/Patient/ana/$everything?${TOLD['name of a parameter']}=${TOLD['search value']}`,
    '/Patient/ana/$everything',
    `/${TOLD['value in a path']}/1`,
    `/Patient/ana/${TOLD['value in a path']}`,
    `/Patient/ana?_format=${TOLD['search value']}`,
    '/Condition?patient=ana',
    '/Procedure?patient=ana',
    '/Goal?patient=ana',
    '/Flag/1',
  ])
    await as('get', path)
  await as('post', '/Patient/_search').type('form').send({ name: TOLD['search value in a form'] })
  await as('post', '/Patient/_search').type('form').send(`%zz${TOLD['search value in a form']}`)
  const made = await as('post', '/Observation').type(FHIR).send(JSON.stringify(observation))
  expect(made.status).toBe(201)
  secrets['id of a record that was made'] = String(made.body.id)
  await as('post', '/Observation')
    .type(FHIR)
    .set('If-None-Exist', `identifier=${TOLD['condition of a write']}`)
    .send(JSON.stringify(observation))
  await as('post', '/Observation').type(FHIR).send(`{"${TOLD['content of a write']}`)
  await as('post', '/Observation')
    .type(FHIR)
    .send(JSON.stringify({ ...observation, subject: { reference: 'Patient/ben' } }))
  await as('put', `/Observation/${own}`)
    .type(FHIR)
    .send(JSON.stringify({ ...observation, id: own }))
  await as('put', `/Observation?identifier=${TOLD['condition of a write']}`)
    .type(FHIR)
    .send(JSON.stringify(observation))
  const patch = [{ op: 'add', path: '/note', value: [{ text: TOLD['content of a patch'] }] }]
  await as('patch', `/Observation/${own}`).type('application/json-patch+json').send(JSON.stringify(patch))
  for (const type of ['batch', 'transaction'])
    await as('post', '')
      .type(FHIR)
      .send(
        JSON.stringify({
          resourceType: 'Bundle',
          type,
          entry: [
            { request: { method: 'POST', url: 'Observation' }, resource: observation },
            { request: { method: 'GET', url: `Patient?name=${TOLD['search value']}` } },
            { request: { method: 'GET', url: `Patient/${TOLD['value in a path']}` } },
          ],
        }),
      )
  await as('delete', `/Observation/${own}`)
  await as('get', '/Patient/ana').set('authorization', `Bearer ${token}x`)
  await as('get', '/Patient/ana').set('x-http-method-override', TOLD['value in a path'])
  isDown = true
  await as('get', `/Observation?patient=ana&code=${TOLD['search value']}`)
  await as('put', `/Observation/${own}`)
    .type(FHIR)
    .send(JSON.stringify({ ...observation, id: own }))
  isDown = false
}

/** As it is, and as it stands in addresses and in Basic authentication. */
function formsOf(text: string): string[] {
  return [text, encodeURIComponent(text), Buffer.from(text).toString('base64').slice(0, -4)]
}
const found = (words: Record<string, string>, texts: readonly string[] = lines) =>
  Object.entries(words).flatMap(([name, text]) =>
    texts.filter((line) => formsOf(text).some((form) => line.includes(form))).map((line) => `${name}: ${line}`),
  )

test('SEED-66: there were lines of all kinds', () => {
  const messages = new Set(lines.map((line) => (JSON.parse(line) as { msg: string }).msg))
  for (const msg of [
    'audit',
    'request',
    'sign-in failed',
    'token refused',
    'scopes not grantable',
    'the upstream did not behave',
  ])
    expect([msg, messages.has(msg)]).toEqual([msg, true])
  expect(lines.length).toBeGreaterThan(100)
  for (const [name, text] of Object.entries(secrets)) expect([name, text.length > 10]).toEqual([name, true])
})

describe('SEED-66, SEC-01: in no line of either service, whatever the level', () => {
  test('is anything that opens anything', () => {
    expect(found(secrets)).toEqual([])
    expect(lines.filter((line) => /eyJ[A-Za-z0-9_-]+\./.test(line))).toEqual([])
  })
  test('is anything of a person, of a record, or of what somebody searched for', () => {
    expect(found(TOLD)).toEqual([])
  })
  test('is the id of a patient', () => {
    expect(lines.filter((line) => /Patient\/(ana|ben|carl|no-such-person)|"(ana|ben|carl)"/.test(line))).toEqual([])
  })
})

/** The names of all that spans and metrics say; logs have those of their lines. */
const SAID = [
  'decision',
  'finding',
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'interaction',
  'launch',
  'operation',
  'outcome',
  'reason',
  'sink',
  'smart.acts_as',
  'smart.client_id',
  'smart.decision',
  'smart.interaction',
  'smart.launch',
  'smart.outcome',
  'smart.reason',
  'smart.request_id',
  'smart.resource_type',
  'status_class',
  'url.template',
]

describe('SEED-66, SEC-01: in nothing that goes out over OTLP', () => {
  const bodies = () => receiver.bodies.map((body) => body.toString('latin1'))
  test('is anything that opens anything', () => {
    expect(found(secrets, bodies()).map((text) => text.slice(0, 200))).toEqual([])
    expect(bodies().filter((body) => /eyJ[A-Za-z0-9_-]+\./.test(body)).length).toBe(0)
  })
  test('is anything of a person, of a record, or of what somebody searched for', () => {
    expect(found(TOLD, bodies()).map((text) => text.slice(0, 200))).toEqual([])
  })
  test('is the id of a patient', () => {
    expect(bodies().filter((body) => /Patient\/(ana|ben|carl|no-such-person)/.test(body)).length).toBe(0)
    const values = [...receiver.spans, ...receiver.points].flatMap(({ attributes }) => Object.values(attributes))
    expect(values.filter((value) => /^(ana|ben|carl)$/.test(String(value)))).toEqual([])
  })
  test('is a name that nobody thought of', () => {
    const told = [...receiver.spans, ...receiver.points]
    expect(told.length).toBeGreaterThan(100)
    expect(
      [...new Set(told.flatMap(({ attributes }) => Object.keys(attributes)))].filter((one) => !SAID.includes(one)),
    ).toEqual([])
    expect(new Set(receiver.spans.map(({ service }) => service))).toEqual(new Set(['proxy', 'auth-server']))
  })
})
