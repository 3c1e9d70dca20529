// The authorization endpoint over HTTP: what is told to the app, where a browser is sent, and what a code is good for.
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request from 'supertest'
import { apiClient } from '../testing/api-client.ts'
import { APP, FHIR_BASE, type Fixture, ISSUER, startAuthServer, subOf } from '../testing/auth-server-fixture.ts'
import { Browser } from '../testing/browser.ts'
import { authorizeUrl, begin, formOf, redeemCode, share, VERIFIER } from '../testing/launch-flow.ts'
import { answerOf, tokensOf } from '../testing/whole-launch.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())
afterEach(() => {
  jest.restoreAllMocks()
})

const SCOPE = 'openid launch/patient patient/Patient.rs'
const authorize = async (changed: Record<string, string | undefined>) => {
  const answer = await request(fixture.server)
    .get(authorizeUrl({ scope: SCOPE, ...changed }))
    .redirects(0)
  return new URL(String(answer.headers.location), ISSUER).searchParams
}

describe('AUTHZ-04, AUTHZ-11, AUTHZ-12, SEED-04: what comes back', () => {
  const ODD = 'a b+c%2F&=;"<é>🙂#?\\'
  test('with a code: state as it was sent, and who it is from', async () => {
    const answer = await answerOf(fixture, 'ana', { scope: SCOPE, changed: { state: ODD } })
    expect(Object.fromEntries(answer)).toEqual({ code: expect.any(String), state: ODD, iss: ISSUER })
  })
  test.each([
    ['invalid_request', { aud: 'https://evil.test' }],
    ['unsupported_response_type', { response_type: 'code token' }],
    ['invalid_scope', { scope: 'patient/Nope.rs' }],
    ['login_required', { prompt: 'none' }],
  ])('with %s: the same', async (error, changed) => {
    const answer = await authorize({ ...changed, state: ODD })
    expect(Object.fromEntries(answer)).toMatchObject({
      error,
      error_description: expect.any(String),
      state: ODD,
      iss: ISSUER,
    })
  })
  test('with access_denied, after the pages: the same', async () => {
    const { browser, page } = await begin(fixture.server, 'ana', { scope: SCOPE, state: ODD })
    const { action, csrf } = formOf(page)
    const resume = await browser.post(action, { csrf, decision: 'deny' })
    const end = await browser.get(String(resume.headers.location))
    const answer = new URL(String(end.headers.location)).searchParams
    expect(Object.fromEntries(answer)).toMatchObject({ error: 'access_denied', state: ODD, iss: ISSUER })
  })
})

test.each([
  ['8,000', 8_000, 303],
  ['100,000', 100_000, 413],
])('AUTHZ-18: a state of %s characters', async (_name, length, status) => {
  const url = authorizeUrl({ state: 's'.repeat(length), scope: SCOPE })
  const form = Object.fromEntries(new URLSearchParams(url.slice(url.indexOf('?'))))
  const answer = await new Browser(fixture.server).post('/auth', form)
  expect([answer.status, String(answer.headers.location).includes('/interaction/')]).toEqual([status, status === 303])
})

describe('AUTHZ-03: only the port of a loopback address may differ', () => {
  beforeAll(async () => {
    const api = await apiClient(fixture, '__clients')
    const { status } = await api.post('/clients').send({
      client_id: 'desktop',
      client_name: 'On a Desk',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback'],
      scope: 'openid launch/patient patient/Patient.rs',
    })
    expect(status).toBe(201)
  })
  test.each([
    ['desktop', 'http://127.0.0.1:51234/callback', 303],
    ['desktop', 'http://127.0.0.1:51234/other', 400],
    ['desktop', 'http://127.0.0.1:51234/callback?x=1', 400],
    ['desktop', 'http://127.0.0.1:51234@evil.test/callback', 400],
    ['desktop', 'http://localhost:51234/callback', 400],
    ['desktop', 'https://127.0.0.1:51234/callback', 400],
    ['app', 'https://app.test:8443/callback', 400],
    ['app', 'https://APP.test/callback', 400],
  ])('%s at %s: %i', async (client_id, redirect_uri, status) => {
    const answer = await request(fixture.server)
      .get(authorizeUrl({ client_id, redirect_uri, scope: SCOPE }))
      .redirects(0)
    expect(answer.status).toBe(status)
    if (status === 303) expect(String(answer.headers.location)).toContain('/interaction/')
    else expect(answer.headers).not.toHaveProperty('location')
  })
})

