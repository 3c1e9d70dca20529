// "My apps" over HTTP, as the person's browser: what is shown, what is taken away or stopped, and for whom.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request, { type Response } from 'supertest'
import { type GrantRecord, gidOf, grantStore } from '../grants/grants.ts'
import { apiClient, requestOwnToken } from '../testing/api-client.ts'
import { type Fixture, oidOf, type Person, startAuthServer, subOf, TENANT } from '../testing/auth-server-fixture.ts'
import { Browser } from '../testing/browser.ts'
import { begin, follow, redeemCode, share } from '../testing/launch-flow.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await startAuthServer()
})
afterEach(() => fixture.close())

async function open(person: Person, browser = new Browser(fixture.server)) {
  return { browser, page: await follow(browser, await browser.get('/apps'), person) }
}
const csrfOf = (page: Response) => /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
/** Of the accesses that have a page. */
const idsOf = (page: Response) => [...page.text.matchAll(/href="\/apps\/([\w-]{43})"/g)].map(([, id]) => String(id))

async function launch(person: Person, scopes: string[], browser?: Browser) {
  const scope = 'openid launch/patient patient/Patient.rs patient/Observation.rs offline_access online_access'
  const started = await begin(fixture.server, person, { scope }, 'get', browser)
  const callback = await share(started.browser, started.page, person, scopes)
  return (await redeemCode(fixture.server, String(callback.searchParams.get('code')))).body
}
const refresh = (refresh_token: string) =>
  request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })

const stop = (browser: Browser, page: Response, id = idsOf(page)[0] ?? '') =>
  browser.post(`/apps/${id}/stop`, { csrf: csrfOf(page) })

test('REF-06, SEED-22, DISC-14: a person signs in, sees each app with what it may do, and stops one; the proxies are told', async () => {
  const tokens = await launch('ana', ['patient/Observation.rs', 'offline_access'])
  const { browser, page } = await open('ana')
  expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-store'])
  expect(page.text).toContain('Heart Chart')
  expect(page.text).toContain('Name of ana')
  expect(page.text).toContain('All tests and measurements')
  const [id = ''] = idsOf(page)
  expect(id).toBe(decodeJwt(tokens.access_token).gid)
  const confirm = await browser.get(`/apps/${id}/stop`)
  expect(confirm.text).toContain('keeps what it has already copied')
  const { body: renewed } = await refresh(tokens.refresh_token)
  const stopped = await stop(browser, confirm, id)
  expect([stopped.status, stopped.headers.location]).toEqual([303, `/apps/${id}/stopped`])
  const done = await browser.get(`/apps/${id}/stopped`)
  expect(done.text).toMatch(/Stopped at \d\d:\d\d\. No app request after this gets your data\./)
  const after = await browser.get('/apps')
  expect(idsOf(after)).toEqual([])
  expect(after.text).toMatch(/Ended on \d/)
  expect(fixture.revocations).toContainEqual(expect.objectContaining({ kind: 'grant', id }))
  expect((await refresh(renewed.refresh_token)).body.error).toBe('invalid_grant')
})

test('SEED-22: what an app was granted time after time is one access, and stopping it ends all of it', async () => {
  const first = await launch('ana', ['patient/Patient.rs', 'offline_access'])
  const second = await launch('ana', ['patient/Observation.rs', 'offline_access'])
  const { browser, page } = await open('ana')
  expect(page.text).toContain('1 app can see your data now.')
  for (const words of ['All tests and measurements', 'Name, birth date']) expect(page.text).toContain(words)
  const [id, ...more] = idsOf(page)
  expect(more).toEqual([])
  await stop(browser, page, id)
  for (const { refresh_token } of [first, second]) {
    expect((await refresh(refresh_token)).body.error).toBe('invalid_grant')
  }
})

test('REF-06: nobody sees, narrows or stops what another person allowed', async () => {
  const tokens = await launch('ana', ['patient/Patient.rs', 'patient/Observation.rs', 'offline_access'])
  const { browser, page } = await open('ben')
  expect(page.text).not.toContain('Heart Chart')
  const id = String(decodeJwt(tokens.access_token).gid)
  const csrf = csrfOf(page)
  const nobodys = 'x'.repeat(43)
  for (const path of [id, nobodys]) {
    expect((await browser.get(`/apps/${path}`)).headers.location).toBe(`/apps/${path}/stopped`)
    expect((await browser.get(`/apps/${path}/stopped`)).status).toBe(404)
    const form = { csrf, kind: 'patient/Patient.rs', sure: 'yes', until: '2026-01-01' }
    expect((await browser.post(`/apps/${path}/remove`, form)).status).toBe(404)
    expect((await browser.post(`/apps/${path}/shorten`, form)).status).toBe(404)
    expect((await stop(browser, page, path)).status).toBe(303)
  }
  const { body } = await refresh(tokens.refresh_token)
  expect(body.scope).toContain('patient/Observation.rs')
})

