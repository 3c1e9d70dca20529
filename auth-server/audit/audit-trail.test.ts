// What the audit trail says of the authorization server: each act once, with the ids of who, what and whose; and in the log
// without those of patients.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import request from 'supertest'
import type { AuthenticationRecord } from '../../smart/audit/audit.ts'
import { apiClient, requestOwnToken } from '../testing/api-client.ts'
import { type Fixture, ISSUER, oidOf, startAuthServer, subOf, TENANT } from '../testing/auth-server-fixture.ts'
import { Browser } from '../testing/browser.ts'
import { authorizeUrl, begin, follow, formOf, redeemCode } from '../testing/launch-flow.ts'
import { answerOf, tokensOf } from '../testing/whole-launch.ts'
import { auditTrail } from './audit-trail.ts'

let lines: string[]
let fixture: Fixture
beforeEach(async () => {
  lines = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  fixture = await startAuthServer({ log, rateLimits: { trustedHops: 1, factor: 0 } })
})
afterEach(() => fixture.close())

/** In their order, without what differs from run to run. */
const acts = () =>
  (fixture.audited as AuthenticationRecord[]).map(({ operation, outcome, reason, actor, target, grant }) => ({
    operation,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    actor,
    ...(target === undefined ? {} : { target }),
    hasGrant: grant !== undefined,
  }))
const WEI = { clientId: 'app', subject: subOf('wei'), person: 'Practitioner/wei', patient: 'carl' }
const SCOPE = 'openid fhirUser launch/patient user/Patient.rs patient/Patient.rs offline_access'

test('SEC-06, CTX-08: a launch: who signed in, who was chosen, what was given to which app', async () => {
  const { body } = await tokensOf(fixture, 'wei', { scope: SCOPE, patient: 'carl' })
  await request(fixture.server)
    .post('/token')
    .type('form')
    .set('X-Forwarded-For', '192.0.2.7')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token: body.refresh_token })
  expect(acts()).toEqual([
    { operation: 'sign-in', outcome: 'allowed', actor: { subject: subOf('wei') }, hasGrant: false },
    { operation: 'consent', outcome: 'allowed', actor: WEI, hasGrant: true },
    { operation: 'token', outcome: 'allowed', actor: { ...WEI, issuer: ISSUER }, hasGrant: true },
    { operation: 'refresh', outcome: 'allowed', actor: { ...WEI, issuer: ISSUER }, hasGrant: true },
  ])
  const grants = fixture.audited.flatMap((record) => (record as AuthenticationRecord).grant ?? [])
  expect(new Set(grants).size).toBe(1)
  expect(fixture.audited.at(-1)).toMatchObject({
    address: '192.0.2.7',
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
})

describe('SEC-06: refusals, each with its code', () => {
  test('who does not sign in, does not share, or has no such code', async () => {
    const browser = new Browser(fixture.server)
    const away = await browser.get(authorizeUrl())
    const left = await follow(browser, await browser.get(String(away.headers.location)), 'nobody' as 'ana')
    expect(String(left.headers.location)).toContain('error=access_denied')
    const { browser: other, page } = await begin(fixture.server, 'ana')
    const { action, csrf } = formOf(page)
    await other.post(action, { csrf, decision: 'deny' })
    await redeemCode(fixture.server, 'no-such-code')
    await request(fixture.server).get(authorizeUrl({ code_challenge: undefined }))
    expect(acts().map(({ operation, outcome, reason, actor }) => [operation, outcome, reason, actor])).toEqual([
      ['sign-in', 'denied', 'not-signed-in', {}],
      ['authorization', 'denied', 'access_denied', { clientId: 'app' }],
      ['sign-in', 'allowed', undefined, { subject: subOf('ana') }],
      ['consent', 'denied', 'access_denied', { clientId: 'app', subject: subOf('ana') }],
      ['token', 'denied', 'invalid_grant', { clientId: 'app' }],
      ['authorization', 'denied', 'invalid_request', { clientId: 'app' }],
    ])
  })

  test('calls of our APIs without a token, without the scope, with a fault', async () => {
    await request(fixture.server).get('/links')
    const ehr = await apiClient(fixture, '__launch')
    await ehr.get('/links')
    await ehr.post('/launch').send({ client_id: 'no-such-app', patient: 'ana' })
    expect(
      acts().map(({ operation, outcome, reason, actor, target }) => [operation, outcome, reason, actor, target]),
    ).toEqual([
      ['GET /links', 'denied', 'invalid_token', {}, undefined],
      ['token', 'allowed', undefined, { clientId: 'ehr', issuer: ISSUER }, undefined],
      ['GET /links', 'denied', 'insufficient_scope', { clientId: 'ehr' }, undefined],
      [
        'POST /launch',
        'failed',
        'invalid_request',
        { clientId: 'ehr' },
        { clientId: 'no-such-app', record: 'Patient/ana' },
      ],
    ])
  })
})

