// One picture a page of consent-ui: on a desktop and on a phone, in both languages, light and dark. `npm run screenshots`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { examplePagesIn } from '../consent-ui/example-pages.ts'
import { assets, type Lang } from '../consent-ui/index.ts'

const FOLDER = 'docs/images/pages'
const SHOTS: readonly { lang: Lang; colorScheme: 'light' | 'dark'; width: number }[] = [
  { lang: 'en', colorScheme: 'light', width: 1024 },
  { lang: 'es', colorScheme: 'dark', width: 1024 },
  { lang: 'en', colorScheme: 'dark', width: 390 },
  { lang: 'es', colorScheme: 'light', width: 390 },
]
/** Longer pages are cut: what matters comes first. */
const MAX_HEIGHT = 1700

/** Writes `docs/pages.md` too, which shows them. @param names of example pages */
export async function takeSheets(browser: Browser, names: readonly string[]): Promise<void> {
  const server = createServer((request, response) => {
    const [name = '', lang = 'en'] = request.url?.split('/').reverse() ?? []
    const asset = assets.get(name)
    response.writeHead(200, { 'content-type': asset?.contentType ?? 'text/html; charset=utf-8' })
    response.end(asset?.body ?? examplePagesIn(lang as Lang)[name])
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  mkdirSync(FOLDER, { recursive: true })
  try {
    for (const name of names) {
      const shots: string[] = []
      for (const { lang, colorScheme, width } of SHOTS) {
        const context = await browser.newContext({
          viewport: { width, height: 800 },
          colorScheme,
          reducedMotion: 'reduce',
        })
        const page = await context.newPage()
        await page.goto(`${origin}/${lang}/${name}`)
        const height = await page.evaluate(() => document.documentElement.scrollHeight)
        await page.setViewportSize({ width, height: Math.min(height, MAX_HEIGHT) })
        shots.push((await page.screenshot({ type: 'png' })).toString('base64'))
        await context.close()
      }
      writeFileSync(`${FOLDER}/${name}.jpg`, await sheetOf(browser, shots))
    }
    writeFileSync('docs/pages.md', galleryOf(names))
  } finally {
    server.close()
  }
}

function galleryOf(names: readonly string[]): string {
  const pages = examplePagesIn('en')
  const entries = names.map((name) => {
    const [, heading = ''] = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(pages[name] ?? '') ?? []
    const title = heading
      .replace(/<[^>]*>/g, '')
      .replace(/\s+/g, ' ')
      .trim()
    return `## ${name}\n${title}\n\n![${name}: in English and Spanish, on a desktop and on a phone, light and dark](images/pages/${name}.jpg)\n`
  })
  return `# Pages
Every page that people see, with made-up data: on a desktop and on a phone, in English and Spanish, light and dark. Taken by
\`npm run screenshots\`; the same pages are what the browser tests look at.

${entries.join('\n')}`
}

async function sheetOf(browser: Browser, shots: readonly string[]): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 1480, height: 600 } })
  const images = shots.map((shot, at) => {
    const width = (SHOTS[at]?.width ?? 0) / 2
    return `<img width="${width}" src="data:image/png;base64,${shot}">`
  })
  await page.setContent(
    `<body style="margin:0;padding:12px;background:#888;display:flex;gap:12px;align-items:flex-start">${images.join('')}</body>`,
  )
  const box = await page.locator('body').evaluate((body) => ({ width: body.scrollWidth, height: body.scrollHeight }))
  await page.setViewportSize({ width: Math.max(box.width, 600), height: box.height })
  const sheet = await page.screenshot({ type: 'jpeg', quality: 72 })
  await page.close()
  return sheet
}
