// The older Azure proxy's launch: off unless an operator wants them, and never a way around anything.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { clientSchema } from '../clients/client.ts'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { begin, redeemCode, share } from '../testing/launch-flow.ts'
import { legacyLaunch } from './legacy.ts'

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')
const client = (legacy_launch: boolean) =>
  clientSchema.parse({
    client_id: 'old-app',
    client_name: 'Old',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['https://old.test/'],
    legacy_launch,
  })

describe('SEED-14: the base64 launch', () => {
  test('is nothing for a client that is not marked', () =>
    expect(legacyLaunch(client(false), base64({ patient: 'ana' }))).toBeUndefined())
  test('tells its listed members, and none besides', () => {
    const given = { patient: 'ana', encounter: 'v', need_patient_banner: true, smart_style_url: 'https://a.test/s' }
    const text = base64({ ...given, access_token: 'x', practitioner: 'p', code: 'c', scope: 'system/*.*' })
    expect(legacyLaunch(client(true), text)).toEqual({ clientId: 'old-app', context: given })
  })
  test.each([
    ['no JSON', Buffer.from('{').toString('base64')],
    ['no base64', '{"patient":"ana"}'],
    ['an array', base64([])],
    ['an id that is a path', base64({ patient: '../Patient/ben' })],
    ['a banner that is a text', base64({ need_patient_banner: 'true' })],
    ['a style that is a script', base64({ smart_style_url: 'javascript:alert(1)' })],
    ['a visit of nobody', base64({ encounter: 'v' })],
    ['too much', base64({ patient: 'ana', more: 'x'.repeat(3000) })],
  ])('refuses %s', (_name, text) => expect(legacyLaunch(client(true), text)).toBeUndefined())
})

describe('over HTTP', () => {
  let fixture: Fixture
  beforeEach(async () => {
    fixture = await startAuthServer()
  })
  afterEach(() => fixture.close())
  const scope = 'openid launch patient/Patient.rs'

  test('SEED-14: opens a patient within the person’s reach, and nobody else’s', async () => {
    const launchOf = (patient: string) =>
      begin(fixture.server, 'ana', {
        client_id: 'legacy-app',
        scope,
        launch: base64({ patient }),
      })
    const { browser, page } = await launchOf('ana')
    const callback = await share(browser, page, 'ana', ['patient/Patient.rs'])
    const code = String(callback.searchParams.get('code'))
    const { body } = await redeemCode(fixture.server, code, { client_id: 'legacy-app' })
    expect(body.patient).toBe('ana')
    const foreign = await launchOf('ben')
    expect(String(foreign.page.headers.location)).toContain('error=access_denied')
  })
  test('SEED-14: refused for every other client', async () => {
    const { page } = await begin(fixture.server, 'ana', { scope, launch: base64({ patient: 'ana' }) })
    expect(String(page.headers.location)).toContain('error=invalid_request')
  })
})
