import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { pino } from 'pino'
import request from 'supertest'
import { until } from '../test/testing/until.ts'
import { type ProxyConfig, parseConfig } from './config.ts'
import type { Revocations } from './identity/revocations.ts'
import { createProxy, type ProxyDeps } from './server.ts'

// A real proxy between supertest and an upstream double on loopback, with real signed tokens and a real JWKS server.

const ISSUER = 'https://smart.example'
const FHIR_BASE = 'https://smart.example/fhir'
const keys = await generateKeyPair('ES256', { extractable: true })
const foreignKeys = await generateKeyPair('ES256')
const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string }
type Reply = { status?: number; headers?: Record<string, string>; body: string; hang?: boolean }

let upstreamUrl = ''
let seen: Seen[] = []
let alarms: string[] = []
let reply: (seen: Seen) => Reply = () => ({ body: '{}' })
let stateOf: Revocations['stateOf'] = () => 'live'
const behindHandles = new Map<string, string>()
let proxy: Server
let settings: ProxyConfig
const servers: Server[] = []

async function listen(listener: RequestListener | Server): Promise<string> {
  const server = typeof listener === 'function' ? createServer(listener) : listener
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const proxyDeps: ProxyDeps = {
  log: pino({ level: 'error' }, { write: (line: string) => void alarms.push(line) }),
  revocations: {
    stateOf: (claims) => stateOf(claims),
    isCurrent: () => stateOf({ client_id: 'any', sub: 'any', iat: 0 }) !== 'unknown',
    ageSeconds: () => 0,
  },
  findToken: async (handle) => behindHandles.get(handle),
}

let closedEarly = 0
beforeAll(async () => {
  const jwks = await listen((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }))
  })
  const upstream = await listen(async (incoming, response) => {
    response.on('close', () => {
      if (!response.writableFinished) closedEarly += 1
    })
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const one: Seen = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
    }
    seen.push(one)
    const { status = 200, headers, body, hang } = reply(one)
    if (hang) return
    response.writeHead(status, { 'Content-Type': 'application/fhir+json', ...headers }).end(body)
  })
  upstreamUrl = `${upstream}/r4`
  const parsed = parseConfig({
    ISSUER,
    FHIR_BASE,
    TABLES_URL: 'http://127.0.0.1:9/account',
    UPSTREAM_URL: upstreamUrl,
    JWKS_URL: `${jwks}/jwks`,
    PRACTITIONER_REACH: 'panel',
    PRACTITIONER_REACH_ALL: 'Practitioner/nora',
    RATE_LIMIT_PER_MINUTE: '0',
    PANEL_LIMIT: '3',
    UPSTREAM_TIMEOUT_MS: '1500',
    MAX_BODY_BYTES: '100000',
  })
  if (!parsed.ok) throw new Error(parsed.faults.join())
  settings = parsed.config
  proxy = createProxy(parsed.config, proxyDeps)
  await listen(proxy)
})
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
beforeEach(() => {
  stateOf = () => 'live'
  seen = []
  alarms = []
  reply = () => ({ status: 500, body: 'unexpected' })
})
afterEach(() => {
  // Whatever a test did, nothing went wrong unnoticed inside the proxy.
  expect(alarms.filter((line) => line.includes('unexpected'))).toEqual([])
})

type TokenParts = {
  scope?: string
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  key?: CryptoKey
  expiresIn?: number
}

async function tokenOf({
  scope = 'patient/*.rs',
  claims = {},
  header = {},
  key = keys.privateKey,
  expiresIn = 300,
}: TokenParts) {
  const now = Math.floor(Date.now() / 1000)
  const all = {
    iss: ISSUER,
    aud: FHIR_BASE,
    sub: 'login-1',
    client_id: 'app',
    scope,
    jti: 'j',
    gid: 'g1',
    patient: 'alice',
    person: 'Patient/alice',
    iat: now,
    exp: now + expiresIn,
    ...claims,
  }
  return new SignJWT(all).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k1', ...header }).sign(key)
}

async function get(path: string, parts: TokenParts = {}, headers: Record<string, string> = {}) {
  return request(proxy)
    .get(path)
    .set('Authorization', `Bearer ${await tokenOf(parts)}`)
    .set(headers)
}

const observation = (id: string, patient: string, category = 'laboratory') =>
  `{"resourceType":"Observation","id":"${id}","category":[{"coding":[{"system":"http://c","code":"${category}"}]}],"subject":{"reference":"Patient/${patient}"},"valueQuantity":{"value":70.10}}`

const searchset = (resources: string[], more = '', self = '') =>
  `{"resourceType":"Bundle","type":"searchset","total":${resources.length},"link":[{"relation":"self","url":"${upstreamUrl}/Observation?${self}"}${more}],"entry":[${resources
    .map((resource) => `{"fullUrl":"${upstreamUrl}/Observation/x","resource":${resource},"search":{"mode":"match"}}`)
    .join(',')}]}`

/** An upstream that applies what it is asked and says so. */
const confinedReply =
  (resources: string[], more = '') =>
  (one: Seen) => ({
    body: searchset(resources, more, one.url.split('?')[1] ?? one.body),
  })

const clinician = { patient: undefined, person: 'Practitioner/wei' }

