import { afterEach, expect, test } from '@jest/globals'
import request from 'supertest'
import { apiClient } from '../testing/api-client.ts'
import { type Fixture, ISSUER, oidOf, startAuthServer, TENANT } from '../testing/auth-server-fixture.ts'
import { begin, redeemCode, share } from '../testing/launch-flow.ts'
import { launchStyles } from './styles.ts'

let fixture: Fixture | undefined
afterEach(() => fixture?.close())

const styles = {
  default: { color_background: '#ffffff' },
  north: { color_background: '#eeeeee', dim_font_size: '16px' },
}

test.each([
  ['a colour that is code', { default: { color_text: 'url(https://evil.test)' } }],
  ['an unknown member', { default: { script: 'x' } }],
  ['no object', []],
])('refuses %s', (_name, entries) => expect(() => launchStyles(ISSUER, entries)).toThrow())

test('TOK-15: changed content has another address', () => {
  const before = launchStyles(ISSUER, styles).urlFor('north')
  const after = launchStyles(ISSUER, { north: { color_background: '#000000' } }).urlFor('north')
  expect(before).not.toBe(after)
})

test('SEED-18: a launch tells the style of its tenant, unless the EHR has one of its own; anyone may read it', async () => {
  fixture = await startAuthServer({ styles: launchStyles(ISSUER, styles) })
  const { server } = fixture
  const ehr = await apiClient(fixture, '__launch')
  const styleOf = async (context: Record<string, string>) => {
    const user = { tid: TENANT, oid: oidOf('wei') }
    const { body } = await ehr.post('/launch').send({ client_id: 'app', patient: 'ana', user, ...context })
    const scope = 'openid launch patient/Patient.rs'
    const { browser, page } = await begin(server, 'wei', { launch: body.launch, scope })
    const callback = await share(browser, page, 'wei', ['patient/Patient.rs'])
    return (await redeemCode(server, String(callback.searchParams.get('code')))).body.smart_style_url
  }
  expect(await styleOf({ smart_style_url: 'https://ehr.test/own.json' })).toBe('https://ehr.test/own.json')
  const north = String(await styleOf({ tenant: 'north' }))
  const other = String(await styleOf({ tenant: 'south' }))
  expect(north).not.toBe(other)
  const answer = await request(server).get(north.slice(ISSUER.length))
  expect(answer.body).toEqual(styles.north)
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'cache-control': expect.stringContaining('immutable'),
    'content-type': expect.stringContaining('application/json'),
  })
  expect((await request(server).get(other.slice(ISSUER.length))).body).toEqual(styles.default)
})
