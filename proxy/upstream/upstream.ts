// The only way to the FHIR server behind: one request out, one answer back, whole and bounded or in pieces. Of the caller's
// headers nothing goes but what ties logs together.

import { Readable } from 'node:stream'
import { Pool } from 'undici'
import type { Alarm } from '../answers/body.ts'
import { auditHeaders } from '../audit/upstream-headers.ts'
import { currentRequest } from '../request-context.ts'
import type { FileBytes } from '../writes/file-write.ts'
import { authorizing } from './upstream-authorized.ts'
import { collect, receive } from './upstream-body.ts'
import type { Credential } from './upstream-credential.ts'
import { repeating } from './upstream-retry.ts'

export type UpstreamCall = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query below the upstream's base, without a slash in front. */
  target: string
  /** Sent as a form, with POST. */
  form?: string
  body?: string
  /** In place of a body: bytes that are passed on as they come. */
  file?: FileBytes
  contentType?: string
  /** Of a file; all else is asked for as FHIR's JSON. */
  accept?: string
  ifMatch?: string
  ifNoneExist?: string
  /** Begins what takes long: answered with where to ask how it stands. */
  isAsync?: boolean
  /** What a write is to answer with. */
  returns?: 'minimal' | 'representation'
  /** Not sent, for whoever is told of changes: plain id of the one patient whom the record is about. */
  patient?: string
  /** Not sent either: what each entry of a transaction asks for. */
  parts?: readonly UpstreamCall[]
}

type Head = { status: number; headers: ReadonlyMap<string, string> }

export type UpstreamFailure = {
  kind: 'failed'
  /** `unreachable`: nothing was sent. `unanswered`: what came of it is not known. `unauthorized`: we are not let in. */
  reason: 'timeout' | 'unreachable' | 'unanswered' | 'unauthorized' | 'too-large' | 'cut-off' | 'cancelled'
}

export type UpstreamAnswer = ({ kind: 'answer'; body: Buffer } & Head) | UpstreamFailure

/**
 * `body`: read once. Reading throws `BrokenOff` when the upstream does not get to the end; leaving off (`return`) ends the
 * request there, as does the signal.
 */
export type UpstreamStream =
  | ({ kind: 'stream'; body: AsyncIterableIterator<Buffer, void, void> } & Head)
  | UpstreamFailure

export interface Upstream {
  /** Never rejects; a cancelled signal ends the request at the upstream as well. */
  send(call: UpstreamCall, signal: AbortSignal): Promise<UpstreamAnswer>
  /** The same, for an answer of any length. */
  stream(call: UpstreamCall, signal: AbortSignal): Promise<UpstreamStream>
  close(): Promise<void>
}

export type UpstreamSettings = {
  url: string
  /** For an answer to begin, and for each pause in it. Nothing is asked again later than this. */
  timeoutMs: number
  maxBodyBytes: number
  /** Most at a time; further requests wait for one. */
  connections?: number
  credential?: Credential | undefined
  /** What every request carries besides. */
  headers?: Record<string, string>
  /** Whether it is told for whom it is asked, as Azure's FHIR services take it. */
  isToldForWhom?: boolean
  alarm: Alarm
}

/** Over undici's dispatch, which costs a fraction of its request(): see the benchmark. */
export function createUpstream(settings: UpstreamSettings): Upstream {
  const {
    url,
    timeoutMs,
    maxBodyBytes,
    connections = 64,
    credential,
    headers = {},
    isToldForWhom = false,
    alarm,
  } = settings
  const { origin, pathname } = new URL(url)
  const basePath = pathname.replace(/\/+$/, '')
  const pool = new Pool(origin, {
    connections,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: Math.min(timeoutMs, 5_000) },
  })
  const dispatch = (
    { method, target, form, body, file, contentType, accept = 'application/fhir+json', ...call }: UpstreamCall,
    signal: AbortSignal,
    authorization?: string,
  ) =>
    new Promise<UpstreamStream>((resolve) => {
      const handler = receive(resolve, signal)
      if (signal.aborted) return
      pool.dispatch(
        {
          method,
          // The base itself has no slash at its end, as in the paging links of some servers.
          path: target.startsWith('?') && basePath !== '' ? `${basePath}${target}` : `${basePath}/${target}`,
          headers: {
            ...headers,
            ...(isToldForWhom ? auditHeaders(currentRequest()) : {}),
            ...(authorization === undefined ? {} : { authorization }),
            accept,
            // What cannot be read cannot be judged.
            'accept-encoding': 'identity',
            // A parameter that is ignored in silence would be our own condition (ENF-69).
            prefer: preferenceOf(call),
            ...tracing(),
            ...(call.ifMatch === undefined ? {} : { 'if-match': call.ifMatch }),
            ...(call.ifNoneExist === undefined ? {} : { 'if-none-exist': call.ifNoneExist }),
            ...(contentType === undefined ? {} : { 'content-type': contentType }),
            ...(file?.length === undefined ? {} : { 'content-length': String(file.length) }),
            ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          },
          ...(file === undefined ? {} : { body: Readable.from(file.pieces, { objectMode: false }) }),
          ...((form ?? body) === undefined ? {} : { body: form ?? body ?? '' }),
        },
        handler,
      )
    })
  const stream = repeating(authorizing(dispatch, credential, alarm), timeoutMs)
  return {
    stream,
    send: async (call, signal) => collect(await stream(call, signal), maxBodyBytes),
    close: () => pool.destroy(),
  }
}

/** Ties what is logged behind to the request that it was done for. */
function tracing(): Record<string, string> {
  const { requestId, givenId = requestId, traceparent } = currentRequest() ?? {}
  return {
    ...(givenId === undefined ? {} : { 'x-request-id': givenId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

function preferenceOf({ returns, isAsync = false }: Pick<UpstreamCall, 'returns' | 'isAsync'>): string {
  return [
    'handling=strict',
    ...(returns === undefined ? [] : [`return=${returns}`]),
    ...(isAsync ? ['respond-async'] : []),
  ].join(', ')
}