describe('ENF-01, SEC-05: access tokens', () => {
  test('REF-06, SEED-31: a token that was revoked is refused, also when it was seen before, and the upstream is not asked', async () => {
    reply = () => ({ body: observation('1', 'alice') })
    const token = await tokenOf({})
    const ask = () => request(proxy).get('/fhir/Observation/1').set('Authorization', `Bearer ${token}`)
    expect((await ask()).status).toBe(200)
    seen = []
    stateOf = ({ gid }) => (gid === 'g1' ? 'revoked' : 'live')
    const answer = await ask()
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer error="invalid_token"'])
    expect(answer.body.resourceType).toBe('OperationOutcome')
    expect(seen).toEqual([])
    expect((await get('/fhir/Observation/1', { claims: { gid: 'g2' } })).status).toBe(200)
  })
  test('while nothing is known of revocations: 503, for everyone, and the upstream is not asked', async () => {
    stateOf = () => 'unknown'
    const answer = await get('/fhir/Observation/1')
    expect([answer.status, answer.headers['retry-after'], seen.length]).toEqual([503, '5', 0])
  })
  test('AUTHZ-18: behind a handle lies a token like any other', async () => {
    reply = () => ({ body: observation('1', 'alice') })
    behindHandles.set('ref_good', await tokenOf({}))
    behindHandles.set('ref_expired', await tokenOf({ expiresIn: -6 }))
    const ask = (handle: string) => request(proxy).get('/fhir/Observation/1').set('Authorization', `Bearer ${handle}`)
    expect((await ask('ref_good')).status).toBe(200)
    expect((await ask('ref_expired')).status).toBe(401)
    expect((await ask('ref_nobody')).status).toBe(401)
  })
  test('none: 401 and a plain challenge', async () => {
    const answer = await request(proxy).get('/fhir/Observation/1')
    expect([answer.status, answer.headers['www-authenticate'], answer.body.resourceType]).toEqual([
      401,
      'Bearer',
      'OperationOutcome',
    ])
  })

  test.each<[string, TokenParts]>([
    ['TOK-18: another audience', { claims: { aud: ISSUER } }],
    ['several audiences', { claims: { aud: [FHIR_BASE, ISSUER] } }],
    ['audience with a slash at the end', { claims: { aud: `${FHIR_BASE}/` } }],
    ['another issuer', { claims: { iss: 'https://evil.example' } }],
    ['expired', { expiresIn: -6 }],
    ['an id_token', { header: { typ: 'JWT' } }],
    ['an unknown key', { header: { kid: 'k2' } }],
    ['a foreign signature', { key: foreignKeys.privateKey }],
    ['no scope', { claims: { scope: undefined } }],
    ['no client', { claims: { client_id: undefined } }],
    ['a patient that is no text', { claims: { patient: { id: 'alice' } } }],
  ])('%s: 401 invalid_token', async (_name, parts) => {
    const answer = await get('/fhir/Observation/1', parts)
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer error="invalid_token"'])
    expect(seen).toEqual([])
  })

  test.each([
    'Basic YTpi',
    'Bearer',
    'Bearer a b',
    'Bearer a.b.c',
    `Bearer ${'a'.repeat(20_000)}`,
    'Bearer eyJhbGciOiJub25lIn0.e30.',
  ])('header %#: 401', async (header) => {
    expect((await request(proxy).get('/fhir/Observation/1').set('Authorization', header)).status).toBe(401)
  })

  test('not from the query', async () => {
    const answer = await request(proxy).get(`/fhir/Observation/1?access_token=${await tokenOf({})}`)
    expect(answer.status).toBe(401)
  })
})

