// Sessions of the EHR, in memory: a restart signs everybody out, which is all right for a stand-in.

import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { PendingSignIn, User } from './entra-sign-in.ts'

const LIFETIME_MS = 8 * 3600_000
const MOST_SESSIONS = 1_000

export type Session = {
  csrf: string
  pending?: PendingSignIn
  user?: User
  /** Ids of the launches of the open chart. */
  launches: string[]
  endsAtMs: number
}

export class SessionStore {
  readonly #sessions = new Map<string, Session>()

  find(id: string | undefined): Session | undefined {
    const session = id === undefined ? undefined : this.#sessions.get(id)
    return session && session.endsAtMs > Date.now() ? session : undefined
  }

  /** A new id for each sign-in step, so that an id known before it is worth nothing after. */
  open(content: { pending: PendingSignIn } | { user: User }): string {
    const oldest = this.#sessions.keys().next()
    if (this.#sessions.size >= MOST_SESSIONS && !oldest.done) this.#sessions.delete(oldest.value)
    const id = randomBytes(32).toString('base64url')
    this.#sessions.set(id, {
      ...content,
      launches: [],
      csrf: randomBytes(32).toString('base64url'),
      endsAtMs: Date.now() + LIFETIME_MS,
    })
    return id
  }

  close(id: string | undefined): void {
    if (id !== undefined) this.#sessions.delete(id)
  }
}

/** Whether a form was made for this session. */
export function isFormOf(session: Session, csrf: string): boolean {
  const [given, expected] = [Buffer.from(csrf), Buffer.from(session.csrf)]
  return given.length === expected.length && timingSafeEqual(given, expected)
}
