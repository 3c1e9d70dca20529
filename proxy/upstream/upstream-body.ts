// An upstream's answer as it arrives: its head first, then the body in pieces. Who reads slowly slows the upstream down; who
// stops reading ends the request.

import { type Dispatcher, errors } from 'undici'
import type { UpstreamAnswer, UpstreamFailure, UpstreamStream } from './upstream.ts'

/** The body ended before it was complete. */
export class BrokenOff extends Error {
  readonly reason: UpstreamFailure['reason']
  constructor(reason: UpstreamFailure['reason']) {
    super(`the upstream's answer broke off: ${reason}`)
    this.reason = reason
  }
}

/** An answer made whole. One that is longer is given up: `too-large`. */
export async function collect(answer: UpstreamStream, maxBodyBytes: number): Promise<UpstreamAnswer> {
  if (answer.kind === 'failed') return answer
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of answer.body) {
      length += chunk.length
      if (length > maxBodyBytes) return { kind: 'failed', reason: 'too-large' }
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof BrokenOff) return { kind: 'failed', reason: error.reason }
    throw error
  }
  return { ...answer, kind: 'answer', body: Buffer.concat(chunks) }
}

/** More waits in the sockets' buffers, which hold the upstream back. */
const MAX_WAITING_BYTES = 64 * 1024

/** @param resolve called once: with the head, or with what went wrong before it */
export function receive(resolve: (answer: UpstreamStream) => void, signal: AbortSignal): Dispatcher.DispatchHandler {
  const waiting: Buffer[] = []
  let waitingBytes = 0
  let end: 'open' | 'complete' | UpstreamFailure['reason'] = 'open'
  let hasHead = false
  let controller: Dispatcher.DispatchController | undefined
  let wake = () => {}

  const leave = () => {
    if (controller !== undefined) controller.abort(new Error('not read any further'))
    // Still waiting for a connection, which it will not use.
    else if (signal.aborted) resolve({ kind: 'failed', reason: reasonOfAbort(signal) })
  }
  const finish = (how: typeof end) => {
    end = how
    signal.removeEventListener('abort', leave)
    wake()
  }

  // No generator: that could not be left before it was begun.
  const body: AsyncIterableIterator<Buffer, void, void> = {
    async next() {
      while (waiting.length === 0 && end === 'open')
        await new Promise<void>((woken) => {
          wake = woken
        })
      const value = waiting.shift()
      if (value !== undefined) {
        waitingBytes -= value.length
        if (waiting.length === 0) controller?.resume()
        return { done: false, value }
      }
      if (end === 'complete' || end === 'open') return { done: true, value: undefined }
      throw new BrokenOff(end)
    },
    async return() {
      waiting.length = 0
      if (end === 'open') leave()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => body,
  }

  if (signal.aborted) leave()
  else signal.addEventListener('abort', leave, { once: true })
  return {
    onRequestStart(started) {
      controller = started
      if (signal.aborted) leave()
    },
    onResponseStart(_controller, status, headers) {
      // An interim answer, such as 103, says nothing yet.
      if (status < 200) return
      hasHead = true
      resolve({ kind: 'stream', status, headers: headerMap(headers), body })
    },
    onResponseData(_controller, chunk) {
      waiting.push(chunk)
      waitingBytes += chunk.length
      if (waitingBytes > MAX_WAITING_BYTES) controller?.pause()
      wake()
    },
    onResponseEnd() {
      finish('complete')
    },
    onResponseError(_controller, error) {
      const reason = signal.aborted
        ? reasonOfAbort(signal)
        : reasonOf(error, { wasSent: controller !== undefined, hasHead })
      finish(reason)
      // After the head the body tells it.
      resolve({ kind: 'failed', reason })
    },
  }
}

function headerMap(headers: Record<string, string | string[] | undefined>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : `${value}`,
    ]),
  )
}

const TIMEOUTS = [errors.HeadersTimeoutError, errors.BodyTimeoutError]

function reasonOf(
  error: unknown,
  { wasSent, hasHead }: Record<'wasSent' | 'hasHead', boolean>,
): UpstreamFailure['reason'] {
  if (!wasSent) return 'unreachable'
  if (TIMEOUTS.some((timeout) => error instanceof timeout)) return 'timeout'
  return hasHead ? 'cut-off' : 'unanswered'
}

/** Whoever asked has left, or the time for the whole request is over. */
export function reasonOfAbort({ reason }: AbortSignal): UpstreamFailure['reason'] {
  return (reason as { name?: unknown } | undefined)?.name === 'TimeoutError' ? 'timeout' : 'cancelled'
}
