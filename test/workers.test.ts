// Both services as several processes that share a port: restarted, killed and ended while requests come in.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { withSandbox } from './testing/sandbox.ts'
import { until } from './testing/until.ts'

type Line = { name: string; pid: number; msg: string }
const lines: Line[] = []
const running = withSandbox({
  portBase: 23_640,
  services: ['entra', 'tables', 'fhir-server', 'auth-server', 'proxy'],
  environment: { WORKERS: '2', DRAIN_SECONDS: '10' },
  onLine: (_service, text) => {
    if (text.startsWith('{')) lines.push(JSON.parse(text) as Line)
  },
})

const SERVICES = ['auth-server', 'proxy'] as const
type Name = (typeof SERVICES)[number]
/** What each says when a process of it takes requests. */
const READY: Record<Name, string> = { 'auth-server': 'listening', proxy: 'ready' }
const address = (name: Name) =>
  name === 'proxy' ? `${running.sandbox.urls.proxy}/fhir/metadata` : `${running.sandbox.urls.authServer}/jwks`
const said = (name: Name, msg: string) => lines.filter((line) => line.name === name && line.msg === msg)
const readyPids = (name: Name) => said(name, READY[name]).map(({ pid }) => pid)

/** On a machine that does much else. */
const LONG_MS = 30_000

type Load = { answered: number; failed: string[]; stop(): Promise<void> }

/** Asks again and again, several at a time, on connections that are kept. */
function load(url: string): Load {
  const seen: Load = { answered: 0, failed: [], stop: () => Promise.resolve() }
  let isOver = false
  const ask = async () => {
    while (!isOver) {
      try {
        const answer = await fetch(url)
        await answer.arrayBuffer()
        if (answer.status === 200) seen.answered += 1
        else seen.failed.push(String(answer.status))
      } catch (error) {
        const { code } = ((error as Error).cause ?? {}) as { code?: string }
        seen.failed.push(String(code ?? error))
        // Nobody listens: asking on would only keep this process busy.
        if (code === 'ECONNREFUSED') return
      }
    }
  }
  const asking = Promise.all(Array.from({ length: 6 }, ask))
  seen.stop = async () => {
    isOver = true
    await asking
  }
  return seen
}

const answeredMore = (at: Load, than: number) => until(() => at.answered > than, LONG_MS)

test.each(SERVICES)('%s: two processes take requests', async (name) => {
  await until(() => new Set(readyPids(name)).size === 2, LONG_MS)
  expect(await fetch(address(name))).toMatchObject({ status: 200 })
})

test.each(SERVICES)(
  '%s: SIGHUP restarts one after the other, and no request fails',
  async (name) => {
    const before = new Set(readyPids(name))
    const asked = load(address(name))
    await answeredMore(asked, 20)
    running.sandbox.signal(name, 'SIGHUP')
    await until(() => said(name, 'all workers were restarted').length === 1, LONG_MS)
    await answeredMore(asked, asked.answered + 20)
    await asked.stop()
    expect(asked.failed).toEqual([])
    expect(new Set(readyPids(name)).size).toBe(before.size + 2)
  },
  60_000,
)

test('a setting that is refused: the restart ends there, and those at work go on', async () => {
  const file = join(running.dataFolder, 'clients.json')
  const clients = await readFile(file, 'utf8')
  await writeFile(file, 'no JSON')
  const asked = load(address('auth-server'))
  running.sandbox.signal('auth-server', 'SIGHUP')
  await until(
    () => said('auth-server', 'a new worker does not start; the others go on as they were').length === 1,
    LONG_MS,
  )
  await answeredMore(asked, asked.answered + 20)
  await asked.stop()
  await writeFile(file, clients)
  expect(asked.failed).toEqual([])
}, 60_000)

test.each(SERVICES)(
  '%s: one that dies is replaced',
  async (name) => {
    const pids = readyPids(name)
    process.kill(Number(pids.at(-1)), 'SIGKILL')
    await until(() => readyPids(name).length > pids.length, LONG_MS)
    expect(await fetch(address(name))).toMatchObject({ status: 200 })
  },
  60_000,
)

test.each(SERVICES)(
  '%s: SIGTERM ends it: what was taken is answered, and then nobody listens',
  async (name) => {
    const asked = load(address(name))
    await answeredMore(asked, 20)
    await running.sandbox.halt(name)
    await asked.stop()
    expect(new Set(asked.failed)).toEqual(new Set(['ECONNREFUSED']))
  },
  60_000,
)
