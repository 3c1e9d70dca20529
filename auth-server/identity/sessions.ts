// A sign-in that lasts for a while in one browser: for the person's own pages, and for `online_access`, which ends with it
// (REF-01). The browser holds the secret; grants and logs know the session by another name.
import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { Endings } from '../grants/endings.ts'
import { type Grants, gidOf } from '../grants/grants.ts'
import { randomToken } from '../random-token.ts'
import type { Identity } from '../sign-in/identity-provider.ts'
import type { RecordStore } from '../storage/record-store.ts'
import type { Accounts } from './accounts.ts'

export type Session = {
  sub: string
  identity: Identity
  /** Bound to forms of the person's own pages. */
  csrf: string
  /** ISO 8601 instant of the sign-in. */
  since: string
}

export type Sessions = {
  /** Opens a session in this browser, in place of another one. @returns its name */
  begin(ctx: Context, identity: Identity): Promise<string>
  /** The browser's session; none for an account that was disabled since. */
  of(ctx: Context): Promise<(Session & { name: string }) | undefined>
  isLive(name: string): Promise<boolean>
  /** Signs out: the session, and all that was granted for as long as it lasts. */
  end(name: string): Promise<void>
  /** The same, when an identity provider says so. */
  endOfProvider(provider: string, idpSession: string): Promise<void>
  dropCookie(ctx: Context): void
}

const COOKIE = 'person'
/** Browsers take a cookie of this name from this very host alone: no neighbouring site plants a session of its own. */
const OF_THIS_HOST = '__Host-'

export function sessionStore(parts: {
  store: RecordStore
  accounts: Accounts
  grants: Grants
  endings: Endings
  lifetimeSeconds: number
  isSecure: boolean
}): Sessions {
  const { store, accounts, grants, endings, lifetimeSeconds, isSecure } = parts
  const cookieName = isSecure ? OF_THIS_HOST + COOKIE : COOKIE
  const cookie = { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure, signed: false } as const
  const groupOf = (provider: string, idpSession: string) => JSON.stringify([provider, idpSession])
  const find = async (name: string) => (await store.find('Session of person', name))?.value as Session | undefined

  async function end(name: string): Promise<void> {
    const session = await find(name)
    if (session === undefined) return
    await store.remove('Session of person', name)
    const bound = (await grants.of(session.sub)).filter((grant) => grant.session === name)
    await Promise.all(bound.map(({ grantId }) => endings.endGrant(session.sub, gidOf(grantId))))
  }

  return {
    async begin(ctx, identity) {
      const secret = randomToken()
      const name = nameOf(secret)
      const { sub, provider, idpSession } = identity
      const session: Session = { sub, identity, csrf: randomToken(), since: new Date().toISOString() }
      await store.put('Session of person', name, session, lifetimeSeconds)
      if (idpSession !== undefined) {
        await store.put('IdpSession', { group: groupOf(provider, idpSession), name }, {}, lifetimeSeconds)
      }
      ctx.cookies.set(cookieName, secret, { ...cookie, maxAge: lifetimeSeconds * 1000 })
      return name
    },
    async of(ctx) {
      const secret = ctx.cookies.get(cookieName, { signed: false })
      if (secret === undefined) return undefined
      const name = nameOf(secret)
      const session = await find(name)
      return session === undefined || (await accounts.isDisabled(session.sub)) ? undefined : { ...session, name }
    },
    isLive: async (name) => (await find(name)) !== undefined,
    end,
    async endOfProvider(provider, idpSession) {
      const group = groupOf(provider, idpSession)
      const members = await store.list('IdpSession', group)
      await Promise.all(members.map(({ name }) => end(name)))
      await Promise.all(members.map(({ name }) => store.remove('IdpSession', { group, name })))
    },
    dropCookie: (ctx) => void ctx.cookies.set(cookieName, null, cookie),
  }
}

function nameOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