test('AUTHZ-03: a code that was sent to a loopback port is redeemed', async () => {
  const redirect_uri = 'http://127.0.0.1:51234/callback'
  const changed = { client_id: 'desktop', redirect_uri, scope: SCOPE }
  const { browser, page } = await begin(fixture.server, 'ana', changed)
  const { action, csrf } = formOf(page)
  const shared = await browser.post(action, { csrf, decision: 'share', until: 'now' })
  const back = await browser.get(String(shared.headers.location))
  const end = await browser.get(/<a class="button" href="([^"]+)"/.exec(back.text)?.[1] ?? '')
  const code = new URL(String(end.headers.location)).searchParams.get('code')
  const answer = await redeemCode(fixture.server, String(code), { client_id: 'desktop', redirect_uri })
  expect([answer.status, answer.body.patient]).toEqual([200, 'ana'])
})

describe('AUTHZ-13: a code', () => {
  const code = async () => String((await answerOf(fixture, 'ana', { scope: SCOPE })).get('code'))
  test('lives a minute', async () => {
    const [early, late] = [await code(), await code()]
    const now = Date.now()
    const clock = jest.spyOn(Date, 'now')
    clock.mockReturnValue(now + 55_000)
    expect((await redeemCode(fixture.server, early)).status).toBe(200)
    clock.mockReturnValue(now + 62_000)
    expect((await redeemCode(fixture.server, late)).body.error).toBe('invalid_grant')
  })
  test.each([
    ['another client that has the verifier', { client_id: 'native-app' }],
    ['another redirect URI', { redirect_uri: `${APP}/` }],
    ['the verifier of another request', { code_verifier: `${VERIFIER}x` }],
  ])('is nothing with %s', async (_name, changed) => {
    expect((await redeemCode(fixture.server, await code(), changed)).body.error).toBe('invalid_grant')
  })
  test('gives each of two people, at once, the own record', async () => {
    const [ana, ben] = await Promise.all([
      tokensOf(fixture, 'ana', { scope: SCOPE }),
      tokensOf(fixture, 'ben', { scope: SCOPE }),
    ])
    expect([ana.body.patient, ben.body.patient]).toEqual(['ana', 'ben'])
    expect(decodeJwt(ben.body.access_token).sub).toBe(subOf('ben'))
  })
})

describe('AUTHZ-15, AUTHZ-16: every step', () => {
  test('answers a form with 303, and to nowhere but ourselves and the registered redirect URI', async () => {
    const browser = new Browser(fixture.server)
    const evil = {
      returnTo: 'https://evil.test',
      redirect_uri: 'https://evil.test',
      next: '//evil.test',
      url: '//e.test',
    }
    const { page: picker } = await begin(fixture.server, 'wei', { scope: SCOPE, ...without(evil) }, 'post', browser)
    const picked = await browser.post(`${formOf(picker).action}?${new URLSearchParams(evil)}`, {
      csrf: formOf(picker).csrf,
      patient: 'ana',
      ...evil,
    })
    expect(picked.status).toBe(303)
    expect(String(picked.headers.location)).toMatch(/^\/interaction\/[\w-]+$/)
    const consent = await browser.get(String(picked.headers.location))
    const { action, csrf } = formOf(consent)
    const shared = await browser.post(action, { csrf, decision: 'share', until: 'now', ...evil })
    expect(shared.status).toBe(303)
    expect(String(shared.headers.location).replace(ISSUER, '')).toMatch(/^\/auth\/[\w-]+$/)
    const end = await browser.get(`${shared.headers.location}?${new URLSearchParams(evil)}`)
    expect(end.status).toBe(303)
    expect(String(end.headers.location).startsWith(`${APP}?code=`)).toBe(true)
  })
  test('and refusing is a 303 too', async () => {
    const { browser, page } = await begin(fixture.server, 'ana', { scope: SCOPE })
    const { action, csrf } = formOf(page)
    expect((await browser.post(action, { csrf, decision: 'deny' })).status).toBe(303)
  })
  const without = ({ redirect_uri: _, ...rest }: Record<string, string>) => rest
})

