// A whole standalone launch in one call, for tests that are about what comes out of it.
import type { Response } from 'supertest'
import type { Fixture, Person } from './auth-server-fixture.ts'
import { Browser } from './browser.ts'
import { begin, follow, formOf, redeemCode, share } from './launch-flow.ts'

export type Launched = {
  scope: string
  /** What is left on; all that is asked for unless told. */
  shared?: string[]
  /** Picked from the list, by those who are shown one. */
  patient?: string
  /** Further parameters of the request. */
  changed?: Record<string, string | undefined>
  browser?: Browser
}

/** What the app is sent back with. */
export async function answerOf(fixture: Fixture, person: Person, launched: Launched): Promise<URLSearchParams> {
  const { scope, shared = scope.split(' '), patient, changed = {}, browser = new Browser(fixture.server) } = launched
  const { page: first } = await begin(fixture.server, person, { scope, ...changed }, 'get', browser)
  let page: Response = first
  if (patient !== undefined) {
    const { action, csrf } = formOf(page)
    page = await follow(browser, await browser.post(action, { csrf, patient }), person)
  }
  if (page.status === 303) return new URL(String(page.headers.location)).searchParams
  return (await share(browser, page, person, shared)).searchParams
}

/** The token endpoint's answer. */
export async function tokensOf(fixture: Fixture, person: Person, launched: Launched) {
  const code = (await answerOf(fixture, person, launched)).get('code')
  return redeemCode(fixture.server, String(code))
}
