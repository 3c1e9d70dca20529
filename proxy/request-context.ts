// What is known of the request that is being answered, for whatever is done on its behalf: calls of the FHIR server, audit,
// events. Decisions never read it: they are given all that they hang on.

import { AsyncLocalStorage } from 'node:async_hooks'
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
  /** The caller's own id of the request, if it is one. */
  correlationId?: string
  method: string
  /** Address of the caller as the nearest hop saw it. */
  address: string
  /** Undefined until the token is verified. */
  actor?: Actor
  /** For its audit record. Undefined: nothing is recorded of what is done now. */
  trail?: Trail
}

const contexts = new AsyncLocalStorage<RequestContext>()

export function inRequest<T>(context: RequestContext, work: () => T): T {
  return contexts.run(context, work)
}

/** Undefined for what is done on nobody's behalf, such as a probe. */
export function currentRequest(): RequestContext | undefined {
  return contexts.getStore()
}
