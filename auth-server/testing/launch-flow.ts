// Drives a launch as an app and its person would, one step a function.
import { createHash } from 'node:crypto'
import type { Server } from 'node:http'
import request, { type Response } from 'supertest'
import { APP, FHIR_BASE, type Person } from './auth-server-fixture.ts'
import { Browser } from './browser.ts'

export const VERIFIER = 'a-code-verifier-of-more-than-43-characters-for-tests'
export const DEFAULT_SCOPE = 'openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs offline_access'

export function authorizeUrl(changed: Record<string, string | undefined> = {}): string {
  const parameters: Record<string, string | undefined> = {
    client_id: 'app',
    redirect_uri: APP,
    response_type: 'code',
    scope: DEFAULT_SCOPE,
    state: 'the-state-of-the-app',
    aud: FHIR_BASE,
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    // So that every test sees the page, whatever was decided in another.
    prompt: 'consent',
    ...changed,
  }
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return `/auth?${new URLSearchParams(given)}`
}

/** Follows redirects of ours, and signs in on the way as the given person. Stops at a page or at the app. */
export async function follow(browser: Browser, answer: Response, person: Person): Promise<Response> {
  let at = answer
  for (let hop = 0; hop < 12 && at.status === 303; hop++) {
    const location = String(at.headers.location)
    if (location.startsWith('https://idp.test/')) {
      const state = new URL(location).searchParams.get('state')
      at = await browser.get(`/callback?${new URLSearchParams({ state: String(state), code: person })}`)
    } else if (/^(https:\/\/(app|narrow)\.test|com\.example\.native:)/.test(location)) return at
    else at = await browser.get(location)
  }
  return at
}

/** Opens the request and signs in: ends at the first page, or at the app with an error. */
export async function begin(
  server: Server,
  person: Person,
  changed: Record<string, string | undefined> = {},
  method: 'get' | 'post' = 'get',
  browser = new Browser(server),
) {
  const url = authorizeUrl(changed)
  const form = Object.fromEntries(new URLSearchParams(url.slice(url.indexOf('?'))))
  const first = method === 'get' ? await browser.get(url) : await browser.post('/auth', form)
  const page = await follow(browser, first, person)
  return { browser, page }
}

export function formOf(page: Response): { action: string; csrf: string } {
  const action = /<form method="post" action="(\/interaction\/[^"/]+(?:\/choose|\/check)?)"/.exec(page.text)?.[1] ?? ''
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  return { action, csrf }
}

/** Chooses the given scopes, checks, shares, and returns what the app is told. Time is one of the scopes. */
export async function share(browser: Browser, page: Response, person: Person, scopes: string[]): Promise<URL> {
  const post = async (from: Response, form: Record<string, string | string[]>) => {
    const { action, csrf } = formOf(from)
    return follow(browser, await browser.post(action, { csrf, ...form }), person)
  }
  const until = scopes.includes('offline_access') ? 'stop' : scopes.includes('online_access') ? 'session' : 'now'
  const choices = await post(page, { decision: 'choose' })
  const check = await post(choices, { decision: 'check', scope: scopes, dates: 'all', until })
  const end = await post(check, { decision: 'share' })
  const onward = /<a class="button" href="([^"]+)"/.exec(end.text)?.[1]
  const told = onward === undefined ? end : await follow(browser, await browser.get(onward), person)
  return new URL(String(told.headers.location))
}

export function redeemCode(server: Server, code: string, changed: Record<string, string> = {}) {
  return request(server)
    .post('/token')
    .type('form')
    .send({
      grant_type: 'authorization_code',
      client_id: 'app',
      redirect_uri: APP,
      code,
      code_verifier: VERIFIER,
      ...changed,
    })
}
