// Drives an app in a real browser through each single removal: the record system opens it, a made-up person gives less, and what the
// app then shows and sends is judged.

import type { Browser, Page } from 'playwright-core'
import type { RegisteredApp } from '../launcher/registered-apps.ts'
import { openApp } from '../scenarios/begin-scenario.ts'
import { endAccess } from '../scenarios/mid-session.ts'
import { authorizeAs } from '../scenarios/person.ts'
import type { RunningSandbox } from '../scenarios/running-sandbox.ts'
import { type EhrScenario, parseScenario } from '../scenarios/scenario.ts'
import { type Finding, judge, type Narrowing, narrowingsOf } from './narrowings.ts'

/** How long an app may take to show what it shows. */
const SETTLE_MS = 8_000
const CLINICIAN = 'wei.chen'
const PATIENT = 'ana-ruiz'

export type NarrowingResult = { name: string; findings: Finding[]; requests: number; refused: number; run: string }

/** @param app one with a launch URL. @throws Error when it does not come to ask for access */
export async function narrowApp(
  sandbox: RunningSandbox,
  browser: Browser,
  app: RegisteredApp,
): Promise<NarrowingResult[]> {
  const asked = await scopeOf(sandbox, browser, app)
  const results: NarrowingResult[] = []
  // One after the other: all are about the same person's access.
  for (const narrowing of narrowingsOf(asked)) results.push(await tryOne(sandbox, browser, app, narrowing))
  return results
}

function scenarioFor(app: RegisteredApp, name: string): EhrScenario {
  const fields = { name, launch: 'ehr', app: app.client_id, scope: 'openid', signIn: CLINICIAN, patient: PATIENT }
  return parseScenario(fields) as EhrScenario
}

/** What the app asks for, by letting it ask. */
async function scopeOf(sandbox: RunningSandbox, browser: Browser, app: RegisteredApp): Promise<string> {
  const scenario = scenarioFor(app, 'What the app asks for')
  const run = await sandbox.runs.open(scenario)
  const context = await browser.newContext()
  try {
    const request = await requestOf(await context.newPage(), sandbox, await openApp(sandbox, run, scenario))
    return request.searchParams.get('scope') ?? ''
  } finally {
    await context.close()
  }
}

/** Opens the app, and holds it where it leaves for the authorization server. @returns its authorization request */
async function requestOf(page: Page, { urls }: RunningSandbox, address: string): Promise<URL> {
  const { promise, resolve } = Promise.withResolvers<URL>()
  await page.route(`${urls.issuer}/auth?**`, async (route) => {
    resolve(new URL(route.request().url()))
    await route.fulfill({ status: 200, contentType: 'text/html', body: '' })
  })
  await page.goto(address)
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`${address} did not ask for access`)), SETTLE_MS).unref()
  })
  return Promise.race([promise, late])
}

async function tryOne(
  sandbox: RunningSandbox,
  browser: Browser,
  app: RegisteredApp,
  narrowing: Narrowing,
): Promise<NarrowingResult> {
  const scenario = scenarioFor(app, narrowing.name)
  await endAccess(sandbox.operator, scenario)
  const run = await sandbox.runs.open(scenario)
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const watched = watch(page, sandbox.urls.fhirBase)
    const request = await requestOf(page, sandbox, await openApp(sandbox, run, scenario))
    const redirectUri = request.searchParams.get('redirect_uri') ?? ''
    // The person answers the pages of the authorization server elsewhere; the app's browser only sees what came of it.
    const callback = await authorizeAs({ ...narrowing, username: CLINICIAN, patient: PATIENT }, request, redirectUri)
    await settled(page, () => page.goto(callback.href))
    if (narrowing.fault !== undefined) {
      await endAccess(sandbox.operator, scenario)
      await settled(page, () => page.reload())
    }
    const text = (await page.locator('body').allInnerTexts()).join('\n')
    const { requests, refused, scriptErrors } = watched
    const findings = judge({ text, requests, scriptErrors })
    return { name: narrowing.name, findings, requests: requests.length, refused: refused.length, run }
  } finally {
    await context.close()
  }
}

function watch(page: Page, fhirBase: string) {
  const seen = { requests: [] as string[], refused: [] as string[], scriptErrors: [] as string[] }
  page.on('response', (answer) => {
    const request = answer.request()
    if (!request.url().startsWith(`${fhirBase}/`) || request.method() === 'OPTIONS') return
    const what = `${request.method()} ${request.url().slice(fhirBase.length)}`
    seen.requests.push(what)
    if (answer.status() >= 400) seen.refused.push(what)
  })
  page.on('pageerror', (error) => seen.scriptErrors.push(error.message))
  return seen
}

/** An app that never comes to rest is judged by what it has done until then. */
async function settled(page: Page, go: () => Promise<unknown>): Promise<void> {
  await go()
  await page.waitForLoadState('networkidle', { timeout: SETTLE_MS }).catch(() => undefined)
}
