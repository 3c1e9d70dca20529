// Bodies as they are read here: JSON that has one meaning only, or a refusal in FHIR's terms.

import { type Answer, notFound, refusal } from './answer.ts'
import { type Span, scanJson } from './json-text.ts'
import type { UpstreamAnswer, UpstreamStream } from './upstream.ts'

export type JsonBody = { text: string; value: unknown; members: readonly Span[] }
export type Body = ({ kind: 'body' } & JsonBody) | { kind: 'refused'; answer: Answer }

export type Alarm = (event: string, detail: Record<string, unknown>) => void

/** The upstream's answer, or what its failure becomes for the caller. */
export function readBody(answer: UpstreamAnswer, alarm: Alarm): Body {
  const refused = (of: Answer): Body => ({ kind: 'refused', answer: of })
  if (answer.kind === 'failed') {
    if (answer.reason === 'timeout') return refused(refusal(504, 'timeout', 'The FHIR server took too long.'))
    if (answer.reason === 'too-large')
      return refused(refusal(422, 'too-costly', 'The answer is too large; ask for a smaller page with _count.'))
    return refused(upstreamDown())
  }
  if (isMissing(answer)) return refused(notFound())
  // The upstream's words may name other records or itself: they stay here (ENF-11).
  if (answer.status === 400 || answer.status === 422)
    return refused(refusal(400, 'invalid', 'The FHIR server does not accept this request.'))
  if (answer.status !== 200) {
    alarm('upstream-status', { status: answer.status })
    return refused(refusal(502, 'exception', 'The FHIR server answered with an error.'))
  }
  const body = parseJsonBody(answer)
  if (body === undefined) {
    alarm('upstream-body', { contentType: answer.headers.get('content-type') ?? '' })
    return refused(refusal(502, 'exception', 'The FHIR server gave an answer that cannot be read.'))
  }
  return { kind: 'body', ...body }
}

/**
 * Undefined: not JSON, not UTF-8, or JSON that two readers could understand differently.
 * @param isArray whether an array is what is expected, as of a JSON Patch
 */
export function parseJsonBody(
  from: string | Extract<UpstreamAnswer, { kind: 'answer' }>,
  isArray = false,
): JsonBody | undefined {
  try {
    const text = typeof from === 'string' ? from : textOf(from)
    if (text === undefined) return undefined
    const value: unknown = JSON.parse(text)
    if (isArray)
      return Array.isArray(value) && scanJson(`{"patch":${text}}`).ok ? { text, value, members: [] } : undefined
    const scan = scanJson(text)
    return scan.ok ? { text, value, members: scan.members } : undefined
  } catch {
    return undefined
  }
}

function textOf({ headers, body }: Extract<UpstreamAnswer, { kind: 'answer' }>): string | undefined {
  if (!/^application\/(fhir\+)?json\b/i.test(headers.get('content-type') ?? '')) return undefined
  const encoding = headers.get('content-encoding')
  if (encoding !== undefined && encoding !== 'identity') return undefined
  return new TextDecoder('utf-8', { fatal: true }).decode(body)
}

/** Never there, or removed: callers are told the same. */
export function isMissing(answer: UpstreamAnswer): boolean {
  return answer.kind === 'answer' && (answer.status === 404 || answer.status === 410)
}

/** One version as an ETag or `If-Match` names it, weak or not. */
export function isVersion(text: string): boolean {
  return /^(W\/)?"[A-Za-z0-9._-]+"$/.test(text)
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

export function upstreamDown(): Answer {
  return refusal(503, 'transient', 'The FHIR server cannot be reached just now.', { 'Retry-After': '5' })
}
