// The developers' pages of the launcher, as a developer uses them.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { runScenario } from '../sandbox/scenarios/run-scenario.ts'
import { findSandbox, type RunningSandbox } from '../sandbox/scenarios/running-sandbox.ts'
import { SHIPPED } from '../sandbox/scenarios/shipped.ts'
import { Journey } from './browser/journey.ts'
import { imageOf } from './testing/dockerfile.ts'
import { withSandboxInBrowser } from './testing/sandbox.ts'

const running = withSandboxInBrowser({ portBase: 24_140 })

let journey: Journey
let sandbox: RunningSandbox
beforeAll(async () => {
  sandbox = await findSandbox(running.dataFolder)
}, 90_000)
beforeEach(async () => {
  journey = await Journey.begin(running.browser, running.sandbox.urls)
})
afterEach(() => journey.end())

const open = (path: string) => journey.page.goto(running.sandbox.urls.launcher + path)
const click = (name: string) => journey.page.getByRole('button', { name, exact: true }).click()
/** Of a form that leads to a page here: read only once it is there as a whole. */
const press = async (name: string): Promise<void> => {
  const loaded = journey.page.waitForEvent('load')
  await click(name)
  await loaded
}
const steps = () => journey.page.locator('.steps summary').allInnerTexts()

test('a scenario is filled in, run in the browser, and its timeline holds each step', async () => {
  const { page } = journey
  await open('/scenarios/open')
  await page.fill('#name', 'Mine')
  await page.fill('#scope', 'openid fhirUser launch/patient patient/Patient.rs')
  await press('Run in this browser')
  const inApp = await journey.inNewWindow(() => click('Open the app in a new tab'))
  expect(await inApp.page.inputValue('#scope')).toBe('openid fhirUser launch/patient patient/Patient.rs')
  await inApp.page.click('#connect')
  await inApp.signIn('ana.ruiz')
  expect((await inApp.share()).patient).toBe('ana-ruiz')
  await Promise.all([page.waitForEvent('load'), page.click('a:text-is("Show what has happened since")')])
  const seen = (await steps()).join('\n')
  for (const title of ['The app asks for access', 'The person answers', 'Back to the app', 'The app redeems the code'])
    expect(seen).toContain(title)
  await page.locator('.steps summary', { hasText: 'redeems' }).click()
  expect(await page.locator('.steps pre', { hasText: '"patient": "ana-ruiz"' }).first().isVisible()).toBe(true)
})

test('a launch by the record system is opened from the run, and the next request of this browser is none of it', async () => {
  const { page } = journey
  await open('/scenarios')
  await page.click('a:text-is("From the record system, with everything")')
  await press('Run in this browser')
  const inApp = await journey.inNewWindow(() => click('Open the app in a new tab'))
  await inApp.signIn('wei.chen')
  expect(await inApp.share()).toMatchObject({ patient: 'ana-ruiz', intent: 'reconcile-medications' })
  await inApp.page.waitForLoadState('networkidle')
  await page.reload()
  const before = (await steps()).length
  await inApp.page.click('#disconnect')
  await inApp.page.fill('#scope', 'openid user/Patient.rs')
  await inApp.page.click('#connect')
  await inApp.signIn('wei.chen')
  await inApp.waitForConsent()
  await page.reload()
  expect((await steps()).length).toBe(before)
})

test('the console sends a request as the app, and says why it was refused and what would pass', async () => {
  const { id } = await runScenario(sandbox, SHIPPED.get('granular')!)
  const { page } = journey
  await open(`/runs/${id}/console`)
  await page.fill('#path', 'Procedure?patient=ana-ruiz')
  await press('Send')
  const told = await page.locator('main').textContent()
  expect(told).toContain('Answer: 403')
  expect(told).toContain('The scopes do not allow this')
  expect(told).toMatch(/Smallest scope that would pass\s*patient\/Procedure\.s/)
  for (const path of ['../token', 'http://127.0.0.1:1/', '//evil.example/x']) {
    await page.fill('#path', path)
    await press('Send')
    expect(await page.locator('main').textContent()).not.toContain('Answer: 200')
  }
})

test('what happens in the middle is made to happen from the run', async () => {
  const { id } = await runScenario(sandbox, SHIPPED.get('ehr-launch')!)
  await open(`/runs/${id}`)
  await journey.page.click('summary:text-is("Make something happen to the app now")')
  await press('Close the chart')
  expect((await steps()).join('\n')).toContain('The record system closes the chart')
})

