// Old addresses are the endpoints of today with all their checks, or tell what stands in their place; none does what it did.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { apiClient } from '../testing/api-client.ts'
import { APP, APP_SECRET, type Fixture, oidOf, startAuthServer, TENANT } from '../testing/auth-server-fixture.ts'
import { authorizeUrl, begin, formOf, share, VERIFIER } from '../testing/launch-flow.ts'

let fixture: Fixture
let plain: Fixture
beforeAll(async () => {
  fixture = await startAuthServer({ servesOldAddresses: true })
  plain = await startAuthServer()
})
afterAll(async () => {
  await fixture.close()
  await plain.close()
})

const BASIC = { authorization: `Basic ${Buffer.from(`secret-app:${APP_SECRET}`).toString('base64')}` }

describe.each([
  ['/AadSmartOnFhirProxy/authorize', '/AadSmartOnFhirProxy/token'],
  ['/auth/authorize', '/auth/token'],
  ['/oauth2/authorize', '/oauth2/token'],
])('SEED-80, SEED-05: %s and %s', (authorize, token) => {
  const ask = async (changed: Record<string, string | undefined>): Promise<string> => {
    const url = authorizeUrl(changed).replace('/auth?', `${authorize}?`)
    return String((await request(fixture.server).get(url).redirects(0)).headers.location)
  }
  const redeem = (code: string, code_verifier: string) =>
    request(fixture.server)
      .post(token)
      .type('form')
      .send({ grant_type: 'authorization_code', client_id: 'app', redirect_uri: APP, code, code_verifier })

  test('begin a request like any other', async () => expect(await ask({})).toMatch(/^\/interaction\//))
  test.each([
    ['no PKCE', { code_challenge: undefined }],
    ['plain PKCE', { code_challenge: VERIFIER, code_challenge_method: 'plain' }],
    ['another audience', { aud: 'https://elsewhere.test/fhir' }],
    ['no state', { state: undefined }],
  ])('refuse %s', async (_name, changed) => expect(await ask(changed)).toContain('error=invalid_request'))
  test('never send a browser where nobody is registered', async () =>
    expect(await ask({ redirect_uri: 'https://evil.test/' })).toBe('undefined'))
  test('SEED-20: the parameter by which the samples skipped consent means nothing', async () => {
    const { page } = await begin(fixture.server, 'ana', { user: 'true' })
    expect([page.status, formOf(page).action]).toEqual([200, expect.stringMatching(/^\/interaction\//)])
  })
  test('take a code with its verifier alone, and other methods never', async () => {
    const { browser, page } = await begin(fixture.server, 'ana')
    const code = String((await share(browser, page, 'ana', ['patient/Patient.rs'])).searchParams.get('code'))
    expect((await redeem(code, 'x'.repeat(43))).body.error).toBe('invalid_grant')
    const answer = await redeem(code, VERIFIER)
    expect([answer.status, answer.body.patient]).toEqual([200, 'ana'])
    expect((await request(fixture.server).get(token)).status).toBe(405)
  })
})

test('SEED-80, SEED-30: introspection by its old address wants a client too', async () => {
  const ask = (headers: Record<string, string>) =>
    request(fixture.server).post('/auth/token/introspection').set(headers).type('form').send({ token: 'unknown' })
  expect((await ask({})).status).toBe(401)
  expect((await ask(BASIC)).body).toEqual({ active: false })
})

describe('SEED-80: unless an operator wants them, further addresses', () => {
  test('begin nothing', async () => {
    const url = authorizeUrl().replace('/auth?', '/auth/authorize?')
    const { headers } = await request(plain.server).get(url).redirects(0)
    expect(new URL(String(headers.location)).searchParams.get('error')).toBe('invalid_request')
  })
  test.each([
    ['/auth/token', 405],
    ['/auth/token/introspection', 404],
    ['/oauth2/token', 404],
  ])('take nothing: %s', async (path, status) => {
    const answer = await request(plain.server).post(path).set(BASIC).type('form').send({ token: 'unknown' })
    expect(answer.status).toBe(status)
  })
})

describe('SEED-80: what does not come back', () => {
  test.each([
    ['get', `/manage/link/Patient/ben/${oidOf('ana')}`, '/links'],
    ['get', '/manage/find/Patient/%3Cscript%3E/x', '/links'],
    ['get', '/manage', '/links'],
    ['get', '/AadSmartOnFhirProxy/callback/aHR0cHM6Ly9ldmlsLnRlc3Q?code=c&state=s', 'redirect URI'],
    ['get', '/auth/appConsentInfo?client_id=app&scope=openid', '/apps'],
    ['post', '/auth/appConsentInfo', '/apps'],
    ['post', '/auth/context-cache', '/launch'],
    ['get', '/auth/context/index.html', '/auth'],
    ['get', '/oauth2/dynamicscopes?scope=openid', '/auth'],
    ['post', '/manage/appregistration', '/links'],
    ['post', '/auth/block-access-token', '/token/revocation'],
  ] as const)('%s %s tells of %s', async (method, path, instead) => {
    const answer = await request(fixture.server)[method](path).set('accept', 'text/html').redirects(0)
    expect([answer.status, answer.type, answer.headers.location]).toEqual([410, 'application/json', undefined])
    expect(answer.body).toEqual({ error: 'gone', error_description: expect.stringContaining(instead) })
    expect(answer.text).not.toContain('<')
  })
  test('SEED-48: a link is not made or taken by opening an address, with whatever token', async () => {
    const api = await apiClient(fixture, '__links')
    const linksOf = async () => (await api.get(`/links?tid=${TENANT}&oid=${oidOf('ana')}`)).body.links
    const before = await linksOf()
    expect(before).toHaveLength(1)
    for (const path of [`/manage/link/Patient/ben/${oidOf('ana')}`, `/manage/unlink/Patient/ana/${oidOf('ana')}`])
      expect((await api.get(path)).status).toBe(410)
    expect(await linksOf()).toEqual(before)
  })
})
