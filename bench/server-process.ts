// A served process seen from the benchmark: starts it, asks it, measures work against it.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Counts } from './counting-store.ts'
import { type Target, target } from './flow.ts'
import type { Question } from './served.ts'

export type Measured = {
  /** Milliseconds of the server's CPU for one. */
  cpu: number
  /** As many a second as came, with the client's own pace in it. */
  aSecond: number
}

const CONCURRENCY = 16

export class ServerProcess {
  readonly what: 'ours' | 'bare'
  readonly target: Target
  readonly #child: ChildProcess

  private constructor(what: 'ours' | 'bare', child: ChildProcess, port: number) {
    this.what = what
    this.#child = child
    this.target = target(port)
  }

  static async start(what: 'ours' | 'bare', fhirUrl: string): Promise<ServerProcess> {
    const execArgv = ['--disable-warning=ExperimentalWarning', ...process.execArgv]
    // The bare library warns of its defaults, which are what is measured.
    const stdio = ['ignore', 'ignore', what === 'bare' ? 'ignore' : 'inherit', 'ipc'] as const
    const child = fork(join(import.meta.dirname, 'served.ts'), [what, fhirUrl], { execArgv, stdio: [...stdio] })
    return new ServerProcess(what, child, (await asked(child, { ask: 'port' })) as number)
  }

  counts = () => asked(this.#child, { ask: 'counts' }) as Promise<Counts>
  fill = (grants: number) => asked(this.#child, { ask: 'fill', grants }) as Promise<void>
  caller = () => asked(this.#child, { ask: 'caller' }) as Promise<string>

  /** Runs `work` so many times, some at once, and charges the server's CPU to each. */
  async measure(times: number, work: (worker: number) => Promise<unknown>): Promise<Measured> {
    let left = times
    const cpu = () => asked(this.#child, { ask: 'cpu' }) as Promise<number>
    const [cpuBefore, before] = [await cpu(), performance.now()]
    const workers = Array.from({ length: CONCURRENCY }, async (_, worker) => {
      while (left-- > 0) await work(worker)
    })
    await Promise.all(workers)
    const seconds = (performance.now() - before) / 1000
    return { cpu: ((await cpu()) - cpuBefore) / times, aSecond: times / seconds }
  }

  async stop(): Promise<void> {
    await this.target.close()
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}

/** One question at a time: answers carry no number. */
async function asked(child: ChildProcess, question: Question): Promise<unknown> {
  child.send(question)
  const [{ value, error }] = (await once(child, 'message')) as [{ value?: unknown; error?: string }]
  if (error !== undefined) throw new Error(error)
  return value
}
