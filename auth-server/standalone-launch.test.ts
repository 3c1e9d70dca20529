// Standalone launch over HTTP, from the app's request to its tokens.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request from 'supertest'
import { FHIR_BASE, type Fixture, ISSUER, REACH, startAuthServer, subOf } from './testing/auth-server-fixture.ts'
import { Browser } from './testing/browser.ts'
import { authorizeUrl, begin, follow, formOf, redeemCode, share } from './testing/launch-flow.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

const SHARED = ['patient/Patient.rs', 'patient/Observation.rs', 'offline_access']

async function tokensOf(scopes: string[], scope?: string) {
  const { browser, page } = await begin(fixture.server, 'ana', scope === undefined ? {} : { scope })
  const callback = await share(browser, page, 'ana', scopes)
  return (await redeemCode(fixture.server, String(callback.searchParams.get('code')))).body
}

test('CTX-01, OID-01, TOK-04, TOK-08, TOK-18, SEED-09, SEED-12: a patient shares all, and the app gets her id, an id_token and a refresh token', async () => {
  const { browser, page } = await begin(fixture.server, 'ana')
  expect(page.text).toContain('Name of ana')
  const callback = await share(browser, page, 'ana', SHARED)
  expect(callback.searchParams.get('state')).toBe('the-state-of-the-app')
  expect(callback.searchParams.get('iss')).toBe(ISSUER)
  const answer = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
  expect(answer.status).toBe(200)
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
  expect(answer.body).toMatchObject({ token_type: 'Bearer', patient: 'ana', expires_in: 3600 })
  expect(answer.body.refresh_token).toBeTruthy()
  const access = decodeJwt(answer.body.access_token)
  expect(access).toMatchObject({
    iss: ISSUER,
    aud: FHIR_BASE,
    sub: subOf('ana'),
    client_id: 'app',
    patient: 'ana',
    person: 'Patient/ana',
    fhirUser: `${FHIR_BASE}/Patient/ana`,
  })
  expect(String(answer.body.scope).split(' ').sort()).toEqual(
    ['openid', 'fhirUser', 'launch/patient', ...SHARED].sort(),
  )
  expect(decodeJwt(answer.body.id_token)).toMatchObject({
    iss: ISSUER,
    aud: 'app',
    fhirUser: `${FHIR_BASE}/Patient/ana`,
  })
})

test('AUTHZ-21, TOK-07: what is switched off is missing from the scope, and only that', async () => {
  const tokens = await tokensOf(['patient/Patient.rs', 'offline_access'])
  expect(tokens.scope).not.toContain('Observation')
  expect(decodeJwt(tokens.access_token).scope).toBe(tokens.scope)
  expect(tokens.patient).toBe('ana')
})

test('REF-01: without offline_access left on there is no refresh token', async () => {
  expect(await tokensOf(['patient/Patient.rs'])).not.toHaveProperty('refresh_token')
})

test('SCP-12: a scope that was never asked for cannot be had by posting it', async () => {
  const tokens = await tokensOf(['patient/Patient.rs', 'patient/*.cruds', 'user/*.cruds'])
  expect(tokens.scope).not.toContain('*')
})

test('SCP-03, AUTHZ-20, SEED-38: a v1 scope is granted in v1 form; system/ and junk are dropped', async () => {
  const tokens = await tokensOf(
    ['patient/*.read'],
    'launch/patient patient/*.read system/*.read nonsense patient/Nope.r',
  )
  expect(tokens.scope).toBe('launch/patient patient/*.read')
})

test('AUTHZ-21: nothing switched on: the page asks again and nothing is granted', async () => {
  const { browser, page } = await begin(fixture.server, 'ana')
  const { action, csrf } = formOf(page)
  const choices = await follow(browser, await browser.post(action, { csrf, decision: 'choose' }), 'ana')
  const form = { csrf: formOf(choices).csrf, decision: 'check', dates: 'all', until: 'now' }
  const again = await browser.post(formOf(choices).action, form)
  expect(again.status).toBe(400)
  expect(again.text).toContain('at least one')
})

test('AUTHZ-23: the person does not share', async () => {
  const { browser, page } = await begin(fixture.server, 'ana')
  const { action, csrf } = formOf(page)
  const resume = await browser.post(action, { csrf, decision: 'deny' })
  const callback = new URL(String((await browser.get(String(resume.headers.location))).headers.location))
  expect(Object.fromEntries(callback.searchParams)).toMatchObject({
    error: 'access_denied',
    state: 'the-state-of-the-app',
  })
})

test('CTX-07: an account without a record is told so, and the app gets access_denied and the reason', async () => {
  const { browser, page } = await begin(fixture.server, 'noah')
  expect([page.status, page.headers.location]).toEqual([200, undefined])
  const { action, csrf } = formOf(page)
  const end = await follow(browser, await browser.post(action, { csrf, decision: 'deny' }), 'noah')
  const callback = new URL(String(end.headers.location))
  expect(callback.searchParams.get('error')).toBe('access_denied')
  expect(callback.searchParams.get('error_description')).toContain('no health record')
})

test('CTX-03, CTX-04, CTX-08, SEED-16: a clinician picks only whom she may open, whatever the form says', async () => {
  const { browser, page } = await begin(fixture.server, 'wei')
  expect(page.text).toContain('Name of carl')
  expect(page.text).not.toContain('Name of ben')
  const { action, csrf } = formOf(page)
  const refused = await browser.post(action, { csrf, patient: 'ben' })
  expect(refused.status).toBe(400)
  const chosen = await browser.post(action, { csrf, patient: 'carl' })
  const consent = await browser.get(String(chosen.headers.location))
  const callback = await share(browser, consent, 'wei', SHARED)
  const { body } = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
  expect(body.patient).toBe('carl')
  expect(decodeJwt(body.access_token).person).toBe('Practitioner/wei')
})

