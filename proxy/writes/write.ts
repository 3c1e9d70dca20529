// Carries a write out: reads the stored version, judges it and the new one, resolves what is referred to, and only then
// lets the upstream act, on exactly the version that was judged.

import type { Allowance } from '../../smart/access/allowance.ts'
import { onePatient } from '../../smart/fhir/compartment.ts'
import type { Target } from '../../smart/fhir/reference.ts'
import { judgeWrite, mayReferTo, unresolved, type WritePlan, type WriteVerdict } from '../../smart/plan/write.ts'
import { type Answer, fhirAnswer, notFound, refusal } from '../answers/answer.ts'
import { type Alarm, parseJsonBody, readBody, readRecord, versionHeaders } from '../answers/body.ts'
import { opaque } from '../answers/known.ts'
import { disclosed } from '../audit/trail.ts'
import type { Upstream, UpstreamAnswer, UpstreamCall } from '../upstream/upstream.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'
import { contentAfter, isReadable, readContent } from './write-content.ts'

export type WriteRequest = {
  plan: WritePlan
  /** The body as it came; empty for a delete. */
  body: string
  contentType: string
  ifMatch: string | undefined
  /** A search under which a create is made only when it finds nothing; as the app wrote it. */
  condition?: string
  /** The same as it goes upstream: confined. */
  ifNoneExist?: string
  /** What the app prefers to be answered with; by default the record. */
  returns: 'representation' | 'minimal' | 'OperationOutcome'
  /** Judged only: nothing is stored. */
  validates?: boolean
  signal: AbortSignal
}

export type WriteDeps = {
  upstream: Upstream
  fhirBase: string
  upstreamUrl: string
  /** Upstream addresses to ours, and ours to the upstream's. */
  rewriteUrls: RewriteUrls
  toUpstreamUrls: RewriteUrls
  alarm: Alarm
}

type Stored = { resource: unknown; etag: string }

export type Writer = {
  write(request: WriteRequest): Promise<Answer>
  /** Judges without writing: what is to be sent, or why not. */
  prepare(request: WriteRequest): Promise<UpstreamCall | Answer>
  /** What the app is told of a write that was done. */
  answerOf(request: WriteRequest, answer: UpstreamAnswer): Answer
}