describe('ENF-20: read', () => {
  test('ENF-14: own record: the same characters, with our URLs, kept by no cache', async () => {
    const body = `{"resourceType":"Observation","id":"1",\n "subject":{"reference":"${'%'}/Patient/alice"},"valueQuantity":{"value":70.10},"note":1e3}`
    reply = () => ({
      body: body.replace('%', upstreamUrl),
      headers: { ETag: 'W/"3"', 'X-Powered-By': 'secret', 'Set-Cookie': 'a=b' },
    })
    const answer = await get('/fhir/Observation/1')
    expect(answer.status).toBe(200)
    expect(answer.text).toBe(body.replace('%', FHIR_BASE))
    expect(answer.headers).toMatchObject({
      etag: 'W/"3"',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    })
    expect([
      answer.headers['x-powered-by'],
      answer.headers['set-cookie'],
      answer.headers['access-control-allow-credentials'],
    ]).toEqual([undefined, undefined, undefined])
  })

  test('nothing of the caller goes upstream but the request (ENF-03)', async () => {
    reply = () => ({ body: observation('1', 'alice') })
    await get(
      '/fhir/Observation/1',
      {},
      {
        'X-Forwarded-For': '1.2.3.4',
        'X-MS-Client': 'x',
        'If-None-Match': 'W/"3"',
        Cookie: 'a=b',
        Connection: 'x-hop',
        'X-Hop': '1',
        'X-Request-Id': 'not plain',
        traceparent: `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
      },
    )
    const names = Object.keys(seen[0]?.headers ?? {}).sort()
    expect(names).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'prefer', 'x-request-id'])
  })
  test('SEED-65: audit headers are ours, whatever the caller writes into them; a caller who does gets the same answer', async () => {
    const told = createProxy({ ...settings, audit: { ...settings.audit, tellsUpstream: true } }, proxyDeps)
    await listen(told)
    reply = () => ({ body: observation('1', 'alice') })
    const forged = { 'X-MS-AZUREFHIR-AUDIT-USERID': 'the-director', 'X-MS-AZUREFHIR-AUDIT-OTHER': 'x' }
    const answer = await request(told)
      .get('/fhir/Observation/1')
      .set('Authorization', `Bearer ${await tokenOf({})}`)
      .set(forged)
    expect([answer.status, answer.text]).toEqual([200, observation('1', 'alice')])
    const audited = Object.entries(seen[0]?.headers ?? {}).filter(([name]) => name.startsWith('x-ms-'))
    expect(Object.fromEntries(audited)).toEqual({
      'x-ms-azurefhir-audit-userid': 'login-1',
      'x-ms-azurefhir-audit-source': '127.0.0.1',
      'x-ms-azurefhir-audit-proxy': 'smart-fhir-gateway',
      'x-ms-azurefhir-audit-client': 'app',
      'x-ms-azurefhir-audit-patient': 'alice',
    })
  })
  test.each<[string, string | undefined, boolean]>([
    ['a plain one is kept', 'Order-42', true],
    ['none', undefined, false],
    ['an empty one', '', false],
    ['one that is long', 'x'.repeat(65), false],
    ['one with other characters', 'a b', false],
    ['one that could end a line of a log', 'a"}', false],
  ])('SEED-62: request ids go both ways: %s', async (_name, given, isKept) => {
    reply = () => ({ body: observation('1', 'alice') })
    const answer = await get('/fhir/Observation/1', {}, given === undefined ? {} : { 'X-Request-Id': given })
    const id = answer.headers['x-request-id']
    expect(seen.map(({ headers }) => headers['x-request-id'])).toEqual([id])
    expect(id).toMatch(isKept ? /^Order-42$/ : /^[0-9a-f-]{36}$/)
  })
  test('SEED-62: a trace goes on when it is well formed', async () => {
    reply = () => ({ body: observation('1', 'alice') })
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    for (const given of [trace, `${trace}-x`, trace.toUpperCase(), trace.replace(/b+/, '0'.repeat(16))])
      await get('/fhir/Observation/1', {}, { traceparent: given })
    expect(seen.map(({ headers }) => headers.traceparent)).toEqual([trace, undefined, undefined, undefined])
  })

  test('foreign and missing: the same bytes (ENF-09)', async () => {
    reply = () => ({ body: observation('1', 'bob') })
    const foreign = await get('/fhir/Observation/1')
    reply = () => ({ status: 404, body: `{"resourceType":"OperationOutcome","text":"${upstreamUrl}"}` })
    const missing = await get('/fhir/Observation/1')
    expect([foreign.status, missing.status, foreign.text]).toEqual([404, 404, missing.text])
    expect(Object.keys(foreign.headers)).toEqual(Object.keys(missing.headers))
  })

  const system = { scope: 'system/*.rs', claims: { patient: undefined, person: undefined } }

  test.each<[string, Reply, number]>([
    ['another type', { body: `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/alice"}}` }, 404],
    ['another id', { body: observation('2', 'alice') }, 404],
    ['a searchset', { body: '{"resourceType":"Bundle","type":"searchset"}' }, 404],
    [
      'a subject given twice',
      { body: observation('1', 'alice').replace('"subject"', '"subject":{"reference":"Patient/bob"},"\\u0073ubject"') },
      502,
    ],
    ['not JSON', { body: '<html>' }, 502],
    ['an array', { body: '[]' }, 502],
    ['null', { body: 'null' }, 502],
    ['cut off', { body: observation('1', 'alice').slice(0, -5) }, 502],
    ['302', { status: 302, headers: { Location: 'http://evil.example' }, body: '' }, 502],
    ['403', { status: 403, body: 'at db://secret' }, 502],
    ['422', { status: 422, body: 'at db://secret' }, 400],
    ['gzip', { headers: { 'Content-Encoding': 'gzip' }, body: '{}' }, 502],
    ['text', { headers: { 'Content-Type': 'text/html' }, body: '{}' }, 502],
    ['a body beyond the limit', { body: `"${'a'.repeat(200_000)}"` }, 422],
  ])('ENF-09: what cannot be judged is missing to the patient: %s', async (_name, given, status) => {
    reply = () => given
    const [answer, history] = [await get('/fhir/Observation/1'), await get('/fhir/Observation/1/_history')]
    expect(alarms.length > 0).toBe(status === 502 || status === 422)
    const ofClient = await get('/fhir/Observation/1', system)
    expect([ofClient.status, ofClient.body.resourceType]).toEqual([status, 'OperationOutcome'])
    expect(ofClient.text).not.toMatch(/alice|secret|evil|127\.0\.0\.1/)
    reply = () => ({ status: 404, body: '' })
    const missing = await get('/fhir/Observation/1')
    expect([answer.status, answer.text, history.status, history.text]).toEqual([404, missing.text, 404, missing.text])
  })

  test.each([
    ['500', { status: 500, body: 'at db://secret' }, 502],
    ['401', { status: 401, body: '' }, 503],
    ['429', { status: 429, headers: { 'Retry-After': '11' }, body: 'at db://secret' }, 429],
    ['503', { status: 503, headers: { 'Retry-After': '11' }, body: 'at db://secret' }, 503],
    ['silence', { body: '', hang: true }, 504],
  ] as [string, Reply, number][])('the upstream answers with %s', async (_name, given, status) => {
    reply = () => given
    const answer = await get('/fhir/Observation/1')
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome'])
    expect(answer.text).not.toMatch(/secret|evil|127\.0\.0\.1/)
  })

  test('HEAD is answered like GET, without a body', async () => {
    reply = () => ({ body: observation('1', 'bob') })
    const answer = await request(proxy)
      .head('/fhir/Observation/1')
      .set('Authorization', `Bearer ${await tokenOf({})}`)
    expect([answer.status, answer.text, seen[0]?.method]).toEqual([404, undefined, 'GET'])
  })

  test('an old version is shown only when the current one may be seen too (ENF-21)', async () => {
    reply = ({ url }) => ({ body: observation('1', url.includes('_history') ? 'alice' : 'bob') })
    expect((await get('/fhir/Observation/1/_history/1')).status).toBe(404)
    reply = ({ url }) => ({ body: observation('1', url.includes('_history') ? 'bob' : 'alice') })
    expect((await get('/fhir/Observation/1/_history/1')).status).toBe(404)
    reply = () => ({ body: observation('1', 'alice') })
    expect((await get('/fhir/Observation/1/_history/1')).status).toBe(200)
  })

  test('SEC-05: without the scope: 403 naming the smallest that would do', async () => {
    const answer = await get('/fhir/Condition/1', { scope: 'patient/Observation.rs' })
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="patient/Condition.r"',
    ])
    expect(seen).toEqual([])
  })

  test('SCP-07: a narrowed scope: other categories are as if they were not there', async () => {
    const scope = 'patient/Observation.rs?category=http://c|vital-signs'
    reply = () => ({ body: observation('1', 'alice') })
    expect((await get('/fhir/Observation/1', { scope })).status).toBe(404)
    reply = () => ({ body: observation('1', 'alice', 'vital-signs') })
    expect((await get('/fhir/Observation/1', { scope })).status).toBe(200)
  })

  test('a client that leaves ends the request upstream', async () => {
    reply = () => ({ body: '', hang: true })
    const before = closedEarly
    const { port } = proxy.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    socket.write(`GET /fhir/Observation/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await tokenOf({})}\r\n\r\n`)
    await until(() => seen.length === 1)
    socket.destroy()
    await until(() => closedEarly > before)
  })
})

describe('OID-03: the record that fhirUser names can be read, by the data scopes that cover its type', () => {
  test.each([
    ['a clinician, by a user scope', 'Practitioner/nora', 'openid fhirUser user/Practitioner.rs'],
    ['a clinician, by a patient scope for all types', 'Practitioner/wei', 'openid fhirUser patient/*.read'],
    ['a patient', 'Patient/alice', 'openid fhirUser patient/Patient.rs'],
  ])('%s', async (_name, person, scope) => {
    const [resourceType = '', id = ''] = person.split('/')
    reply = () => ({ body: JSON.stringify({ resourceType, id }) })
    const claims = { person, fhirUser: `${FHIR_BASE}/${person}` }
    const answer = await get(`/fhir/${person}`, { scope, claims })
    expect([answer.status, answer.body]).toEqual([200, { resourceType, id }])
  })
  test('and nobody else’s by the same', async () => {
    reply = () => ({ body: '{"resourceType":"Patient","id":"bob"}' })
    const claims = { fhirUser: `${FHIR_BASE}/Patient/bob` }
    expect((await get('/fhir/Patient/bob', { scope: 'openid fhirUser patient/Patient.rs', claims })).status).toBe(404)
  })
})

