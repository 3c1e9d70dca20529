// What must not leak and must not be used twice: logs, stored records, addresses, races.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import Koa from 'koa'
import { pino } from 'pino'
import request from 'supertest'
import type { Revocation } from '../../smart/revocation.ts'
import { fixedOrigin } from '../front/origin.ts'
import { securityHeaders } from '../front/security-headers.ts'
import { memoryStore } from '../storage/memory.ts'
import type { RecordStore } from '../storage/record-store.ts'
import { apiClient, assertion, requestOwnToken } from '../testing/api-client.ts'
import { APP_SECRET, type Fixture, oidOf, startAuthServer, TENANT } from '../testing/auth-server-fixture.ts'
import { authorizeUrl, redeemCode, VERIFIER } from '../testing/launch-flow.ts'
import { answerOf, tokensOf } from '../testing/whole-launch.ts'

const lines: string[] = []
/** Every record that was ever written, as text. */
const written: string[] = []
let fixture: Fixture
beforeAll(async () => {
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  fixture = await startAuthServer({ log, store: recorded(memoryStore()) })
})
afterAll(() => fixture.close())

function recorded(store: RecordStore): RecordStore {
  const record = <T>(value: T): T => {
    written.push(JSON.stringify(value))
    return value
  }
  return {
    ...store,
    insert: (kind, id, value, lifetime) => store.insert(kind, id, record(value), lifetime),
    put: (kind, id, value, lifetime) => store.put(kind, id, record(value), lifetime),
    replace: (kind, id, version, value, lifetime) => store.replace(kind, id, version, record(value), lifetime),
  }
}

const SCOPE = 'openid fhirUser launch/patient patient/Patient.rs offline_access'
const WEI = { tid: TENANT, oid: oidOf('wei') }
const refresh = (refresh_token: string) =>
  request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })

/** Everything that a thief could use, after a day of good and bad requests. */
async function secretsOfADay(): Promise<Record<string, string>> {
  const answer = await answerOf(fixture, 'ana', { scope: SCOPE })
  const code = String(answer.get('code'))
  const { body: first } = await redeemCode(fixture.server, code)
  const { body: second } = await refresh(first.refresh_token)
  const ehr = await apiClient(fixture, '__launch')
  const { body: opened } = await ehr.post('/launch').send({ client_id: 'app', patient: 'ana', user: WEI })
  const launched = await tokensOf(fixture, 'wei', {
    scope: `${SCOPE} launch`,
    changed: { launch: opened.launch },
  })
  // The one above has been used, and stands in the request that used it.
  const { body: unused } = await ehr.post('/launch').send({ client_id: 'app', patient: 'ana', user: WEI })
  const own = await requestOwnToken(fixture)
  const signed = await assertion(fixture)
  // Refusals are where details are logged.
  await redeemCode(fixture.server, code)
  await refresh(second.refresh_token.slice(1))
  await requestOwnToken(fixture, { client_assertion: signed, scope: 'nothing' })
  await requestOwnToken(fixture, { client_assertion: signed })
  await request(fixture.server).get(authorizeUrl({ launch: opened.launch, scope: 'launch patient/Patient.rs' }))
  await request(fixture.server).get(authorizeUrl({ redirect_uri: 'https://evil.test', launch: opened.launch }))
  await request(fixture.server).get(authorizeUrl({ scope: `${SCOPE} system/Patient.rs?name=${NAME}` }))
  for (const secret of [APP_SECRET, 'a-wrong-secret-that-is-almost-right']) {
    await request(fixture.server)
      .post('/token/introspection')
      .auth('secret-app', secret)
      .type('form')
      .send({ token: first.access_token })
  }
  await request(fixture.server).post('/token/revocation').type('form').send({ token: first.access_token })
  await request(fixture.server)
    .post('/launch')
    .set('authorization', `Bearer ${first.access_token}`)
    .send({ client_id: 'app' })
  return {
    code,
    'access token': first.access_token,
    'refresh token': first.refresh_token,
    'rotated refresh token': second.refresh_token,
    'id token': first.id_token,
    'launch id': unused.launch,
    'token of a launch': launched.body.access_token,
    'token of an EHR': own.body.access_token,
    'client assertion': signed,
    'client secret': APP_SECRET,
    'a wrong secret': 'a-wrong-secret-that-is-almost-right',
    verifier: VERIFIER,
  }
}

/** Of a record, in a condition of a scope. */
const NAME = 'a-name-that-nobody-should-read'

