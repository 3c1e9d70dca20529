// Launch context over HTTP: from an EHR's open chart, and chosen by people in a standalone launch.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { memoryStore } from '../storage/memory.ts'
import { apiClient } from '../testing/api-client.ts'
import { type Fixture, oidOf, type Person, REACH, startAuthServer, TENANT } from '../testing/auth-server-fixture.ts'
import { begin, follow, formOf, redeemCode, share } from '../testing/launch-flow.ts'
import { answerOf, tokensOf } from '../testing/whole-launch.ts'

let fixture: Fixture
let ehr: Awaited<ReturnType<typeof apiClient>>
beforeAll(async () => {
  fixture = await startAuthServer()
  ehr = await apiClient(fixture, '__launch')
})
afterAll(() => fixture.close())

const WEI = { tid: TENANT, oid: oidOf('wei') }
const SCOPE = 'openid launch patient/Patient.rs'

async function open(context: Record<string, unknown>): Promise<string> {
  const { body } = await ehr.post('/launch').send({ client_id: 'app', ...context })
  return body.launch
}
const launched = async (person: Person, context: Record<string, unknown>, scope = SCOPE) =>
  answerOf(fixture, person, { scope, changed: { launch: await open(context) } })

describe('from an EHR', () => {
  test('EHR-03: a launch id holds at least 128 random bits and tells nothing', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => open({ patient: 'ana', user: WEI })))
    expect(new Set(ids).size).toBe(20)
    for (const id of ids) {
      expect(id).toMatch(/^[A-Za-z0-9_-]{22,}$/)
      expect(`${id} ${Buffer.from(id, 'base64url')}`).not.toContain('ana')
    }
  })

  test('EHR-04, SEED-13: a launch id ends after five minutes; claimed, it goes on, and may be loaded again', async () => {
    let now = Date.now()
    const moving = await startAuthServer({ store: memoryStore(() => now), now: () => now })
    try {
      const api = await apiClient(moving, '__launch')
      const opened = async () => (await api.post('/launch').send({ client_id: 'app', patient: 'ana', user: WEI })).body
      const [late, claimed] = [await opened(), await opened()]
      const { browser, page } = await begin(moving.server, 'wei', { scope: SCOPE, launch: claimed.launch })
      now += 301_000
      const again = await browser.get(formOf(page).action)
      expect([page.status, again.status]).toEqual([200, 200])
      expect((await share(browser, again, 'wei', ['patient/Patient.rs'])).searchParams.has('code')).toBe(true)
      const refused = await begin(moving.server, 'wei', { scope: SCOPE, launch: late.launch })
      expect(String(refused.page.headers.location)).toContain('error=invalid_request')
    } finally {
      await moving.close()
    }
  })

  test('AUTHZ-09: a launch id that is changed on the way is none', async () => {
    const id = await open({ patient: 'ana', user: WEI })
    for (const changed of [`${id}x`, id.slice(1), ` ${id}`]) {
      const { page } = await begin(fixture.server, 'wei', { scope: SCOPE, launch: changed })
      expect(String(page.headers.location)).toContain('error=invalid_request')
    }
    const answer = await answerOf(fixture, 'wei', { scope: SCOPE, changed: { launch: id } })
    expect(answer.has('code')).toBe(true)
  })

  test('EHR-06: a launch id without the launch scope tells nothing of its chart, and is not used up', async () => {
    const launch = await open({ patient: 'ben', user: { tid: TENANT, oid: oidOf('ben') }, intent: 'secret-intent' })
    const { body } = await tokensOf(fixture, 'ana', { scope: 'openid patient/Patient.rs', changed: { launch } })
    expect(body.patient).toBe('ana')
    expect(JSON.stringify(body)).not.toContain('intent')
    const own = await answerOf(fixture, 'ben', { scope: SCOPE, changed: { launch } })
    expect(own.has('code')).toBe(true)
  })

  test('EHR-07: a chart without a patient: one is picked before patient scopes are granted', async () => {
    const launch = await open({ user: WEI, intent: 'order' })
    const { browser, page } = await begin(fixture.server, 'wei', { scope: SCOPE, launch })
    expect(page.text).toContain('Name of carl')
    const { action, csrf } = formOf(page)
    const early = await browser.post(action, { csrf, decision: 'share', until: 'now' })
    expect([early.status, early.headers.location]).toEqual([400, undefined])
    const consent = await follow(browser, await browser.post(action, { csrf, patient: 'carl' }), 'wei')
    const callback = await share(browser, consent, 'wei', ['patient/Patient.rs'])
    const { body } = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
    expect(body).toMatchObject({ patient: 'carl', intent: 'order' })
  })

  test('INT-02, TOK-08, TOK-09: a token of a launch is told with the whole context of its answer, at refresh too', async () => {
    const context = {
      patient: 'ana',
      encounter: 'visit-1',
      intent: 'reconcile',
      need_patient_banner: false,
      smart_style_url: 'https://ehr.test/style.json',
      tenant: 'north',
      fhirContext: [{ reference: 'ImagingStudy/1' }],
    }
    const scope = 'openid fhirUser launch patient/Patient.rs offline_access'
    const answer = await launched('wei', { ...context, user: WEI }, scope)
    const { body: first } = await redeemCode(fixture.server, String(answer.get('code')))
    const { body: second } = await request(fixture.server)
      .post('/token')
      .type('form')
      .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token: first.refresh_token })
    const api = await apiClient(fixture, '__introspect')
    for (const { access_token } of [first, second]) {
      const told = await api.post('/token/introspection').type('form').send({ token: access_token })
      expect(told.body).toMatchObject({
        active: true,
        ...context,
        fhirUser: expect.stringContaining('Practitioner/wei'),
      })
    }
    expect([first, second]).toEqual([expect.objectContaining(context), expect.objectContaining(context)])
  })

  test('EHR-08: launch/patient and launch/encounter do not ask for what the chart has', async () => {
    const scope = `${SCOPE} launch/patient launch/encounter`
    const answer = await launched('wei', { patient: 'ana', encounter: 'visit-1', user: WEI }, scope)
    const { body } = await redeemCode(fixture.server, String(answer.get('code')))
    expect(body).toMatchObject({ patient: 'ana', encounter: 'visit-1' })
  })
})