describe('search', () => {
  test("our condition is added beside the client's own (ENF-25)", async () => {
    reply = confinedReply([observation('1', 'alice')])
    const answer = await get('/fhir/Observation?patient=bob&code=1234-5&_count=5')
    expect(seen[0]?.url).toBe('/r4/Observation?patient=bob&code=1234-5&_count=5&patient=Patient%2Falice')
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('70.10')
    expect(answer.body.total).toBe(1)
    expect(answer.body.link).toEqual([
      { relation: 'self', url: `${FHIR_BASE}/Observation?patient=bob&code=1234-5&_count=5` },
    ])
    expect(answer.body.entry[0].fullUrl).toBe(`${FHIR_BASE}/Observation/x`)
    expect(answer.text).not.toContain('127.0.0.1')
  })

  test('ENF-26: POST _search: query and form together, and never as a create', async () => {
    reply = confinedReply([])
    const answer = await request(proxy)
      .post('/fhir/Observation/_search?status=final')
      .type('form')
      .set('Authorization', `Bearer ${await tokenOf({ scope: 'patient/Observation.s' })}`)
      .send('code=1&patient=bob')
    expect([answer.status, seen[0]?.method, seen[0]?.url]).toEqual([
      200,
      'GET',
      '/r4/Observation?status=final&code=1&patient=bob&patient=Patient%2Falice',
    ])
  })

  test('ENF-29: the letter s alone shows whole records', async () => {
    reply = confinedReply([observation('1', 'alice')])
    const answer = await get('/fhir/Observation', { scope: 'patient/Observation.s' })
    expect(answer.body.entry[0].resource).toEqual(JSON.parse(observation('1', 'alice')))
  })

  test.each([
    ['ignores our condition', [observation('1', 'alice'), observation('2', 'bob')]],
    ['gives another type', ['{"resourceType":"Patient","id":"alice"}']],
    ['gives an entry without a resource', ['null']],
  ])('the upstream %s: the whole answer is refused, and an operator hears of it', async (_name, resources) => {
    reply = confinedReply(resources)
    const answer = await get('/fhir/Observation')
    expect([answer.status, answer.body.resourceType]).toEqual([502, 'OperationOutcome'])
    expect(answer.text).not.toMatch(/alice|bob/)
    expect(alarms.join()).toContain('search-not-confined')
  })

  test('an included record that nobody asked for is refused', async () => {
    reply = (one) => ({
      body: searchset([observation('1', 'alice')], '', one.url.split('?')[1]).replace('"match"', '"include"'),
    })
    expect((await get('/fhir/Observation')).status).toBe(502)
  })

  test('a total that the upstream does not confirm is not passed on (ENF-65)', async () => {
    reply = () => ({ body: searchset([observation('1', 'alice')], '', 'code=1') })
    const answer = await get('/fhir/Observation')
    expect([answer.status, answer.body.total, answer.body.entry.length]).toEqual([200, undefined, 1])
    expect((await get('/fhir/Observation?_summary=count')).status).toBe(502)
  })

  test("the upstream's own remarks are left out (ENF-11)", async () => {
    const remark = `{"resourceType":"OperationOutcome","issue":[{"diagnostics":"${upstreamUrl} bob"}]}`
    reply = (one) => ({
      body: searchset([observation('1', 'alice'), remark], '', one.url.split('?')[1]).replace(
        /"match"(?!.*"match")/,
        '"outcome"',
      ),
    })
    const answer = await get('/fhir/Observation')
    expect([answer.status, answer.body.entry.length]).toEqual([200, 1])
    expect(answer.text).not.toContain('bob')
  })

  test.each([
    ['ENF-61', 'subject._id=x', 403],
    ['ENF-61', '_has:AuditEvent:entity:type=x', 403],
    ['ENF-61', '_has:Provenance:target:recorded=ge2020', 403],
    ['ENF-61', 'encounter.status:in=x', 403],
    ['ENF-61', 'encounter.patient.general-practitioner.name=x', 403],
    ['ENF-61', 'encounter.nothing=x', 400],
    ['ENF-61', 'encounter._count=1', 400],
    ['ENF-61', 'encounter._include=Encounter:patient', 400],
    ['ENF-61', 'encounter.status=', 400],
    ['ENF-61', 'encounter.=x', 400],
    ['ENF-61', 'encounter:Encounter:Encounter.status=x', 400],
    ['ENF-61', 'subject:Encounter.status=x', 400],
    ['ENF-61', 'subject:Nothing.status=x', 400],
    ['ENF-61', 'focus.code=x', 400],
    ['ENF-61', 'code.status=x', 400],
    ['ENF-61', '_has:Encounter:patient:status=x', 400],
    ['ENF-61', '_has:Observation:has-member=x', 400],
    ['ENF-61', '_has:Nothing:patient:code=x', 400],
    ['ENF-61', '_has=x', 403],
    ['ENF-61', '_sort=subject:Patient.name', 400],
    ['ENF-61', Array(6).fill('encounter.status=x').join('&'), 400],
    ['ENF-60', '_include=*', 403],
    ['ENF-60', '_include=Observation:*', 403],
    ['ENF-60', '_include=Observation:nothing', 400],
    ['ENF-60', '_include:missing=Observation:subject', 400],
    ['ENF-60', '_revinclude=*', 403],
    ['ENF-60', '_revinclude=Encounter:patient', 400],
    ['ENF-62', '_filter=x', 403],
    ['ENF-62', '_query=x', 403],
    ['ENF-62', '_text=x', 403],
    ['ENF-62', '_content=x', 403],
    ['ENF-62', '_list=x', 403],
    ['ENF-66', '_contained=true', 403],
    ['ENF-70', 'patient:not=alice', 403],
    ['ENF-70', 'patient:missing=true', 403],
    ['ENF-70', 'patient:identifier=x', 403],
    ['ENF-70', 'subject:Patient=bob', 403],
    ['ENF-69', 'code:text=x', 403],
    ['ENF-69', 'code:in=x', 403],
    ['ENF-69', 'colour=red', 400],
    ['ENF-69', '__proto__=x', 400],
    ['ENF-69', 'access_token=x', 400],
    ['ENF-02', 'code=', 400],
    ['ENF-64', '_summary=true', 400],
    ['ENF-63', '_sort=subject.name', 400],
    ['ENF-71', '_count=-1', 400],
    ['ENF-64', '_elements=subject.reference', 400],
    ['ENF-02', 'code', 400],
    ['ENF-02', '=x', 400],
    ['ENF-02', 'code=%', 400],
    ['ENF-02', 'code=%ff', 400],
    ['ENF-02', 'code=%00', 400],
  ])('%s: ?%s is refused with %i and never sent', async (_id, query, status) => {
    const answer = await get(`/fhir/Observation?${query}`)
    expect([answer.status, answer.body.resourceType, seen.length]).toEqual([status, 'OperationOutcome', 0])
  })

  test.each([
    ['ENF-28: system search', 'GET', '/fhir?_type=Patient'],
    ['search of all types', 'GET', '/fhir?_lastUpdated=gt2020'],
    ['ENF-27: another compartment', 'GET', '/fhir/Practitioner/wei/Observation'],
    ['ENF-27: a type in no compartment', 'GET', '/fhir/Patient/alice/Practitioner'],
    ['ENF-23: the history of a type', 'GET', '/fhir/Observation/_history'],
    ['ENF-23: also of one that all may see', 'GET', '/fhir/Practitioner/_history'],
    ['ENF-24: system history', 'GET', '/fhir/_history'],
    ['ENF-42, SEED-41: an operation that nobody has heard of', 'GET', '/fhir/Patient/alice/$graphql'],
    ['a write of a shared type', 'PUT', '/fhir/Organization/1'],
    ['an unknown path', 'GET', '/fhir/Observation/1/x/y/z'],
    ['outside the base', 'GET', '/other'],
    ['the base as a prefix', 'GET', '/fhirx/Patient/alice'],
    ['an odd method', 'PROPFIND', '/fhir/Observation/1'],
  ])('ENF-01: %s is denied and never sent', async (_name, method, path) => {
    const { port } = proxy.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { Authorization: `Bearer ${await tokenOf({ scope: 'patient/*.cruds' })}` },
    })
    expect([answer.status, ((await answer.json()) as { resourceType: string }).resourceType, seen.length]).toEqual([
      403,
      'OperationOutcome',
      0,
    ])
  })

  test('ENF-12: XML: 406', async () => {
    expect((await get('/fhir/Observation', {}, { Accept: 'application/fhir+xml' })).status).toBe(406)
    expect((await get('/fhir/Observation?_format=xml')).status).toBe(406)
    expect((await get('/fhir/Observation/1?_format=application/fhir%2Bxml')).status).toBe(406)
  })

  test('ENF-02: a method override: 400', async () => {
    expect((await get('/fhir/Observation', {}, { 'X-HTTP-Method-Override': 'DELETE' })).status).toBe(400)
  })
})

