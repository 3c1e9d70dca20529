// Asks the upstream once more where that is safe: reads and searches that it turned away for now, and anything of which
// nothing was sent. Never a write that may have been carried out.

import { setTimeout as passing } from 'node:timers/promises'
import type { UpstreamCall, UpstreamStream } from './upstream.ts'
import { collect } from './upstream-body.ts'

type Stream = (call: UpstreamCall, signal: AbortSignal) => Promise<UpstreamStream>

const MAX_TRIES = 3
/** Before the second try; four times as long before the third. */
const FIRST_WAIT_MS = 100
/** Whoever has to wait longer is told so, and waits by itself. */
const MAX_WAIT_MS = 10_000
/** Turned away for now, or not reached. A 500 would only come again. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** @param withinMs no try begins later than this after the first */
export function repeating(stream: Stream, withinMs: number): Stream {
  return async (call, signal) => {
    const startedAt = performance.now()
    for (let tries = 1; ; tries += 1) {
      const answer = await stream(call, signal)
      const wait = tries < MAX_TRIES && mayRepeat(call, answer) ? waitBefore(tries, answer) : undefined
      if (wait === undefined || wait > MAX_WAIT_MS || performance.now() - startedAt + wait > withinMs) return answer
      await discard(answer)
      // Who is cancelled meanwhile learns it from the next try.
      await passing(wait, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Reads and searches change nothing, however often they are asked; what starts a job does. */
export function isSafe({ method, form, isAsync = false }: UpstreamCall): boolean {
  return (method === 'GET' && !isAsync) || form !== undefined
}

/** The connection stays usable when a short body is read to its end. */
export async function discard(answer: UpstreamStream): Promise<void> {
  await collect(answer, 64 * 1024)
}

function mayRepeat(call: UpstreamCall, answer: UpstreamStream): boolean {
  if (answer.kind === 'stream') return isSafe(call) && PASSING.has(answer.status)
  // Bytes that were passed on as they came are gone.
  if (call.file !== undefined) return false
  return answer.reason === 'unreachable' || (answer.reason === 'unanswered' && isSafe(call))
}

/** Spread out, so that not all who were turned away come back at once; never sooner than the upstream says. */
function waitBefore(tries: number, answer: UpstreamStream): number {
  const asked = answer.kind === 'stream' ? retryAfterMs(answer.headers) : undefined
  return (asked ?? FIRST_WAIT_MS * 4 ** (tries - 1)) * (1 + Math.random() / 4)
}

/** In milliseconds from now, as the header of Azure's services says it or that of HTTP; undefined when neither does. */
export function retryAfterMs(headers: ReadonlyMap<string, string>): number | undefined {
  const precise = headers.get('x-ms-retry-after-ms') ?? headers.get('retry-after-ms') ?? ''
  if (/^\d{1,9}$/.test(precise)) return Number(precise)
  const given = headers.get('retry-after') ?? ''
  if (/^\d{1,6}$/.test(given)) return Number(given) * 1000
  const at = /^[A-Z][a-z]{2}, [A-Za-z0-9 :]+ GMT$/.test(given) ? Date.parse(given) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}
