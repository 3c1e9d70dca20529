// The steps that people take through the sandbox, each one as a person would press it.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { SandboxUrls } from '../../sandbox/settings.ts'

export type TokenAnswer = { access_token: string; scope: string; patient?: string; [member: string]: unknown }

export type Answer = { status: number; body: string }

const PATIENCE_MS = 15_000

/** One person's browser: its own cookies, and the sandbox's pages in it. */
export class Journey {
  readonly page: Page
  readonly #context: BrowserContext
  readonly #urls: SandboxUrls

  private constructor(context: BrowserContext, page: Page, urls: SandboxUrls) {
    this.#context = context
    this.page = page
    this.#urls = urls
  }

  static async begin(browser: Browser, urls: SandboxUrls, viewport = { width: 1280, height: 900 }): Promise<Journey> {
    const context = await browser.newContext({ viewport })
    context.setDefaultTimeout(PATIENCE_MS)
    return new Journey(context, await context.newPage(), urls)
  }

  /** Presses what opens a window, and goes on there. */
  async inNewWindow(press: () => Promise<void>): Promise<Journey> {
    const [page] = await Promise.all([this.page.waitForEvent('popup'), press()])
    return new Journey(this.#context, page, this.#urls)
  }

  end(): Promise<void> {
    return this.#context.close()
  }

  /** Opens the sample app and presses Connect: ends on the sign-in page. */
  async connect(scope?: string): Promise<void> {
    await this.page.goto(this.#urls.app)
    if (scope !== undefined) await this.page.fill('#scope', scope)
    await this.page.click('#connect')
    await this.page.waitForURL(`${this.#urls.entra}/**`)
  }

  /** Chooses a person on the sign-in page of the Entra stand-in. */
  async signIn(username: string): Promise<void> {
    await this.page.click(`button[name="person"][value^="${username}@"]`)
  }

  async heading(): Promise<string> {
    return (await this.page.locator('h1').textContent()) ?? ''
  }

  async chooseRadio(label: RegExp): Promise<void> {
    await this.page.getByLabel(label).check()
    await this.page.click('button:text-is("Continue")')
  }

  /** Ids of the patients that the picker offers, in order of the page. */
  async offeredPatients(): Promise<string[]> {
    await this.page.waitForSelector('button[name="patient"]')
    return this.page
      .locator('button[name="patient"]')
      .evaluateAll((rows) => rows.map((row) => (row as HTMLButtonElement).value))
  }

  async pickPatient(id: string): Promise<void> {
    await this.page.click(`button[name="patient"][value="${id}"]`)
  }

  async waitForConsent(): Promise<void> {
    await this.page.waitForSelector('button[name="decision"][value="share"]')
  }

  /** From the request to the page of choices. */
  async choose(): Promise<void> {
    await this.waitForConsent()
    await this.page.click('button[name="decision"][value="choose"]')
    await this.page.waitForSelector('button[name="decision"][value="check"]')
  }

  /** On the page of choices. */
  async untick(label: string | RegExp): Promise<void> {
    await this.page.getByRole('checkbox', { name: label }).first().uncheck()
  }

  /** Says for how long, on whichever page asks: `now`, `3-months`, `1-year`, `stop`. */
  async lasting(until: string): Promise<void> {
    await this.page.check(`#until-${until}`)
  }

  /**
   * Presses Share, after No to all that was not answered and checking what was chosen; ends in the app with its token
   * answer.
   * @param until for how long; else as it stands, and only now where nothing does
   */
  async share(until?: string): Promise<TokenAnswer> {
    await this.page.waitForSelector('button[name="decision"]:is([value="share"], [value="check"])')
    const isOpen = (await this.page.locator('#until-now').count()) > 0
    const isAnswered = (await this.page.locator('input[name="until"]:checked').count()) > 0
    if (until !== undefined || (isOpen && !isAnswered)) await this.lasting(until ?? 'now')
    for (const question of await this.page.locator('.answers').all()) {
      if ((await question.locator('input:checked').count()) === 0) await question.getByLabel('No').check()
    }
    const isChoosing = (await this.page.locator('button[name="decision"][value="check"]').count()) > 0
    if (isChoosing) await this.page.click('button[name="decision"][value="check"]')
    await this.waitForConsent()
    await this.page.click('button[name="decision"][value="share"]')
    return this.tokenAnswer()
  }

  async dontShare(): Promise<void> {
    await this.waitForConsent()
    await this.page.click('button[name="decision"][value="deny"]')
  }

  /** What was said of the app that was stopped last. */
  lastStopped: string | null = null

  /** Opens the person's own page and stops every app, so that the next one is asked as at first. */
  async takeAccessBack(username: string): Promise<void> {
    const { page } = this
    await page.goto(`${this.#urls.issuer}/apps`)
    if (page.url().startsWith(this.#urls.entra)) await this.signIn(username)
    await page.waitForSelector('button:text-is("Sign out")')
    const stop = page.locator('a[href^="/apps/"][href$="/stop"]')
    for (let left = await stop.count(); left > 0; left--) {
      await stop.first().click()
      await page.click('button:text-is("Stop it")')
      await page.waitForURL(/\/stopped$/)
      this.lastStopped = await page.locator('[role="status"]').textContent()
      await page.click('a:text-is("Back to my apps")')
      await page.waitForSelector('button:text-is("Sign out")')
    }
  }

  async tokenAnswer(): Promise<TokenAnswer> {
    await this.page.waitForSelector('#token-answer', { state: 'attached' })
    return JSON.parse((await this.page.locator('#token-answer').textContent()) ?? '') as TokenAnswer
  }

  /** What the app tells its user. */
  async notice(): Promise<string> {
    await this.page.waitForSelector('#notice:not([hidden])')
    return (await this.page.locator('#notice').textContent()) ?? ''
  }

  /** Sends a request from the app's console, in the browser: cross-origin, with the app's token. */
  async send(method: string, path: string, body?: string): Promise<Answer> {
    await this.page.selectOption('#request-method', method)
    await this.page.fill('#request-path', path)
    if (body !== undefined) await this.page.fill('#request-body', body)
    await this.page.evaluate(() => document.querySelector('#request-answer')?.replaceChildren())
    await this.page.click('#request-send')
    await this.page.waitForSelector('#request-answer > *')
    const status = Number.parseInt((await this.page.locator('#request-answer .status').textContent()) ?? '', 10)
    return { status, body: (await this.page.locator('#answer-body').textContent({ timeout: 10_000 })) ?? '' }
  }
}

/** The claims of a JWT, unverified: tests look at what was issued. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}
