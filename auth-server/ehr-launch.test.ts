// EHR launch over HTTP: the EHR's authenticated call, the opaque id, and every way to misuse it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { memoryStore } from './storage/memory.ts'
import { type AssertionParts, apiClient, requestOwnToken, assertion as signAssertion } from './testing/api-client.ts'
import { FHIR_BASE, type Fixture, ISSUER, oidOf, startAuthServer, TENANT } from './testing/auth-server-fixture.ts'
import { authorizeUrl, begin, redeemCode, share } from './testing/launch-flow.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

const assertion = (parts: AssertionParts = {}) => signAssertion(fixture, parts)
const tokenFor = (client_assertion: string, changed: Record<string, string> = {}) =>
  requestOwnToken(fixture, { client_assertion, ...changed })

async function openLaunch(context: Record<string, unknown>) {
  const { body } = await tokenFor(await assertion())
  const answer = await request(fixture.server)
    .post('/launch')
    .set('authorization', `Bearer ${body.access_token}`)
    .send({ client_id: 'app', ...context })
  return answer
}

const SCOPE = 'openid fhirUser launch patient/Patient.rs'
const CHART = {
  patient: 'ana',
  encounter: 'visit-1',
  need_patient_banner: false,
  smart_style_url: 'https://ehr.test/style.json',
  intent: 'order-review',
}
const WEI = { tid: TENANT, oid: oidOf('wei') }

test('EHR-03, TOK-08, TOK-09: the launch context arrives with the token and again at refresh', async () => {
  const { body } = await openLaunch({ ...CHART, user: WEI })
  const { browser, page } = await begin(fixture.server, 'wei', {
    launch: body.launch,
    scope: `${SCOPE} offline_access`,
  })
  const callback = await share(browser, page, 'wei', ['patient/Patient.rs', 'offline_access'])
  const tokens = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
  expect(tokens.body).toMatchObject(CHART)
  const refreshed = await request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token: tokens.body.refresh_token })
  expect(refreshed.body).toMatchObject(CHART)
})

describe('EHR-04, SEC-03, SEED-13: a launch id is opaque, single use, and of one client', () => {
  const errorOf = async (changed: Record<string, string>) => {
    const answer = await request(fixture.server)
      .get(authorizeUrl({ scope: SCOPE, ...changed }))
      .redirects(0)
    return new URL(String(answer.headers.location), ISSUER).searchParams.get('error')
  }

  test('used twice', async () => {
    const { body } = await openLaunch({ ...CHART, user: WEI })
    expect(await errorOf({ launch: body.launch })).toBeNull()
    expect(await errorOf({ launch: body.launch })).toBe('invalid_request')
  })
  test('made up', async () => expect(await errorOf({ launch: 'made-up' })).toBe('invalid_request'))
  test('another client', async () => {
    const { body } = await openLaunch(CHART)
    const narrow = {
      client_id: 'narrow-app',
      redirect_uri: 'https://narrow.test/callback',
      scope: 'launch patient/Observation.rs',
    }
    expect(await errorOf({ ...narrow, launch: body.launch })).toBe('invalid_request')
  })
  test('fifty at once: one wins', async () => {
    const { body } = await openLaunch(CHART)
    const errors = await Promise.all(Array.from({ length: 50 }, () => errorOf({ launch: body.launch })))
    expect(errors.filter((error) => error === null)).toHaveLength(1)
  })
})

