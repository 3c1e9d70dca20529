// One service as a process, or as several that share its port, from its start to its end on a signal.

import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import type { Logger } from 'pino'
import { startWorkers } from './workers.ts'

export type Running = {
  /** Finishes what is under way, within the time that the settings give it. Called once. */
  end(): Promise<void>
}

export type ServiceSettings = {
  workers: number | 'auto'
  drainSeconds: number
  /** What workers must have in common and none was given: settings by their names. */
  shared?: Readonly<Record<string, string>>
  log: Logger
}

/** Of workers, for what they write when the last answer is out; then they are killed. */
const MARGIN_MS = 15_000

/**
 * SIGTERM and SIGINT end it, with exit code 0. SIGHUP restarts workers one after the other; a process that is alone ends, for
 * whoever started it to start it again.
 * @param start called in each process that answers requests; when it throws, the caller says so and ends the process
 */
export async function runService(start: () => Promise<Running>, settings: ServiceSettings): Promise<void> {
  const { workers, drainSeconds, shared = {}, log } = settings
  const count = workers === 'auto' ? availableParallelism() : workers
  if (cluster.isWorker || count === 1) return runAlone(await start())
  const supervised = await startWorkers({
    count,
    patienceMilliseconds: drainSeconds * 1000 + MARGIN_MS,
    environment: shared,
    log,
  })
  if (supervised === undefined) process.exit(1)
  log.info({ workers: count }, 'workers are started')
  onEnd(() => supervised.end())
  process.on('SIGHUP', () => void supervised.restart())
}

function runAlone(running: Running): void {
  onEnd(() => running.end())
  if (cluster.isPrimary) process.once('SIGHUP', () => process.emit('SIGTERM'))
  // The primary alone is asked to restart; a terminal that is closed tells all.
  else process.on('SIGHUP', () => undefined)
}

function onEnd(end: () => Promise<void>): void {
  let isEnding = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (!isEnding) void end().finally(() => process.exit(0))
      isEnding = true
    })
}
