// Takes the pictures of the README from a running sandbox: `node scripts/take-screenshots.ts`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '../sandbox/start-sandbox.ts'
import { launchBrowser } from '../test/browser/browser.ts'
import { Journey } from '../test/browser/journey.ts'

const dataFolder = await mkdtemp(join(tmpdir(), 'screenshots-'))
// The usual ports, so that the pictures show the addresses that a reader sees.
const sandbox = await startSandbox({ portBase: Number(process.env.SANDBOX_PORT ?? 4000), dataFolder })
const browser = await launchBrowser()
try {
  const journey = await Journey.begin(browser, sandbox.urls, { width: 720, height: 1100 })
  const { page } = journey
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await journey.connect()
  await journey.signIn('ana.ruiz')
  await journey.waitForConsent()
  await journey.switchOff('patient/Immunization.rs')
  await page.screenshot({ path: 'docs/images/consent.png' })
  await journey.share()
  await page.setViewportSize({ width: 1280, height: 980 })
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: 'docs/images/app.png' })
  await journey.end()
} finally {
  await browser.close()
  await sandbox.stop()
  await rm(dataFolder, { recursive: true, force: true })
}
