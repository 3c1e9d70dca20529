// Planted leaks, so that a test which looks for leaks can fail: an upstream that undoes one lock of the proxy each.
import type { Upstream } from '../../proxy/upstream.ts'

/** As if searches were not rewritten: the condition that confines, which comes last, does not arrive. */
export function withoutRewriting(upstream: Upstream): Upstream {
  return {
    ...upstream,
    send: (call, signal) => {
      const isSearch = call.method === 'GET' && call.target.includes('?')
      const target = isSearch ? call.target.replace(/[?&][^?&]*$/, '') : call.target
      return upstream.send({ ...call, target }, signal)
    },
  }
}

/** As if nothing that comes back were judged: each record seems to be about the patient of the caller. */
export function withoutGuard(upstream: Upstream, patient: string): Upstream {
  return {
    ...upstream,
    send: async (call, signal) => {
      const answer = await upstream.send(call, signal)
      if (answer.kind !== 'answer') return answer
      const text = answer.body.toString('utf8').replaceAll(/"Patient\/[A-Za-z0-9.-]+"/g, `"Patient/${patient}"`)
      return { ...answer, body: Buffer.from(text) }
    },
  }
}
