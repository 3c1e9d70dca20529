// $validate: the resource is judged as if it were to be stored, so that what a server says of its references tells nothing
// that the app could not find out by itself; then the FHIR server looks at it (ENF-45).

import type { WritePlan } from '../../smart/plan/write.ts'
import { type Answer, fhirAnswer, refusal } from '../answers/answer.ts'
import { type Alarm, parseJsonBody, readBody } from '../answers/body.ts'
import { issuesIn, outcomeWith } from '../answers/outcome-issues.ts'
import { elementTexts, memberText } from '../json/json-text.ts'
import type { Upstream, UpstreamAnswer } from '../upstream/upstream.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'
import type { Writer } from '../writes/write.ts'
import type { Written } from '../writes/written.ts'

export type ValidateRequest = { plan: WritePlan; profile: string | undefined; written: Written; signal: AbortSignal }

export function createValidate(deps: {
  upstream: Upstream
  writer: Pick<Writer, 'prepare'>
  rewriteUrls: RewriteUrls
  alarm: Alarm
}): (request: ValidateRequest) => Promise<Answer> {
  return async ({ plan, profile, written, signal }) => {
    const resource = resourceIn(written.body)
    const call = await deps.writer.prepare({ ...written, body: resource, plan, validates: true, signal })
    if ('status' in call) return call
    const profiled = profile === undefined ? '' : `,{"name":"profile","valueUri":${JSON.stringify(profile)}}`
    const body = `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":${call.body}}${profiled}]}`
    const answer = await deps.upstream.send(
      { method: 'POST', target: `${plan.type}/$validate`, body, contentType: 'application/fhir+json' },
      signal,
    )
    const outcome = outcomeOf(answer)
    if (outcome !== undefined) return fhirAnswer(200, deps.rewriteUrls(outcome))
    if (answer.kind === 'answer' && [404, 405, 501].includes(answer.status))
      return refusal(501, 'not-supported', 'The FHIR server does not validate.')
    const failed = readBody(answer, deps.alarm)
    return failed.kind === 'refused' ? failed.answer : refusal(502, 'exception', 'The FHIR server did not validate.')
  }
}

/** The text of the resource, alone or in Parameters; what it is, is judged where it is read. */
function resourceIn(body: string): string {
  const parsed = parseJsonBody(body)
  if ((parsed?.value as { resourceType?: unknown } | undefined)?.resourceType !== 'Parameters') return body
  const named = elementTexts(body, 'parameter').filter((text) => memberText(text, 'name') === '"resource"')
  return named.length === 1 ? (memberText(named[0] ?? '{}', 'resource') ?? '') : ''
}

/** Whether or not the resource is well formed, servers differ in the status. */
const STATUSES: ReadonlySet<number> = new Set([200, 400, 412, 422])

/** Built anew: the issues and nothing else. */
function outcomeOf(answer: UpstreamAnswer): string | undefined {
  if (answer.kind !== 'answer' || !STATUSES.has(answer.status)) return undefined
  const issues = issuesIn(parseJsonBody(answer)?.value) ?? []
  return issues.length === 0 ? undefined : outcomeWith(issues)
}
