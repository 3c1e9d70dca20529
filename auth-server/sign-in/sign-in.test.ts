// Signing in over HTTP where two identity providers are configured: the fixture's directory and a real OpenID provider.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import type { Response } from 'supertest'
import { subjectOf } from '../identity/account.ts'
import { apiClient } from '../testing/api-client.ts'
import { type Fixture, ISSUER, startAuthServer, subOf } from '../testing/auth-server-fixture.ts'
import { Browser } from '../testing/browser.ts'
import { authorizeUrl, begin, redeemCode, share } from '../testing/launch-flow.ts'
import { STAND_IN_CLIENT, type StandIn, signInAt, startStandIn } from '../testing/openid-stand-in.ts'
import { providersOfFile } from './providers.ts'

let standIn: StandIn
let fixture: Fixture
beforeAll(async () => {
  standIn = await startStandIn()
  const citizens = {
    id: 'citizens',
    label: 'Contoso citizens',
    kind: 'oidc',
    issuer: standIn.issuer,
    client_id: STAND_IN_CLIENT.id,
    client_secret: STAND_IN_CLIENT.secret,
    allow_http: true,
    domains: ['citizens.test'],
  }
  const furtherProviders = providersOfFile([citizens], ISSUER, {})
  fixture = await startAuthServer({ furtherProviders })
  const api = await apiClient(fixture, '__links')
  await api.post('/links').send({ account: { iss: standIn.issuer, sub: 'carl' }, person: 'Patient/ana' })
})
afterAll(async () => {
  await fixture.close()
  await standIn.close()
})
beforeEach(() => {
  standIn.person = { sub: 'carl', name: 'Carl' }
  standIn.forge = {}
})

/** To the page where one chooses. */
async function chooser(browser: Browser, changed: Record<string, string> = {}): Promise<Response> {
  const start = await browser.get(authorizeUrl(changed))
  return browser.get(String(start.headers.location))
}
const csrfOf = (page: Response) => /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
const choose = (browser: Browser, page: Response, form: Record<string, string>) =>
  browser.post('/sign-in', { csrf: csrfOf(page), ...form })

/** From the provider's answer to the next page, or the app. */
async function land(browser: Browser, back: URL): Promise<Response> {
  let at = await browser.get(`${back.pathname}${back.search}`)
  while (at.status === 303 && !String(at.headers.location).startsWith('https://app.test/'))
    at = await browser.get(String(at.headers.location))
  return at
}
const errorOf = (at: Response) => new URL(String(at.headers.location)).searchParams.get('error')

describe('SEED-08: a choice between providers', () => {
  test('one page names both, and the app', async () => {
    const page = await chooser(new Browser(fixture.server))
    expect(page.status).toBe(200)
    expect(page.text).toMatch(/Heart Chart[\s\S]*Contoso Health[\s\S]*Contoso citizens/)
    // The redirects after the form lead to the provider and on to the app.
    expect(page.headers['content-security-policy']).not.toContain('form-action')
  })
  test('SEED-09: who chooses the second one signs in there; the tokens carry that account, and are ours', async () => {
    const browser = new Browser(fixture.server)
    const left = await choose(browser, await chooser(browser), { provider: 'citizens' })
    const leaving = new URL(String(left.headers.location))
    expect(leaving.origin).toBe(standIn.issuer)
    expect(leaving.searchParams.get('redirect_uri')).toBe(`${ISSUER}/callback/citizens`)
    expect(leaving.searchParams.get('scope')).toBe('openid profile')
    const consent = await land(browser, await signInAt(leaving.href))
    expect(consent.text).toContain('Name of ana')
    const told = await share(browser, consent, 'ana', ['patient/Patient.rs'])
    const { body } = await redeemCode(fixture.server, String(told.searchParams.get('code')))
    const sub = subjectOf({ iss: standIn.issuer, sub: 'carl' })
    expect(decodeJwt(body.access_token)).toMatchObject({ sub, person: 'Patient/ana' })
    expect(sub).not.toBe(subOf('ana'))
    expect([body.access_token, body.id_token].map((token) => decodeJwt(token).iss)).toEqual([ISSUER, ISSUER])
  })
  test('who chooses the first one goes there', async () => {
    const browser = new Browser(fixture.server)
    const left = await choose(browser, await chooser(browser), { provider: 'entra' })
    expect(left.headers.location).toContain('https://idp.test/')
  })
  test('a choice can be made again, after going back', async () => {
    const browser = new Browser(fixture.server)
    const page = await chooser(browser)
    await choose(browser, page, { provider: 'entra' })
    expect((await choose(browser, page, { provider: 'citizens' })).status).toBe(303)
  })
  test('who cancels sends the app a refusal', async () => {
    const browser = new Browser(fixture.server)
    let at = await choose(browser, await chooser(browser), { decision: 'deny' })
    while (!String(at.headers.location).startsWith('https://app.test/'))
      at = await browser.get(String(at.headers.location))
    expect(errorOf(at)).toBe('access_denied')
  })
  test.each([
    ['one of its domains', 'carl@Citizens.test', 'http://127.0.0.1'],
    ['another domain', 'ana@contoso.test', 'https://idp.test'],
    ['no domain', 'ana', 'https://idp.test'],
  ])('a login hint with %s asks nothing', async (_name, login_hint, origin) => {
    const left = await chooser(new Browser(fixture.server), { login_hint })
    expect(left.status).toBe(303)
    expect(String(left.headers.location).startsWith(origin)).toBe(true)
  })
  test.each([
    ['an unknown provider', { provider: 'nobody' }],
    ['no provider', {}],
    ['another page’s token', { csrf: 'x', provider: 'citizens' }],
  ])('%s is refused', async (_name, form) => {
    const browser = new Browser(fixture.server)
    expect((await choose(browser, await chooser(browser), form)).status).toBe(400)
  })
  test('AUTHZ-24: another browser cannot choose', async () => {
    const page = await chooser(new Browser(fixture.server))
    expect((await choose(new Browser(fixture.server), page, { provider: 'citizens' })).status).toBe(400)
  })
})

