// Planted leaks, so that a test which looks for leaks can fail: an upstream that undoes one lock of the proxy each.
import type { Upstream, UpstreamCall } from '../../proxy/upstream/upstream.ts'
import { madeUpUpstream } from './made-up-upstream.ts'

/** As if searches were not rewritten: the condition that confines, which comes last, does not arrive. */
export function withoutRewriting(upstream: Upstream): Upstream {
  const unconfined = (call: UpstreamCall): UpstreamCall => {
    const isSearch = call.method === 'GET' && call.target.includes('?')
    return isSearch ? { ...call, target: call.target.replace(/[?&][^?&]*$/, '') } : call
  }
  return {
    ...upstream,
    send: (call, signal) => upstream.send(unconfined(call), signal),
    stream: (call, signal) => upstream.stream(unconfined(call), signal),
  }
}

/** As if nothing that comes back were judged: each record seems to be about the patient of the caller. */
export function withoutGuard(upstream: Upstream, patient: string): Upstream {
  const unjudged = madeUpUpstream(async (call, signal) => {
    const answer = await upstream.send(call, signal)
    if (answer.kind !== 'answer') return answer
    const text = answer.body.toString('utf8').replaceAll(/"Patient\/[A-Za-z0-9.-]+"/g, `"Patient/${patient}"`)
    return { ...answer, body: Buffer.from(text) }
  })
  return { ...unjudged, close: () => upstream.close() }
}
