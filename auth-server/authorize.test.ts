// Bad input at the authorization server: the standard's error, no redirect to strangers, never a 5xx.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeJwt } from 'jose'
import request, { type Response } from 'supertest'
import { APP, type Fixture, ISSUER, startAuthServer, subOf } from './testing/auth-server-fixture.ts'
import { Browser } from './testing/browser.ts'
import { authorizeUrl, begin, DEFAULT_SCOPE, follow, formOf, redeemCode, share } from './testing/launch-flow.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

const authorize = (method: 'get' | 'post', changed: Record<string, string | undefined>) => {
  const [path = '', query = ''] = authorizeUrl(changed).split('?')
  const sending = request(fixture.server)
    [method](method === 'get' ? `${path}?${query}` : path)
    .redirects(0)
  return method === 'get' ? sending : sending.type('form').send(query)
}

describe.each(['get', 'post'] as const)('AUTHZ-01, SEED-03: %s', (method) => {
  test.each([
    ['AUTHZ-02, SEC-02 response_type', { response_type: 'token' }, 'unsupported_response_type'],
    ['AUTHZ-02 a hybrid response_type', { response_type: 'code id_token' }, 'unsupported_response_type'],
    [
      'AUTHZ-02 a response_type in the query',
      { response_type: 'token', response_mode: 'query' },
      'unsupported_response_type',
    ],
    ['AUTHZ-04 no state', { state: undefined }, 'invalid_request'],
    ['AUTHZ-05 no aud', { aud: undefined }, 'invalid_request'],
    ['AUTHZ-05 foreign aud', { aud: 'https://evil.test/fhir' }, 'invalid_request'],
    ['AUTHZ-06 resource differs', { resource: 'https://evil.test/fhir' }, 'invalid_target'],
    ['AUTHZ-07 no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['AUTHZ-07, SEC-02 plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['AUTHZ-08 short challenge', { code_challenge: 'abc' }, 'invalid_request'],
    ['AUTHZ-08 padded challenge', { code_challenge: `${'a'.repeat(43)}=` }, 'invalid_request'],
    ['AUTHZ-08 challenge in another alphabet', { code_challenge: `${'a'.repeat(42)}+` }, 'invalid_request'],
    ['AUTHZ-08 challenge of another size', { code_challenge: 'a'.repeat(44) }, 'invalid_request'],
    ['AUTHZ-20 no usable scope', { scope: 'nonsense system/*.read' }, 'invalid_scope'],
    ['response_mode', { response_mode: 'fragment' }, 'invalid_request'],
    ['prompt=none', { prompt: 'none' }, 'login_required'],
  ])('%s', async (_name, changed, error) => {
    const answer = await authorize(method, changed)
    expect(answer.status).toBe(303)
    const location = new URL(String(answer.headers.location))
    expect([location.href.startsWith(APP), location.hash]).toEqual([true, ''])
    expect(location.searchParams.get('error')).toBe(error)
    expect(location.searchParams.get('iss')).toBe(ISSUER)
  })

  test.each([
    ['unknown client', { client_id: 'nobody' }],
    ['foreign redirect_uri', { redirect_uri: 'https://evil.test/callback' }],
    ['longer redirect_uri', { redirect_uri: `${APP}/../evil` }],
    ['no redirect_uri', { redirect_uri: undefined, client_id: 'nobody' }],
  ])('AUTHZ-03, SEED-04: %s is shown, never redirected', async (_name, changed) => {
    const answer = await authorize(method, changed).set('accept', 'text/html')
    expect(answer.status).toBe(400)
    expect(answer.headers.location).toBeUndefined()
    expect(answer.text).toContain('not set up right')
    expect(answer.text).not.toContain('evil')
  })

  test('AUTHZ-05: a slash at the end of aud is the same', async () => {
    const answer = await authorize(method, { aud: `${ISSUER}/fhir/` })
    expect(String(answer.headers.location)).toContain('/interaction/')
  })
})

test('AUTHZ-10: a parameter twice', async () => {
  const answer = await request(fixture.server).get(`${authorizeUrl()}&scope=openid`).redirects(0)
  expect(new URL(String(answer.headers.location)).searchParams.get('error')).toBe('invalid_request')
})

describe('AUTHZ-24: a sign-in ends in the browser that began it', () => {
  test('another browser gets a page, and neither is signed in', async () => {
    const attacker = new Browser(fixture.server)
    const start = await attacker.get(authorizeUrl())
    const leave = await attacker.get(String(start.headers.location))
    const state = String(new URL(String(leave.headers.location)).searchParams.get('state'))
    const victim = new Browser(fixture.server)
    const answer = await victim.get(`/callback?state=${state}&code=ana`)
    expect(answer.status).toBe(400)
    expect(answer.headers['set-cookie']).toBeUndefined()
    const again = await attacker.get(String(start.headers.location))
    expect(String(again.headers.location)).toContain('https://idp.test/')
  })
  test('unknown state', async () => {
    expect((await new Browser(fixture.server).get('/callback?state=x&code=ana')).status).toBe(400)
  })
  test('SEED-07: a refused sign-in is told to the app', async () => {
    const browser = new Browser(fixture.server)
    const start = await browser.get(authorizeUrl())
    const leave = await browser.get(String(start.headers.location))
    const state = String(new URL(String(leave.headers.location)).searchParams.get('state'))
    await browser.get(`/callback?state=${state}&error=access_denied`)
    const resume = await browser.get(String(start.headers.location))
    const end = await browser.get(String(resume.headers.location))
    expect(new URL(String(end.headers.location)).searchParams.get('error')).toBe('access_denied')
  })
})

test('AUTHZ-22: a consent form without its CSRF token, or from another browser, does nothing', async () => {
  const { browser, page } = await begin(fixture.server, 'ana')
  const { action, csrf } = formOf(page)
  expect((await browser.post(action, { csrf: 'x', decision: 'share', until: 'now' })).status).toBe(400)
  const stranger = new Browser(fixture.server)
  expect((await stranger.post(action, { csrf, decision: 'share', until: 'now' })).status).toBe(400)
  expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(page.headers['cache-control']).toBe('no-store')
  expect(page.headers['referrer-policy']).toBe('no-referrer')
})

describe('the token endpoint', () => {
  const code = async () => {
    const { browser, page } = await begin(fixture.server, 'ana')
    return String((await share(browser, page, 'ana', ['patient/Patient.rs'])).searchParams.get('code'))
  }
  test.each([
    ['TOK-03 wrong verifier', { code_verifier: 'w'.repeat(43) }, 400, 'invalid_grant'],
    ['TOK-02 other redirect_uri', { redirect_uri: 'https://app.test/other' }, 400, 'invalid_grant'],
    ['AUTHZ-13, TOK-02 another client', { client_id: 'narrow-app' }, 400, 'invalid_grant'],
    ['TOK-17 unknown client', { client_id: 'nobody' }, 401, 'invalid_client'],
    ['TOK-17 unknown code', { code: 'garbage' }, 400, 'invalid_grant'],
    ['SEC-02, TOK-17 the password grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('%s', async (_name, changed, status, error) => {
    const answer = await redeemCode(fixture.server, await code(), changed as Record<string, string>)
    expect([answer.status, answer.body.error]).toEqual([status, error])
    expect(answer.headers.pragma).toBe('no-cache')
  })
  test('AUTHZ-14: a code works once, and its second use ends what the first one gave', async () => {
    const { browser, page } = await begin(fixture.server, 'ana')
    const callback = await share(browser, page, 'ana', ['patient/Patient.rs', 'offline_access'])
    const once = String(callback.searchParams.get('code'))
    const first = await redeemCode(fixture.server, once)
    expect((await redeemCode(fixture.server, once)).body.error).toBe('invalid_grant')
    const refresh = await request(fixture.server)
      .post('/token')
      .type('form')
      .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token: first.body.refresh_token })
    expect(refresh.body.error).toBe('invalid_grant')
  })
  test('SEC-03: fifty at once, one wins', async () => {
    const once = await code()
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeemCode(fixture.server, once)))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  })
})

