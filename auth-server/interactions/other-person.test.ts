// Somebody else signs in for the same request: nothing that the first person chose, or is, reaches the second.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import type { Response } from 'supertest'
import { type Fixture, startAuthServer, subOf } from '../testing/auth-server-fixture.ts'
import { Browser } from '../testing/browser.ts'
import { begin, follow, formOf, redeemCode } from '../testing/launch-flow.ts'

const SCOPE = 'openid launch/patient patient/Patient.rs patient/Observation.rs'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer({ frameAncestors: ['https://ehr.test'] })
})
afterAll(() => fixture.close())

/** Ana has chosen some, and is about to check it. */
async function chosen() {
  const { browser, page } = await begin(fixture.server, 'ana', { scope: SCOPE, login_hint: 'ana@contoso.test' })
  const { action, csrf } = formOf(page)
  const choices = await follow(browser, await browser.post(action, { csrf, decision: 'choose' }), 'ana')
  const form = {
    csrf: formOf(choices).csrf,
    decision: 'check',
    dates: 'all',
    until: 'now',
    scope: 'patient/Patient.rs',
  }
  const check = await follow(browser, await browser.post(`${action}/choose`, form), 'ana')
  return { browser, action, page, check }
}
/** Where the browser is sent to sign in. */
async function left(browser: Browser, action: string, csrf: string): Promise<URL> {
  const answer = await browser.post(`${action}/other-person`, { csrf })
  expect(answer.headers.location).toBe(action)
  return new URL(String((await browser.get(action)).headers.location))
}
const back = async (browser: Browser, leaving: URL, person: string): Promise<Response> => {
  const query = new URLSearchParams({ state: String(leaving.searchParams.get('state')), code: person })
  return follow(browser, await browser.get(`/callback?${query}`), 'ben')
}

describe('AUTHZ-24: not this person', () => {
  test('is asked once more; the provider asks which account, and is not told of the first one', async () => {
    const { browser, action, page } = await chosen()
    expect(page.text).toContain(`href="${action}/other-person"`)
    const asking = await browser.get(`${action}/other-person`)
    expect(asking.text).toContain('You are signed in as <bdi>ana</bdi>')
    // Its form leads to the identity provider.
    expect(asking.headers['content-security-policy']).not.toContain('form-action')
    const leaving = await left(browser, action, formOf(asking).csrf)
    expect([leaving.host, leaving.searchParams.get('prompt'), leaving.searchParams.get('login_hint')]).toEqual([
      'idp.test',
      'select_account',
      '',
    ])
    // Who goes back from there is asked again, for another account still.
    const again = new URL(String((await browser.get(action)).headers.location))
    expect(again.searchParams.get('prompt')).toBe('select_account')
  })

  test('the second person sees nothing of the first one’s, is asked anew, and shares the own record', async () => {
    const { browser, action, check } = await chosen()
    const { csrf: before } = formOf(check)
    const leaving = await left(browser, action, before)
    const page = await back(browser, leaving, 'ben')
    expect(page.text).toContain('Name of ben')
    expect(page.text).not.toContain('Name of ana')
    // No choice was made yet: the check is not due, and the first one's form is void.
    expect((await browser.get(`${action}/check`)).headers.location).toBe(`${action}/choose`)
    expect((await browser.post(`${action}/check`, { csrf: before, decision: 'share' })).status).toBe(400)
    const { csrf } = formOf(page)
    const end = await browser.post(action, { csrf, decision: 'share', until: 'now' })
    const told = await follow(browser, end, 'ben')
    const { body } = await redeemCode(
      fixture.server,
      String(new URL(String(told.headers.location)).searchParams.get('code')),
    )
    expect(body.scope).toContain('patient/Observation.rs')
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: subOf('ben'), patient: 'ben', person: 'Patient/ben' })
  })

  test('whoever gives up in between sends the app a refusal, of nobody', async () => {
    const { browser, action, check } = await chosen()
    const end = await back(browser, await left(browser, action, formOf(check).csrf), 'nobody')
    const told = new URL(String(end.headers.location)).searchParams
    expect([told.get('error'), told.has('code')]).toEqual(['access_denied', false])
  })

  test('an app that wants the password again gets no less', async () => {
    const { browser, page } = await begin(fixture.server, 'ana', { scope: SCOPE, max_age: '60', prompt: undefined })
    const { action, csrf } = formOf(page)
    expect((await left(browser, action, csrf)).searchParams.get('prompt')).toBe('login')
  })

  test('a form of another site, and another browser, end no sign-in', async () => {
    const { browser, action } = await chosen()
    expect((await browser.post(`${action}/other-person`, { csrf: 'forged' })).status).toBe(400)
    const other = new Browser(fixture.server)
    expect((await other.get(`${action}/other-person`)).status).toBe(400)
    expect((await browser.get(`${action}/check`)).text).toContain('Check what you share')
  })

  test('EHR-09: in a frame, in a new window', async () => {
    const frame = { 'sec-fetch-dest': 'iframe' }
    const { browser, action, check } = await chosen()
    await browser.post(`${action}/other-person`, { csrf: formOf(check).csrf }, frame)
    const offered = await browser.get(action, frame)
    const href = /href="(\/sign-in-window\?id=[^"]+)"/.exec(offered.text)?.[1] ?? ''
    const window = new Browser(fixture.server)
    const leaving = await window.get(href, { 'sec-fetch-site': 'same-origin' })
    expect(new URL(String(leaving.headers.location)).searchParams.get('prompt')).toBe('select_account')
    await follow(window, leaving, 'ben')
    const page = await follow(browser, await browser.get(action, frame), 'ben')
    expect([page.text.includes('Name of ben'), page.text.includes('Name of ana')]).toEqual([true, false])
  })
})