describe('writes', () => {
  const send = async (method: 'post' | 'put' | 'patch' | 'delete', path: string, type: string, body: string) =>
    request(proxy)
      [method](path)
      .set('Authorization', `Bearer ${await tokenOf({ scope: 'patient/*.cruds' })}`)
      .set('Content-Type', type)
      .send(body)
  const stored = () => ({ headers: { ETag: 'W/"1"' }, body: observation('1', 'alice') })

  test.each<[string, object[], number]>([
    ['gives the record another id', [{ op: 'replace', path: '/id', value: '2' }], 422],
    ['gives the record another type', [{ op: 'replace', path: '/resourceType', value: 'Condition' }], 422],
    [
      'means one thing to us and another to servers that count after the move',
      [
        { op: 'add', path: '/performer', value: [{}, { display: 'a' }, { display: 'b' }] },
        { op: 'move', from: '/performer/0', path: '/performer/1/extension' },
      ],
      422,
    ],
    [
      'leads through a prototype',
      [{ op: 'replace', path: '/subject/constructor/reference', value: 'Patient/bob' }],
      400,
    ],
  ])('ENF-35: a patch that %s is not sent', async (_name, operations, status) => {
    reply = stored
    const answer = await send('patch', '/fhir/Observation/1', 'application/json-patch+json', JSON.stringify(operations))
    expect([answer.status, seen.map(({ method }) => method)]).toEqual([status, seen.map(() => 'GET')])
  })
  test('ENF-35: a FHIRPath Patch goes on as it came, for the version that was judged', async () => {
    reply = stored
    const body =
      '{ "resourceType": "Parameters", "parameter": [{"name":"operation","part":[{"name":"type","valueCode":"add"},' +
      '{"name":"path","valueString":"Observation"},{"name":"name","valueString":"component"},' +
      '{"name":"value","part":[{"name":"value","valueQuantity":{"value":70.10}}]}]}]}'
    await send('patch', '/fhir/Observation/1', 'application/fhir+json', body)
    const sent = seen.at(-1)
    expect([sent?.method, sent?.body, sent?.headers['if-match'], sent?.headers['content-type']]).toEqual([
      'PATCH',
      body,
      'W/"1"',
      'application/fhir+json',
    ])
  })
  test('ENF-31: a server that takes the record of another patient for the new one shows nothing of it', async () => {
    const theirs = { ETag: 'W/"7"', Location: `${upstreamUrl}/Observation/9/_history/7` }
    reply = (one) =>
      one.method === 'POST' ? { headers: theirs, body: observation('9', 'bob') } : confinedReply([])(one)
    const answer = await send(
      'post',
      '/fhir/Observation',
      'application/fhir+json',
      '{"resourceType":"Observation","subject":{"reference":"Patient/alice"}}',
    )
    expect([answer.status, answer.text, answer.headers.location, answer.headers.etag]).toEqual([
      200,
      '',
      undefined,
      undefined,
    ])
  })
  test.each<[string, Reply, number]>([
    ['a redirect', { status: 302, headers: { Location: 'http://evil.test/' }, body: 'Bob' }, 502],
    ['an error that names somebody', { status: 500, body: '{"issue":[{"diagnostics":"Bob"}]}' }, 502],
    ['a refusal that names somebody', { status: 422, body: '{"issue":[{"diagnostics":"Bob"}]}' }, 422],
    ['another conflict', { status: 409, body: 'Bob' }, 412],
    ['no rights of ours', { status: 403, body: 'Bob' }, 502],
    ['another patient’s record', { body: observation('1', 'bob') }, 200],
    ['a record of another type', { body: '{"resourceType":"Patient","id":"bob","name":[{"text":"Bob"}]}' }, 200],
    ['another place', { headers: { Location: 'http://evil.test/Patient/bob' }, body: observation('1', 'bob') }, 200],
    ['no JSON', { headers: { 'Content-Type': 'text/html' }, body: 'Bob' }, 200],
    ['a member twice', { body: '{"resourceType":"Observation","id":"1","id":"Bob"}' }, 200],
    [
      'a date that is none',
      { headers: { 'Last-Modified': 'Foo, 99 Bar 9999 GMT' }, body: observation('1', 'bob') },
      200,
    ],
  ])('ENF-11: a write that is answered with %s tells nothing of it', async (_name, answered, status) => {
    reply = (one) => (one.method === 'GET' ? stored() : answered)
    const content = observation('1', 'alice')
    const answer = await send('put', '/fhir/Observation/1', 'application/fhir+json', content)
    expect(answer.status).toBe(status)
    expect(`${answer.text}${JSON.stringify(answer.headers)}`).not.toMatch(/bob|evil/i)
    const entry = `{"request":{"method":"PUT","url":"Observation/1"},"resource":${content}}`
    const batch = `{"resourceType":"Bundle","type":"batch","entry":[${entry}]}`
    const inBatch = await send('post', '/fhir', 'application/fhir+json', batch)
    expect([inBatch.status, inBatch.body.entry[0].response.status]).toEqual([200, String(status)])
    expect(inBatch.text).not.toMatch(/bob|evil/i)
  })
  test.each<[string, string]>([
    ['nothing', '{"resourceType":"Bundle","type":"transaction-response"}'],
    ['null', '{"resourceType":"Bundle","type":"transaction-response","entry":[null]}'],
    ['a list', '{"resourceType":"Bundle","type":"transaction-response","entry":[[]]}'],
    ['no status', '{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{}}]}'],
    [
      'another patient’s record',
      `{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"200","location":"Patient/bob"},"resource":${observation('1', 'bob')}}]}`,
    ],
  ])('ENF-40: a transaction that is answered with %s tells nothing of it', async (_name, body) => {
    reply = (one) => (one.method === 'GET' ? stored() : { body })
    const entry = `{"request":{"method":"PUT","url":"Observation/1"},"resource":${observation('1', 'alice')}}`
    const bundle = `{"resourceType":"Bundle","type":"transaction","entry":[${entry}]}`
    const answer = await send('post', '/fhir', 'application/fhir+json', bundle)
    expect([200, 502]).toContain(answer.status)
    expect(answer.text).not.toMatch(/bob/i)
  })
  test('ENF-13, ENF-40: a reference by a search becomes the record, and all else keeps its characters', async () => {
    const record = (reference: string) =>
      '{ "resourceType":"Observation","valueQuantity":{"value":70.10},"subject":{"reference":"Patient/alice"},' +
      `"text":{"div":"reference: Observation?code=x"},"hasMember":[{"reference":"${reference}"}]}`
    const search = confinedReply([observation('9', 'alice')])
    reply = (one) => (one.url.includes('Observation/9') ? { body: observation('9', 'alice') } : search(one))
    const bundle = `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":"Observation"},"resource":${record('Observation?code=x')}}]}`
    await send('post', '/fhir', 'application/fhir+json', bundle)
    expect(seen.at(-1)?.body).toContain(record('Observation/9'))
  })
  test('ENF-30: what is referred to is a record of that type', async () => {
    reply = () => ({ body: observation('e', 'alice') })
    const body =
      '{"resourceType":"Observation","subject":{"reference":"Patient/alice"},"encounter":{"reference":"Encounter/e"}}'
    expect((await send('post', '/fhir/Observation', 'application/fhir+json', body)).status).toBe(422)
  })
  test.each<[string, Reply]>([
    ['malformed', { body: '{' }],
    ['too large', { body: `"${'a'.repeat(200_000)}"` }],
  ])(
    'ENF-33, ENF-30: a record that is %s is as good as missing, to be changed or referred to',
    async (_name, given) => {
      const content = observation('1', 'alice')
      const patch = '[{"op":"remove","path":"/code"}]'
      const referring = observation('', 'alice').replace('"id":"",', '"derivedFrom":[{"reference":"Observation/1"}],')
      const all = async () => [
        await send('put', '/fhir/Observation/1', 'application/fhir+json', content),
        await send('patch', '/fhir/Observation/1', 'application/json-patch+json', patch),
        await send('delete', '/fhir/Observation/1', 'application/fhir+json', ''),
        await send('post', '/fhir/Observation', 'application/fhir+json', referring),
      ]
      reply = () => given
      const unreadable = await all()
      reply = () => ({ status: 404, body: '' })
      const missing = await all()
      expect(missing.map(({ status }) => status)).toEqual([404, 404, 404, 422])
      expect(unreadable.map(({ status, text }) => [status, text])).toEqual(
        missing.map(({ status, text }) => [status, text]),
      )
      expect(seen.map(({ method }) => method)).toEqual(seen.map(() => 'GET'))
    },
  )
  test('ENF-30: more references than can be looked up: 422, and the upstream is not asked', async () => {
    const hasMember = Array.from({ length: 201 }, (_one, at) => ({ reference: `Observation/${at}` }))
    const content = { resourceType: 'Observation', subject: { reference: 'Patient/alice' }, hasMember }
    expect((await send('post', '/fhir/Observation', 'application/fhir+json', JSON.stringify(content))).status).toBe(422)
    expect(seen).toEqual([])
  })
})

