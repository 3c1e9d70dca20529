// An app's request in an EHR's frame: who may frame it, and that the window beside it signs in nobody else's frame (EHR-09).
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request, { type Response } from 'supertest'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { Browser } from '../testing/browser.ts'
import { authorizeUrl, follow, formOf, redeemCode } from '../testing/launch-flow.ts'

const EHR = 'https://ehr.test'
let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer({ frameAncestors: [EHR] })
})
afterAll(() => fixture.close())

const IN_FRAME = { 'sec-fetch-dest': 'iframe' }
const FROM_OWN_PAGE = { 'sec-fetch-site': 'same-origin' }

/** The frame's page that offers the window. */
async function framed() {
  const frame = new Browser(fixture.server)
  const begun = await frame.get(authorizeUrl(), IN_FRAME)
  const path = String(begun.headers.location)
  const page = await frame.get(path, IN_FRAME)
  const href = /href="(\/sign-in-window\?id=[^"]+)"/.exec(page.text)?.[1] ?? ''
  return { frame, begun, path, page, href }
}
async function signInAt(href: string, person: 'ana' | 'ben', headers: Record<string, string> = FROM_OWN_PAGE) {
  const window = new Browser(fixture.server)
  return follow(window, await window.get(href, headers), person)
}

test('EHR-09: only the pages of an app’s request may be framed, and only by the EHRs named', async () => {
  const { page, begun } = await framed()
  expect(page.headers['content-security-policy']).toContain(`frame-ancestors ${EHR}`)
  expect(page.headers).not.toHaveProperty('x-frame-options')
  const cookies = String(begun.headers['set-cookie'])
  expect(cookies).toMatch(/_interaction=.*samesite=none; secure.*partitioned/i)
  for (const path of ['/apps', '/apps/signed-out', '/callback', '/health']) {
    const { headers } = await request(fixture.server).get(path)
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['x-frame-options']).toBe('DENY')
  }
})

test('EHR-09: without EHRs named nothing may be framed, and cookies stay on this site', async () => {
  const plain = await startAuthServer()
  const answer = await request(plain.server).get(authorizeUrl()).redirects(0)
  expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(String(answer.headers['set-cookie'])).not.toMatch(/samesite=none/i)
  await plain.close()
})

test('EHR-09: a person signs in in a window of its own and goes on in the frame', async () => {
  const { frame, path, href } = await framed()
  expect((await signInAt(href, 'ana')).text).toContain('You are signed in')
  const consent = await follow(frame, await frame.get(path, IN_FRAME), 'ana')
  const { action, csrf } = formOf(consent)
  const form = { csrf, decision: 'share', until: 'now' }
  const end = await follow(frame, await frame.post(action, form, IN_FRAME), 'ana')
  const code = String(new URL(String(end.headers.location)).searchParams.get('code'))
  expect((await redeemCode(fixture.server, code)).body.patient).toBe('ana')
})

describe('AUTHZ-24: the window signs in no stranger’s frame', () => {
  const isSignedIn = async ({ frame, path }: { frame: Browser; path: string }) =>
    !(await frame.get(path, IN_FRAME)).text.includes('sign-in-window')
  test.each([
    ['from a message', { 'sec-fetch-site': 'none' }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a neighbouring site', { 'sec-fetch-site': 'same-site' }],
    ['from a browser that does not say', {}],
  ])('opened %s', async (_name, headers) => {
    const attacker = await framed()
    const answer: Response = await signInAt(attacker.href, 'ana', headers as Record<string, string>)
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('began somewhere else')
    expect(await isSignedIn(attacker)).toBe(false)
  })
  test('each window speaks for its own frame, once', async () => {
    const [one, two] = [await framed(), await framed()]
    await signInAt(one.href, 'ana')
    expect(await isSignedIn(two)).toBe(false)
    expect(await isSignedIn(one)).toBe(true)
  })
  test('a window whose sign-in another browser finishes signs nobody in', async () => {
    const frame = await framed()
    const left = await new Browser(fixture.server).get(frame.href, FROM_OWN_PAGE)
    const state = String(new URL(String(left.headers.location)).searchParams.get('state'))
    const query = new URLSearchParams({ state, code: 'ana' })
    expect((await new Browser(fixture.server).get(`/callback?${query}`)).status).toBe(400)
    expect(await isSignedIn(frame)).toBe(false)
  })
})
