// Follows docs/write-a-processor.md to the letter, in a copy of the project: its commands are run, its code is written down, and
// what it says of the sandbox is done in a browser.
import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { sandboxUrls } from '../sandbox/settings.ts'
import { launchBrowser } from './browser/browser.ts'
import { Journey } from './browser/journey.ts'

const ROOT = join(import.meta.dirname, '..')
const PORT_BASE = 23_820
const COPIED = [
  'package.json',
  'smart',
  'network',
  'service',
  'consent-ui',
  'auth-server',
  'proxy',
  'sandbox',
  'scripts',
  'examples',
]

/** A piece of the page: a command, or a file with what is put into it. */
type Step = { kind: 'run'; command: string } | { kind: 'file'; path: string; text: string }

let folder: string
let steps: Step[]
let page: string
let running: ChildProcess | undefined
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutorial-'))
  for (const name of COPIED) await cp(join(ROOT, name), join(folder, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  page = await readFile(join(ROOT, 'docs/write-a-processor.md'), 'utf8')
  steps = [...page.matchAll(/(?:`(examples\/[^`]+)`[^\n]*\n\n)?```(sh|js|json)\n([\s\S]*?)```/g)].flatMap(
    ([, path, language, text = '']): Step[] => {
      if (language === 'sh')
        return text
          .trim()
          .split('\n')
          .map((command) => ({ kind: 'run', command }))
      return path === undefined ? [] : [{ kind: 'file', path, text }]
    },
  )
  browser = await launchBrowser()
}, 90_000)
afterAll(async () => {
  await stop()
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

function start(command: string): ChildProcess {
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    SANDBOX_PORT: String(PORT_BASE),
    SANDBOX_DATA: join(folder, 'data'),
  }
  // A group of its own, so that all of it can be ended.
  return spawn('bash', ['-c', command], { cwd: folder, env: environment, detached: true })
}

/** @param enough what is waited for; undefined: the end */
async function outputOf(child: ChildProcess, enough?: string): Promise<{ said: string; code: number | null }> {
  let said = ''
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const seen = new Promise<void>((resolve) => {
    const take = (chunk: Buffer) => {
      said += String(chunk)
      if (enough !== undefined && said.includes(enough)) resolve()
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
  })
  await Promise.race([ended, seen])
  return { said, code: child.exitCode }
}

async function stop(): Promise<void> {
  const { pid, exitCode } = running ?? {}
  if (running === undefined || pid === undefined || exitCode !== null) return
  const ended = new Promise((resolve) => running?.once('close', resolve))
  process.kill(-pid, 'SIGTERM')
  await ended
  running = undefined
}

test('SEED-59: the tutorial, from the template to a step at work', async () => {
  expect(steps.map((step) => (step.kind === 'run' ? step.command.replace(/ .*/s, '') : step.path))).toEqual([
    'cp',
    'node_modules/.bin/node',
    'examples/my-processor/processor.mjs',
    'examples/my-processor/processor.test.mjs',
    'node_modules/.bin/node',
    'examples/my-processor/processors.json',
    'PROCESSORS_FILE=examples/my-processor/processors.json',
  ])
  const passed: string[] = []
  for (const step of steps) {
    if (step.kind === 'file') {
      await writeFile(join(folder, step.path), step.text)
      continue
    }
    const child = start(step.command)
    const isSandbox = step.command.endsWith('npm start')
    if (isSandbox) running = child
    const { said, code } = await outputOf(child, isSandbox ? 'Ready after' : undefined)
    expect([step.command, code, said]).toEqual([step.command, isSandbox ? null : 0, said])
    passed.push(...[...said.matchAll(/^ℹ pass (\d+)/gm)].map(([, count = '']) => count))
  }
  // "Three tests pass", and those of the page.
  expect(passed).toEqual(['3', '8'])

  const journey = await Journey.begin(browser, sandboxUrls({ portBase: PORT_BASE, host: '127.0.0.2' }))
  await journey.connect()
  await journey.signIn('ana.ruiz')
  await journey.share()
  const rows = [...page.matchAll(/^\| GET `([^`]+)` \| (.*) \|$/gm)].map(([, path = '', says = '']) => [path, says])
  expect(rows.map(([path]) => path)).toEqual(['Patient/ana-ruiz', 'Patient?_id=ana-ruiz', 'Patient?phone=555'])
  for (const [path = ''] of rows.slice(0, 2)) {
    const { status, body } = await journey.send('GET', path)
    expect([status, body]).toEqual([200, expect.stringContaining('birthDate')])
    expect(body).not.toMatch(/"(telecom|address)"/)
  }
  const refused = await journey.send('GET', 'Patient?phone=555')
  expect([refused.status, refused.body]).toEqual([
    403,
    expect.stringContaining(/\*(.*)\*/.exec(rows[2]?.[1] ?? '')?.[1] ?? '?'),
  ])
  await journey.end()
}, 120_000)

test('SEED-59: the mistake of the tutorial stops the start, in the words of the page', async () => {
  await stop()
  const file = join(folder, 'examples/my-processor/processors.json')
  await writeFile(file, (await readFile(file, 'utf8')).replace('"elements"', '"element"'))
  running = start('PROCESSORS_FILE=examples/my-processor/processors.json npm start')
  const line = /^proxy: PROCESSORS_FILE.*$/m.exec(page)?.[0] ?? '?'
  const { said } = await outputOf(running)
  expect(said).toContain(line)
}, 60_000)