describe('AUTHZ-17: one patient', () => {
  test.each([
    ['share without choosing', { decision: 'share', until: 'now' }],
    ['choose nobody', { patient: '' }],
    ['choose whom she may not open', { patient: 'ben', decision: 'share', until: 'now' }],
  ])('a clinician cannot %s', async (_name, form) => {
    const { browser, page } = await begin(fixture.server, 'wei', { scope: SCOPE })
    const { action, csrf } = formOf(page)
    const answer = await browser.post(action, { csrf, ...form })
    expect([answer.status, answer.headers.location]).toEqual([400, undefined])
  })
})

describe('AUTHZ-18: long scope strings', () => {
  const list = (characters: number) => {
    const scopes = ['openid', 'launch/patient', 'patient/Patient.rs']
    for (let i = 0; scopes.join(' ').length < characters - 60; i++)
      scopes.push(`patient/Observation.rs?code=http://loinc.org|${i}-0`)
    return scopes.join(' ')
  }
  test.each([
    ['get', 8_000],
    ['post', 32_000],
  ] as const)('by %s, %i characters', async (method, characters) => {
    const scope = list(characters)
    expect(scope.length).toBeGreaterThan(characters - 120)
    const { browser, page } = await begin(fixture.server, 'ana', { scope }, method)
    expect(page.status).toBe(200)
    const callback = await share(browser, page, 'ana', ['patient/Patient.rs'])
    const { body } = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
    expect(body).toMatchObject({ patient: 'ana', scope: 'openid launch/patient patient/Patient.rs' })
  })
})

test('AUTHZ-18, TOK-20: what is asked in 32 kB can be granted in 32 kB; the token is short, and renewed', async () => {
  const scopes = ['launch/patient', 'offline_access']
  for (let i = 0; scopes.join(' ').length < 31_900; i++)
    scopes.push(`patient/Observation.rs?code=http://loinc.org|${i}-0`)
  const { browser, page } = await begin(fixture.server, 'ana', { scope: scopes.join(' ') }, 'post')
  const callback = await share(browser, page, 'ana', scopes)
  const { body } = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
  expect(new Set(body.scope.split(' '))).toEqual(new Set(scopes))
  expect(body.access_token.length).toBeLessThan(6000)
  const again = await request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token: body.refresh_token })
  expect([again.status, again.body.patient, again.body.scope]).toEqual([200, 'ana', body.scope])
})

describe('AUTHZ-05, AUTHZ-06: aud and resource', () => {
  test.each([
    ['aud alone, with a slash', { aud: `${FHIR_BASE}/` }],
    ['resource alone', { aud: undefined, resource: FHIR_BASE }],
    ['resource alone, with a slash', { aud: undefined, resource: `${FHIR_BASE}/` }],
    ['both', { resource: FHIR_BASE }],
    ['both, a slash apart', { resource: `${FHIR_BASE}/` }],
    ['both, a slash apart the other way', { aud: `${FHIR_BASE}/`, resource: FHIR_BASE }],
  ])('%s: one token for the FHIR base', async (_name, changed) => {
    const { body } = await tokensOf(fixture, 'ana', { scope: SCOPE, changed })
    expect(body.scope).toBe(SCOPE)
    expect(decodeJwt(body.access_token).aud).toBe(FHIR_BASE)
  })
  test.each([
    ['another case', { aud: FHIR_BASE.toUpperCase() }],
    ['two slashes', { aud: `${FHIR_BASE}//` }],
    ['the issuer', { aud: ISSUER }],
    ['a longer one', { aud: `${FHIR_BASE}/Patient` }],
    ['empty', { aud: '' }],
    ['the issuer as resource', { resource: ISSUER }],
  ])('%s: no code', async (_name, changed) => {
    const answer = await authorize(changed)
    expect(answer.get('error')).toMatch(/^invalid_(request|target)$/)
    expect(answer.has('code')).toBe(false)
  })
})

