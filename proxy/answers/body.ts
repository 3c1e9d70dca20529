// Bodies as they are read here: JSON that has one meaning only, or a refusal in FHIR's terms.

import type { Logger } from 'pino'
import { type Allowance, isUnlimited } from '../../smart/access/allowance.ts'
import { parseStrictly } from '../json/json-value.ts'
import type { UpstreamAnswer, UpstreamFailure, UpstreamStream } from '../upstream/upstream.ts'
import { retryAfterMs } from '../upstream/upstream-retry.ts'
import { type Answer, notFound, refusal } from './answer.ts'

export type JsonBody = { text: string; value: unknown }
export type Body = ({ kind: 'body' } & JsonBody) | { kind: 'refused'; answer: Answer }

/** For operators: something that no caller can mend. */
export type Alarm = (event: string, detail: Record<string, unknown>) => void

type Head = { status: number; headers: ReadonlyMap<string, string> }

export function alarmTo(log: Logger): Alarm {
  return (event, detail) => log.error({ event, ...detail }, 'the upstream did not behave')
}

/** The upstream's answer, or what its failure becomes for the caller. */
export function readBody(answer: UpstreamAnswer, alarm: Alarm): Body {
  if (answer.kind === 'failed') return { kind: 'refused', answer: failed(answer.reason) }
  const refused = refusedHead(answer, alarm)
  if (refused !== undefined) return { kind: 'refused', answer: refused }
  const body = parseJsonBody(answer)
  return body === undefined ? { kind: 'refused', answer: unreadable(answer, alarm) } : { kind: 'body', ...body }
}

/**
 * One record. One that cannot be judged, since it cannot be read, is missing to whoever may not see every record.
 * @param allowances what the caller may see of the type
 */
export function readRecord(answer: UpstreamAnswer, alarm: Alarm, allowances: readonly Allowance[]): Body {
  const body = readBody(answer, alarm)
  if (body.kind === 'body' || allowances.some(isUnlimited)) return body
  // An error of the server is of no one record.
  if (answer.kind === 'answer' && answer.status >= 500) return body
  if (answer.kind === 'failed' && answer.reason === 'too-large') alarm('upstream-too-large', {})
  return { kind: 'refused', answer: unlessBusy(body.answer) }
}

/** What tells of the FHIR server goes on; what could tell of a record becomes a missing one. */
export function unlessBusy(refused: Answer): Answer {
  return [429, 503, 504].includes(refused.status) ? refused : notFound()
}

/** No answer, or none that is complete. */
export function failed(reason: UpstreamFailure['reason']): Answer {
  if (reason === 'timeout') return refusal(504, 'timeout', 'The FHIR server took too long.')
  if (reason === 'too-large')
    return refusal(422, 'too-costly', 'The answer is too large; ask for a smaller page with _count.')
  return upstreamDown()
}

/** Undefined: the body is worth reading. */
export function refusedHead(head: Head, alarm: Alarm): Answer | undefined {
  const { status, headers } = head
  if (status === 404 || status === 410) return notFound()
  // The upstream's words may name other records or itself: they stay here (ENF-11).
  if (status === 400 || status === 422) return refusal(400, 'invalid', 'The FHIR server does not accept this request.')
  if (status === 429 || status === 503) return busy(head)
  if (status !== 200) {
    alarm('upstream-status', { status })
    return refusal(502, 'exception', 'The FHIR server answered with an error.')
  }
  return isPlainJson(headers) ? undefined : unreadable(head, alarm)
}

export function unreadable({ headers }: Pick<Head, 'headers'>, alarm: Alarm): Answer {
  alarm('upstream-body', { contentType: headers.get('content-type') ?? '' })
  return refusal(502, 'exception', 'The FHIR server gave an answer that cannot be read.')
}

function isPlainJson(headers: ReadonlyMap<string, string>): boolean {
  const encoding = headers.get('content-encoding')
  const isEncoded = encoding !== undefined && encoding !== 'identity'
  return !isEncoded && /^application\/(fhir\+)?json *(;[^,]*)?$/i.test(headers.get('content-type') ?? '')
}

/**
 * Undefined: not JSON, not UTF-8, or JSON that two readers could understand differently.
 * @param isArray whether an array is what is expected, as of a JSON Patch
 */
export function parseJsonBody(
  from: string | Extract<UpstreamAnswer, { kind: 'answer' }>,
  isArray = false,
): JsonBody | undefined {
  if (typeof from !== 'string' && !isPlainJson(from.headers)) return undefined
  const bytes = typeof from === 'string' ? Buffer.from(from) : from.body
  const parsed = parseStrictly(bytes)
  if (parsed === undefined) return undefined
  const { value } = parsed
  const isExpected = isArray ? Array.isArray(value) : isObject(value)
  return isExpected ? { text: typeof from === 'string' ? from : from.body.toString(), value } : undefined
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Never there, or removed: callers are told the same. */
export function isMissing(answer: UpstreamAnswer): boolean {
  return answer.kind === 'answer' && (answer.status === 404 || answer.status === 410)
}

/** One version as an ETag or `If-Match` names it, weak or not. */
export function isVersion(text: string): boolean {
  return /^(W\/)?"[A-Za-z0-9._-]+"$/.test(text)
}

/** FHIR's `instant`. */
export function isInstant(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T[0-9:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)
}

/** Only in the shapes that HTTP gives them. */
export function versionHeaders(answer: UpstreamAnswer | UpstreamStream): { ETag?: string; 'Last-Modified'?: string } {
  if (answer.kind === 'failed') return {}
  const etag = answer.headers.get('etag') ?? ''
  const lastModified = answer.headers.get('last-modified') ?? ''
  return {
    ...(isVersion(etag) ? { ETag: etag } : {}),
    ...(/^[A-Za-z]{3}, [A-Za-z0-9 :]+ GMT$/.test(lastModified) && !Number.isNaN(Date.parse(lastModified))
      ? { 'Last-Modified': lastModified }
      : {}),
  }
}

/** For an answer that is not what was asked for; an operator is told why, the caller is not. */
export function unusable(asked: 'search' | 'request'): Answer {
  return refusal(502, 'exception', `The FHIR server did not answer this ${asked} in a way that can be passed on.`)
}

/** It turned us away for now; when to come back is its own word. */
function busy({ status, headers }: Head): Answer {
  const seconds = Math.max(1, Math.ceil((retryAfterMs(headers) ?? 5_000) / 1000))
  if (status === 503) return upstreamDown(seconds)
  return refusal(429, 'throttled', 'The FHIR server is asked too much just now.', { 'Retry-After': String(seconds) })
}

export function upstreamDown(retryAfterSeconds = 5): Answer {
  const headers = { 'Retry-After': String(retryAfterSeconds) }
  return refusal(503, 'transient', 'The FHIR server cannot be reached just now.', headers)
}