describe('EHR-05: launch fixation', () => {
  const endOf = async (context: Record<string, unknown>, person: 'ana' | 'ben' | 'wei') => {
    const { body } = await openLaunch(context)
    const { page } = await begin(fixture.server, person, { launch: body.launch, scope: SCOPE })
    return page.status === 200 ? 'consent' : new URL(String(page.headers.location)).searchParams.get('error')
  }
  test('names another user', async () => expect(await endOf({ ...CHART, user: WEI }, 'ben')).toBe('access_denied'))
  test('names no user, patient out of reach', async () => expect(await endOf(CHART, 'ben')).toBe('access_denied'))
  test('names a patient as user, and another’s chart', async () => {
    const ana = { tid: TENANT, oid: oidOf('ana') }
    expect(await endOf({ patient: 'ben', user: ana }, 'ana')).toBe('access_denied')
  })
  test('a visit of nobody, or of another patient', async () => {
    expect(await endOf({ ...CHART, encounter: 'none', user: WEI }, 'wei')).toBe('access_denied')
    expect(await endOf({ ...CHART, patient: 'carl', user: WEI }, 'wei')).toBe('access_denied')
  })
  test('names no user, patient in reach', async () => expect(await endOf(CHART, 'ana')).toBe('consent'))
})

test('REF-09, EHR-05: an EHR vouches while its chart is open; for one that it forgot, the own reach counts again', async () => {
  let hours = 0
  const later = await startAuthServer({ store: memoryStore(() => Date.now() + hours * 3_600_000) })
  const ehr = await apiClient(later, '__launch')
  const refresh = (refresh_token: string) =>
    request(later.server)
      .post('/token')
      .type('form')
      .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })
  const tokenOf = async (patient: string) => {
    const { body } = await ehr.post('/launch').send({ client_id: 'app', patient, user: WEI }).expect(201)
    const scope = `${SCOPE} offline_access`
    const { browser, page } = await begin(later.server, 'wei', { launch: body.launch, scope })
    const callback = await share(browser, page, 'wei', ['patient/Patient.rs', 'offline_access'])
    return (await redeemCode(later.server, String(callback.searchParams.get('code')))).body.refresh_token
  }
  const [outOfReach, inReach] = [await tokenOf('ben'), await tokenOf('ana')]
  const renewed = await refresh(outOfReach)
  expect(renewed.status).toBe(200)
  hours = 25
  expect((await refresh(renewed.body.refresh_token)).body.error).toBe('invalid_grant')
  expect((await refresh(inReach)).status).toBe(200)
  await later.close()
})

test('EHR-06: the launch scope without a launch is dropped, and the patient found otherwise', async () => {
  const { browser, page } = await begin(fixture.server, 'ana', { scope: SCOPE })
  const callback = await share(browser, page, 'ana', ['patient/Patient.rs'])
  const { body } = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
  expect(body.scope.split(' ')).not.toContain('launch')
  expect(body.patient).toBe('ana')
})

describe('POST /launch is for authenticated EHRs alone (EHR-10, INT-03, SEED-13)', () => {
  const post = (token: string | undefined, body: unknown) => {
    const sending = request(fixture.server).post('/launch')
    if (token !== undefined) sending.set('authorization', `Bearer ${token}`)
    return sending.send(body as object)
  }
  test('a body that is too large is invalid_request, not a page', async () => {
    const token = (await tokenFor(await assertion())).body.access_token
    const answer = await post(token, { client_id: 'app', intent: 'x'.repeat(20_000) })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
  })
  test('no token, garbage', async () => {
    expect((await post(undefined, {})).status).toBe(401)
    expect((await post('garbage', {})).status).toBe(401)
  })
  test('a SMART access token is for the FHIR base, not for this API', async () => {
    const { browser, page } = await begin(fixture.server, 'ana')
    const callback = await share(browser, page, 'ana', ['patient/Patient.rs'])
    const { body } = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
    expect((await post(body.access_token, { client_id: 'app', patient: 'ben' })).status).toBe(401)
  })
  test.each([
    ['unknown member', { client_id: 'app', access_token: 'x' }],
    ['unknown client', { client_id: 'nobody' }],
    ['encounter without patient', { client_id: 'app', encounter: 'e' }],
    ['TOK-13: Patient in fhirContext', { client_id: 'app', fhirContext: [{ reference: 'Patient/ben' }] }],
    ['id with a path', { client_id: 'app', patient: '../ben' }],
    ['script as style', { client_id: 'app', smart_style_url: 'javascript:alert(1)' }],
  ])('refuses %s', async (_name, body) => {
    const token = (await tokenFor(await assertion())).body.access_token
    expect((await post(token, body)).body.error).toBe('invalid_request')
  })
})