describe('ENF-10, SEED-61: paging', () => {
  const next = () => `,{"relation":"next","url":"${upstreamUrl}/?_page=2&secret=1"}`
  async function nextPath() {
    reply = confinedReply([observation('1', 'alice')], next())
    const answer = await get('/fhir/Observation?code=1')
    const url = answer.body.link.find((link: { relation: string }) => link.relation === 'next').url as string
    expect(url.startsWith(`${FHIR_BASE}/_page/`)).toBe(true)
    expect(answer.text).not.toContain('secret')
    return url.slice(FHIR_BASE.length - '/fhir'.length)
  }

  test('the next page comes through our own link, judged like the first', async () => {
    const path = await nextPath()
    const own = await get(path)
    expect([own.status, seen.at(-1)?.url]).toEqual([200, '/r4?_page=2&secret=1'])
    reply = confinedReply([observation('1', 'bob')])
    expect((await get(path)).status).toBe(502)
  })

  test.each<[string, TokenParts]>([
    ['another grant', { claims: { gid: 'g2' } }],
    ['another client', { claims: { client_id: 'other' } }],
    ['another person', { claims: { person: 'Patient/bob' } }],
    ['another patient', { claims: { patient: 'bob' } }],
    ['another scope that decides differently', { scope: 'patient/Observation.rs?category=a' }],
  ])('not for %s', async (_name, parts) => {
    const path = await nextPath()
    seen = []
    expect([(await get(path, parts)).status, seen.length]).toEqual([410, 0])
  })

  test('not without the scope, nor changed', async () => {
    const path = await nextPath()
    expect((await get(path, { scope: 'patient/Condition.rs' })).status).toBe(403)
    expect((await get(`${path.slice(0, -2)}AA`)).status).toBe(410)
    expect((await get('/fhir/_page/abc')).status).toBe(410)
  })

  test('links that lead elsewhere are left out', async () => {
    reply = confinedReply(
      [],
      ',{"relation":"next","url":"http://evil.example/r4?x"},{"relation":"prev","url":"http://["}',
    )
    expect((await get('/fhir/Observation')).body.link.length).toBe(1)
  })
})

