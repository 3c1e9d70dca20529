// Several processes of one service that share its port: one that dies is started again, and all are restarted one after the
// other without a pause. The primary process answers no request itself.

import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'

export type WorkersSettings = {
  count: number
  /** How long a worker that was told to end may take, in milliseconds; then it is killed. */
  patienceMilliseconds: number
  /** What all workers are given besides the environment of the primary. */
  environment: Readonly<Record<string, string>>
  log: Logger
}

export type Workers = {
  /** One after the other: a new one takes requests before an old one stops. One that does not start ends the restart. */
  restart(): Promise<void>
  /** Tells all to finish what they have under way, and waits for them. */
  end(): Promise<void>
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** One that lived for so long has not died of its start. */
const SETTLED_MS = 60_000

/** @returns undefined when not even the first one starts: it has said why */
export async function startWorkers(settings: WorkersSettings): Promise<Workers | undefined> {
  const { count, patienceMilliseconds, environment, log } = settings
  /** Those that are to stay; whoever was told to end is among them no longer. */
  const staying = new Set<Worker>()
  const leaving = new Map<Worker, Promise<unknown>>()
  let deaths = 0
  let isEnding = false
  let restarting = Promise.resolve()

  /** Undefined: it ended before it took requests. */
  async function begin(): Promise<Worker | undefined> {
    const worker = cluster.fork(environment)
    const ended = once(worker, 'exit')
    const isListening = await Promise.race([once(worker, 'listening').then(() => true), ended.then(() => false)])
    if (!isListening) return undefined
    const since = performance.now()
    staying.add(worker)
    void ended.then(([code, signal]) => {
      if (!staying.delete(worker)) return
      log.error({ worker: worker.process.pid, code, signal }, 'a worker has ended; another takes its place')
      if (performance.now() - since > SETTLED_MS) deaths = 0
      void replace()
    })
    // It was told to start before all were told to end.
    if (isEnding) void leave(worker)
    return worker
  }

  async function replace(): Promise<void> {
    do {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** deaths, LONGEST_PAUSE_MS)
      deaths += 1
      await wait(pause, undefined, { ref: false })
    } while (!isEnding && (await begin()) === undefined)
  }

  function leave(worker: Worker): Promise<unknown> {
    staying.delete(worker)
    const known = leaving.get(worker)
    if (known !== undefined) return known
    const ended = once(worker, 'exit')
    const killer = setTimeout(() => worker.process.kill('SIGKILL'), patienceMilliseconds)
    worker.process.kill('SIGTERM')
    const left = ended.finally(() => {
      clearTimeout(killer)
      leaving.delete(worker)
    })
    leaving.set(worker, left)
    return left
  }

  async function restartEach(): Promise<void> {
    for (const worker of [...staying]) {
      if (isEnding) return
      if ((await begin()) === undefined) {
        log.error('a new worker does not start; the others go on as they were')
        return
      }
      if (staying.has(worker)) await leave(worker)
    }
    log.info({ workers: staying.size }, 'all workers were restarted')
  }

  // The first one tells whether they can start at all.
  if ((await begin()) === undefined) return undefined
  for (let further = 1; further < count; further += 1) if ((await begin()) === undefined) void replace()
  return {
    restart() {
      restarting = restarting.then(restartEach)
      return restarting
    },
    async end() {
      isEnding = true
      await Promise.all([...staying, ...leaving.keys()].map(leave))
    },
  }
}
