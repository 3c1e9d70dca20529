import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { apiClient } from '../testing/api-client.ts'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { begin, redeemCode, share } from '../testing/launch-flow.ts'

let fixture: Fixture
let api: Awaited<ReturnType<typeof apiClient>>
beforeAll(async () => {
  fixture = await startAuthServer()
  api = await apiClient(fixture, '__explain')
})
afterAll(() => fixture.close())

test('a token and a request: what would be decided, and why', async () => {
  const { browser, page } = await begin(fixture.server, 'ana', { scope: 'openid launch/patient patient/Patient.rs' })
  const callback = await share(browser, page, 'ana', ['patient/Patient.rs'])
  const { body } = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
  const explained = async (url: string) =>
    (await api.post('/explain').send({ method: 'GET', url, token: body.access_token })).body
  expect(await explained('Patient/ana')).toMatchObject({ decision: 'allowed', guard: ['Patient about Patient/ana'] })
  expect(await explained('Observation')).toMatchObject({
    decision: 'denied',
    smallestScope: 'patient/Observation.s',
  })
})

test('scopes as they might be', async () => {
  const asked = { method: 'GET', url: 'Observation', scope: 'user/*.rs', person: 'Practitioner/wei', patients: ['ana'] }
  const { body } = await api.post('/explain').send(asked)
  expect(body).toMatchObject({ decision: 'allowed', upstream: 'GET Observation?patient=Patient/ana' })
})

test('no token of ours, no such scope: refused', async () => {
  expect((await api.post('/explain').send({ method: 'GET', url: 'Patient', token: 'x.y.z' })).status).toBe(400)
  const other = await apiClient(fixture, '__launch')
  expect((await other.post('/explain').send({ method: 'GET', url: 'Patient', scope: '' })).status).toBe(403)
})