describe('SEED-22: a kind is taken away', () => {
  test('from all that the app was granted, however it spelled it each time', async () => {
    const tokens = []
    for (const scope of ['patient/Observation.read patient/Goal.rs', 'patient/Observation.rs patient/Goal.rs']) {
      const started = await begin(fixture.server, 'ana', { scope: `launch/patient ${scope} offline_access` })
      const callback = await share(started.browser, started.page, 'ana', [...scope.split(' '), 'offline_access'])
      tokens.push((await redeemCode(fixture.server, String(callback.searchParams.get('code')))).body)
    }
    const { browser, page } = await open('ana')
    const [id = ''] = idsOf(page)
    const app = await browser.get(`/apps/${id}`)
    const [kind = ''] = [...app.text.matchAll(/name="kind" value="([^"]+)"/g)].flatMap(([, text]) =>
      text?.startsWith('patient/Observation') ? [text] : [],
    )
    await browser.post(`/apps/${id}/remove`, { csrf: csrfOf(app), kind, sure: 'yes' })
    for (const { refresh_token } of tokens)
      expect((await refresh(refresh_token)).body.scope).not.toContain('Observation')
  })

  const SCOPES = ['patient/Patient.rs', 'patient/Observation.rs', 'offline_access']
  const remove = (browser: Browser, page: Response, form: Record<string, string>) =>
    browser.post(`/apps/${idsOf(page)[0]}/remove`, { csrf: csrfOf(page), ...form })

  test('after it was confirmed: tokens so far end at the proxies, refreshes give less, consent is not given back', async () => {
    const tokens = await launch('ana', SCOPES)
    const { browser, page } = await open('ana')
    const asked = await remove(browser, page, { kind: 'patient/Observation.rs' })
    expect([asked.status, asked.text]).toEqual([200, expect.stringContaining('All tests and measurements')])
    expect(fixture.revocations).toEqual([])
    const done = await remove(browser, page, { kind: 'patient/Observation.rs', sure: 'yes' })
    expect([done.status, done.headers.location]).toEqual([303, `/apps/${idsOf(page)[0]}?removed`])
    const after = await browser.get(String(done.headers.location))
    expect(after.text).toMatch(/Removed at \d\d:\d\d\. The app cannot see it any more\./)
    expect(after.text).not.toContain('All tests and measurements')
    const { gid, iat } = decodeJwt(tokens.access_token)
    expect(fixture.revocations).toMatchObject([{ kind: 'grant-tokens', id: gid }])
    expect(fixture.revocations[0]?.at).toBeGreaterThanOrEqual(iat ?? Number.POSITIVE_INFINITY)
    const { body } = await refresh(tokens.refresh_token)
    expect(body.scope.split(' ')).toEqual(expect.arrayContaining(['patient/Patient.rs', 'offline_access']))
    expect([body.scope, decodeJwt(body.access_token).scope].join()).not.toContain('Observation')
    const again = await request(fixture.server).post('/token').type('form').send({
      grant_type: 'refresh_token',
      client_id: 'app',
      refresh_token: body.refresh_token,
      scope: 'patient/Observation.rs',
    })
    expect(again.body.error).toBe('invalid_scope')
    // A further launch of the same app gives no more without a question.
    const scope = 'openid launch/patient patient/Patient.rs patient/Observation.rs offline_access online_access'
    const { page: silent } = await begin(fixture.server, 'ana', { scope, prompt: undefined })
    const callback = new URL(String(silent.headers.location), 'https://app.test')
    const code = callback.searchParams.get('code')
    expect(code === null || !(await redeemCode(fixture.server, code)).body.scope.includes('Observation')).toBe(true)
  })

  test('one category of all: the app keeps the others by name, and asks for no consent', async () => {
    const tokens = await launch('ana', SCOPES)
    const { browser, page } = await open('ana')
    const kind = 'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|survey'
    await remove(browser, page, { kind, sure: 'yes' })
    const { body } = await refresh(tokens.refresh_token)
    const granted = String(decodeJwt(body.access_token).scope).split(' ')
    expect(granted).toEqual(expect.arrayContaining([kind.replace('survey', 'laboratory')]))
    expect(granted).not.toContain('patient/Observation.rs')
    expect(granted).not.toContain(kind)
  })

  test('nothing is added by it', async () => {
    const tokens = await launch('ana', SCOPES)
    const { browser, page } = await open('ana')
    for (const form of [{ kind: 'patient/Condition.rs' }, { group: 'notes' }, { kind: 'openid' }, {}])
      expect((await remove(browser, page, { ...form, sure: 'yes' })).status).toBe(404)
    const { body } = await refresh(tokens.refresh_token)
    expect(body.scope).toContain('patient/Observation.rs')
  })

  test('the last one is a stop, and is asked as such', async () => {
    const tokens = await launch('ana', ['patient/Patient.rs', 'offline_access'])
    const { browser, page } = await open('ana')
    const answer = await remove(browser, page, { kind: 'patient/Patient.rs', sure: 'yes' })
    expect(answer.headers.location).toBe(`/apps/${idsOf(page)[0]}/stop`)
    expect((await refresh(tokens.refresh_token)).status).toBe(200)
  })

  test('introspection calls what was given before inactive, and what is given since active', async () => {
    const tokens = await launch('ana', SCOPES)
    const { browser, page } = await open('ana')
    const api = await requestOwnToken(fixture, { scope: '__introspect' })
    const isActive = async (token: string) => {
      const answer = await request(fixture.server)
        .post('/token/introspection')
        .set('authorization', `Bearer ${api.body.access_token}`)
        .type('form')
        .send({ token })
      return answer.body.active as boolean
    }
    expect(await isActive(tokens.access_token)).toBe(true)
    await remove(browser, page, { kind: 'patient/Observation.rs', sure: 'yes' })
    expect(await isActive(tokens.access_token)).toBe(false)
    expect(await isActive(tokens.refresh_token)).toBe(true)
  })
})

