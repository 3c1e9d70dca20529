// The pages of consent-ui in a real browser: accessible, readable on a small phone, light and dark, under the strict CSP.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { examplePages, examplePagesIn } from '../../consent-ui/example-pages.ts'
import { assets, isLang, LANGUAGES, type Lang } from '../../consent-ui/index.ts'
import { axeFaults } from './axe.ts'
import { launchBrowser, overflowsSideways } from './browser.ts'

const STRICT_CSP =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const pagesIn = Object.fromEntries(LANGUAGES.map((lang) => [lang, examplePagesIn(lang)])) as Record<
  Lang,
  Readonly<Record<string, string>>
>

const server = createServer((request, response) => {
  const [name = '', lang] = request.url?.split('/').reverse() ?? []
  const asset = assets.get(name)
  const body = asset?.body ?? (isLang(lang) ? pagesIn[lang] : examplePages)[name]
  response.writeHead(body === undefined ? 404 : 200, {
    'content-type': asset?.contentType ?? 'text/html; charset=utf-8',
    'content-security-policy': STRICT_CSP,
  })
  response.end(body)
})
let browser: Browser
let origin: string

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchBrowser()
}, 60_000)

afterAll(async () => {
  await browser?.close()
  await new Promise((done) => server.close(done))
})

async function withPage<T>(options: BrowserContextOptions, name: string, look: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext(options)
  try {
    const page = await context.newPage()
    await page.goto(`${origin}/${name}`)
    return await look(page)
  } finally {
    await context.close()
  }
}

async function openFolds(page: Page): Promise<void> {
  await page.locator('details').evaluateAll((folds) => {
    for (const fold of folds) fold.setAttribute('open', '')
  })
}

const PHONE = { viewport: { width: 390, height: 844 } }

/** Both themes, both languages, and the made-up one from right to left. */
const LOOKS = [
  ['en', 'light'],
  ['es', 'dark'],
  ['ar-XB', 'light'],
] as const

/** WCAG 2.2, 1.4.12: readers may set this, and lose nothing by it. */
const WIDER_SPACING =
  '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }'

/** Texts that do not fit their boxes. What is typed into a field is scrolled there. */
function cutOff(page: Page): Promise<string[]> {
  return page.locator('main *, footer *').evaluateAll((all) =>
    all
      .filter((one) => !one.matches('.hidden, .hidden *, textarea') && getComputedStyle(one).overflow !== 'visible')
      .filter((one) => one.scrollHeight > one.clientHeight + 1 && one.clientHeight > 1)
      .map((one) => one.outerHTML.slice(0, 200)),
  )
}

/** What is too small for a finger. Links in a sentence are not meant. */
function smallTargets(page: Page): Promise<string[]> {
  return page
    .locator('button, label:not([for=q], .field), summary, a.button, .languages a, input[type=search]')
    .filter({ visible: true })
    .evaluateAll((all) =>
      all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML.slice(0, 200)),
    )
}

describe.each(LOOKS)('%s, %s', (lang, colorScheme) => {
  let page: Page
  beforeAll(async () => {
    // Only the test's own script and styles need the policy lifted.
    const context = await browser.newContext({ ...PHONE, colorScheme, bypassCSP: true })
    page = await context.newPage()
  }, 60_000)
  afterAll(() => page.context().close())

  test.each(Object.keys(examplePages))('%s: axe finds nothing; fits every width and finger', async (name) => {
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.goto(`${origin}/${lang}/${name}`)
    expect(await overflowsSideways(page)).toBe(false)
    await page.setViewportSize({ width: 320, height: 800 })
    expect(await overflowsSideways(page)).toBe(false)
    await openFolds(page)
    // What axe looks at does not hang on the direction, and a made-up language has no readers.
    if (lang !== 'ar-XB') expect(await axeFaults(page)).toEqual([])
    expect(await smallTargets(page)).toEqual([])
    await page.addStyleTag({ content: WIDER_SPACING })
    expect(await overflowsSideways(page)).toBe(false)
    expect(await cutOff(page)).toEqual([])
  })
})

test.each(Object.keys(examplePages))('%s breaks no policy', async (name) => {
  const faults: string[] = []
  await withPage(PHONE, name, async (page) => {
    page.on('console', (message) => faults.push(message.text()))
    await page.reload()
  })
  expect(faults).toEqual([])
})

describe('consent', () => {
  test.each(['light', 'dark'] as const)('Share and Don’t share look alike, %s', async (colorScheme) => {
    const looks = await withPage({ ...PHONE, colorScheme }, 'request', (page) =>
      page.locator('.decision button[name=decision]').evaluateAll((buttons) =>
        buttons.map((button) => {
          const { color, backgroundColor, borderColor, font } = getComputedStyle(button)
          const { width, height, top } = button.getBoundingClientRect()
          return { color, backgroundColor, borderColor, font, width, height, top }
        }),
      ),
    )
    expect(looks).toHaveLength(2)
    expect(looks[0]).toEqual(looks[1])
  })

  test('works with the keyboard alone: a box is unticked, Enter on it decides nothing', async () => {
    await withPage(PHONE, 'choose', async (page) => {
      const first = page.locator('input[name=scope]').first()
      await first.focus()
      await page.keyboard.press('Space')
      expect(await first.isChecked()).toBe(false)
      const sent = page.waitForRequest((request) => request.method() === 'POST')
      await page.keyboard.press('Enter')
      expect(new URLSearchParams((await sent).postData() ?? '').getAll('decision')).toEqual(['stay'])
    })
  })

  test('a fault has the focus, and its links lead to where it is put right', async () => {
    await withPage(PHONE, 'choose-faulty', async (page) => {
      await page.locator('.error-summary:focus').waitFor()
      await page.locator('.error-summary a').first().click()
      expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('scope')
    })
  })

  test('text twice as large still fits', async () => {
    const overflows = await withPage({ viewport: { width: 640, height: 800 } }, 'request-changes', async (page) => {
      await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
      return overflowsSideways(page)
    })
    expect(overflows).toBe(false)
  })
})
