// A request that someone else began, with cookies that a neighbouring site has put into the person's browser: whoever
// began it sees nothing and gets nothing of the person who signs in (AUTHZ-24).
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { Browser } from '../testing/browser.ts'
import { authorizeUrl, follow, formOf } from '../testing/launch-flow.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer({ frameAncestors: ['https://ehr.test'] })
})
afterAll(() => fixture.close())

const IN_FRAME = { 'sec-fetch-dest': 'iframe' }

/** The thief's request, and the person's browser with its cookies. */
async function planted(headers: Record<string, string> = {}) {
  const [thief, browser] = [new Browser(fixture.server), new Browser(fixture.server)]
  const path = String((await thief.get(authorizeUrl(), headers)).headers.location)
  browser.takeCookiesOf(thief)
  return { thief, browser, path }
}

test('AUTHZ-24: the request goes on only in the browser in which the person signed in', async () => {
  const { thief, browser, path } = await planted()
  const page = await follow(browser, await browser.get(path), 'ana')
  expect(page.text).toContain('Name of ana')
  const seen = await thief.get(path)
  expect([seen.status, seen.text.includes('ana')]).toEqual([400, false])
  const { action, csrf } = formOf(page)
  expect((await thief.post(action, { csrf, decision: 'share', until: 'now' })).status).toBe(400)
})

test('AUTHZ-24: the answer goes to the browser in which the person decided', async () => {
  const { thief, browser, path } = await planted()
  const { action, csrf } = formOf(await follow(browser, await browser.get(path), 'ana'))
  const shared = await browser.post(action, { csrf, decision: 'share', until: 'now' })
  const stolen = await thief.get(String(shared.headers.location))
  expect(String(stolen.headers.location)).not.toContain('code=')
})

test('EHR-09: the frame that offered the window is the one that goes on', async () => {
  const { thief, browser, path } = await planted(IN_FRAME)
  await thief.get(path, IN_FRAME)
  const page = await browser.get(path, IN_FRAME)
  const href = /href="(\/sign-in-window\?id=[^"]+)"/.exec(page.text)?.[1] ?? ''
  const window = new Browser(fixture.server)
  await follow(window, await window.get(href, { 'sec-fetch-site': 'same-origin' }), 'ana')
  const seen = await follow(thief, await thief.get(path, IN_FRAME), 'ben')
  expect(seen.text).not.toContain('ana')
})