describe('standalone', () => {
  test.each([
    ['CTX-01: launch/patient', 'openid launch/patient', 'ana'],
    ['CTX-02: a patient scope alone', 'openid patient/Observation.rs', 'ana'],
    ['CTX-02: a v1 patient scope alone', 'patient/*.read', 'ana'],
    ['CTX-02: neither', 'openid user/Observation.rs', undefined],
  ])('%s', async (_name, scope, patient) => {
    const { body } = await tokensOf(fixture, 'ana', { scope })
    expect([body.patient, body.error]).toEqual([patient, undefined])
  })

  test('CTX-03: a patient is shown no list, a clinician the patients within reach', async () => {
    const { page: own } = await begin(fixture.server, 'ana', { scope: 'launch/patient patient/Patient.rs' })
    expect(own.text).not.toContain('name="patient"')
    const { page: list } = await begin(fixture.server, 'wei', { scope: 'launch/patient patient/Patient.rs' })
    const offered = [...list.text.matchAll(/name="patient" value="([^"]+)"/g)].map(([, id]) => id)
    expect(offered.sort()).toEqual([...(REACH['Practitioner/wei'] ?? [])].sort())
  })

  test('CTX-08: whom a clinician chose, and when, is kept with the grant; whom she may not open is not in it', async () => {
    const before = Date.now()
    await tokensOf(fixture, 'wei', { scope: 'launch/patient patient/Patient.rs', patient: 'carl' })
    const api = await apiClient(fixture, '__grants')
    const { body } = await api.get(`/grants?${new URLSearchParams(WEI)}`)
    const newest = body.grants.sort((a: { since: string }, b: { since: string }) => (a.since < b.since ? 1 : -1))[0]
    expect(newest).toMatchObject({ client_id: 'app', person: 'Practitioner/wei', patient: 'carl' })
    expect(Date.parse(newest.since)).toBeGreaterThanOrEqual(before)
    expect(JSON.stringify(body)).not.toContain('"ben"')
  })

  test('CTX-06: a context type that is not served is left out, and the rest goes on', async () => {
    const scope = 'openid launch/patient launch/imagingstudy?role=x patient/Patient.rs'
    const { body } = await tokensOf(fixture, 'ana', { scope })
    expect(body.scope).toBe('openid launch/patient patient/Patient.rs')
  })

  test('CTX-07: giving up at the list is access_denied', async () => {
    const { browser, page } = await begin(fixture.server, 'wei')
    const { action, csrf } = formOf(page)
    const end = await follow(browser, await browser.post(action, { csrf, decision: 'deny' }), 'wei')
    expect(new URL(String(end.headers.location)).searchParams.get('error')).toBe('access_denied')
  })

  describe('CTX-05: a visit', () => {
    const scope = 'openid launch/patient launch/encounter patient/Patient.rs'
    const pickVisit = async (patient: string, encounter: string) => {
      const { browser, page } = await begin(fixture.server, 'wei', { scope })
      const { action, csrf } = formOf(page)
      const visits = await follow(browser, await browser.post(action, { csrf, patient }), 'wei')
      const picked = await browser.post(action, { csrf: formOf(visits).csrf, encounter })
      return { browser, visits, picked }
    }
    test('that the person leaves out is not told, and its scope is not granted', async () => {
      const { browser, picked } = await pickVisit('ana', '')
      const callback = await share(browser, await follow(browser, picked, 'wei'), 'wei', ['patient/Patient.rs'])
      const { body } = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
      expect(body.scope).toBe('openid launch/patient patient/Patient.rs')
      expect(body).not.toHaveProperty('encounter')
    })
    test('is one of the chosen patient, and told with the token', async () => {
      const { browser, visits, picked } = await pickVisit('ana', 'visit-1')
      expect(visits.text).toContain('value="visit-1"')
      expect(visits.text).not.toContain('visit-of-carl')
      const callback = await share(browser, await follow(browser, picked, 'wei'), 'wei', ['patient/Patient.rs'])
      const { body } = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
      expect(body).toMatchObject({ patient: 'ana', encounter: 'visit-1' })
    })
    test('of another patient is refused, though the person may open both', async () => {
      const { picked } = await pickVisit('ana', 'visit-of-carl')
      expect([picked.status, picked.headers.location]).toEqual([400, undefined])
    })
    test('is left out where there is none', async () => {
      const { body } = await tokensOf(fixture, 'ben', { scope })
      expect(body.patient).toBe('ben')
      expect(body).not.toHaveProperty('encounter')
    })
  })
})