describe('CLI-02, CLI-04: client assertions', () => {
  test('a replayed one', async () => {
    const once = await assertion()
    expect((await tokenFor(once)).status).toBe(200)
    expect((await tokenFor(once)).status).toBe(401)
  })
  test('fifty at once: one wins', async () => {
    const once = await assertion()
    const answers = await Promise.all(Array.from({ length: 50 }, () => tokenFor(once)))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  })
  test.each([
    ['an hour long', { expiresInSeconds: 3600 }],
    ['for the issuer', { aud: ISSUER }],
    ['with a jku', { header: { jku: 'https://evil.test/jwks' } }],
    ['of an unknown key', { header: { kid: 'other' } }],
  ])('refuses one %s', async (_name, changed) => {
    const answer = await tokenFor(await assertion(changed))
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
  })
  test('an EHR gets no FHIR scopes, and an app no API scopes', async () => {
    const fhir = await tokenFor(await assertion(), { scope: 'system/*.rs', resource: FHIR_BASE })
    expect([fhir.status, fhir.body.error]).toEqual([400, 'invalid_scope'])
  })
})

describe('an app that the hospital has approved for its staff', () => {
  const start = async (
    person: 'ana' | 'wei',
    changed: Record<string, string>,
    launched: Record<string, unknown> = {},
  ) => {
    const { body } = await openLaunch({ ...CHART, client_id: 'ward-app', ...launched })
    return begin(fixture.server, person, {
      client_id: 'ward-app',
      launch: body.launch,
      scope: `${SCOPE} user/Observation.rs`,
      // Apps do not send it; the other tests do, to see the page.
      prompt: undefined,
      ...changed,
    })
  }
  const isAsked = (page: { status: number; text: string }) =>
    page.status === 200 && page.text.includes('name="decision"')

  test('opens for a clinician without a page, with what it asked for and nothing to come back with', async () => {
    const { page } = await start('wei', {}, { user: WEI })
    expect(page.status).toBe(303)
    const code = new URL(String(page.headers.location)).searchParams.get('code')
    const { body } = await redeemCode(fixture.server, String(code), { client_id: 'ward-app' })
    expect(body).toMatchObject({ patient: 'ana', scope: `${SCOPE} user/Observation.rs` })
    expect(body).not.toHaveProperty('refresh_token')
  })

  test.each([
    ['a patient is asked', 'ana', {}, { user: { tid: TENANT, oid: oidOf('ana') } }],
    ['access while nobody is there is asked about', 'wei', { scope: `${SCOPE} offline_access` }, { user: WEI }],
    ['who wants to be asked is asked', 'wei', { prompt: 'consent' }, { user: WEI }],
    ['another app is asked about', 'wei', { client_id: 'app' }, { user: WEI, client_id: 'app' }],
  ] as const)('%s', async (_name, person, changed, launched) => {
    const { page } = await start(person, changed, launched)
    expect(page.status).toBe(200)
    expect(page.text).toContain('name="decision"')
  })

  test('outside of an open chart it asks as any other', async () => {
    const { page } = await begin(fixture.server, 'wei', { client_id: 'ward-app', scope: 'openid user/Observation.rs' })
    expect(isAsked(page)).toBe(true)
  })

  test('SEED-21: what the hospital answered is not remembered as the clinician’s own answer', async () => {
    expect((await start('wei', {}, { user: WEI })).page.status).toBe(303)
    const api = await apiClient(fixture, '__clients')
    expect((await api.patch('/clients/ward-app').send({ staff_approved: false })).status).toBe(200)
    expect(isAsked((await start('wei', {}, { user: WEI })).page)).toBe(true)
  })
})
