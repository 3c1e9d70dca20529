// A read: the record goes out only after it was judged, and so does an old version of it.

import type { Access } from '../../smart/access/access.ts'
import type { Interaction } from '../../smart/fhir/interaction.ts'
import { allowsResource, type Guard } from '../../smart/plan/guard.ts'
import type { Plan } from '../../smart/plan/plan.ts'
import { type Answer, fhirAnswer, notFound } from '../answers/answer.ts'
import { type Alarm, readRecord, versionHeaders } from '../answers/body.ts'
import { disclosed } from '../audit/trail.ts'
import type { Includes } from '../lists/includes.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { callOf } from '../upstream/upstream-call.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'

export type ReadDeps = { upstream: Upstream; includes: Includes; rewriteUrls: RewriteUrls; alarm: Alarm }

export type ReadRequest = {
  access: Access
  interaction: Interaction
  forward: Extract<Plan, { kind: 'forward' }>
  guard: Extract<Guard, { kind: 'resource' }>
  signal: AbortSignal
}

export function createRead(deps: ReadDeps): (request: ReadRequest) => Promise<Answer> {
  return async ({ access, interaction, forward, guard, signal }) => {
    let answer: Answer | undefined
    let shown: unknown
    for (const request of [...forward.before, forward.request]) {
      const upstreamAnswer = await deps.upstream.send(callOf(request), signal)
      const body = readRecord(upstreamAnswer, deps.alarm, guard.allowances)
      if (body.kind === 'refused') return body.answer
      const isVisible =
        guard.by === 'itself'
          ? allowsResource(guard, body.value)
          : await deps.includes.isVisible({ access, interaction, guard, resource: body.value, signal })
      if (typeof isVisible !== 'boolean') return isVisible
      if (!isVisible) return notFound()
      answer = fhirAnswer(200, deps.rewriteUrls(body.text), versionHeaders(upstreamAnswer))
      shown = body.value
    }
    disclosed(shown)
    return answer ?? notFound()
  }
}
