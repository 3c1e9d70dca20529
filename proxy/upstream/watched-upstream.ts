// The FHIR server, with an eye on whether it answers and how long it takes: for readiness, and for telemetry where that is on.

import { statusClass, type Telemetry } from '../../service/telemetry/telemetry.ts'
import { currentRequest } from '../request-context.ts'
import type { Upstream, UpstreamAnswer, UpstreamCall, UpstreamStream } from './upstream.ts'

export type UpstreamState = {
  /** Undefined: it was not asked yet. */
  answers: boolean | undefined
  /** Why it did not, the last time. */
  reason?: string
}

const ANSWERS: UpstreamState = { answers: true }
/** What is the fault of whoever asked, or left, tells nothing of the server. */
const NOT_ITS_FAULT: ReadonlySet<string> = new Set(['cancelled', 'too-large'])

export function watchUpstream(
  upstream: Upstream,
  telemetry: Telemetry | undefined,
): { upstream: Upstream; state(): UpstreamState } {
  let state: UpstreamState = { answers: undefined }

  function note(answer: UpstreamAnswer | UpstreamStream): void {
    if (answer.kind !== 'failed') state = ANSWERS
    else if (!NOT_ITS_FAULT.has(answer.reason)) state = { answers: false, reason: answer.reason }
  }

  function tell(call: UpstreamCall, answer: UpstreamAnswer | UpstreamStream, since: number): void {
    const outcome = answer.kind === 'failed' ? answer.reason : statusClass(answer.status)
    telemetry?.measure('upstreamDuration', (performance.now() - since) / 1000, { outcome })
    // Neither path nor query.
    currentRequest()?.trace?.part('upstream', since, { 'http.request.method': call.method, 'smart.outcome': outcome })
  }

  const watched =
    <Answer extends UpstreamAnswer | UpstreamStream>(
      ask: (call: UpstreamCall, signal: AbortSignal) => Promise<Answer>,
    ) =>
    (call: UpstreamCall, signal: AbortSignal): Promise<Answer> => {
      const since = telemetry === undefined ? 0 : performance.now()
      return ask(call, signal).then((answer) => {
        note(answer)
        if (telemetry !== undefined) tell(call, answer, since)
        return answer
      })
    }
  return {
    upstream: { send: watched(upstream.send), stream: watched(upstream.stream), close: upstream.close },
    state: () => state,
  }
}
