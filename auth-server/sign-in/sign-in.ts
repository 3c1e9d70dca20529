// The leg to the identity provider and back. Only the browser that left may come back: else whoever is sent a sign-in
// address would sign a stranger's browser in (AUTHZ-24).
import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { Logger } from 'pino'
import type { Accounts } from '../identity/accounts.ts'
import type { InteractionStates } from '../interactions/state.ts'
import { problemPage } from '../pages/problem.ts'
import { randomToken } from '../random-token.ts'
import { type RecordStore, redeem } from '../storage/record-store.ts'
import { orUnavailable } from '../unavailable.ts'
import {
  CALLBACK_PATH,
  type Identity,
  type IdentityProvider,
  identityOf,
  type SignInSecrets,
} from './identity-provider.ts'

/** What the sign-in is for: an app's request, or the person's own page of apps. Kept here, never taken from an address. */
export type Continuation = { purpose: 'interaction'; uid: string } | { purpose: 'apps' }

type PendingSignIn = { continuation: Continuation; secrets: SignInSecrets; browserHash: string }

export type SignIn = {
  /** Sends the browser to the identity provider; it comes back to `/interaction/{uid}` or `/apps`. */
  leave(ctx: Context, continuation: Continuation, loginHint: string | undefined): Promise<void>
  /** Answers the identity provider's redirect and goes on with what the sign-in was for. */
  callback(ctx: Context): Promise<void>
}

const COOKIE = 'signin'
/** Time for passwords, second factors and a lost phone. */
const LIFETIME_SECONDS = 1800

export function signIn(parts: {
  store: RecordStore
  states: InteractionStates
  accounts: Accounts
  identityProvider: IdentityProvider
  /** Claims that are kept with an identity. */
  keptClaims: readonly string[]
  /** Opens the person's session; the browser then goes to `/apps`. */
  onAppsSignIn(ctx: Context, identity: Identity): Promise<void>
  operator: string
  isSecure: boolean
  log: Logger
}): SignIn {
  const { store, states, accounts, identityProvider, keptClaims, onAppsSignIn, operator, isSecure, log } = parts
  // One cookie a sign-in: two tabs must not take each other's.
  const cookieName = (state: string) => `${COOKIE}.${hash(state).slice(0, 16)}`
  const cookieOptions = {
    path: CALLBACK_PATH,
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    signed: false,
  } as const

  /** Undefined when nobody is signed in; why is in the log. */
  async function finish(ctx: Context, answer: URLSearchParams, secrets: SignInSecrets): Promise<Identity | undefined> {
    try {
      const person = await orUnavailable('identity provider', () => identityProvider.finish(answer, secrets))
      const identity = identityOf(identityProvider.id, person, keptClaims)
      if (await accounts.isDisabled(identity.sub)) throw new Error('account is disabled here')
      return identity
    } catch (error) {
      log.warn({ err: error, reference: ctx.state.reference }, 'sign-in failed')
      return undefined
    }
  }

  async function goOn(ctx: Context, continuation: Continuation, identity: Identity | undefined): Promise<void> {
    switch (continuation.purpose) {
      case 'interaction': {
        const failure = { error: 'access_denied', description: 'sign-in was not completed' }
        // Afresh: nothing that someone else chose in this interaction, in another tab, may be theirs (AUTHZ-24).
        await states.save(continuation.uid, { csrf: randomToken(), ...(identity ? { identity } : { failure }) })
        ctx.status = 303
        return ctx.redirect(`/interaction/${continuation.uid}`)
      }
      case 'apps':
        if (identity === undefined) {
          ctx.status = 403
          return problemPage(ctx, operator, 'not-signed-in')
        }
        await onAppsSignIn(ctx, identity)
        ctx.status = 303
        return ctx.redirect('/apps')
    }
  }

  return {
    async leave(ctx, continuation, loginHint) {
      const { url, secrets } = await orUnavailable('identity provider', () => identityProvider.begin(loginHint))
      const browser = randomToken()
      const pending: PendingSignIn = { continuation, secrets, browserHash: hash(browser) }
      await store.put('SignIn', secrets.state, pending, LIFETIME_SECONDS)
      ctx.cookies.set(cookieName(secrets.state), browser, { ...cookieOptions, maxAge: LIFETIME_SECONDS * 1000 })
      ctx.status = 303
      ctx.redirect(url)
    },
    async callback(ctx) {
      const answer = new URLSearchParams(ctx.querystring)
      const state = answer.get('state') ?? ''
      const browser = state === '' ? undefined : ctx.cookies.get(cookieName(state), { signed: false })
      const held = state === '' ? undefined : ((await store.find('SignIn', state))?.value as PendingSignIn | undefined)
      if (held === undefined || browser === undefined || hash(browser) !== held.browserHash) {
        ctx.status = 400
        return problemPage(ctx, operator, held === undefined ? 'timed-out' : 'other-browser')
      }
      const pending = (await redeem(store, 'SignIn', state)) as PendingSignIn | undefined
      if (pending === undefined) {
        ctx.status = 400
        return problemPage(ctx, operator, 'timed-out')
      }
      ctx.cookies.set(cookieName(state), null, cookieOptions)
      return goOn(ctx, pending.continuation, await finish(ctx, answer, pending.secrets))
    },
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
