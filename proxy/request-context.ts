// What is known of the request that is being answered, for whatever is done on its behalf: calls of the FHIR server, audit,
// events. Decisions never read it: they are given all that they hang on.

import { AsyncLocalStorage } from 'node:async_hooks'

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
}

export type RequestContext = {
  requestId: string
  method: string
  /** Address of the caller as the nearest hop saw it. */
  address: string
  /** Undefined until the token is verified. */
  actor?: Actor
}

const contexts = new AsyncLocalStorage<RequestContext>()

export function inRequest<T>(context: RequestContext, work: () => T): T {
  return contexts.run(context, work)
}

/** Undefined for what is done on nobody's behalf, such as a probe. */
export function currentRequest(): RequestContext | undefined {
  return contexts.getStore()
}
