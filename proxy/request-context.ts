// What is known of the request that is being answered, for whatever is done on its behalf: calls of the FHIR server, audit,
// events. Decisions never read it: they are given all that they hang on.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingHttpHeaders } from 'node:http'
import type { Trace } from '../service/telemetry/telemetry.ts'
import type { Interaction } from '../smart/fhir/interaction.ts'
import type { Trail } from './audit/trail.ts'

export type Actor = {
  /** The client, as registered. */
  clientId: string
  /** `sub`: the account or the client itself. */
  subject: string
  /** Who acts, such as `Practitioner/42`; none for a client that acts for itself. */
  person?: string
  /** Patient in the launch context: plain id. */
  patient?: string
  scope: string
  /** Of the token, with its own id (`jti`) where it has one. */
  issuer?: string
  tokenId?: string
  /** Directory and account, of tokens that Entra issued itself. */
  tenant?: string
  objectId?: string
}

export type RequestContext = {
  requestId: string
  /** What the caller calls it, if that is plain: for its own logs and those behind. */
  givenId: string | undefined
  /** W3C Trace Context; undefined: none that is well formed. */
  traceparent: string | undefined
  method: string
  /** Address of the caller as the nearest hop saw it. */
  address: string
  /** Undefined until the token is verified. */
  actor?: Actor
  /** What is asked for, once that could be read. */
  interaction?: Interaction
  /** For telemetry. Undefined: there is none. */
  trace?: Trace
  /** For its audit record. Undefined: nothing is recorded of what is done now. */
  trail?: Trail
}

const PLAIN_ID = /^[A-Za-z0-9-]{1,64}$/
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** What ties a request to others of its caller (SEED-62). */
export function traceOf(headers: IncomingHttpHeaders): Pick<RequestContext, 'givenId' | 'traceparent'> {
  return {
    givenId: matching(PLAIN_ID, headers['x-request-id']),
    traceparent: matching(TRACEPARENT, headers.traceparent),
  }
}

function matching(shape: RegExp, given: string | string[] | undefined): string | undefined {
  return typeof given === 'string' && shape.test(given) ? given : undefined
}

const contexts = new AsyncLocalStorage<RequestContext>()

export function inRequest<T>(context: RequestContext, work: () => T): T {
  return contexts.run(context, work)
}

/** For what goes on when the request is over. */
export function outsideRequests<T>(work: () => T): T {
  return contexts.exit(work)
}

/** Undefined for what is done on nobody's behalf, such as a probe. */
export function currentRequest(): RequestContext | undefined {
  return contexts.getStore()
}
