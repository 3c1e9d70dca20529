// The documentation as a site: all of it is there and found, no link leads nowhere, and it can be read by everyone.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { CONTENTS } from '../scripts/docs/contents.ts'
import { render, targetOf } from '../scripts/docs/page.ts'
import { brokenLinks, buildSite } from '../scripts/docs/site.ts'
import { axeFaults } from './browser/axe.ts'
import { launchBrowser, overflowsSideways } from './browser/browser.ts'

let folder: string
let pages: readonly string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docs-site-'))
  pages = await buildSite(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('each page of docs/ stands once in the contents, and each of the contents is there', async () => {
  const named = CONTENTS.flatMap((section) => section.pages)
  const files = (await readdir(join(import.meta.dirname, '../docs'))).filter((name) => name.endsWith('.md'))
  expect([...named].sort()).toEqual(files.map((name) => name.slice(0, -3)).sort())
})

test('no link and no picture leads nowhere, and one that did would be found', async () => {
  expect(await brokenLinks(folder)).toEqual([])
  const page = join(folder, 'architecture.html')
  const text = await readFile(page, 'utf8')
  await writeFile(page, text.replace('href="settings.html"', 'href="settings.html#no-such"'))
  expect(await brokenLinks(folder)).toEqual(['architecture.html: settings.html#no-such'])
  await writeFile(page, text)
})

test('nothing in it needs script, or comes from elsewhere', async () => {
  for (const name of pages) {
    const text = await readFile(join(folder, `${name}.html`), 'utf8')
    expect([name, /<script|\son\w+=|(?:src|<link[^>]*href)="https?:/.test(text)]).toEqual([name, false])
  }
})

describe('a page', () => {
  const isPage = (name: string) => name === 'settings'
  test('leads to pages of the site; files of the project have none, and their names stay', () => {
    expect(targetOf('settings.md#proxy', isPage)).toBe('settings.html#proxy')
    expect(targetOf('../proxy/main.ts', isPage)).toBeUndefined()
    expect(render('see [it](../proxy/main.ts) and [that](settings.md)', isPage).html).toBe(
      '<p>see it and <a href="settings.html">that</a></p>\n',
    )
  })
  test('tells headings of the same name apart', () => {
    expect(render('## Figures\n## Figures', isPage).headings.map(({ anchor }) => anchor)).toEqual([
      'figures',
      'figures-1',
    ])
  })
  test('shows markup as text', () => {
    expect(render('<b onclick="x">a</b>', isPage).html).toBe('<p>&lt;b onclick=&quot;x&quot;&gt;a&lt;/b&gt;</p>\n')
  })
})

describe('for everyone', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  }, 60_000)
  afterAll(() => browser?.close())

  test.each(['light', 'dark'] as const)(
    '%s: axe finds nothing, and a phone need not scroll sideways',
    async (colorScheme) => {
      const context = await browser.newContext({ colorScheme, viewport: { width: 320, height: 700 }, bypassCSP: true })
      try {
        for (const name of ['index', 'first-launch', 'settings', 'telemetry', 'conformance', 'peers']) {
          const page = await context.newPage()
          await page.goto(pathToFileURL(join(folder, `${name}.html`)).href)
          expect([name, await overflowsSideways(page)]).toEqual([name, false])
          expect([name, await axeFaults(page)]).toEqual([name, []])
          await page.close()
        }
      } finally {
        await context.close()
      }
    },
    120_000,
  )
})
