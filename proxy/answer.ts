// What the proxy answers with, and the headers that every answer carries.

import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { type IssueCode, operationOutcome } from '../smart/outcome.ts'

export type Answer = {
  status: number
  headers: Record<string, string>
  body: string
  /** In place of `body`, for whoever may be answered in pieces. When it throws, the connection is cut. */
  stream?: AsyncIterable<Buffer>
}

export const FHIR_JSON = 'application/fhir+json; charset=utf-8'

const EXPOSED =
  'Location, Content-Location, ETag, Last-Modified, WWW-Authenticate, Retry-After, Content-Range, X-Progress, X-Request-Id'

export function fhirAnswer(status: number, body: string, headers: Record<string, string> = {}): Answer {
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
        'Authorization, Content-Type, Accept, If-Match, If-None-Match, If-None-Exist, Prefer',
      'Access-Control-Max-Age': '600',
    },
    body: '',
  }
}

/** Sends once; an answer after the client left is dropped. Rejects when a stream does not get to its end. */
export async function send(response: ServerResponse, answer: Answer, requestId: string): Promise<void> {
  const { status, stream } = answer
  if (response.headersSent || response.destroyed) return
  const body = Buffer.from(answer.body)
  const hasLength = stream === undefined && status !== 204
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': EXPOSED,
    Vary: 'Authorization, Accept',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    ...answer.headers,
    ...(hasLength ? { 'Content-Length': body.length } : {}),
  })
  // Node leaves the body of a HEAD answer out by itself; what streams it ends when the response closes.
  if (stream === undefined || response.req.method === 'HEAD') response.end(status === 204 ? undefined : body)
  else await pipeline(stream, response)
}
