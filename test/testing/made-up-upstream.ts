// An upstream that is a function: what each call is answered with.
import type { Upstream, UpstreamAnswer, UpstreamCall } from '../../proxy/upstream/upstream.ts'

type AnswerTo = (call: UpstreamCall, signal: AbortSignal) => UpstreamAnswer | Promise<UpstreamAnswer>

export function madeUpUpstream(answerTo: AnswerTo): Upstream {
  return {
    send: async (call, signal) => answerTo(call, signal),
    stream: async (call, signal) => {
      const answer = await answerTo(call, signal)
      return answer.kind === 'failed' ? answer : { ...answer, kind: 'stream', body: inOnePiece(answer.body) }
    },
    close: async () => undefined,
  }
}

async function* inOnePiece(body: Buffer): AsyncGenerator<Buffer, void, void> {
  yield body
}
