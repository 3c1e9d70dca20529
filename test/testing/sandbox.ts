// The whole sandbox for the tests of a file, in a data folder of its own, with a browser where people click.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts'
import { launchBrowser } from '../browser/browser.ts'

type Settings = Omit<Parameters<typeof startSandbox>[0], 'dataFolder'>

/** There while tests run. */
export type Running = { readonly sandbox: Sandbox; readonly dataFolder: string }

const START_MS = 90_000

/** @param settings each file has ports of its own, since files run side by side */
export function withSandbox(settings: Settings): Running {
  let running: Running | undefined
  beforeAll(async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'sandbox-test-'))
    running = { dataFolder, sandbox: await startSandbox({ ...settings, dataFolder }) }
  }, START_MS)
  afterAll(async () => {
    await running?.sandbox.stop()
    if (running !== undefined) await rm(running.dataFolder, { recursive: true, force: true })
  })
  return {
    get sandbox() {
      return present(running).sandbox
    },
    get dataFolder() {
      return present(running).dataFolder
    },
  }
}

export function withSandboxInBrowser(settings: Settings): Running & { readonly browser: Browser } {
  const running = withSandbox(settings)
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await launchBrowser()
  }, START_MS)
  afterAll(() => browser?.close())
  return Object.defineProperty(running as Running & { browser: Browser }, 'browser', { get: () => present(browser) })
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not started yet')
  return value
}