describe('SEED-22: access is made to end sooner', () => {
  const daysOf = (page: Response) =>
    [...page.text.matchAll(/name="until" id="until-\d" value="([^"]+)"/g)].map(([, day]) => String(day))

  test('to a day that is offered, never to a later one', async () => {
    const tokens = await launch('ana', ['patient/Patient.rs', 'offline_access'])
    const { browser, page } = await open('ana')
    const [id] = idsOf(page)
    const one = await browser.get(`/apps/${id}`)
    const [week = '', month = '', ...later] = daysOf(one)
    expect(later.length).toBeGreaterThan(0)
    const none = await browser.post(`/apps/${id}/shorten`, { csrf: csrfOf(page) })
    expect(none.text).toContain('Choose a day.')
    const done = await browser.post(`/apps/${id}/shorten`, { csrf: csrfOf(page), until: month })
    expect(done.headers.location).toBe(`/apps/${id}?shortened`)
    const shortened = await browser.get(`/apps/${id}?shortened`)
    expect(shortened.text).toContain('Access now ends on')
    expect(daysOf(shortened)).toEqual([week])
    expect((await browser.post(`/apps/${id}/shorten`, { csrf: csrfOf(page), until: String(later[0]) })).text).toContain(
      'Choose a day.',
    )
    expect((await refresh(tokens.refresh_token)).status).toBe(200)
    const listed = await (await apiClient(fixture, '__grants')).get(`/grants?tid=${TENANT}&oid=${oidOf('ana')}`)
    expect(listed.body.grants).toHaveLength(1)
  })

  test('what ends within the hour by itself is offered none', async () => {
    await launch('ana', ['patient/Patient.rs'])
    const { browser, page } = await open('ana')
    expect(daysOf(await browser.get(`/apps/${idsOf(page)[0]}`))).toEqual([])
  })
})

