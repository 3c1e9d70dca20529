// An operation that is passed on as it is, to where it speaks of codes alone or for whoever may see all.

import type { Passed } from '../../smart/plan/plan-operation.ts'
import { type Answer, fhirAnswer, refusal } from '../answers/answer.ts'
import { type Alarm, parseJsonBody, readBody, unusable } from '../answers/body.ts'
import { isFhirJson } from '../answers/format.ts'
import { disclosed } from '../audit/trail.ts'
import { encodeQuery } from '../upstream/query.ts'
import type { Upstream, UpstreamCall } from '../upstream/upstream.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'
import type { Written } from '../writes/written.ts'

export type PassRequest = { passed: Passed; written: Written | undefined; signal: AbortSignal }

export function createPass(deps: {
  upstream: Upstream
  rewriteUrls: RewriteUrls
  toUpstreamUrls: RewriteUrls
  alarm: Alarm
}): (request: PassRequest) => Promise<Answer> {
  return async ({ passed, written, signal }) => {
    const { method, request, answers } = passed
    const query = encodeQuery(request.query)
    const call: UpstreamCall = { method, target: query === '' ? request.path : `${request.path}?${query}` }
    if (method === 'POST' && written !== undefined && written.body !== '') {
      if (!isFhirJson(written.contentType)) return refusal(415, 'not-supported', 'This takes application/fhir+json.')
      const parsed = parseJsonBody(written.body)
      if (parsed === undefined) return refusal(400, 'invalid', 'The body is not JSON that can be read in one way only.')
      Object.assign(call, { body: deps.toUpstreamUrls(parsed.text), contentType: 'application/fhir+json' })
    }
    const answer = await deps.upstream.send(call, signal)
    if (answer.kind === 'answer' && answer.status === 204) return { status: 204, headers: {}, body: '' }
    const body = readBody(answer, deps.alarm)
    if (body.kind === 'refused') return body.answer
    const { resourceType } = body.value as { resourceType?: unknown }
    if (answers !== 'any' && !(typeof resourceType === 'string' && answers.has(resourceType))) {
      deps.alarm('operation-answer', { path: request.path, resourceType: String(resourceType) })
      return unusable('request')
    }
    for (const one of resourcesIn(body.value)) disclosed(one)
    return fhirAnswer(200, deps.rewriteUrls(body.text))
  }
}

/** Itself, or what a Bundle holds. */
function resourcesIn(answer: unknown): unknown[] {
  const { resourceType, entry } = answer as { resourceType?: unknown; entry?: unknown }
  if (resourceType !== 'Bundle' || !Array.isArray(entry)) return [answer]
  return entry.map((one: { resource?: unknown } | null) => one?.resource)
}