test('SEC-06, SEED-48: what operators change: on whom, and what ends by it', async () => {
  const { body } = await requestOwnToken(fixture, { scope: '__launch __links __grants __clients' })
  const as = (method: 'get' | 'post' | 'delete' | 'patch', path: string) =>
    request(fixture.server)[method](path).set('authorization', `Bearer ${body.access_token}`)
  const ben = { tid: TENANT, oid: oidOf('ben') }
  await as('post', '/links').send({ account: ben, person: 'Patient/carl' })
  await as('get', '/links?person=Patient/carl')
  await as('get', `/grants?tid=${TENANT}&oid=${oidOf('ben')}`)
  await as('delete', `/links/${subOf('ben')}/Patient/carl`)
  await as('post', '/accounts/disable').send({ account: ben })
  await as('post', '/clients/narrow-app/disable')
  await as('post', '/launch').send({ client_id: 'app', patient: 'ana' })
  const done = acts().filter(({ operation }) => operation !== 'token')
  expect(done.map(({ operation, reason, target }) => [operation, reason, target])).toEqual([
    ['POST /links', undefined, { subject: subOf('ben'), record: 'Patient/carl' }],
    ['GET /links', undefined, { record: 'Patient/carl' }],
    ['GET /grants', undefined, { subject: subOf('ben') }],
    ['DELETE /links/{sub}/{type}/{id}', undefined, { subject: subOf('ben'), record: 'Patient/carl' }],
    ['end-access', 'user', { subject: subOf('ben') }],
    ['POST /accounts/disable', undefined, { subject: subOf('ben') }],
    ['end-access', 'client', { clientId: 'narrow-app' }],
    ['POST /clients/{id}/disable', undefined, { clientId: 'narrow-app' }],
    ['POST /launch', undefined, { clientId: 'app', record: 'Patient/ana' }],
  ])
})

test('SEC-06: what a person ends: an app, a session', async () => {
  await answerOf(fixture, 'ana', { scope: 'openid launch/patient patient/Patient.rs offline_access' })
  const browser = new Browser(fixture.server)
  const page = await follow(browser, await browser.get('/apps'), 'ana')
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? []
  const [, id = ''] = /href="\/apps\/([\w-]{43})"/.exec(page.text) ?? []
  fixture.audited.splice(0)
  await browser.post(`/apps/${id}/stop`, { csrf })
  await browser.post('/apps/signout', { csrf })
  expect(acts()).toEqual([
    { operation: 'end-access', outcome: 'allowed', reason: 'grant', actor: {}, hasGrant: true },
    {
      operation: 'stop-app',
      outcome: 'allowed',
      actor: { subject: subOf('ana') },
      target: { clientId: 'app' },
      hasGrant: true,
    },
    { operation: 'sign-out', outcome: 'allowed', actor: { subject: subOf('ana') }, hasGrant: false },
  ])
})

test('SEED-66: each act is a line of the log too, without whose record and as whom', async () => {
  await tokensOf(fixture, 'wei', { scope: SCOPE, patient: 'carl' })
  const audited = lines.filter((line) => line.includes('"LogCategory":"AuditLogs"'))
  expect(audited).toHaveLength(fixture.audited.length)
  expect(lines.join('')).not.toMatch(/carl|Practitioner\/wei/)
  expect(JSON.parse(audited[1] ?? '')).toMatchObject({
    OperationName: 'consent',
    CallerIdentity: { clientId: 'app', subject: subOf('wei') },
    Properties: { id: fixture.audited[1]?.id },
  })
})

test('SEED-66: a record that cannot be stored is told of, without its content', async () => {
  const told: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void told.push(line) })
  const failed = Promise.withResolvers<void>()
  const trail = auditTrail({
    audited: pino({ level: 'silent' }),
    rows: {
      put: async () => {
        failed.resolve()
        throw Object.assign(new Error('PUT /audit(Patient-carl)'), { code: 'REQUEST_SEND_ERROR' })
      },
    },
    trustedHops: 0,
    now: Date.now,
    log,
  })
  trail.record(undefined, { operation: 'consent', actor: WEI })
  await failed.promise
  await new Promise((resolve) => setImmediate(resolve))
  expect(told.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'an audit record is lost', error: 'REQUEST_SEND_ERROR' },
  ])
  expect(told.join('')).not.toContain('carl')
})
