// A served process seen from the benchmark: starts it, asks it, measures work against it.
import { Child } from '../child.ts'
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
  readonly #child: Child<Question>

  private constructor(what: 'ours' | 'bare', child: Child<Question>, port: number) {
    this.what = what
    this.#child = child
    this.target = target(port)
  }

  static async start(what: 'ours' | 'bare', fhirUrl: string): Promise<ServerProcess> {
    // The bare library warns of its defaults, which are what is measured.
    const child = new Child<Question>('auth-server/served.ts', [what, fhirUrl], { isQuiet: what === 'bare' })
    return new ServerProcess(what, child, await child.ask<number>({ ask: 'port' }))
  }

  counts = () => this.#child.ask<Counts>({ ask: 'counts' })
  fill = (grants: number) => this.#child.ask<void>({ ask: 'fill', grants })
  caller = () => this.#child.ask<string>({ ask: 'caller' })

  /** Runs `work` so many times, some at once, and charges the server's CPU to each. */
  async measure(times: number, work: (worker: number) => Promise<unknown>): Promise<Measured> {
    let left = times
    const cpu = () => this.#child.ask<number>({ ask: 'cpu' })
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
    await this.#child.stop()
  }
}
