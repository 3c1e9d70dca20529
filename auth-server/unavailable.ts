// Something that we depend on does not answer. The OAuth library and our own pages both read the members of this error.

/** Answered with 503, or sent to the app as `temporarily_unavailable`; the cause is logged and never sent. */
export class Unavailable extends Error {
  readonly status = 503
  readonly statusCode = 503
  readonly expose = true
  readonly allow_redirect = true
  readonly error = 'temporarily_unavailable'
  readonly error_description = 'try again in a moment'
  /** For the log. */
  readonly error_detail: string

  constructor(what: 'storage' | 'FHIR base' | 'identity provider', cause: unknown) {
    // The library takes the OAuth error code from the message.
    super('temporarily_unavailable', { cause })
    this.name = 'Unavailable'
    this.error_detail = `${what}: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}

/** A dependency that stalls is worse than a dead one: people and apps wait for both of us. */
const DEADLINE_MILLISECONDS = { storage: 4_000, 'FHIR base': 6_000, 'identity provider': 10_000 } as const

/** Runs `action`; whatever it throws, and no answer in time, means that `what` is unavailable. */
export async function orUnavailable<T>(
  what: 'storage' | 'FHIR base' | 'identity provider',
  action: () => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DOMException('no answer in time', 'TimeoutError')), DEADLINE_MILLISECONDS[what])
  })
  try {
    return await Promise.race([action(), deadline])
  } catch (error) {
    throw new Unavailable(what, error)
  } finally {
    clearTimeout(timer)
  }
}