describe('ENF-05: reach of user clauses', () => {
  const panel: typeof reply = ({ url }) => {
    if (url.startsWith('/r4/Patient?general-practitioner'))
      return {
        body: bundleOf(
          '{"resourceType":"Patient","id":"alice","generalPractitioner":[{"reference":"Practitioner/wei"}]}',
          '{"resourceType":"Patient","id":"carl"}',
        ),
      }
    if (url.startsWith('/r4/Encounter?participant'))
      return {
        body: bundleOf(
          '{"resourceType":"Encounter","status":"finished","subject":{"reference":"Patient/dora"},"participant":[{"individual":{"reference":"Practitioner/wei"}}]}',
        ),
      }
    if (url.startsWith('/r4/CareTeam?participant')) return { body: bundleOf() }
    return { body: observation('1', 'dora') }
  }
  const bundleOf = (...resources: string[]) =>
    `{"resourceType":"Bundle","type":"searchset","entry":[${resources.map((resource) => `{"resource":${resource}}`).join(',')}]}`
  const parts = (person: string) => ({ scope: 'user/*.rs', claims: { ...clinician, person } })

  test("panel: the records say who is on it, not the upstream's search", async () => {
    reply = panel
    expect((await get('/fhir/Observation/1', parts('Practitioner/wei'))).status).toBe(200)
    await get('/fhir/Observation', parts('Practitioner/wei'))
    expect(seen.at(-1)?.url).toBe('/r4/Observation?patient=Patient%2Falice%2CPatient%2Fdora')
    expect(seen.filter(({ url }) => url.includes('general-practitioner')).length).toBe(1)
    reply = () => ({ body: observation('1', 'carl') })
    expect((await get('/fhir/Observation/1', parts('Practitioner/wei'))).status).toBe(404)
  })

  test('a panel beyond the limit: 422, and one named patient still works', async () => {
    const patients = ['a', 'b', 'c', 'd'].map(
      (id) => `{"resourceType":"Patient","id":"${id}","generalPractitioner":[{"reference":"Practitioner/big"}]}`,
    )
    reply = ({ url }) => (url.startsWith('/r4/Patient?') ? { body: bundleOf(...patients) } : { body: bundleOf() })
    expect((await get('/fhir/Observation', parts('Practitioner/big'))).status).toBe(422)
    expect((await get('/fhir/Observation?patient=a', parts('Practitioner/big'))).status).toBe(200)
    expect(seen.at(-1)?.url).toBe('/r4/Observation?patient=a&patient=Patient%2Fa')
  })

  test('facts too large to read whole: what decides is asked for alone', async () => {
    const large = `{"resourceType":"Encounter","text":{"div":"${'x'.repeat(100_000)}"}}`
    reply = (one) => {
      if (one.url.startsWith('/r4/Encounter?') && !one.url.includes('_elements=')) return { body: bundleOf(large) }
      return { body: panel(one).body.replaceAll('Practitioner/wei', 'Practitioner/wei-large') }
    }
    expect((await get('/fhir/Observation/1', parts('Practitioner/wei-large'))).status).toBe(200)
  })

  test('facts that cannot be had: 503, and tried again', async () => {
    expect((await get('/fhir/Observation/1', parts('Practitioner/new'))).status).toBe(503)
    reply = panel
    expect((await get('/fhir/Observation/1', parts('Practitioner/new'))).status).toBe(403)
  })

  test('a related person opens the linked patient while the link is active', async () => {
    const link = (id: string, more: string) => ({
      body: `{"resourceType":"RelatedPerson","id":"${id}","patient":{"reference":"Patient/dora"}${more}}`,
    })
    reply = ({ url }) => (url.includes('RelatedPerson') ? link('mum', '') : { body: observation('1', 'dora') })
    expect((await get('/fhir/Observation/1', parts('RelatedPerson/mum'))).status).toBe(200)
    reply = ({ url }) =>
      url.includes('RelatedPerson') ? link('ex', ',"active":false') : { body: observation('1', 'dora') }
    expect((await get('/fhir/Observation/1', parts('RelatedPerson/ex'))).status).toBe(403)
  })

  test('a practitioner with reach all is not confined', async () => {
    reply = () => ({ body: bundleOf(observation('1', 'bob')) })
    expect((await get('/fhir/Observation', parts('Practitioner/nora'))).status).toBe(200)
    expect(seen.map(({ url }) => url)).toEqual(['/r4/Observation'])
  })
})

/** That remembers nothing. */
async function anotherProxy(config: ProxyConfig): Promise<string> {
  const revocations = { stateOf: () => 'live' as const, isCurrent: () => true, ageSeconds: () => 0 }
  return listen(createProxy(config, { log: pino({ level: 'silent' }), revocations, findToken: async () => undefined }))
}

