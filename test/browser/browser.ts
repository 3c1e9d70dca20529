// Chromium from the npm package, or one that is installed, for tests that need a real browser.
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser']

/**
 * Starts a browser: `CHROMIUM_PATH` if set, else the one from the package (Linux x64 and arm64), else an installed one.
 * Throws with one line when there is none: a browser test that did not run must not look as if it had passed.
 */
export async function launchBrowser(): Promise<Browser> {
  const chosen = process.env.CHROMIUM_PATH
  if (chosen !== undefined) return chromium.launch({ executablePath: chosen, args: ['--no-sandbox'] })
  if (process.platform === 'linux') return launchPackaged()
  const executablePath = INSTALLED.find((path) => existsSync(path))
  if (executablePath === undefined)
    throw new Error('No browser for the tests: set CHROMIUM_PATH to a Chromium or Chrome')
  return chromium.launch({ executablePath })
}

async function launchPackaged(): Promise<Browser> {
  // The package unpacks its shared libraries only where it believes itself to be on Lambda; it looks when it is imported.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x'
  const { default: packaged } = await import('@sparticuz/chromium')
  const executablePath = await packaged.executablePath()
  return chromium.launch({
    executablePath,
    args: ARGUMENTS,
    env: { ...(process.env as Record<string, string>), LD_LIBRARY_PATH: join(tmpdir(), 'al2023', 'lib') },
  })
}

/** Not the package's own list: that turns web security and site isolation off, and CORS and cookies are tested here. */
const ARGUMENTS = ['--no-sandbox', '--no-zygote', '--in-process-gpu', '--use-gl=angle', '--use-angle=swiftshader']

/** Whether the page is wider than its window: someone would have to scroll sideways. */
export async function overflowsSideways(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
}
