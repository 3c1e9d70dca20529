// One child process of the sandbox: started, awaited until it answers, watched, restarted, ended.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const POLL_MS = 40
const PATIENCE_MS = 30_000
/** A service that dies oftener than this within a minute stays down. */
const RESTARTS_A_MINUTE = 5

const FOLLOW_PARENT = fileURLToPath(new URL('./follow-parent.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('..', import.meta.url))

export type ServiceDefinition = {
  name: string
  /** Entry file, relative to the repository. */
  file: string
  env: Record<string, string>
  /** An address that answers once the service is ready. */
  readyUrl: string
  /** Services that must be ready before this one starts. */
  after: readonly string[]
}

/** Receives what a service says, line by line. */
export type LineSink = (name: string, line: string, stream: 'out' | 'err') => void

export class Service {
  readonly definition: ServiceDefinition
  readonly #say: LineSink
  #child: ChildProcess | undefined
  #watching = false
  #restarts: number[] = []
  #lastError = ''

  constructor(definition: ServiceDefinition, say: LineSink) {
    this.definition = definition
    this.#say = say
  }

  /** Resolves when the service answers. @throws Error with one line when it ends before that, or never answers */
  async start(): Promise<void> {
    const { name, readyUrl } = this.definition
    this.#lastError = ''
    const child = this.#spawn()
    const deadline = Date.now() + PATIENCE_MS
    while (!(await answers(readyUrl))) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`${name} ended at start${this.#lastError ? `: ${this.#lastError}` : ''}`)
      }
      if (Date.now() > deadline) throw new Error(`${name} does not answer at ${readyUrl}`)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    this.#watching = true
  }

  /** Ends the process and waits for it; after four seconds it is killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#watching = false
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    const killer = setTimeout(() => child.kill('SIGKILL'), 4_000)
    await gone
    clearTimeout(killer)
  }

  /** Tells the process something, and leaves it at that. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  #spawn(): ChildProcess {
    const { name, file, env } = this.definition
    const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0060', '--import', FOLLOW_PARENT]
    const child = spawn(process.execPath, [...flags, file], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C reaches us alone, so that services end in order.
      detached: process.platform !== 'win32',
    })
    this.#child = child
    const listenTo = (stream: Readable | null, kind: 'out' | 'err') => {
      if (!stream) return
      createInterface({ input: stream }).on('line', (line) => {
        if (kind === 'err' && line.trim()) this.#lastError = line
        this.#say(name, line, kind)
      })
    }
    listenTo(child.stdout, 'out')
    listenTo(child.stderr, 'err')
    child.once('exit', () => {
      if (this.#watching && this.#child === child) void this.#revive()
    })
    return child
  }

  async #revive(): Promise<void> {
    this.#watching = false
    const { name } = this.definition
    this.#restarts = this.#restarts.filter((at) => at > Date.now() - 60_000)
    if (this.#restarts.length >= RESTARTS_A_MINUTE) {
      this.#say(name, 'ends again and again; it stays down', 'err')
      return
    }
    this.#restarts.push(Date.now())
    this.#say(name, 'ended unexpectedly; starting it again', 'err')
    await this.start().catch((error: Error) => this.#say(name, error.message, 'err'))
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000), redirect: 'manual' })
    await answer.body?.cancel()
    return answer.status < 500
  } catch {
    return false
  }
}

/** Starts services as their dependencies become ready, the others at the same time. @throws the first failure */
export async function startInOrder(services: readonly Service[]): Promise<void> {
  const started = new Map<string, Promise<void>>()
  const startOne = (service: Service): Promise<void> => {
    const { name, after } = service.definition
    const known = started.get(name)
    if (known) return known
    const needed = services.filter((other) => after.includes(other.definition.name))
    const promise = Promise.all(needed.map(startOne)).then(() => service.start())
    started.set(name, promise)
    return promise
  }
  await Promise.all(services.map(startOne))
}