describe('open to all', () => {
  test('DISC-01, DISC-02, DISC-18, SEED-01: SMART configuration, whatever is accepted', async () => {
    const answer = await request(proxy).get('/fhir/.well-known/smart-configuration').set('Accept', 'text/html')
    expect([
      answer.status,
      answer.headers['content-type'],
      answer.headers['access-control-allow-origin'],
      answer.body.issuer,
    ]).toEqual([200, 'application/json', '*', ISSUER])
  })

  test('SEED-02: our security stands there, whatever the server says of its own, and the right way round', async () => {
    const uris = { url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris' }
    const address = (url: string) => ({ url, valueUri: `${upstreamUrl}/${url}` })
    const shapes = [
      undefined,
      {},
      { extension: [{ ...uris, extension: [address('token')] }] },
      { cors: false, extension: [{ url: 'other' }, { ...uris, extension: [address('authorize')] }, address('revoke')] },
      'nonsense',
    ]
    const blocks: string[] = []
    for (const security of shapes) {
      reply = () => ({
        body: JSON.stringify({
          resourceType: 'CapabilityStatement',
          rest: [{ mode: 'server', security, resource: [] }],
        }),
      })
      const { body, text } = await request(await anotherProxy(settings)).get('/fhir/metadata')
      expect(text).not.toContain(upstreamUrl)
      blocks.push(JSON.stringify(body.rest[0].security))
    }
    expect(new Set(blocks).size).toBe(1)
    const [{ extension }] = JSON.parse(blocks[0] ?? '').extension
    const named = extension.map(({ url, valueUri }: Record<string, string>) => [url, valueUri])
    expect(Object.fromEntries(named)).toEqual({
      authorize: `${ISSUER}/auth`,
      token: `${ISSUER}/token`,
      introspect: `${ISSUER}/token/introspection`,
      revoke: `${ISSUER}/token/revocation`,
      manage: `${ISSUER}/apps`,
    })
  })

  test.each([
    ['the FHIR Proxy', '/fhir'],
    ['the samples', '/smart'],
    ['Azure API for FHIR', ''],
  ])('SEED-80: the base may lie where %s had it: %s', async (_system, path) => {
    const config = { ...settings, fhirBase: `https://old.example${path}` }
    const other = await anotherProxy(config)
    const document = await request(other).get(`${path}/.well-known/smart-configuration`)
    expect([document.status, document.body.issuer]).toEqual([200, ISSUER])
    reply = () => ({ body: JSON.stringify({ resourceType: 'CapabilityStatement', status: 'active', rest: [] }) })
    const metadata = await request(other).get(`${path}/metadata`)
    expect([metadata.status, metadata.body.implementation.url]).toEqual([200, config.fhirBase])
    expect((await request(other).get(`${path}/Patient/alice`)).status).toBe(401)
  })

  test('DISC-22, DISC-23, ENF-41: metadata: our address, our security, only what passes here', async () => {
    reply = () => ({
      body: JSON.stringify({
        resourceType: 'CapabilityStatement',
        status: 'active',
        url: `${upstreamUrl}/metadata`,
        software: { name: 'Secret 1.2' },
        implementation: { url: upstreamUrl },
        patchFormat: ['application/json-patch+json', 'application/xml-patch+xml', 'application/merge-patch+json'],
        rest: [
          {
            mode: 'server',
            security: { description: upstreamUrl },
            operation: [{ name: 'export' }, { name: 'reindex' }],
            resource: [
              {
                type: 'Observation',
                interaction: [{ code: 'read' }, { code: 'create' }, { code: 'history-type' }, { code: 'search-type' }],
                searchInclude: ['*'],
                searchParam: [
                  { name: 'code', type: 'token' },
                  { name: 'subject', type: 'reference' },
                ],
              },
              {
                type: 'Patient',
                interaction: [{ code: 'read' }, { code: 'history-instance' }, { code: 'search-type' }],
              },
              { type: 'Provenance', interaction: [{ code: 'read' }], searchParam: [{ name: 'target' }] },
            ],
          },
        ],
      }),
    })
    const answer = await request(proxy).get('/fhir/metadata')
    expect(answer.status).toBe(200)
    expect(answer.text).not.toMatch(/127\.0\.0\.1|Secret|reindex/)
    expect([answer.body.implementation.url, answer.body.patchFormat]).toEqual([
      FHIR_BASE,
      ['application/json-patch+json'],
    ])
    expect(answer.body.rest[0].security.service[0].coding[0].code).toBe('SMART-on-FHIR')
    expect(answer.body.rest[0].resource[0].interaction).toEqual([
      { code: 'read' },
      { code: 'create' },
      { code: 'history-type' },
      { code: 'search-type' },
    ])
    const includes = answer.body.rest[0].resource.map(
      ({ searchInclude, searchRevInclude }: Record<string, unknown>) => [searchInclude, searchRevInclude],
    )
    // What the server behind says of its own includes counts for nothing: they are resolved here.
    expect(includes).toEqual([
      [['Observation:subject'], undefined],
      [undefined, ['Observation:subject']],
      [undefined, undefined],
    ])
  })

  test('DISC-18, DISC-19: preflight needs no token', async () => {
    const answer = await request(proxy)
      .options('/fhir/Observation')
      .set('Origin', 'https://app.example')
      .set('Access-Control-Request-Method', 'GET')
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([204, '*'])
    expect(answer.headers['access-control-allow-headers']).toContain('Authorization')
  })

  test('DISC-19, SEED-70: any page can read what is answered and why it is refused, never with credentials', async () => {
    reply = () => ({ body: observation('1', 'bob') })
    const answers = [
      await request(proxy).get('/fhir/Observation/1').set('Origin', 'https://app.example'),
      await get('/fhir/Observation/1', { expiresIn: -6 }, { Origin: 'https://app.example' }),
      await get('/fhir/Condition/1', { scope: 'patient/Observation.rs' }, { Origin: 'https://app.example' }),
      await get('/fhir/Observation/1', {}, { Origin: 'https://app.example' }),
      await get('/fhir/Observation?colour=red', {}, { Origin: 'https://app.example' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 403, 404, 400])
    for (const { headers } of answers) {
      expect(headers['access-control-allow-origin']).toBe('*')
      expect(headers).not.toHaveProperty('access-control-allow-credentials')
      for (const name of ['WWW-Authenticate', 'ETag', 'Location', 'Retry-After', 'X-Request-Id']) {
        expect(headers['access-control-expose-headers']).toContain(name)
      }
    }
  })

  test('DISC-18: metadata and configuration answer a preflight, and any page may read them', async () => {
    reply = () => ({ body: '{"resourceType":"CapabilityStatement","status":"active","rest":[]}' })
    for (const path of ['/fhir/metadata', '/fhir/.well-known/smart-configuration']) {
      const ask = request(proxy).options(path).set('Origin', 'https://app.example')
      expect((await ask.set('Access-Control-Request-Method', 'GET')).headers['access-control-allow-origin']).toBe('*')
      const read = await request(proxy).get(path).set('Origin', 'https://app.example')
      expect([read.status, read.headers['access-control-allow-origin']]).toEqual([200, '*'])
      expect(read.headers).not.toHaveProperty('access-control-allow-credentials')
    }
  })

  test.each([undefined, '*/*', 'application/fhir+json', 'text/html', 'application/xml;q=0.9', 'nonsense'])(
    'DISC-02: the configuration is JSON for Accept %s',
    async (accept) => {
      const ask = request(proxy).get('/fhir/.well-known/smart-configuration')
      const answer = await (accept === undefined ? ask : ask.set('Accept', accept))
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json'])
    },
  )

  test('health', async () => {
    expect((await request(proxy).get('/health')).body).toEqual({ status: 'ok' })
    stateOf = () => 'unknown'
    const unwell = await request(proxy).get('/health')
    expect([unwell.status, unwell.body]).toEqual([503, { status: 'revocations cannot be read' }])
  })
})

describe('garbage', () => {
  const targets = [
    '/fhir/../admin',
    '/fhir/Patient/..',
    '/fhir/Patient/%2e%2e',
    '/fhir/Patient%2Falice',
    '/fhir//Patient',
    '/fhir/Patient/',
    '/fhir/Patient//alice',
    'http://evil.example/fhir/Patient/alice',
    '/fhir/Patient/alice#x',
    '/fhir/Patient\\alice',
    '/fhir/Patient/alice%00',
    '/fhir/Patient/alice%252f',
    '//fhir/Patient',
    '/fhir/patient/alice',
    '/fhir/Unicorn/1',
    '/fhir/__proto__/1',
    '/fhir/constructor',
    `/fhir/Patient/${'a'.repeat(65)}`,
    `/fhir/Observation?code=${'a'.repeat(9_000)}%`,
    '*',
    '/',
    '/fhir/$',
    '/fhir/metadata/x',
    '/fhir/_page/',
    '/fhir/Patient/_search/x',
    '/fhir/Patient/alice/_history/..',
    '/fhir?',
    '/fhir/Patient?&',
    '/fhir/;/x',
    '/fhir/Patient;x=1',
  ]
  test.each(targets)('%s: a refusal, never a 5xx, and nothing sent upstream', async (target) => {
    const { port } = proxy.address() as AddressInfo
    const token = await tokenOf({ scope: 'patient/*.cruds' })
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('error', reject)
      socket.on('end', () => resolve(text))
      socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(seen).toEqual([])
  })
})
