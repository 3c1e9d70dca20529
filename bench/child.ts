// A process of its own, so that its CPU and memory are its alone. It is asked over the channel to its parent.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

type Reply = { value?: unknown; error?: string }

/** `isQuiet`: its errors are not shown. `flags`: of Node. */
type Started = { isQuiet?: boolean; flags?: readonly string[] }

export class Child<Question> {
  readonly #process: ChildProcess
  readonly #ended: Promise<Reply>
  #asking: Promise<unknown> = Promise.resolve()

  /** @param module below this folder */
  constructor(module: string, args: readonly string[], { isQuiet = false, flags = [] }: Started = {}) {
    const execArgv = ['--disable-warning=ExperimentalWarning', ...flags, ...process.execArgv]
    const stdio = ['ignore', 'ignore', isQuiet ? 'ignore' : 'inherit', 'ipc'] as const
    this.#process = fork(join(import.meta.dirname, module), [...args], { execArgv, stdio: [...stdio] })
    this.#ended = once(this.#process, 'exit').then(() => ({ error: `${module} has ended` }))
  }

  /** One question at a time: answers carry no number. */
  ask<Answer>(question: Question): Promise<Answer> {
    const asked = this.#asking.then(async () => {
      this.#process.send(question as object)
      const { value, error } = await Promise.race([this.#answer(), this.#ended])
      if (error !== undefined) throw new Error(error)
      return value as Answer
    })
    this.#asking = asked.catch(() => undefined)
    return asked
  }

  async #answer(): Promise<Reply> {
    const [reply] = await once(this.#process, 'message')
    return reply
  }

  async stop(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect()
    await this.#ended
  }
}

/** In the process itself: answers until its parent is gone. */
export function answerParent<Question>(answer: (question: Question) => unknown): void {
  process.on('message', (question: Question) => {
    Promise.resolve()
      .then(() => answer(question))
      .then(
        (value) => process.send?.({ value }),
        (error: Error) => process.send?.({ error: error.message }),
      )
  })
  process.once('disconnect', () => process.exit(0))
}

/** Milliseconds of CPU that this process has used, all threads together. */
export function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
