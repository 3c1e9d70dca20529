// The API for EHRs over HTTP: what it takes, what it refuses, and what closing a chart ends.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request from 'supertest'
import type { ApiScope } from '../api/api-scopes.ts'
import { apiClient } from '../testing/api-client.ts'
import { type Fixture, ISSUER, oidOf, startAuthServer, TENANT } from '../testing/auth-server-fixture.ts'
import { begin, redeemCode, share } from '../testing/launch-flow.ts'

let fixture: Fixture
let ehr: Awaited<ReturnType<typeof apiClient>>
beforeAll(async () => {
  fixture = await startAuthServer()
  ehr = await apiClient(fixture, '__launch')
})
afterAll(() => fixture.close())

const user = { tid: TENANT, oid: oidOf('wei') }
const SCOPE = 'openid launch patient/Patient.rs offline_access'

async function launchApp(launch: string) {
  const { browser, page } = await begin(fixture.server, 'wei', { launch, scope: SCOPE })
  const callback = await share(browser, page, 'wei', ['patient/Patient.rs', 'offline_access'])
  return (await redeemCode(fixture.server, String(callback.searchParams.get('code')))).body
}
const refresh = (refresh_token: string) =>
  request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })

describe('a launch', () => {
  test('TOK-10 to TOK-14, SEED-15: every context member arrives as it was given', async () => {
    const context = {
      patient: 'ana',
      encounter: 'visit-1',
      intent: 'reconcile',
      need_patient_banner: true,
      smart_style_url: 'https://ehr.test/style.json',
      tenant: 'north',
      fhirContext: [
        { reference: 'ImagingStudy/1' },
        { reference: 'Observation/1/_history/2', role: 'https://ehr.test/role' },
        { canonical: 'https://ehr.test/Questionnaire/q|1', type: 'Questionnaire', role: 'launch' },
        { identifier: { system: 'urn:a', value: 'b' }, type: 'Procedure' },
        { reference: 'Patient/carl', role: 'https://ehr.test/other-parent' },
      ],
    }
    const opened = await ehr.post('/launch').send({ client_id: 'app', user, ...context })
    expect([opened.status, opened.body.expires_in]).toEqual([201, 300])
    expect(await launchApp(opened.body.launch)).toMatchObject(context)
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['TOK-13: a patient as further context', { fhirContext: [{ reference: 'Patient/ana' }] }, /members of their own/],
    ['TOK-13: a patient by type', { fhirContext: [{ identifier: { value: 'x' }, type: 'Patient' }] }, /members/],
    ['TOK-10: no reference at all', { fhirContext: [{ role: 'launch' }] }, /needs a reference/],
    ['TOK-10: an absolute reference', { fhirContext: [{ reference: 'https://a.test/Observation/1' }] }, /relative/],
    ['TOK-12: an empty role', { fhirContext: [{ reference: 'Observation/1', role: '' }] }, /role/],
    ['TOK-12: a relative role of its own', { fhirContext: [{ reference: 'Observation/1', role: 'mine' }] }, /role/],
    ['TOK-08: a patient that is a URL', { patient: 'https://a.test/Patient/1' }, /patient/],
    ['an encounter of nobody', { patient: undefined, encounter: 'visit-1' }, /encounter needs a patient/],
    ['TOK-14: a banner that is no boolean', { need_patient_banner: 'true' }, /need_patient_banner/],
    ['TOK-14: a style that is no URL', { smart_style_url: 'javascript:alert(1)' }, /smart_style_url/],
    ['an unknown member', { access_token: 'x' }, /body/],
    ['EHR-02: an unknown app', { client_id: 'nobody' }, /launch URL/],
    ['EHR-02: an app that cannot be launched', { client_id: 'secret-app' }, /launch URL/],
  ])('refuses %s', async (_name, changed, message) => {
    const answer = await ehr.post('/launch').send({ client_id: 'app', patient: 'ana', ...changed })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
    expect(answer.body.error_description).toMatch(message)
  })
})