describe('after a day of good and bad requests', () => {
  let secrets: [string, string][]
  beforeAll(async () => {
    secrets = Object.entries(await secretsOfADay())
    for (const [name, secret] of secrets) expect([name, String(secret).length > 20]).toEqual([name, true])
  })

  test('SEC-01: no token, code or secret is in a log line, at any level', () => {
    expect(lines.length).toBeGreaterThan(3)
    const told = lines.join('')
    expect(secrets.filter(([, secret]) => told.includes(secret)).map(([name]) => name)).toEqual([])
  })

  test('SEC-06: no condition of a scope is in a log line', () => {
    const dropped = lines.filter((line) => line.includes('system/Patient.rs'))
    expect([dropped.length > 0, lines.join('').includes(NAME)]).toEqual([true, false])
  })

  test('SEC-04: nothing stored can be used as a token, code or secret', () => {
    expect(written.length).toBeGreaterThan(20)
    const kept = written.join('')
    // The signature is what makes a token one.
    const usable = secrets.map(([name, secret]) => [name, secret.split('.')[2] ?? secret] as const)
    expect(usable.filter(([, secret]) => kept.includes(secret)).map(([name]) => name)).toEqual([])
  })

  test('SEC-06: tokens given, requests refused and access ended are in the log', () => {
    type Line = {
      OperationName?: string
      ResultType?: string
      CallerIdentity?: { clientId?: string; subject?: string }
      Properties?: { grant?: string; reason?: string }
    }
    const acts = lines
      .map((line) => JSON.parse(line) as Line)
      .map(({ OperationName, ResultType, CallerIdentity, Properties }) => ({
        operation: OperationName,
        result: ResultType,
        client: CallerIdentity?.clientId,
        ...Properties,
      }))
    const of = (expected: object) => expect.objectContaining(expected)
    const given = acts.find(({ operation, client }) => operation === 'token' && client === 'app')
    expect(given).toMatchObject({ result: 'Succeeded', grant: expect.any(String) })
    expect(acts).toContainEqual(of({ operation: 'refresh', client: 'app', grant: given?.grant }))
    expect(acts).toContainEqual(of({ operation: 'token', client: 'ehr', result: 'Succeeded' }))
    // The code was used twice.
    expect(acts).toContainEqual(of({ operation: 'end-access', reason: 'grant', grant: given?.grant }))
    expect(acts).toContainEqual(of({ operation: 'token', client: 'app', reason: 'invalid_grant', result: 'Failed' }))
    expect(acts).toContainEqual(of({ operation: 'authorization', client: 'app', result: 'Failed' }))
  })
})

test.each([
  ['https', 'max-age=31536000'],
  ['http', undefined],
])('SEC-01: browsers are held to TLS where the issuer has it: %s', async (protocol, expected) => {
  const app = new Koa({ proxy: true })
  app.use(fixedOrigin(`${protocol}://smart.test`))
  app.use(securityHeaders(pino({ level: 'silent' }), []))
  app.use(async (ctx) => {
    ctx.body = 'ok'
  })
  const answer = await request(app.callback()).get('/').set('x-forwarded-proto', 'gopher')
  expect(answer.headers['strict-transport-security']).toBe(expected)
})

test('SEC-01: what the app is sent back with holds a code and no token', async () => {
  const answer = await answerOf(fixture, 'ana', { scope: SCOPE })
  expect([...answer.keys()].sort()).toEqual(['code', 'iss', 'state'])
})

test('SEC-02, OID-05: what the library offers and nobody needs is off', async () => {
  const { body } = await request(fixture.server).get('/.well-known/openid-configuration')
  expect(body).toMatchObject({ response_types_supported: ['code'], code_challenge_methods_supported: ['S256'] })
  expect(body.grant_types_supported).not.toContain('implicit')
  expect(body.grant_types_supported).not.toContain('password')
  for (const member of [
    'userinfo_endpoint',
    'end_session_endpoint',
    'pushed_authorization_request_endpoint',
    'device_authorization_endpoint',
    'dpop_signing_alg_values_supported',
  ]) {
    expect(body).not.toHaveProperty(member)
  }
  for (const path of ['/me', '/request', '/session/end', '/device', '/device/auth', '/backchannel', '/reg']) {
    expect([path, (await request(fixture.server).post(path)).status]).toEqual([path, 404])
  }
  const asked = await request(fixture.server)
    .get(authorizeUrl({ request: 'a.b.c' }))
    .redirects(0)
  expect(String(asked.headers.location)).toContain('error=request_not_supported')
})

describe('SEC-03: of fifty at once one wins', () => {
  const fifty = <T>(once: () => PromiseLike<T>): Promise<T[]> => Promise.all(Array.from({ length: 50 }, once))
  const count = (answers: { status: number }[]) => answers.filter(({ status }) => status === 200).length

  test('with a code; the tokens of a code that was raced for are dead, and another person’s are not', async () => {
    const other = await tokensOf(fixture, 'ben', { scope: SCOPE })
    const code = String((await answerOf(fixture, 'ana', { scope: SCOPE })).get('code'))
    const answers = await fifty(() => redeemCode(fixture.server, code))
    expect(count(answers)).toBeLessThanOrEqual(1)
    const winner = answers.find(({ status }) => status === 200)
    if (winner !== undefined) expect((await refresh(winner.body.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(other.body.refresh_token)).status).toBe(200)
  })
  test('with a refresh token, and the winner’s goes on', async () => {
    const { body } = await tokensOf(fixture, 'ana', { scope: SCOPE })
    const answers = await fifty(() => refresh(body.refresh_token))
    expect(count(answers)).toBe(1)
    const winner = answers.find(({ status }) => status === 200)
    expect((await refresh(winner?.body.refresh_token)).status).toBe(200)
  })
  test('with a client assertion', async () => {
    const client_assertion = await assertion(fixture)
    expect(count(await fifty(() => requestOwnToken(fixture, { client_assertion })))).toBe(1)
  })
})

test('SEC-06, REF-07: what is revoked is told to the proxies by its id, never by the token', async () => {
  const { body } = await tokensOf(fixture, 'ana', { scope: SCOPE })
  await request(fixture.server)
    .post('/token/revocation')
    .type('form')
    .send({ client_id: 'app', token: body.refresh_token })
  const told: Revocation[] = fixture.revocations
  expect(told.some(({ kind }) => kind === 'grant')).toBe(true)
  expect(JSON.stringify(told)).not.toContain(body.refresh_token)
})
