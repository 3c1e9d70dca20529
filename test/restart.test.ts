// Nothing that matters lives in one process: services die in the middle of a sign-in, and the person goes on.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts'
import { launchBrowser } from './browser/browser.ts'
import { Journey } from './browser/journey.ts'

let dataFolder: string
let sandbox: Sandbox
let browser: Browser

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'restart-test-'))
  sandbox = await startSandbox({ portBase: 23_320, dataFolder })
  browser = await launchBrowser()
}, 90_000)

afterAll(async () => {
  await browser?.close()
  await sandbox?.stop()
  await rm(dataFolder, { recursive: true, force: true })
})

test('both services are killed at the sign-in, at the consent and before a refresh', async () => {
  const crash = () => Promise.all(['auth-server', 'proxy'].map((name) => sandbox.restart(name, 'SIGKILL')))
  const journey = await Journey.begin(browser, sandbox.urls)
  try {
    await journey.connect()
    await crash()
    await journey.signIn('ana.ruiz')
    await journey.waitForConsent()
    await journey.switchOff('patient/Immunization.rs')
    await journey.switchOn('offline_access')
    await crash()
    const answer = await journey.share()
    expect(answer.patient).toBe('ana-ruiz')
    expect((await journey.send('GET', 'Patient/ana-ruiz')).status).toBe(200)
    await crash()
    expect((await journey.send('GET', 'Patient/ana-ruiz')).status).toBe(200)
    await journey.page.click('#refresh')
    expect(await journey.notice()).toContain('new access token')
    expect((await journey.tokenAnswer()).scope).not.toContain('Immunization')
    expect((await journey.send('GET', 'Immunization?patient=ana-ruiz')).status).toBe(403)
  } finally {
    await journey.end()
  }
}, 60_000)
