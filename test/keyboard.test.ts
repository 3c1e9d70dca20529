// Whole journeys in a real browser with the keyboard alone, Tab, Space and Enter, and one in Spanish. One sandbox for all.
import { describe, expect, test } from '@jest/globals'
import type { Locator, Page } from 'playwright-core'
import { Journey } from './browser/journey.ts'
import { withSandboxInBrowser } from './testing/sandbox.ts'

const running = withSandboxInBrowser({ portBase: 24_220 })

/** More stops than any page has. */
const MAX_STOPS = 150

/** Tab by Tab, and there the focus can be seen. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let stop = 0; stop < MAX_STOPS; stop++) {
    await page.keyboard.press('Tab')
    const found = await target.evaluate((element) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      const isVisible = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0
      return element === document.activeElement ? { isVisible } : undefined
    })
    if (found !== undefined) return expect(found).toEqual({ isVisible: true })
  }
  throw new Error(`no way by Tab to ${target}`)
}

async function press(page: Page, target: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press(key)
}

async function begin(username: string, scope: string): Promise<Journey> {
  const journey = await Journey.begin(running.browser, running.sandbox.urls)
  await journey.connect(scope)
  await press(journey.page, journey.page.locator(`button[name="person"][value^="${username}@"]`))
  return journey
}

const decision = (page: Page, value: string) => page.locator(`button[name="decision"][value="${value}"]`)

describe('AUTHZ-21, WCAG 2.1.1: with the keyboard alone', () => {
  test('from the request to choices, to the check, and shared', async () => {
    const scope = 'openid launch/patient offline_access patient/Patient.rs patient/Observation.rs patient/Goal.c'
    const journey = await begin('ana.ruiz', scope)
    const { page } = journey
    await press(page, decision(page, 'choose'))
    await page.waitForURL(/\/choose$/)
    const vitals = page.getByRole('checkbox', { name: /Blood pressure/ })
    expect(await vitals.isChecked()).toBe(true)
    await press(page, vitals, 'Space')
    expect(await vitals.isChecked()).toBe(false)
    await press(page, page.locator('#until-now'), 'Space')
    // Enter in the middle of it keeps what was answered, and goes nowhere.
    await Promise.all([page.waitForResponse((answer) => answer.status() === 200), page.keyboard.press('Enter')])
    await page.waitForURL(/\/choose$/)
    expect(await page.locator('#until-now').isChecked()).toBe(true)
    expect(await vitals.isChecked()).toBe(false)
    await press(page, decision(page, 'check'))
    await page.waitForURL(/\/check$/)
    expect(await page.locator('section[aria-labelledby="not"]').textContent()).toContain('Blood pressure')
    await press(page, decision(page, 'share'))
    const { scope: granted } = await journey.tokenAnswer()
    expect(granted).toContain('laboratory')
    expect(granted).not.toMatch(/vital-signs|offline_access|Goal/)
    await journey.end()
  })

  test('what is missing is said first, and one press leads to it', async () => {
    const journey = await begin('ben.okafor', 'openid launch/patient offline_access patient/Patient.rs')
    const { page } = journey
    await press(page, decision(page, 'share'))
    const summary = page.locator('.error-summary')
    await summary.waitFor()
    expect(await summary.evaluate((element) => element === document.activeElement)).toBe(true)
    await press(page, summary.locator('a').first())
    expect(await page.evaluate(() => document.activeElement?.id)).toMatch(/^until-/)
    await page.keyboard.press('Space')
    await press(page, decision(page, 'share'))
    expect((await journey.tokenAnswer()).patient).toBe('ben-okafor')
    await journey.end()
  })

  test('CTX-03: a clinician searches for a patient and picks one', async () => {
    const journey = await begin('wei.chen', 'openid launch/patient user/Patient.rs')
    const { page } = journey
    await tabTo(page, page.locator('input[name="q"]'))
    await page.keyboard.type('Ruiz')
    await page.keyboard.press('Enter')
    await page.waitForURL(/q=Ruiz/)
    await press(page, page.locator('button[name="patient"][value="ana-ruiz"]'))
    await press(page, decision(page, 'share'))
    expect((await journey.tokenAnswer()).patient).toBe('ana-ruiz')
    await journey.end()
  })

  test('SEED-22: an app is stopped in my apps', async () => {
    const journey = await begin('maria.lopez', 'openid launch/patient patient/Patient.rs')
    const { page } = journey
    const persona = page.locator('input[name="persona"]').first()
    await press(page, persona, 'Space')
    await press(page, page.locator('button:text-is("Continue")'))
    await press(page, decision(page, 'share'))
    await journey.tokenAnswer()
    await page.goto(`${running.sandbox.urls.issuer}/apps`)
    await press(page, page.locator('button[name="person"][value^="maria.lopez@"]'))
    await press(page, page.locator('a[href^="/apps/"][href$="/stop"]').first())
    await press(page, page.locator('button:text-is("Stop it")'))
    await page.waitForURL(/\/stopped$/)
    expect(await page.locator('[role="status"]').textContent()).toMatch(/Stopped at/)
    await journey.end()
  })
})

describe('in Spanish', () => {
  const heading = (page: Page) => page.locator('h1').textContent()
  const inLanguage = (page: Page, lang: 'en' | 'es') => page.locator(`.languages a[lang="${lang}"]`).click()

  test('AUTHZ-21: from the request to the token; another language on the way keeps the answers', async () => {
    const journey = await Journey.begin(running.browser, running.sandbox.urls)
    const { page } = journey
    await journey.connect('openid launch/patient offline_access patient/Patient.rs patient/Observation.rs')
    await journey.signIn('sara.cohen')
    await journey.waitForConsent()
    await inLanguage(page, 'es')
    expect(await heading(page)).toMatch(/^¿Compartir sus datos de salud con /)
    await journey.choose()
    expect(await heading(page)).toMatch(/^Elija qué compartir con /)
    // Whoever does not wait for numbers may ask for them.
    await page.goto(`${page.url()}?amounts`)
    const undated = 'Con un primer día, 1 dato no se comparte porque no tiene fecha.'
    expect(await page.locator('#dates-note').textContent()).toContain(undated)
    expect(await page.locator('main').textContent()).toContain('1 dato no tiene grupo. Va solo con todos ellos.')
    await journey.untick(/Cuestionarios/)
    await page.check('#dates-3-years')
    await journey.lasting('3-months')
    await decision(page, 'check').click()
    await page.waitForURL(/\/check$/)
    expect(await heading(page)).toMatch(/^Revise lo que comparte con /)
    await inLanguage(page, 'en')
    expect(await heading(page)).toMatch(/^Check what you share with /)
    const left = await page.locator('section[aria-labelledby="not"]').textContent()
    expect(left).toMatch(/Forms you filled in/)
    await inLanguage(page, 'es')
    await page.click('section[aria-labelledby="will"] a')
    await page.waitForURL(/\/choose$/)
    expect(await page.getByRole('checkbox', { name: /Cuestionarios/ }).isChecked()).toBe(false)
    expect(await page.locator('#dates-3-years').isChecked()).toBe(true)
    expect(await page.locator('#until-3-months').isChecked()).toBe(true)
    await decision(page, 'check').click()
    await page.waitForURL(/\/check$/)
    const { scope } = await journey.share()
    expect(scope).toContain('offline_access')
    expect(scope).toMatch(/laboratory&date=ge/)
    expect(scope).not.toMatch(/survey|Observation\.rs( |$)/)
    await journey.end()
  })
})