test('forged Host and X-Forwarded headers change nothing', async () => {
  const plain = await request(fixture.server).get('/.well-known/openid-configuration')
  const forged = await request(fixture.server)
    .get('/.well-known/openid-configuration')
    .set({ host: 'evil.test', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'gopher' })
  expect(forged.text).toBe(plain.text)
  expect(plain.body).toMatchObject({ issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` })
})

test('OID-02: the published keys are public', async () => {
  const { body } = await request(fixture.server).get('/jwks')
  expect(body.keys.map((key: { alg: string }) => key.alg).sort()).toEqual(['ES256', 'RS256'])
  for (const key of body.keys) expect(Object.keys(key)).not.toContain('d')
})

describe('SEED-04: garbage is never a 5xx', () => {
  test.each([
    '/%',
    '/interaction/%E0%A4%A',
    '/interaction/none',
    '/auth/none',
    '/auth?client_id=app&redirect_uri=%00',
    '/callback',
    '/assets/..%2f..%2fpackage.json',
    '/launch',
    '/token',
    '//evil.test/',
    '/.well-known/none',
  ])('%s', async (path) => {
    for (const method of ['get', 'post', 'put', 'delete', 'options', 'head'] as const) {
      const answer = await request(fixture.server)[method](path).redirects(0)
      expect(answer.status).toBeLessThan(500)
    }
  })

  test('any parameters, any cookie', async () => {
    const wild = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(DEFAULT_SCOPE, 'openid', APP))
    const names = [
      'client_id',
      'scope',
      'state',
      'aud',
      'launch',
      'prompt',
      'max_age',
      'claims',
      'request',
      'login_hint',
      'nonce',
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), wild, fc.base64String(), async (name, value, cookie) => {
        const answer = await request(fixture.server)
          .get(authorizeUrl({ [name]: value.toWellFormed() }))
          .set('cookie', `_interaction=${cookie}; _session=${cookie}`)
          .redirects(0)
        expect(answer.status).toBeLessThan(500)
      }),
      { numRuns: 150 },
    )
  })
})

test('SEED-04: nor is any answer of an identity provider, or any form of an app', async () => {
  const wild = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('app', APP, 'authorization_code'))
  const names = fc.constantFrom(
    'state',
    'code',
    'error',
    'grant_type',
    'client_id',
    'redirect_uri',
    'code_verifier',
    'token',
  )
  const parameters = fc.array(
    fc.tuple(
      names,
      wild.map((value) => value.toWellFormed()),
    ),
    { maxLength: 6 },
  )
  const places = fc.constantFrom(
    '/callback',
    '/callback/none',
    '/token',
    '/AadSmartOnFhirProxy/token',
    '/token/revocation',
  )
  await fc.assert(
    fc.asyncProperty(places, parameters, wild, async (path, given, header) => {
      const text = new URLSearchParams(given).toString()
      const answer = path.startsWith('/callback')
        ? await request(fixture.server).get(`${path}?${text}`).redirects(0)
        : await request(fixture.server)
            .post(path)
            .set('authorization', `Basic ${Buffer.from(header.toWellFormed()).toString('base64')}`)
            .type('form')
            .send(text)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
    }),
    { numRuns: 200 },
  )
})

describe('one interaction in two tabs', () => {
  const leaveTwice = async (browser: Browser) => {
    const start = await browser.get(authorizeUrl())
    const uidPath = String(start.headers.location)
    const states = []
    for (const _tab of [1, 2]) {
      const leave = await browser.get(uidPath)
      states.push(String(new URL(String(leave.headers.location)).searchParams.get('state')))
    }
    return { uidPath, states }
  }

  test('a second sign-in starts afresh: nothing that the first person chose is the second one’s', async () => {
    const browser = new Browser(fixture.server)
    const { uidPath, states } = await leaveTwice(browser)
    await browser.get(`/callback?state=${states[0]}&code=wei`)
    const picker = await follow(browser, await browser.get(uidPath), 'wei')
    await browser.post(formOf(picker).action, { csrf: formOf(picker).csrf, patient: 'carl' })
    await browser.get(`/callback?state=${states[1]}&code=ana`)
    const consent = await follow(browser, await browser.get(uidPath), 'ana')
    expect(consent.text).toContain('Name of ana')
    const callback = await share(browser, consent, 'ana', ['patient/Patient.rs'])
    const { body } = await redeemCode(fixture.server, String(callback.searchParams.get('code')))
    expect(body.patient).toBe('ana')
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: subOf('ana'), person: 'Patient/ana', patient: 'ana' })
  })

  test('a consent page for one patient cannot share another who was chosen since', async () => {
    const { browser, page } = await begin(fixture.server, 'wei')
    const pick = async (from: Response, patient: string) => {
      const { action, csrf } = formOf(from)
      return follow(browser, await browser.post(action, { csrf, patient }), 'wei')
    }
    const forAna = await pick(page, 'ana')
    const { action, csrf } = formOf(forAna)
    const picker = await follow(browser, await browser.post(`${action}/change`, { csrf }), 'wei')
    await pick(picker, 'carl')
    const stale = await browser.post(action, { csrf, decision: 'share', until: 'now' })
    expect(stale.status).toBe(400)
  })
})

test.each(['\\', '|', '\u0000', '2024-99', '9999-99-99', ',,,', '..'])(
  'the picker takes %j without a 5xx',
  async (q) => {
    const { browser, page } = await begin(fixture.server, 'wei')
    const { action, csrf } = formOf(page)
    expect((await browser.get(`${action}?${new URLSearchParams({ q })}`)).status).toBe(200)
    expect((await browser.post(action, { csrf, patient: q })).status).toBe(400)
  },
)

test('AUTHZ-03, TOK-02: redirect_uri is never left out', async () => {
  const answer = await request(fixture.server)
    .get(authorizeUrl({ redirect_uri: undefined }))
    .redirects(0)
  expect(answer.headers.location).toBeUndefined()
  expect(answer.status).toBe(400)
})
