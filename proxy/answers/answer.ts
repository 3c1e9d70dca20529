// What the proxy answers with.

import { type IssueCode, operationOutcome } from '../../smart/fhir/outcome.ts'
import type { DenyReason } from '../../smart/plan/deny.ts'

export type Answer = {
  status: number
  headers: Record<string, string>
  body: Body
  /** Why the plan refuses it, for the audit record. */
  reason?: DenyReason
}

/**
 * In pieces only for a request that takes them (`streams`), each there until the next one is asked for. What cannot be
 * brought to its end throws.
 */
export type Body = string | Buffer | AsyncIterable<Buffer>

export const FHIR_JSON = 'application/fhir+json; charset=utf-8'
/** A resource a line. */
export const NDJSON = 'application/fhir+ndjson'

export function isInPieces(body: Body): body is AsyncIterable<Buffer> {
  return typeof body !== 'string' && !Buffer.isBuffer(body)
}

/** Of an answer that is whole. */
export function textOf({ body }: Answer): string {
  if (typeof body === 'string') return body
  if (Buffer.isBuffer(body)) return body.toString()
  throw new Error('an answer in pieces, where none was asked for')
}

export function fhirAnswer(status: number, body: Body, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'Content-Type': FHIR_JSON, ...headers }, body }
}

/** @param diagnostics one sentence that helps an honest developer and tells a stranger nothing */
export function refusal(
  status: number,
  code: IssueCode,
  diagnostics: string,
  headers: Record<string, string> = {},
): Answer {
  return fhirAnswer(status, JSON.stringify(operationOutcome(code, diagnostics)), headers)
}

/** A missing record and one that may not be seen get these same bytes (ENF-09). */
export function notFound(): Answer {
  return refusal(404, 'not-found', 'There is no such resource here.')
}

/** Any origin may read, since only a bearer token opens anything: credentials are never allowed (DISC-19). */
export function preflight(): Answer {
  return {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      'Access-Control-Allow-Headers':
        'Authorization, Content-Type, Accept, If-Match, If-None-Match, If-Modified-Since, If-None-Exist, Prefer, X-Request-Id, traceparent',
      'Access-Control-Max-Age': '600',
    },
    body: '',
  }
}