test.each(['client_id', 'redirect_uri', 'scope', 'state', 'aud', 'launch', 'code_challenge', 'response_type', 'nonce'])(
  'AUTHZ-10: %s twice, by GET and by POST',
  async (name) => {
    const url = authorizeUrl({ scope: SCOPE, nonce: 'n', launch: 'l' })
    const [path = '', query = ''] = url.split('?')
    const twice = `${query}&${name}=${new URLSearchParams(query).get(name)}`
    const answers = [
      await request(fixture.server).get(`${path}?${twice}`).redirects(0),
      await request(fixture.server).post(path).type('form').send(twice).redirects(0),
    ]
    for (const answer of answers) {
      // Whom to tell is not known when that is what is doubtful.
      if (/client_id|redirect_uri/.test(name))
        expect([answer.status, answer.headers.location]).toEqual([400, undefined])
      else expect(new URL(String(answer.headers.location)).searchParams.get('error')).toBe('invalid_request')
    }
  },
)

test('AUTHZ-18: a URL longer than Node takes is refused as such, and no more than that happens', async () => {
  const answer = await request(fixture.server).get(authorizeUrl({ scope: `openid ${'x'.repeat(17_000)}` }))
  expect(answer.status).toBe(431)
  expect((await request(fixture.server).get('/health')).status).toBe(200)
})

test('AUTHZ-15: the consent page lets its form lead to the app, since browsers count the redirect after it', async () => {
  const { page } = await begin(fixture.server, 'ana', { scope: SCOPE })
  expect(page.headers['content-security-policy']).toContain(`form-action 'self' ${new URL(APP).origin}`)
})

describe('AUTHZ-19: further parameters', () => {
  test('unknown ones change nothing', async () => {
    const changed = { ui_locales: 'de', display: 'popup', colour: 'red', __proto: 'x', acr_values: '1' }
    const { body } = await tokensOf(fixture, 'ana', { scope: SCOPE, changed })
    expect(body).toMatchObject({ patient: 'ana', scope: SCOPE })
  })
  test('a nonce without openid is no fault', async () => {
    const scope = 'launch/patient patient/Patient.rs'
    const { body } = await tokensOf(fixture, 'ana', { scope, changed: { nonce: 'n', max_age: '60' } })
    expect(body.scope).toBe(scope)
    expect(body).not.toHaveProperty('id_token')
  })
  test('max_age and prompt=login are met: everyone signs in at every request', async () => {
    const changed = { max_age: '1', prompt: 'login consent', nonce: 'n-1' }
    const { body } = await tokensOf(fixture, 'ana', { scope: SCOPE, changed })
    const claims = decodeJwt(body.id_token)
    expect(claims.nonce).toBe('n-1')
    expect(Number(claims.auth_time)).toBeGreaterThan(Date.now() / 1000 - 60)
  })
})

test('AUTHZ-22: pages of ours cannot be framed, in old browsers either, and are kept by nobody', async () => {
  const { browser, page } = await begin(fixture.server, 'wei', { scope: SCOPE })
  const { action, csrf } = formOf(page)
  const consent = await browser.get(String((await browser.post(action, { csrf, patient: 'ana' })).headers.location))
  for (const one of [page, consent]) {
    expect(one.headers).toMatchObject({
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    expect(one.headers['content-security-policy']).toContain("frame-ancestors 'none'")
  }
})