test('a scenario is kept, found by name, and passed on as a link; one that is none says what is missing', async () => {
  const { page } = journey
  await open('/scenarios/open')
  await page.fill('#scope', '')
  await press('Save')
  expect(await page.title()).toMatch(/^Error: /)
  expect(await page.locator('.error-summary').textContent()).toMatch(/name is missing.*scope is missing/s)
  await page.fill('#name', 'Kept <b>one</b>')
  await page.fill('#scope', 'openid')
  await press('Save')
  expect(await page.locator('[role=status]').textContent()).toBe('Saved as kept-b-one-b.')
  expect(readdirSync(join(running.dataFolder, 'scenarios'))).toEqual(['kept-b-one-b.json'])
  const link = await page.inputValue('#link')
  await page.goto(link)
  expect(await page.inputValue('#name')).toBe('Kept <b>one</b>')
  await open('/scenarios')
  expect(await page.locator('h3', { hasText: 'Kept <b>one</b>' }).count()).toBe(1)
})

test('the consent preview shows the real page in each language, with how hard it is to read', async () => {
  const { page } = journey
  await open('/preview')
  await page.fill('#scope', 'openid launch/patient patient/Immunization.rs')
  await page.fill('#app', 'Shots')
  await press('Show the page')
  expect(await page.locator('main').textContent()).toMatch(/\d+ words\s*Flesch-Kincaid grade \d/)
  expect(await page.locator('main').textContent()).toMatch(/INFLESZ \d\d/)
  const shown = page.frameLocator('iframe.preview')
  expect(await shown.locator('h1').textContent()).toContain('Shots')
  await page.click('a:text-is("Choosing")')
  await shown.locator('h1', { hasText: 'Choose what to share' }).waitFor()
  await page.click('a:text-is("Español")')
  await shown.locator('html[lang=es] main', { hasText: 'Vacunas' }).waitFor()
})

test('what is to be pasted into a test kit is what discovery says', async () => {
  const { fhirBase } = running.sandbox.urls
  const answer = await fetch(`${fhirBase}/.well-known/smart-configuration`)
  const discovered = (await answer.json()) as Record<string, string>
  await open('/certify')
  const values = await journey.page
    .locator('input[readonly]')
    .evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value))
  for (const name of [
    'issuer',
    'authorization_endpoint',
    'token_endpoint',
    'introspection_endpoint',
    'revocation_endpoint',
  ])
    expect(values).toContain(discovered[name])
})

test('the consent pages that testers ask to see are there, each by itself, in both languages', async () => {
  await open('/certify')
  const links = journey.page.locator('#pictures a')
  const pages = await links.evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href))
  const answers = await Promise.all(pages.map(async (page) => (await fetch(page)).text()))
  const headings = answers.map((text) => `${/lang="(\w+)"/.exec(text)?.[1]} ${/<h1>(\S+)/.exec(text)?.[1]}`)
  expect(headings).toEqual(['en Share', 'es ¿Compartir', 'en Choose', 'es Elija', 'en Check', 'es Revise'])
})

test('the status page says which part does not answer', async () => {
  await open('/status')
  expect(await journey.heading()).toBe('Everything is ready')
  await running.sandbox.halt('sample-app')
  await journey.page.reload()
  expect(await journey.heading()).toBe('1 of 7 parts do not answer')
  await running.sandbox.restart('sample-app')
})

describe('pages with tokens are for this browser alone', () => {
  test.each([
    ['a form of another origin', 'POST', { origin: 'http://evil.example' }],
    ['a form that does not say where it is from', 'POST', {}],
  ])('%s is refused', async (_name, method, headers) => {
    const answer = await fetch(`${running.sandbox.urls.launcher}/scenarios/start`, { method, headers, body: 'name=x' })
    expect(answer.status).toBe(403)
  })

  test('another name for this address is refused, as after DNS rebinding', async () => {
    const port = new URL(running.sandbox.urls.launcher).port
    expect((await fetch(`http://localhost:${port}/runs`)).status).toBe(403)
  })
})

test('SEED-17: the launcher is no part of what runs in production: the images of the services leave the sandbox out', async () => {
  for (const name of ['auth-server', 'proxy']) {
    const copied = imageOf(name).copied.flatMap(({ from }) => from)
    expect(copied).toContain('smart/')
    expect(copied.filter((place) => place === '.' || place === './' || place.startsWith('sandbox'))).toEqual([])
  }
  for (const path of ['/scenarios', '/runs', '/preview', '/smart-style.json'])
    expect((await fetch(running.sandbox.urls.authServer + path)).status).toBe(404)
})