test('CTX-03: whom the clinician opened lately comes first, unless out of reach since', async () => {
  const orderOf = (text: string) => [...text.matchAll(/name="patient" value="([a-z]+)"/g)].map(([, id]) => id)
  const again = await begin(fixture.server, 'wei')
  expect(again.page.text).toContain('<h2>Opened lately</h2>')
  expect(orderOf(again.page.text)).toEqual(['carl', 'ana'])
  const { 'Practitioner/wei': whole = [] } = REACH
  REACH['Practitioner/wei'] = ['ana']
  try {
    const without = await begin(fixture.server, 'wei')
    expect(without.page.text).not.toContain('Opened lately')
    expect(orderOf(without.page.text)).toEqual(['ana'])
  } finally {
    REACH['Practitioner/wei'] = whole
  }
})

test('REF-03: refresh keeps the context, may narrow and never widens', async () => {
  const first = await tokensOf(SHARED)
  const refresh = (token: string, more = {}) =>
    request(fixture.server)
      .post('/token')
      .type('form')
      .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token: token, ...more })
  const wider = await refresh(first.refresh_token, { scope: 'patient/*.rs' })
  expect(wider.body.error).toBe('invalid_scope')
  const second = await refresh(first.refresh_token)
  expect(second.body).toMatchObject({ patient: 'ana', scope: first.scope })
  const narrowed = await refresh(second.body.refresh_token, { scope: 'patient/Patient.rs' })
  expect(narrowed.body.scope).toBe('patient/Patient.rs')
  expect((await refresh('garbage')).body.error).toBe('invalid_grant')
})

test('TOK-08, SEED-15: two launches of one person keep their own patients', async () => {
  const launch = async (patient: string) => {
    const { browser, page } = await begin(fixture.server, 'wei')
    const { action, csrf } = formOf(page)
    const chosen = await browser.post(action, { csrf, patient })
    const callback = await share(browser, await browser.get(String(chosen.headers.location)), 'wei', SHARED)
    return (await redeemCode(fixture.server, String(callback.searchParams.get('code')))).body
  }
  const [a, b] = [await launch('ana'), await launch('carl')]
  expect([a.patient, b.patient]).toEqual(['ana', 'carl'])
})

test('AUTHZ-13: two tabs of one browser, two people: both complete, each with the own record', async () => {
  const browser = new Browser(fixture.server)
  const first = await follow(browser, await browser.get(authorizeUrl({ state: 'tab-1' })), 'ana')
  const second = await follow(browser, await browser.get(authorizeUrl({ state: 'tab-2' })), 'ben')
  const callbacks = [await share(browser, second, 'ben', SHARED), await share(browser, first, 'ana', SHARED)]
  expect(callbacks.map((callback) => callback.searchParams.get('state'))).toEqual(['tab-2', 'tab-1'])
  const [ben, ana] = await Promise.all(
    callbacks.map((callback) => redeemCode(fixture.server, String(callback.searchParams.get('code')))),
  )
  expect([ben?.body.patient, ana?.body.patient]).toEqual(['ben', 'ana'])
})

test('AUTHZ-22: a consent page cannot be sent twice', async () => {
  const { browser, page } = await begin(fixture.server, 'ana')
  const { action, csrf } = formOf(page)
  await share(browser, page, 'ana', SHARED)
  const again = await browser.post(action, { csrf, decision: 'share', until: 'now' })
  expect(again.status).toBe(400)
})

test('REF-05, SEC-03: of two refreshes at once one wins, and the family lives on', async () => {
  const first = await tokensOf(SHARED)
  const refresh = (token: string) =>
    request(fixture.server)
      .post('/token')
      .type('form')
      .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token: token })
  const answers = await Promise.all([refresh(first.refresh_token), refresh(first.refresh_token)])
  const winners = answers.filter((answer) => answer.status === 200)
  expect(winners).toHaveLength(1)
  expect((await refresh(winners[0]?.body.refresh_token)).status).toBe(200)
})

describe('SCP-12: why a scope was trimmed', () => {
  const asked = 'openid launch/patient patient/Observation.rs patient/Condition.rs system/Patient.rs nonsense'
  const answerTo = async (changed: Record<string, string>, scopes: string[]) => {
    const { browser, page } = await begin(fixture.server, 'ana', { scope: asked, ...changed })
    const callback = await share(browser, page, 'ana', scopes)
    return (await redeemCode(fixture.server, String(callback.searchParams.get('code')), changed)).body
  }
  test('is told to a client in development', async () => {
    const narrow = { client_id: 'narrow-app', redirect_uri: 'https://narrow.test/callback' }
    const body = await answerTo(narrow, ['patient/Observation.rs'])
    expect(body.scope).toBe('openid launch/patient patient/Observation.rs')
    expect(body.__trimmed).toEqual([
      { scope: 'patient/Condition.rs', reason: 'not-registered' },
      { scope: 'system/Patient.rs', reason: 'system-in-a-persons-flow' },
      { scope: 'nonsense', reason: 'unknown' },
    ])
  })
  test('and to no other', async () => {
    expect(await answerTo({}, ['patient/Observation.rs'])).not.toHaveProperty('__trimmed')
  })
})
