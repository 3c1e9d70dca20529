// Takes the pictures of the README and docs/, of each page and from a running sandbox: `npm run screenshots`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { examplePages } from '../consent-ui/example-pages.ts'
import { runScenario } from '../sandbox/scenarios/run-scenario.ts'
import { findSandbox } from '../sandbox/scenarios/running-sandbox.ts'
import { SHIPPED } from '../sandbox/scenarios/shipped.ts'
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts'
import { launchBrowser } from '../test/browser/browser.ts'
import { Journey } from '../test/browser/journey.ts'
import { takeSheets } from './take-sheets.ts'

const DESKTOP = { width: 1280, height: 980 }
const PAGE = { width: 720, height: 1100 }
const PHONE = { width: 390, height: 844 }

const dataFolder = await mkdtemp(join(tmpdir(), 'screenshots-'))
const browser = await launchBrowser()
try {
  await takeSheets(
    browser,
    Object.keys(examplePages).filter((name) => !name.endsWith('hostile')),
  )
  await withSandbox({}, async (sandbox) => {
    await consentAndApps(sandbox)
    await insideTheRecord(sandbox)
    await developersPages(sandbox)
  })
  await withSandbox({ SANDBOX_SECOND_IDP: 'true' }, chooser)
} finally {
  await browser.close()
  await rm(dataFolder, { recursive: true, force: true })
}

/** On the usual ports, so that the pictures show the addresses that a reader sees. */
async function withSandbox(environment: Record<string, string>, take: (sandbox: Sandbox) => Promise<void>) {
  const sandbox = await startSandbox({ portBase: Number(process.env.SANDBOX_PORT ?? 4000), dataFolder, environment })
  try {
    await take(sandbox)
  } finally {
    await sandbox.stop()
  }
}

async function consentAndApps({ urls }: Sandbox): Promise<void> {
  const journey = await Journey.begin(browser, urls, PAGE)
  const { page } = journey
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await journey.connect()
  await journey.signIn('ana.ruiz')
  await journey.waitForConsent()
  await take(page, 'consent')
  await take(page, 'consent-phone', PHONE)
  await page.setViewportSize(PAGE)
  await journey.choose()
  await journey.untick('Vaccines (shots)')
  await take(page, 'consent-choose')
  await journey.lasting('3-months')
  await page.click('button[name="decision"][value="check"]')
  await journey.waitForConsent()
  await take(page, 'consent-check')
  await page.setViewportSize(DESKTOP)
  await journey.share()
  await page.waitForLoadState('networkidle')
  await take(page, 'app')
  await page.goto(`${urls.issuer}/apps`)
  if (page.url().startsWith(urls.entra)) await journey.signIn('ana.ruiz')
  await page.waitForSelector('a[href$="/stop"]')
  await take(page, 'apps', PAGE)
  await take(page, 'apps-phone', PHONE)
  await page.setViewportSize(PAGE)
  await page.locator('a[href^="/apps/"]:has-text("Details")').first().click()
  await page.waitForSelector('h1:has-text("can see")')
  await take(page, 'one-app', PAGE)
  await page.goto(`${urls.issuer}/apps/log`)
  await page.waitForSelector('h1:text-is("Who saw my data")')
  await take(page, 'who-saw-my-data', PAGE)
  await take(page, 'who-saw-my-data-phone', PHONE)
  await journey.end()
}

async function insideTheRecord({ urls }: Sandbox): Promise<void> {
  const journey = await Journey.begin(browser, urls, DESKTOP)
  const { page } = journey
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(urls.launcher)
  await page.click('a:text-is("Sign in")')
  await journey.signIn('wei.chen')
  await page.locator('.people a', { hasText: 'Ana' }).first().click()
  await page.getByRole('button', { name: 'Open here' }).click()
  const app = page.frameLocator('iframe.app')
  await app.locator('a:text-is("Continue in a new window")').waitFor()
  await take(page, 'frame-sign-in')
  const [window] = await Promise.all([
    page.waitForEvent('popup'),
    app.locator('a:text-is("Continue in a new window")').click(),
  ])
  await window.click('button[name="person"][value^="wei.chen@"]')
  await window.waitForSelector('h1:text-is("You are signed in")')
  await window.close()
  await app.locator('a:text-is("I have signed in")').click()
  await app.locator('button:text-is("Share")').waitFor()
  await take(page, 'frame-consent')
  await journey.end()
}

async function developersPages({ urls }: Sandbox): Promise<void> {
  const sandbox = await findSandbox(dataFolder)
  const { id } = await runScenario(sandbox, SHIPPED.get('ehr-launch')!)
  const journey = await Journey.begin(browser, urls, DESKTOP)
  const { page } = journey
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(`${urls.launcher}/scenarios`)
  await take(page, 'scenarios')
  await page.goto(`${urls.launcher}/runs/${id}`)
  await page.locator('.steps summary', { hasText: 'redeems' }).click()
  await page.locator('.steps summary', { hasText: 'redeems' }).scrollIntoViewIfNeeded()
  await take(page, 'timeline')
  await page.goto(`${urls.launcher}/runs/${id}/console`)
  await page.fill('#path', 'Procedure?patient=ana-ruiz')
  await page.click('button:text-is("Send")')
  await page.waitForSelector('h2:has-text("Why")')
  await page.locator('h2:has-text("Why")').scrollIntoViewIfNeeded()
  await take(page, 'request-console')
  await journey.end()
}

async function chooser({ urls }: Sandbox): Promise<void> {
  const journey = await Journey.begin(browser, urls, PAGE)
  const { page } = journey
  await page.goto(urls.app)
  await page.click('#connect')
  await page.waitForURL(`${urls.issuer}/**`)
  await take(page, 'sign-in-choice', { width: 720, height: 560 })
  await take(page, 'sign-in-choice-phone', PHONE)
  await journey.end()
}

async function take(page: Page, name: string, viewport?: { width: number; height: number }): Promise<void> {
  if (viewport !== undefined) await page.setViewportSize(viewport)
  await page.screenshot({ path: `docs/images/${name}.png` })
}
