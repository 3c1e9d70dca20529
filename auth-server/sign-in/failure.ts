// Why nobody is signed in, and whose doing that is: the person's, or the identity provider's (or that of our settings for it).
import { NotSignedIn } from './identity-provider.ts'

/** What the app is told (RFC 6749 section 4.1.2.1). */
export type SignInFailure = {
  error: 'access_denied' | 'temporarily_unavailable' | 'server_error'
  description: string
}

/** The person gave up, or came back with what was not meant for this sign-in. */
export const NOT_COMPLETED: SignInFailure = { error: 'access_denied', description: 'sign-in was not completed' }
const DOWN: SignInFailure = {
  error: 'temporarily_unavailable',
  description: 'the identity provider does not answer: try again in a moment',
}
const BROKEN: SignInFailure = {
  error: 'server_error',
  description: 'the identity provider gave an answer that could not be used',
}

/** What a provider says of itself, or of us, where it sends the browser back without a code; all else is the person's. */
const SAID: ReadonlyMap<string | null, SignInFailure> = new Map([
  ['temporarily_unavailable', DOWN],
  ['server_error', BROKEN],
  ['invalid_request', BROKEN],
  ['invalid_scope', BROKEN],
  ['unauthorized_client', BROKEN],
  ['unsupported_response_type', BROKEN],
])

/** @param answer what came back, where something did */
export function failureOf(error: unknown, answer = new URLSearchParams()): SignInFailure {
  const said = SAID.get(answer.get('error'))
  if (said !== undefined) return said
  if (answer.has('error')) return NOT_COMPLETED
  const causes = causesOf(error)
  if (causes.some((cause) => cause instanceof NotSignedIn)) return NOT_COMPLETED
  return causes.some(isOutage) ? DOWN : BROKEN
}

function isOutage(cause: unknown): boolean {
  if (cause instanceof Response) return cause.status >= 500
  const { name, code, errorCode, status } = cause as Record<string, unknown>
  if (name === 'TimeoutError' || name === 'AbortError') return true
  // Of the system and of undici; and as msal-node says it.
  if (typeof code === 'string' && /^(E[A-Z]+|UND_ERR_.*)$/.test(code)) return true
  return errorCode === 'network_error' || (typeof status === 'number' && status >= 500 && name === 'ServerError')
}

const MAX_CAUSES = 8

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  for (let at = error; typeof at === 'object' && at !== null && causes.length < MAX_CAUSES; ) {
    causes.push(at)
    at = (at as { cause?: unknown }).cause
  }
  return causes
}