export function createWriter(deps: WriteDeps): Writer {
  const { upstream } = deps

  /**
   * Undefined: not there, or as good as not.
   * @param allowances what the caller may do to, or see of, the type
   */
  async function readStored(
    { type, id }: Target,
    allowances: readonly Allowance[],
    signal: AbortSignal,
  ): Promise<Stored | Answer | undefined> {
    const answer = await upstream.send({ method: 'GET', target: `${type}/${id}` }, signal)
    const body = readRecord(answer, deps.alarm, allowances)
    if (body.kind === 'refused') return body.answer.status === 404 ? undefined : body.answer
    const { ETag: etag = '' } = versionHeaders(answer)
    return { resource: body.value, etag }
  }

  /** Asked one by one, so that what is missing and what is foreign take the same way. */
  async function mayRefer({ resolve, within }: Pass, { plan, signal }: WriteRequest): Promise<boolean | Answer> {
    if (within === 'any') return true
    for (const target of resolve) {
      const stored = await readStored(target, plan.visibleOf(target.type), signal)
      if (stored === undefined || 'status' in stored) return stored ?? false
      if (!mayReferTo(plan, target, stored.resource, within)) return false
    }
    return true
  }

  async function prepare(request: WriteRequest): Promise<UpstreamCall | Answer> {
    const { plan, ifMatch } = request
    const content = plan.interaction === 'delete' ? undefined : readContent(request, deps.toUpstreamUrls)
    if (content !== undefined && 'status' in content) return content
    const stored =
      plan.id === undefined ? undefined : await readStored({ ...plan, id: plan.id }, plan.allowances, request.signal)
    if (stored !== undefined && 'status' in stored) return stored
    const next = await contentAfter(plan, content, stored?.resource)
    if ('answer' in next) return next.answer

    const verdict = judgeWrite(plan, stored?.resource, next.value, content?.value)
    if (verdict.kind === 'not-found') return notFound()
    if (verdict.kind === 'refuse') return refused(verdict)
    if (stored !== undefined && ifMatch !== undefined && opaque(ifMatch) !== opaque(stored.etag))
      return refusal(412, 'conflict', 'The record has changed since.')
    // Between judging and writing someone else may write: the upstream must refuse then.
    if (stored !== undefined && verdict.within !== 'any' && stored.etag === '')
      return refusal(
        403,
        'not-supported',
        'The FHIR server keeps no versions, so that records cannot be changed safely.',
      )
    const isFine = await mayRefer(verdict, request)
    if (typeof isFine !== 'boolean') return isFine
    if (!isFine) return refused(unresolved())

    disclosed(next.value ?? stored?.resource)
    const patient = onePatient(next.value ?? stored?.resource, plan.bases)
    return {
      method: METHOD[plan.interaction],
      target: plan.id === undefined ? plan.type : `${plan.type}/${plan.id}`,
      returns: canReturn(plan, request) ? 'representation' : 'minimal',
      ...(stored === undefined || stored.etag === '' ? {} : { ifMatch: stored.etag }),
      ...(request.ifNoneExist === undefined ? {} : { ifNoneExist: request.ifNoneExist }),
      ...(content === undefined ? {} : { body: content.text, contentType: content.type }),
      ...(patient === undefined ? {} : { patient }),
    }
  }

  async function write(request: WriteRequest): Promise<Answer> {
    const call = await prepare(request)
    if ('status' in call) return call
    return answerOf(request, await upstream.send(call, request.signal))
  }

  function answerOf({ plan, returns }: WriteRequest, answer: UpstreamAnswer): Answer {
    const { interaction, type, id } = plan
    if (answer.kind === 'answer' && [409, 412].includes(answer.status))
      return refusal(412, 'conflict', 'The record has changed since.')
    if (answer.kind === 'answer' && (answer.status === 400 || answer.status === 422))
      return refusal(422, 'invalid', 'The FHIR server does not accept this record.')
    if (interaction === 'delete') {
      const isGone = answer.kind === 'answer' && [200, 202, 204, 404, 410].includes(answer.status)
      return isGone ? { status: 204, headers: {}, body: '' } : failed(answer)
    }
    if (answer.kind !== 'answer' || (answer.status !== 200 && answer.status !== 201)) return failed(answer)
    const location = locationOf(answer.headers.get('location') ?? answer.headers.get('content-location'), type, id)
    const headers = { ...versionHeaders(answer), ...(location === undefined ? {} : { Location: location }) }
    const body = parseJsonBody(answer)
    // Whose record was found in place of a new one is judged too, its address and version with it.
    if (interaction === 'create' && answer.status === 200 && !(body !== undefined && isReadable(plan, body.value)))
      return { status: 200, headers: {}, body: '' }
    if (returns === 'OperationOutcome') return fhirAnswer(answer.status, DONE, headers)
    const isShown = returns === 'representation' && body !== undefined && isReadable(plan, body.value)
    return isShown
      ? fhirAnswer(answer.status, deps.rewriteUrls(body.text), headers)
      : { status: answer.status, headers, body: '' }
  }

  function failed(answer: UpstreamAnswer): Answer {
    const body = readBody(answer, deps.alarm)
    return body.kind === 'refused' ? body.answer : refusal(502, 'exception', 'The FHIR server answered with an error.')
  }

  /** Rebuilt, never passed on: the upstream's address stays behind us. */
  function locationOf(given: string | undefined, type: string, id: string | undefined): string | undefined {
    const [, madeId = '', version] =
      new RegExp(`(?:^|/)${type}/([A-Za-z0-9.-]{1,64})(?:/_history/([A-Za-z0-9.-]{1,64}))?$`).exec(given ?? '') ?? []
    const of = id ?? (madeId === '' ? undefined : madeId)
    if (of === undefined) return undefined
    return `${deps.fhirBase}/${type}/${of}${version === undefined ? '' : `/_history/${version}`}`
  }

  return { write, prepare, answerOf }
}

type Pass = Extract<WriteVerdict, { kind: 'pass' }>

const METHOD = { create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const

function canReturn(plan: WritePlan, { returns }: WriteRequest): boolean {
  return returns === 'representation' && plan.readable.length > 0
}

const DONE = JSON.stringify({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'information', code: 'informational', diagnostics: 'The record was written.' }],
})

function refused({ message }: Extract<WriteVerdict, { kind: 'refuse' }>): Answer {
  return refusal(422, 'invalid', message)
}