test('REF-06: stopped is said only once the proxy refuses; until then that it is not known', async () => {
  const deaf = await startAuthServer({ fhirUrl: 'http://127.0.0.1:9' })
  try {
    const { store } = deaf
    const grantId = 'g'.repeat(20)
    const grants = grantStore(store, Date.now)
    const persona = { record: 'Patient/ana', source: 'links' } as const
    const context = { person: 'Patient/ana', fhirUser: 'Patient/ana', patient: 'ana' } as GrantRecord['context']
    await grants.save(
      {
        grantId,
        clientId: 'app',
        sub: subOf('ana'),
        persona,
        context,
        scopes: ['patient/Patient.rs'],
        since: new Date().toISOString(),
      },
      3600,
    )
    const browser = new Browser(deaf.server)
    const page = await follow(browser, await browser.get('/apps'), 'ana')
    const answer = await stop(browser, page, gidOf(grantId))
    expect(answer.status).toBe(303)
    const pending = await browser.get(String(answer.headers.location))
    expect(pending.text).toContain('We are not sure yet that access has stopped. Please try again.')
    expect(pending.text).not.toMatch(/Stopped at|gets your data/)
  } finally {
    await deaf.close()
  }
}, 20_000)

test('after the sign-in the person is back at the page that was asked for', async () => {
  const browser = new Browser(fixture.server)
  const page = await follow(browser, await browser.get('/apps/log?group=notes'), 'ana')
  expect(page.status).toBe(200)
  expect(page.text).toMatch(/<option value="notes" selected>/)
})

test('who takes access back is asked again next time', async () => {
  await launch('ana', ['patient/Patient.rs'])
  const { browser, page } = await open('ana')
  for (const id of idsOf(page)) await stop(browser, page, id)
  const scope = 'openid launch/patient patient/Patient.rs'
  const { page: consent } = await begin(fixture.server, 'ana', { scope, prompt: undefined })
  expect(consent.status).toBe(200)
})

test('SEC-06: a form of another site, or without a session, changes nothing', async () => {
  const tokens = await launch('ana', ['patient/Patient.rs', 'offline_access'])
  const { browser } = await open('ana')
  const id = String(decodeJwt(tokens.access_token).gid)
  for (const what of [`${id}/stop`, `${id}/remove`, `${id}/shorten`, 'log/report']) {
    const form = { kind: 'patient/Patient.rs', sure: 'yes', do: 'stop' }
    for (const csrf of ['', 'forged']) expect((await browser.post(`/apps/${what}`, { csrf, ...form })).status).toBe(400)
    expect((await new Browser(fixture.server).post(`/apps/${what}`, { csrf: 'x', ...form })).status).toBe(400)
  }
  expect((await browser.get('/apps/signout')).status).toBe(405)
  expect((await refresh(tokens.refresh_token)).status).toBe(200)
})

test('AUTHZ-24: a sign-in for the page that another browser finishes opens nothing for either', async () => {
  const victim = new Browser(fixture.server)
  const attacker = new Browser(fixture.server)
  const left = await attacker.get('/apps')
  const state = String(new URL(String(left.headers.location)).searchParams.get('state'))
  const answer = await victim.get(`/callback?${new URLSearchParams({ state, code: 'ana' })}`)
  expect(answer.status).toBe(400)
  for (const browser of [victim, attacker]) expect((await browser.get('/apps')).status).toBe(303)
})

test('REF-01: signing out ends online_access at once, and leaves offline_access', async () => {
  const browser = new Browser(fixture.server)
  const online = await launch('ana', ['patient/Patient.rs', 'online_access'], browser)
  const offline = await launch('ana', ['patient/Patient.rs', 'offline_access'])
  expect((await refresh(online.refresh_token)).status).toBe(200)
  const { page } = await open('ana', browser)
  const out = await browser.post('/apps/signout', { csrf: csrfOf(page) })
  expect(out.headers.location).toBe('/apps/signed-out')
  expect((await browser.get('/apps/signed-out')).status).toBe(200)
  expect((await browser.get('/apps')).status).toBe(303)
  expect(fixture.revocations).toContainEqual(
    expect.objectContaining({ kind: 'grant', id: decodeJwt(online.access_token).gid }),
  )
  expect((await refresh(offline.refresh_token)).status).toBe(200)
})

test('REF-01: a sign-out at the identity provider ends what was granted for that sign-in', async () => {
  const online = await launch('ana', ['patient/Patient.rs', 'online_access'])
  const ben = await launch('ben', ['patient/Patient.rs', 'online_access'])
  await request(fixture.server).get('/frontchannel-logout?provider=entra&sid=unknown')
  expect((await refresh(ben.refresh_token)).status).toBe(200)
  const answer = await request(fixture.server).get('/frontchannel-logout?provider=entra&sid=idp-session-of-ana')
  expect(answer.status).toBe(200)
  expect((await refresh(online.refresh_token)).body.error).toBe('invalid_grant')
})
