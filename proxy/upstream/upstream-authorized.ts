// Puts our own credential on each request to the upstream, and a new one where the upstream no longer takes it. The caller's
// token never goes there.

import type { Alarm } from '../answers/body.ts'
import type { UpstreamCall, UpstreamStream } from './upstream.ts'
import type { Credential } from './upstream-credential.ts'
import { discard, isSafe } from './upstream-retry.ts'

type Stream = (call: UpstreamCall, signal: AbortSignal) => Promise<UpstreamStream>
type AuthorizedStream = (call: UpstreamCall, signal: AbortSignal, authorization?: string) => Promise<UpstreamStream>

/** @param credential undefined: the upstream is asked without one */
export function authorizing(stream: AuthorizedStream, credential: Credential | undefined, alarm: Alarm): Stream {
  async function refused(answer: UpstreamStream): Promise<UpstreamStream> {
    await discard(answer)
    alarm('upstream-unauthorized', { hasCredential: credential !== undefined })
    return { kind: 'failed', reason: 'unauthorized' }
  }
  if (credential === undefined)
    return async (call, signal) => {
      const answer = await stream(call, signal)
      return isRefusal(answer) ? refused(answer) : answer
    }
  return async (call, signal) => {
    const first = await hadBy(credential.current(), signal)
    // Who has left meanwhile is told so there.
    if (first === undefined) return signal.aborted ? stream(call, signal) : { kind: 'failed', reason: 'unauthorized' }
    const answer = await stream(call, signal, first)
    if (!isRefusal(answer)) return answer
    const second = await hadBy(credential.insteadOf(first), signal)
    // What changes something is for the app to send again.
    if (second === undefined || second === first || !isSafe(call)) return refused(answer)
    await discard(answer)
    const again = await stream(call, signal, second)
    return isRefusal(again) ? refused(again) : again
  }
}

function isRefusal(answer: UpstreamStream): boolean {
  return answer.kind === 'stream' && answer.status === 401
}

/** Undefined: there is none, or nobody waits for it any more. */
async function hadBy(authorization: Promise<string>, signal: AbortSignal): Promise<string | undefined> {
  const gone = Promise.withResolvers<undefined>()
  const leave = () => gone.resolve(undefined)
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()
  try {
    return await Promise.race([authorization, gone.promise])
  } catch {
    // Told to operators where it failed.
    return undefined
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
