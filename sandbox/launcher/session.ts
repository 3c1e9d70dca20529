// Sessions of the EHR, in memory: a restart signs everybody out, which is all right for a stand-in.

import { randomBytes } from 'node:crypto'
import { isSameText } from '../same-text.ts'
import type { PendingSignIn, User } from './entra-sign-in.ts'

const LIFETIME_MS = 8 * 3600_000
const MOST_SESSIONS = 1_000

export type Session = {
  csrf: string
  pending?: PendingSignIn
  user?: User
  /** What was opened on which chart, and not closed since. */
  launches: { id: string; patient: string; name: string; since: Date }[]
  /** By app: when it was last opened here, in milliseconds. */
  lastOpened: Map<string, number>
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
      lastOpened: new Map(),
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
  return isSameText(csrf, session.csrf)
}