describe('AUTHZ-24: an answer that is not good signs nobody in', () => {
  async function leave(browser: Browser): Promise<string> {
    return String((await choose(browser, await chooser(browser), { provider: 'citizens' })).headers.location)
  }
  test.each([
    ['signed with another key', { key: true as const }],
    ['for another audience', { aud: 'other' }],
    ['of another issuer', { iss: 'https://evil.test' }],
    ['expired', { exp: 1000 }],
    ['with another nonce', { nonce: 'other' }],
  ])('an id_token %s', async (_name, forged) => {
    standIn.forge = forged
    const browser = new Browser(fixture.server)
    expect(errorOf(await land(browser, await signInAt(await leave(browser))))).toBe('access_denied')
  })
  test('one that comes back to another browser', async () => {
    const back = await signInAt(await leave(new Browser(fixture.server)))
    const answer = await new Browser(fixture.server).get(`${back.pathname}${back.search}`)
    expect(answer.status).toBe(400)
    expect(answer.headers['set-cookie']).toBeUndefined()
  })
  test('one that comes back where another provider’s answers do', async () => {
    const browser = new Browser(fixture.server)
    const back = await signInAt(await leave(browser))
    back.pathname = '/callback'
    expect(errorOf(await land(browser, back))).toBe('access_denied')
  })
  test('one that comes back twice', async () => {
    const browser = new Browser(fixture.server)
    const back = await signInAt(await leave(browser))
    await land(browser, back)
    expect((await browser.get(`${back.pathname}${back.search}`)).status).toBe(400)
  })
  test('SEED-07: where to go on is not taken from the address', async () => {
    const browser = new Browser(fixture.server)
    const back = await signInAt(await leave(browser))
    back.searchParams.set('return_to', 'https://evil.test/')
    back.searchParams.set('redirect_uri', 'https://evil.test/')
    const next = await browser.get(`${back.pathname}${back.search}`)
    expect(next.headers.location).toMatch(/^\/interaction\/[\w-]+$/)
  })
})

describe('two people', () => {
  test('the same subject at another provider is someone else', async () => {
    standIn.person = { sub: 'someone-else', tid: 'x', oid: 'y', fhirUser: 'Patient/ana' }
    const browser = new Browser(fixture.server)
    const left = await choose(browser, await chooser(browser), { provider: 'citizens' })
    const end = await land(browser, await signInAt(String(left.headers.location)))
    expect(end.text).not.toContain('Name of ana')
  })
})

test('the person’s own page: the sign-in goes on there', async () => {
  const browser = new Browser(fixture.server)
  const page = await browser.get('/apps')
  const left = await choose(browser, page, { provider: 'citizens' })
  const back = await signInAt(String(left.headers.location))
  const answer = await browser.get(`${back.pathname}${back.search}`)
  expect(answer.headers.location).toBe('/apps')
  expect((await browser.get('/apps')).status).toBe(200)
})

test('the person’s own page: a sign-in that failed opens no session', async () => {
  standIn.forge = { nonce: 'other' }
  const browser = new Browser(fixture.server)
  const left = await choose(browser, await browser.get('/apps'), { provider: 'citizens' })
  const back = await signInAt(String(left.headers.location))
  expect((await browser.get(`${back.pathname}${back.search}`)).status).toBe(403)
  expect((await browser.get('/apps')).text).toContain('Contoso citizens')
})

describe('SEED-06: what the app wants of the sign-in reaches the identity provider', () => {
  let own: Fixture
  beforeAll(async () => {
    own = await startAuthServer()
  })
  afterAll(() => own.close())
  test.each<[string, Record<string, string>, { login_hint: string; prompt: string }]>([
    ['nothing', {}, { login_hint: '', prompt: '' }],
    ['a hint', { login_hint: 'ana@contoso.example' }, { login_hint: 'ana@contoso.example', prompt: '' }],
    ['the password again', { prompt: 'login' }, { login_hint: '', prompt: 'login' }],
    ['the password again, by age', { max_age: '60' }, { login_hint: '', prompt: 'login' }],
    ['another account', { prompt: 'select_account consent' }, { login_hint: '', prompt: 'select_account' }],
    ['no say by our own parameter', { sign_in_prompt: 'login' }, { login_hint: '', prompt: '' }],
  ])('%s', async (_name, changed, wished) => {
    const browser = new Browser(own.server)
    const first = await browser.get(authorizeUrl({ prompt: undefined, ...changed }))
    const left = await browser.get(String(first.headers.location))
    const { searchParams } = new URL(String(left.headers.location))
    expect({ login_hint: searchParams.get('login_hint'), prompt: searchParams.get('prompt') }).toEqual(wished)
  })
  test('prompt=none is answered with login_required: there is no session of ours to rely on', async () => {
    const answer = await new Browser(own.server).get(authorizeUrl({ prompt: 'none' }))
    expect(String(answer.headers.location)).toContain('error=login_required')
  })
  test('a person who signed in for max_age gets an id_token that says when', async () => {
    const { browser, page } = await begin(own.server, 'ana', { max_age: '60', scope: 'openid patient/Patient.rs' })
    const callback = await share(browser, page, 'ana', ['patient/Patient.rs'])
    const { body } = await redeemCode(own.server, String(callback.searchParams.get('code')))
    const now = Date.now() / 1000
    expect(Number(decodeJwt(body.id_token).auth_time)).toBeGreaterThan(now - 60)
  })
})