describe('EHR-03: an open chart', () => {
  test('is listed for its EHR, by patient, without the launch id', async () => {
    const opened = await ehr.post('/launch').send({ client_id: 'app', patient: 'carl', user })
    const { body } = await ehr.get('/launches?patient=carl')
    expect(body.launches).toEqual([
      {
        id: opened.body.id,
        client_id: 'app',
        patient: 'carl',
        user,
        created: expect.any(String),
        closed: false,
        grants: 0,
      },
    ])
    expect((await ehr.get(`/launches/${opened.body.id}`)).body).toEqual(body.launches[0])
    expect(JSON.stringify(body)).not.toContain(opened.body.launch)
    expect((await ehr.get('/launches?patient=nobody')).body).toEqual({ launches: [] })
    expect((await ehr.get('/launches/other')).status).toBe(404)
  })

  test('is bound again, for the same patient, to another visit or purpose', async () => {
    const opened = await ehr.post('/launch').send({ client_id: 'app', patient: 'ana', user })
    const again = await ehr.post(`/launches/${opened.body.id}/launch`).send({ encounter: 'visit-1', intent: 'next' })
    expect(again.status).toBe(201)
    expect(await launchApp(again.body.launch)).toMatchObject({ patient: 'ana', encounter: 'visit-1', intent: 'next' })
    const other = await ehr.post(`/launches/${opened.body.id}/launch`).send({ patient: 'carl' })
    expect([other.status, other.body.error]).toEqual([400, 'invalid_request'])
  })

  test('closed: its tokens end, at the proxies too, its launch ids are void, and other charts stay', async () => {
    const opened = await ehr.post('/launch').send({ client_id: 'app', patient: 'ana', user })
    const stays = await ehr.post('/launch').send({ client_id: 'app', patient: 'ana', user })
    const [ended, kept] = [await launchApp(opened.body.launch), await launchApp(stays.body.launch)]
    const unused = await ehr.post(`/launches/${opened.body.id}/launch`).send({})
    expect((await ehr.delete(`/launches/${opened.body.id}`)).status).toBe(204)
    expect(fixture.revocations).toContainEqual(
      expect.objectContaining({ kind: 'grant', id: decodeJwt(ended.access_token).gid }),
    )
    expect((await refresh(ended.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(kept.refresh_token)).status).toBe(200)
    const { page } = await begin(fixture.server, 'wei', { launch: unused.body.launch, scope: SCOPE })
    expect(String(page.headers.location)).toContain('error=invalid_request')
    expect((await ehr.post(`/launches/${opened.body.id}/launch`).send({})).status).toBe(409)
    expect((await ehr.delete(`/launches/${opened.body.id}`)).status).toBe(404)
  })

  test('closed while the person decides: nothing is granted', async () => {
    const opened = await ehr.post('/launch').send({ client_id: 'app', patient: 'ana', user })
    const { browser, page } = await begin(fixture.server, 'wei', { launch: opened.body.launch, scope: SCOPE })
    await ehr.delete(`/launches/${opened.body.id}`)
    const callback = await share(browser, page, 'wei', ['patient/Patient.rs'])
    expect(callback.searchParams.get('error')).toBe('access_denied')
    expect(callback.searchParams.has('code')).toBe(false)
  })
})

test('EHR-10: no token, a FHIR token, or another scope opens and shows nothing', async () => {
  const grants = await apiClient(fixture, '__grants')
  for (const [method, path] of [
    ['post', '/launch'],
    ['get', '/launches'],
    ['delete', '/launches/x'],
  ] as const) {
    expect((await request(fixture.server)[method](path)).status).toBe(401)
    expect((await grants[method](path)).status).toBe(403)
  }
  expect((await request(fixture.server).put('/launch')).headers.allow).toBe('POST')
})

test('the APIs describe themselves, each with its scope, and each described one is served', async () => {
  const { body } = await request(fixture.server).get('/openapi.json')
  expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: ISSUER }] })
  const described = Object.entries(body.paths as Record<string, Record<string, { security: unknown }>>)
  expect(described.map(([path]) => path)).toEqual(expect.arrayContaining(['/launch', '/launches/{id}', '/grants/end']))
  for (const [path, methods] of described) {
    for (const [method, { security }] of Object.entries(methods)) {
      expect(security).toEqual([{ oauth: [expect.stringMatching(/^__/)] }])
      const answer = await request(fixture.server)[method as 'get'](path.replaceAll(/\{\w+\}/g, 'x'))
      expect(answer.status).toBe(401)
    }
  }
})

test('EHR-10, SEED-32: whatever the APIs refuse with is described', async () => {
  const { body } = await request(fixture.server).get('/openapi.json')
  type Described = { security: [{ oauth: [ApiScope] }]; responses: Record<string, unknown> }
  const met = new Set<number>()
  for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, Described>>)) {
    for (const [method, { security, responses }] of Object.entries(methods)) {
      const api = await apiClient(fixture, security[0].oauth[0])
      const { status } = await api[method as 'post'](path.replaceAll(/\{\w+\}/g, 'x')).send({})
      expect([method, path, Object.keys(responses)]).toEqual([
        method,
        path,
        expect.arrayContaining([String(status), '405']),
      ])
      met.add(status)
    }
  }
  expect([...met]).toEqual(expect.arrayContaining([400, 404]))
  const ofChart = body.paths['/launches/{id}/launch'].post.responses
  const ofSecret = body.paths['/clients/{id}/secrets/{secret}'].delete.responses
  expect([ofChart['409'].description, ofSecret['409'].description]).toEqual([
    'The chart is closed.',
    expect.stringContaining('last secret'),
  ])
  expect(body.paths['/launches'].get.responses).not.toHaveProperty('404')
})
