// Every page of the launcher in a real browser: accessible, readable on a small phone, light and dark, under its strict policy.
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { runScenario } from '../../sandbox/scenarios/run-scenario.ts'
import { findSandbox } from '../../sandbox/scenarios/running-sandbox.ts'
import { parseScenario, scenarioText } from '../../sandbox/scenarios/scenario.ts'
import { SHIPPED } from '../../sandbox/scenarios/shipped.ts'
import { withSandboxInBrowser } from '../testing/sandbox.ts'
import { axeFaults } from './axe.ts'
import { overflowsSideways } from './browser.ts'
import { Journey } from './journey.ts'

const running = withSandboxInBrowser({ portBase: 24_120 })

const HOSTILE = '"><script>alert(1)</script>\u202e<img src=x onerror=alert(2)>&'
const LONG = 'x'.repeat(80)
const hostile = parseScenario({
  name: HOSTILE,
  about: `${HOSTILE}${LONG}`,
  launch: 'standalone',
  app: 'sample-app',
  scope: `openid launch/patient patient/Patient.rs ${LONG}`,
  signIn: 'ana.ruiz',
  declines: true,
})

let run = ''
let hostileRun = ''
let cookies: Awaited<ReturnType<ReturnType<Page['context']>['cookies']>> = []

beforeAll(async () => {
  const sandbox = await findSandbox(running.dataFolder)
  run = (await runScenario(sandbox, SHIPPED.get('ehr-launch')!)).id
  hostileRun = (await runScenario(sandbox, hostile)).id
  const journey = await Journey.begin(running.browser, running.sandbox.urls)
  await journey.page.goto(running.sandbox.urls.launcher)
  await journey.page.click('a:text-is("Sign in")')
  await journey.signIn('wei.chen')
  await journey.page.waitForSelector('h1:text-is("Open a chart")')
  cookies = await journey.page.context().cookies(running.sandbox.urls.launcher)
  await journey.end()
}, 90_000)

/** By name: the address, and whether a clinician is signed in. */
const PAGES: Record<string, { path: () => string; signedIn?: boolean }> = {
  welcome: { path: () => '/' },
  patients: { path: () => '/', signedIn: true },
  'nobody found': { path: () => '/?q=zzzz', signedIn: true },
  chart: { path: () => '/?patient=ana-ruiz', signedIn: true },
  fault: { path: () => '/nothing' },
  scenarios: { path: () => '/scenarios' },
  'new scenario': { path: () => '/scenarios/open' },
  scenario: { path: () => `/scenarios/open?scenario=${scenarioText(SHIPPED.get('ehr-launch')!)}` },
  'hostile scenario': { path: () => `/scenarios/open?scenario=${scenarioText(hostile)}` },
  runs: { path: () => '/runs' },
  run: { path: () => `/runs/${run}` },
  'hostile run': { path: () => `/runs/${hostileRun}` },
  console: { path: () => `/runs/${run}/console` },
  preview: { path: () => '/preview' },
  'hostile preview': { path: () => `/preview?${new URLSearchParams({ scope: HOSTILE, app: HOSTILE, lang: 'ar-XB' })}` },
  certification: { path: () => '/certify' },
  status: { path: () => '/status' },
}

async function withPage<T>(name: string, options: BrowserContextOptions, look: (page: Page) => Promise<T>): Promise<T> {
  const context = await running.browser.newContext(options)
  try {
    const { path, signedIn } = PAGES[name]!
    if (signedIn) await context.addCookies(cookies)
    const page = await context.newPage()
    await page.goto(running.sandbox.urls.launcher + path())
    for (const fold of await page.locator('main details').all())
      await fold.evaluate((one) => one.setAttribute('open', ''))
    return await look(page)
  } finally {
    await context.close()
  }
}

const PHONE = { viewport: { width: 390, height: 844 } }

describe.each(Object.keys(PAGES))('%s', (name) => {
  test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (colorScheme) => {
    // Only axe's own script needs the policy lifted.
    expect(await withPage(name, { ...PHONE, colorScheme, bypassCSP: true }, axeFaults)).toEqual([])
  })

  test.each([320, 1280])('needs no sideways scroll at %d px, and breaks no policy', async (width) => {
    const faults: string[] = []
    const overflows = await withPage(name, { viewport: { width, height: 800 } }, async (page) => {
      page.on('console', (message) => faults.push(message.text()))
      page.on('dialog', () => faults.push('a script ran'))
      await page.reload()
      return overflowsSideways(page)
    })
    expect(overflows).toBe(false)
    expect(faults.filter((text) => !text.includes('404 (Not Found)'))).toEqual([])
  })

  test('everything to press is at least 44 px high, and the tab key reaches it', async () => {
    const { small, unreached } = await withPage(name, PHONE, async (page) => {
      const targets = page.locator(
        'button, summary, select, a.button, nav a, label.choice, input:not([type=hidden],[type=radio],[type=checkbox])',
      )
      const low = await targets
        .filter({ visible: true })
        .evaluateAll((all) =>
          all.filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 160)),
        )
      const wanted = await page.locator('main button, main a.button').filter({ visible: true }).count()
      const reached = new Set<string>()
      for (let press = 0; press < 250; press++) {
        await page.keyboard.press('Tab')
        const at = await page.evaluate(() => {
          const active = document.activeElement
          if (!active?.matches('main button, main a.button')) return active === document.body ? 'end' : ''
          return String([...document.querySelectorAll('main button, main a.button')].indexOf(active))
        })
        if (at === 'end' && press > 0) break
        if (at !== '' && at !== 'end') reached.add(at)
      }
      return { small: low, unreached: wanted - reached.size }
    })
    expect(small).toEqual([])
    expect(unreached).toBe(0)
  })
})
