// Keeps up with the feed of revocations, and says of each token whether it was ended. What cannot be known is not allowed.

import type { Logger } from 'pino'
import { bucketOf, REVOCATION_SECONDS, type RevocableClaims, revocationList } from '../../smart/revocation.ts'
import { tableFault } from '../table.ts'
import type { SharedTables } from './shared-tables.ts'

export type Revocations = {
  /** `unknown` when the feed has not been read for too long. */
  stateOf(claims: RevocableClaims): 'live' | 'revoked' | 'unknown'
  /** Whether the feed was read lately: without it no request is answered. */
  isCurrent(): boolean
  /** Since it was read; undefined: never yet. */
  ageSeconds(): number | undefined
}

export type RevocationSettings = {
  tables: Pick<SharedTables, 'revocationsSince'>
  clock: () => Date
  log: Logger
  /** How old the last good reading may be. */
  maxAgeSeconds: number
  pollMilliseconds: number
}

/** A late write may fall into a bucket that was read before: all are read again each minute. */
const WHOLE_SPAN_EVERY_SECONDS = 60

/** Reads until `stop`. Until the first reading was tried, as `begun` tells, and went well, every token is unknown. */
export function watchRevocations(settings: RevocationSettings): Revocations & { begun: Promise<void>; stop(): void } {
  const { tables, clock, log, maxAgeSeconds, pollMilliseconds } = settings
  const list = revocationList()
  const seconds = () => Math.floor(clock().getTime() / 1000)
  let lastRead = Number.NEGATIVE_INFINITY
  let lastWhole = Number.NEGATIVE_INFINITY
  let isReadingWhole = false
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  const warn = (error: unknown) => log.warn({ error: tableFault(error) }, 'revocations cannot be read')

  async function read(spanSeconds: number): Promise<number> {
    const startedAt = seconds()
    for (const revocation of await tables.revocationsSince(bucketOf(startedAt - spanSeconds))) list.add(revocation)
    return startedAt
  }

  /** Beside the poll, never in its way: a long hour's entries take their time. */
  async function readWhole(): Promise<void> {
    isReadingWhole = true
    try {
      lastWhole = await read(REVOCATION_SECONDS)
      list.forget(lastWhole)
    } catch (error) {
      warn(error)
    } finally {
      isReadingWhole = false
    }
  }

  async function readNewest(): Promise<void> {
    lastRead = await read(WHOLE_SPAN_EVERY_SECONDS)
  }

  async function poll(): Promise<void> {
    const isWholeDue = !isReadingWhole && seconds() - lastWhole >= WHOLE_SPAN_EVERY_SECONDS
    const whole = isWholeDue ? readWhole() : undefined
    await readNewest().catch(warn)
    if (!isStopped) timer = setTimeout(poll, pollMilliseconds).unref()
    await whole
  }
  const begun = poll()

  // What was ended before this process began must have been read once.
  const isCurrent = () => lastWhole > 0 && seconds() - lastRead <= maxAgeSeconds
  return {
    begun,
    isCurrent,
    ageSeconds: () => (Number.isFinite(lastRead) ? seconds() - lastRead : undefined),
    stateOf(claims) {
      if (!isCurrent()) return 'unknown'
      return list.isRevoked(claims) ? 'revoked' : 'live'
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
