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
  const closed = await startStandIn()
  await closed.close()
  const gone = { ...citizens, id: 'gone', label: 'Gone', issuer: closed.issuer, domains: ['gone.test'] }
  const furtherProviders = providersOfFile([citizens, gone], ISSUER, {})
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
  standIn.failure = undefined
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
/** Past the page that says whose fault it is. */
async function told(browser: Browser, page: Response): Promise<string | null> {
  const onward = /<a class="button" href="(\/interaction\/[\w-]+)">/.exec(page.text)?.[1] ?? ''
  let at = await browser.get(onward)
  while (at.status === 303 && !String(at.headers.location).startsWith('https://app.test/'))
    at = await browser.get(String(at.headers.location))
  return errorOf(at)
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
  ])('an id_token %s: nobody at the screen can help it, and the app is told so', async (_name, forged) => {
    standIn.forge = forged
    const browser = new Browser(fixture.server)
    const page = await land(browser, await signInAt(await leave(browser)))
    expect([page.status, page.text]).toEqual([502, expect.stringContaining('This is not your fault')])
    expect(await told(browser, page)).toBe('server_error')
  })
  test('an id_token with another nonce is of another sign-in', async () => {
    standIn.forge = { nonce: 'other' }
    const browser = new Browser(fixture.server)
    expect(errorOf(await land(browser, await signInAt(await leave(browser))))).toBe('access_denied')
  })
  test('a code of another sign-in', async () => {
    const browser = new Browser(fixture.server)
    const back = await signInAt(await leave(browser))
    const other = await signInAt(await leave(browser))
    back.searchParams.set('code', String(other.searchParams.get('code')))
    expect(errorOf(await land(browser, back))).toBe('access_denied')
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

describe('AUTHZ-23: whose fault it is that nobody is signed in', () => {
  async function back(browser: Browser, change: (at: URL) => void = () => {}): Promise<Response> {
    const left = await choose(browser, await chooser(browser), { provider: 'citizens' })
    const at = await signInAt(String(left.headers.location))
    change(at)
    return land(browser, at)
  }
  test.each([
    ['is down', { status: 503, error: 'temporarily_unavailable' }, 503, 'temporarily_unavailable'],
    ['fails', { status: 500, error: 'server_error' }, 503, 'temporarily_unavailable'],
    ['does not know us', { status: 401, error: 'invalid_client' }, 502, 'server_error'],
    ['refuses our question', { status: 400, error: 'invalid_request' }, 502, 'server_error'],
  ])('the provider %s where codes are redeemed', async (_name, failure, status, error) => {
    standIn.failure = failure
    const browser = new Browser(fixture.server)
    const page = await back(browser)
    expect([page.status, page.text]).toEqual([status, expect.stringContaining('The sign-in service')])
    expect(page.text).not.toContain(failure.error)
    expect(await told(browser, page)).toBe(error)
  })
  test.each([
    ['temporarily_unavailable', 'temporarily_unavailable'],
    ['server_error', 'server_error'],
    ['unauthorized_client', 'server_error'],
  ])('the provider sends the browser back with %s', async (said, error) => {
    const browser = new Browser(fixture.server)
    const page = await back(browser, ({ searchParams }) => {
      searchParams.delete('code')
      searchParams.set('error', said)
    })
    expect(await told(browser, page)).toBe(error)
  })
  test.each(['access_denied', 'login_required', 'consent_required', 'anything else'])(
    'it is the person’s: %s',
    async (said) => {
      const browser = new Browser(fixture.server)
      const end = await back(browser, ({ searchParams }) => {
        searchParams.delete('code')
        searchParams.set('error', said)
      })
      expect(errorOf(end)).toBe('access_denied')
    },
  )
  test('a provider that cannot even be asked', async () => {
    const browser = new Browser(fixture.server)
    const page = await chooser(browser, { login_hint: 'carl@gone.test' })
    expect([page.status, page.text]).toEqual([503, expect.stringContaining('The sign-in service does not answer')])
    expect(await told(browser, page)).toBe('temporarily_unavailable')
    const own = await choose(browser, await browser.get('/apps'), { provider: 'gone' })
    expect([own.status, own.text.includes('class="button" href="/interaction')]).toEqual([503, false])
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
