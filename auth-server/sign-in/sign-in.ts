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
import type { IdentityProvider, SignInSecrets } from './identity-provider.ts'

type PendingSignIn = { uid: string; secrets: SignInSecrets; browserHash: string }

export type SignIn = {
  /** Sends the browser to the identity provider. */
  leave(ctx: Context, uid: string, loginHint: string | undefined): Promise<void>
  /** Answers the identity provider's redirect and goes on with the interaction. */
  callback(ctx: Context): Promise<void>
}

export const CALLBACK_PATH = '/callback'
const COOKIE = 'signin'
/** Time for passwords, second factors and a lost phone. */
const LIFETIME_SECONDS = 1800

export function signIn(parts: {
  store: RecordStore
  states: InteractionStates
  accounts: Accounts
  identityProvider: IdentityProvider
  operator: string
  isSecure: boolean
  log: Logger
}): SignIn {
  const { store, states, accounts, identityProvider, operator, isSecure, log } = parts
  // One cookie a sign-in: two tabs must not take each other's.
  const cookieName = (state: string) => `${COOKIE}.${hash(state).slice(0, 16)}`
  const cookieOptions = {
    path: CALLBACK_PATH,
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    signed: false,
  } as const

  return {
    async leave(ctx, uid, loginHint) {
      const { url, secrets } = await orUnavailable('identity provider', () => identityProvider.begin(loginHint))
      const browser = randomToken()
      const pending: PendingSignIn = { uid, secrets, browserHash: hash(browser) }
      await store.put('SignIn', secrets.state, pending, LIFETIME_SECONDS)
      ctx.cookies.set(cookieName(secrets.state), browser, { ...cookieOptions, maxAge: LIFETIME_SECONDS * 1000 })
      ctx.status = 303
      ctx.redirect(url)
    },
    async callback(ctx) {
      const query = new URLSearchParams(ctx.querystring)
      const state = query.get('state') ?? ''
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
      try {
        const code = query.get('code')
        if (code === null) throw new Error(`identity provider answered ${query.get('error') ?? 'nothing'}`)
        const identity = await orUnavailable('identity provider', () => identityProvider.finish(code, pending.secrets))
        if (await accounts.isDisabled(identity.sub)) throw new Error('account is disabled here')
        // Afresh: nothing that someone else chose in this interaction, in another tab, may be theirs (AUTHZ-24).
        await states.save(pending.uid, { csrf: randomToken(), identity })
      } catch (error) {
        log.warn({ err: error, reference: ctx.state.reference }, 'sign-in failed')
        const failure = { error: 'access_denied', description: 'sign-in was not completed' }
        await states.save(pending.uid, { csrf: randomToken(), failure })
      }
      ctx.status = 303
      ctx.redirect(`/interaction/${pending.uid}`)
    },
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
