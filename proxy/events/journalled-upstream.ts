// The FHIR server, with each write in the journal: a row before it is forwarded, what came of it after the answer. A write that
// cannot be journalled is not forwarded; one that has begun is seen through, whether or not the caller waits.

import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { currentRequest } from '../request-context.ts'
import type { Upstream, UpstreamAnswer, UpstreamCall } from '../upstream/upstream.ts'
import { reasonOfAbort } from '../upstream/upstream-body.ts'
import { type Attempt, attemptsOf, type Change } from './change.ts'
import type { Journal, Row, Who } from './journal.ts'
import { outcomeOf } from './outcome.ts'

export type JournalledDeps = {
  upstream: Upstream
  journal: Pick<Journal, 'add' | 'settle'>
  /** How long a write may take, until nobody waits for its answer any more. */
  patienceMs: number
  clock: () => Date
  log: Logger
  /** Called when there is something to deliver. */
  onChange: () => void
}

/** The server may still be at it when nobody waits any more: it is asked a while later. */
const SETTLE_SHARE = 0.5

export function withJournal(deps: JournalledDeps): Upstream {
  const { upstream, journal, patienceMs, clock, log, onChange } = deps

  function rowFor(attempts: readonly Attempt[]): Row {
    const begunAt = clock()
    const inFlightUntil = new Date(begunAt.getTime() + patienceMs * (1 + SETTLE_SHARE))
    return {
      key: `${begunAt.toISOString()}_${randomUUID()}`,
      begunAt: begunAt.toISOString(),
      inFlightUntil: inFlightUntil.toISOString(),
      who: who(),
      state: { kind: 'pending', attempts },
    }
  }

  async function seeThrough(call: UpstreamCall, row: Row, attempts: readonly Attempt[]): Promise<UpstreamAnswer> {
    const answer = await upstream.send(call, AbortSignal.timeout(patienceMs))
    const outcome = outcomeOf(attempts, call.parts !== undefined, answer)
    if (outcome.kind !== 'unknown') await settle(row, outcome.kind === 'changed' ? outcome.changes : [])
    return answer
  }

  async function settle(row: Row, changes: readonly Change[]): Promise<void> {
    try {
      await journal.settle(row, changes)
      if (changes.length > 0) onChange()
    } catch (error) {
      // The row still says what was attempted: the record's history tells the rest later.
      log.warn({ err: error, requestId: row.who.requestId }, 'what came of a write could not be journalled')
    }
  }

  return {
    ...upstream,
    async send(call, signal) {
      const attempts = attemptsOf(call)
      if (attempts.length === 0) return upstream.send(call, signal)
      if (signal.aborted) return { kind: 'failed', reason: reasonOfAbort(signal) }
      const row = rowFor(attempts)
      try {
        await journal.add(row)
      } catch (error) {
        log.error({ err: error, requestId: row.who.requestId }, 'a write is refused: it cannot be journalled')
        return { kind: 'failed', reason: 'unreachable' }
      }
      if (!signal.aborted) return untilAborted(seeThrough(call, row, attempts), signal)
      // Who left meanwhile asks for nothing any more.
      await settle(row, [])
      return { kind: 'failed', reason: reasonOfAbort(signal) }
    },
  }
}

async function untilAborted(answer: Promise<UpstreamAnswer>, signal: AbortSignal): Promise<UpstreamAnswer> {
  let leave = () => {}
  const left = new Promise<UpstreamAnswer>((resolve) => {
    leave = () => resolve({ kind: 'failed', reason: reasonOfAbort(signal) })
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
  })
  try {
    return await Promise.race([answer, left])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

function who(): Who {
  const request = currentRequest()
  const { clientId, person } = request?.actor ?? {}
  return {
    requestId: request?.requestId ?? '',
    address: request?.address ?? '',
    ...(clientId === undefined ? {} : { clientId }),
    ...(person === undefined ? {} : { person }),
  }
}
