// "Apps with access" over HTTP, as the person's browser: what is shown, what is stopped, and for whom.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request, { type Response } from 'supertest'
import { type Fixture, type Person, startAuthServer } from '../testing/auth-server-fixture.ts'
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
const idsOf = (page: Response) => [...page.text.matchAll(/name="id" value="([^"]+)"/g)].map(([, id]) => String(id))

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

test('REF-06, SEED-22, DISC-14: a person signs in, sees each app with what it may do, and stops one; the proxies are told', async () => {
  const tokens = await launch('ana', ['patient/Observation.rs', 'offline_access'])
  const { browser, page } = await open('ana')
  expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-store'])
  expect(page.text).toContain('Heart Chart')
  expect(page.text).toContain('Name of ana')
  expect(page.text).toContain('All tests and measurements')
  const [id] = idsOf(page)
  expect(id).toBe(decodeJwt(tokens.access_token).gid)
  const stopped = await browser.post('/apps/stop', { csrf: csrfOf(page), id: String(id) })
  expect([stopped.status, stopped.headers.location]).toEqual([303, '/apps?stopped'])
  const after = await browser.get('/apps?stopped')
  expect(after.text).toContain('Access has been stopped')
  expect(idsOf(after)).toEqual([])
  expect(fixture.revocations).toContainEqual(expect.objectContaining({ kind: 'grant', id }))
  expect((await refresh(tokens.refresh_token)).body.error).toBe('invalid_grant')
})

test('SEED-22: what an app was granted time after time is one access, and stopping it ends all of it', async () => {
  const first = await launch('ana', ['patient/Patient.rs', 'offline_access'])
  const second = await launch('ana', ['patient/Observation.rs', 'offline_access'])
  const { browser, page } = await open('ana')
  expect(page.text).toContain('1 app has access')
  for (const words of ['All tests and measurements', 'Name, birth date']) expect(page.text).toContain(words)
  const [id, ...more] = idsOf(page)
  expect(more).toEqual([])
  await browser.post('/apps/stop', { csrf: csrfOf(page), id: String(id) })
  for (const { refresh_token } of [first, second]) {
    expect((await refresh(refresh_token)).body.error).toBe('invalid_grant')
  }
})

test('REF-06: nobody sees or stops what another person allowed', async () => {
  const tokens = await launch('ana', ['patient/Patient.rs', 'offline_access'])
  const { browser, page } = await open('ben')
  expect(page.text).not.toContain('Heart Chart')
  const id = String(decodeJwt(tokens.access_token).gid)
  await browser.post('/apps/stop', { csrf: csrfOf(page), id })
  expect((await refresh(tokens.refresh_token)).status).toBe(200)
})

test('who takes access back is asked again next time', async () => {
  await launch('ana', ['patient/Patient.rs'])
  const { browser, page } = await open('ana')
  for (const id of idsOf(page)) await browser.post('/apps/stop', { csrf: csrfOf(page), id })
  const scope = 'openid launch/patient patient/Patient.rs'
  const { page: consent } = await begin(fixture.server, 'ana', { scope, prompt: undefined })
  expect(consent.status).toBe(200)
})

test('SEC-06: a form of another site, or without a session, changes nothing', async () => {
  const tokens = await launch('ana', ['patient/Patient.rs', 'offline_access'])
  const { browser } = await open('ana')
  const id = String(decodeJwt(tokens.access_token).gid)
  for (const csrf of ['', 'forged']) expect((await browser.post('/apps/stop', { csrf, id })).status).toBe(400)
  expect((await new Browser(fixture.server).post('/apps/stop', { csrf: 'x', id })).status).toBe(400)
  expect((await browser.get(`/apps/stop?id=${id}`)).status).toBe(405)
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
