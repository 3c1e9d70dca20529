// What discovery says is true: the documents agree, and whatever they name answers.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request from 'supertest'
import { grantableScopes, grantableSystemScopes } from '../../smart/access/granting.ts'
import { smartConfiguration } from '../../smart/discovery.ts'
import { APP, FHIR_BASE, type Fixture, ISSUER, startAuthServer } from '../testing/auth-server-fixture.ts'
import { tokensOf } from '../testing/whole-launch.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

const smart = smartConfiguration({ issuer: ISSUER, fhirBase: FHIR_BASE }) as Record<string, string> & {
  scopes_supported: string[]
}
const pathOf = (url: unknown): string => String(url).slice(ISSUER.length)

test('DISC-12, SEED-01: every scope that is listed can be had', () => {
  const all = smart.scopes_supported
  const registered = `${all.join(' ')} patient/*.cruds user/*.cruds system/*.cruds`
  const ofPeople = all.filter((scope) => !scope.startsWith('system/'))
  expect(grantableScopes(ofPeople.join(' '), registered, true)).toEqual({ scopes: ofPeople, dropped: [] })
  const ofServices = all.filter((scope) => scope.startsWith('system/'))
  expect(grantableSystemScopes(ofServices.join(' '), registered)).toEqual({ scopes: ofServices, dropped: [] })
  expect(ofServices).not.toEqual([])
})

test('DISC-20: the issuer is that of id_tokens, and its OpenID configuration names the same keys', async () => {
  const { body } = await request(fixture.server).get('/.well-known/openid-configuration').expect(200)
  expect([body.issuer, body.jwks_uri]).toEqual([smart.issuer, smart.jwks_uri])
  const { body: tokens } = await tokensOf(fixture, 'ana', { scope: 'openid patient/Patient.rs' })
  expect(decodeJwt(tokens.id_token).iss).toBe(smart.issuer)
  expect((await request(fixture.server).get(pathOf(smart.jwks_uri)).expect(200)).body.keys).not.toEqual([])
})

test.each(['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])(
  'DISC-21: %s says what the SMART document says',
  async (path) => {
    const { body } = await request(fixture.server).get(path).expect(200)
    const shared = Object.keys(body).filter((name) => name in smart)
    expect(shared).toEqual(
      expect.arrayContaining(['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'revocation_endpoint']),
    )
    for (const name of shared) expect([name, body[name]]).toEqual([name, smart[name]])
  },
)

test('DISC-08: beyond that, the OpenID configuration says only what is served', async () => {
  const { body } = await request(fixture.server).get('/.well-known/openid-configuration').expect(200)
  expect(Object.fromEntries(Object.entries(body).filter(([name]) => !(name in smart)))).toEqual({
    response_modes_supported: ['query'],
    claims_supported: ['sub', 'fhirUser', 'auth_time', 'iss'],
    claims_parameter_supported: false,
    claim_types_supported: ['normal'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    request_uri_parameter_supported: false,
  })
  const asked = { scope: 'openid fhirUser patient/Patient.rs', changed: { max_age: '3600' } }
  const { body: tokens } = await tokensOf(fixture, 'ana', asked)
  expect(Object.keys(decodeJwt(tokens.id_token))).toEqual(expect.arrayContaining(body.claims_supported))
  expect(decodeJwt(tokens.id_token)).not.toHaveProperty('sid')
})

test('DISC-21: registration is named where it is on', async () => {
  const open = await startAuthServer({ registration: { tokenSha256: '0'.repeat(64), isEnabledAtOnce: false } })
  const { body } = await request(open.server).get('/.well-known/openid-configuration').expect(200)
  expect(body.registration_endpoint).toBe(`${ISSUER}/register`)
  await open.close()
})

test('DISC-14, SEED-01: every endpoint that is named is served', async () => {
  const named = Object.entries(smart).filter(([name]) => name.endsWith('_endpoint'))
  expect(named.length).toBeGreaterThanOrEqual(5)
  for (const [name, url] of named) {
    const [got, posted] = [
      await request(fixture.server).get(pathOf(url)).redirects(0),
      await request(fixture.server).post(pathOf(url)).redirects(0),
    ]
    expect([name, got.status === 404 && posted.status === 404]).toEqual([name, false])
  }
})

describe('DISC-19, SEED-70: browsers', () => {
  const from = (origin: string, path: string, form: Record<string, string>) =>
    request(fixture.server).post(path).set('origin', origin).type('form').send(form)
  const preflight = (path: string) =>
    request(fixture.server)
      .options(path)
      .set({
        origin: new URL(APP).origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type',
      })

  test.each(['/token', '/token/revocation', '/token/introspection'])('%s answers a preflight', async (path) => {
    const answer = await preflight(path)
    expect(answer.status).toBeLessThan(300)
    expect(answer.headers['access-control-allow-methods']).toContain('POST')
    expect(String(answer.headers['access-control-allow-headers']).toLowerCase()).toContain('authorization')
  })
  test.each(['/jwks', '/.well-known/openid-configuration'])('%s is for any page', async (path) => {
    const answer = await request(fixture.server).get(path).set('origin', 'https://anyone.test')
    expect(['*', 'https://anyone.test']).toContain(answer.headers['access-control-allow-origin'])
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
  })
  test('the token endpoint is for pages of registered apps, and a refusal can be read there too', async () => {
    const form = { grant_type: 'refresh_token', client_id: 'app', refresh_token: 'unknown' }
    const own = await from('https://app.test', '/token', form)
    expect([own.status, own.headers['access-control-allow-origin']]).toEqual([400, 'https://app.test'])
    const foreign = await from('https://evil.test', '/token', form)
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin')
    const ofAnother = await from('https://narrow.test', '/token', form)
    expect(ofAnother.headers).not.toHaveProperty('access-control-allow-origin')
  })
  test('a page that hides its origin is no page of an app with a scheme of its own', async () => {
    const form = { grant_type: 'refresh_token', client_id: 'native-app', refresh_token: 'unknown' }
    expect((await from('null', '/token', form)).headers).not.toHaveProperty('access-control-allow-origin')
  })
  test('revocation too', async () => {
    const form = { client_id: 'app', token: 'unknown' }
    expect((await from('https://app.test', '/token/revocation', form)).headers['access-control-allow-origin']).toBe(
      'https://app.test',
    )
    expect((await from('https://evil.test', '/token/revocation', form)).headers).not.toHaveProperty(
      'access-control-allow-origin',
    )
  })
})
