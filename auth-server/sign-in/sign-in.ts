// The leg to the identity provider and back. Only the browser that left may come back: else whoever is sent a sign-in
// address would sign a stranger's browser in (AUTHZ-24).
import type { Context, Middleware } from 'koa'
import type { Logger } from 'pino'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { InteractionStates } from '../interactions/state.ts'
import { problemPage } from '../pages/problem.ts'
import { randomToken } from '../random-token.ts'
import { type RecordStore, redeemFound } from '../storage/record-store.ts'
import { orUnavailable } from '../unavailable.ts'
import { type BrowserBinding, browserBinding } from './browser-binding.ts'
import type { Continuation } from './continuation.ts'
import { failureOf, NOT_COMPLETED, type SignInFailure } from './failure.ts'
import {
  CALLBACK_PATH,
  type Identity,
  type IdentityProvider,
  identityOf,
  NotSignedIn,
  type SignInSecrets,
  type SignInWishes,
} from './identity-provider.ts'
import type { OwnWindows } from './own-window.ts'
import { CHOICE_PATH, providerChoice } from './provider-choice.ts'

type PendingSignIn = { continuation: Continuation; provider: string; secrets: SignInSecrets; kept: string }

export type SignIn = {
  /**
   * Sends the browser to the identity provider, by way of a choice where there are several. It comes back to
   * `/interaction/{uid}` or `/apps`.
   */
  leave(ctx: Context, continuation: Continuation): Promise<void>
  /** The choice of a provider, and where providers send browsers back to. */
  routes: Middleware
}

/** Time for passwords, second factors and a lost phone. */
const LIFETIME_SECONDS = 1800

export function signIn(parts: {
  store: RecordStore
  states: InteractionStates
  holders: BrowserBinding
  /** The first one is meant when a login hint does not tell. */
  identityProviders: readonly IdentityProvider[]
  /** Claims that are kept with an identity. */
  keptClaims: readonly string[]
  /** Opens the person's session; the browser then goes back to the page. */
  onOwnSignIn(ctx: Context, identity: Identity): Promise<void>
  windows: Pick<OwnWindows, 'complete'>
  isSecure: boolean
  audit: AuditTrail
  log: Logger
}): SignIn {
  const { store, states, holders, identityProviders, keptClaims, onOwnSignIn, windows, isSecure, audit, log } = parts
  const binding = browserBinding({
    name: 'signin',
    path: CALLBACK_PATH,
    attributes: { sameSite: 'lax', secure: isSecure },
    lifetimeSeconds: LIFETIME_SECONDS,
  })
  const choice = providerChoice({ store, providers: identityProviders, isSecure })

  async function leaveFor(provider: IdentityProvider, ctx: Context, continuation: Continuation): Promise<void> {
    const begun = await orUnavailable('identity provider', () => provider.begin(wishesOf(continuation))).catch(
      (error: unknown): SignInFailure => {
        log.warn({ err: error, provider: provider.id, reference: ctx.state.reference }, 'sign-in could not begin')
        return failureOf(error)
      },
    )
    if ('error' in begun) return goOn(ctx, continuation, begun)
    const { url, secrets } = begun
    const kept = binding.bind(ctx, secrets.state)
    const pending: PendingSignIn = { continuation, provider: provider.id, secrets, kept }
    await store.put('SignIn', secrets.state, pending, LIFETIME_SECONDS)
    ctx.status = 303
    ctx.redirect(url)
  }

  /** Why nobody is signed in is in the log. */
  async function finish(
    ctx: Context,
    answer: URLSearchParams,
    pending: PendingSignIn,
  ): Promise<Identity | SignInFailure> {
    try {
      const provider = identityProviders.find(({ id }) => id === pending.provider)
      if (provider?.callbackPath !== ctx.path) throw new NotSignedIn('answer of another identity provider')
      const person = await orUnavailable('identity provider', () => provider.finish(answer, pending.secrets))
      const identity = identityOf(provider.id, person, keptClaims)
      audit.record(ctx, { operation: 'sign-in', actor: { subject: identity.sub } })
      return identity
    } catch (error) {
      audit.record(ctx, { operation: 'sign-in', outcome: 'denied', reason: 'not-signed-in', actor: {} })
      log.warn({ err: error, provider: pending.provider, reference: ctx.state.reference }, 'sign-in failed')
      return failureOf(error, answer)
    }
  }

  async function goOn(ctx: Context, continuation: Continuation, came: Identity | SignInFailure): Promise<void> {
    switch (continuation.purpose) {
      case 'interaction': {
        // Afresh: nothing that someone else chose in this interaction, in another tab, may be theirs (AUTHZ-24).
        const { uid } = continuation
        const outcome = 'error' in came ? { failure: came } : { identity: came, holder: holders.bind(ctx, uid) }
        await states.saveFor(uid, { csrf: randomToken(), ...outcome })
        // Who is not to blame is told so, on the way to the app.
        if ('error' in came && came.error !== 'access_denied') return failed(ctx, came, `/interaction/${uid}`)
        ctx.status = 303
        return ctx.redirect(`/interaction/${uid}`)
      }
      case 'own-window':
        return 'error' in came ? failed(ctx, came) : windows.complete(ctx, continuation.id, came)
      case 'own-page':
        if ('error' in came) return failed(ctx, came)
        await onOwnSignIn(ctx, came)
        ctx.status = 303
        return ctx.redirect(continuation.at)
    }
  }

  async function callback(ctx: Context): Promise<void> {
    const answer = new URLSearchParams(ctx.querystring)
    const state = answer.get('state') ?? ''
    const found = state === '' ? undefined : await store.find('SignIn', state)
    if (found === undefined) return problem(ctx, 400, 'timed-out')
    const { kept } = found.value as PendingSignIn
    if (!binding.isBound(ctx, state, kept)) return problem(ctx, 400, 'other-browser')
    const pending = (await redeemFound(store, 'SignIn', state, found)) as PendingSignIn | undefined
    if (pending === undefined) return problem(ctx, 400, 'timed-out')
    binding.release(ctx, state)
    return goOn(ctx, pending.continuation, await finish(ctx, answer, pending))
  }

  async function choose(ctx: Context): Promise<void> {
    const chosen = await choice.read(ctx)
    switch (chosen.kind) {
      case 'provider':
        return leaveFor(chosen.provider, ctx, chosen.continuation)
      case 'cancelled':
        return goOn(ctx, chosen.continuation, NOT_COMPLETED)
      case 'void':
        return problem(ctx, 400, 'timed-out')
    }
  }

  function problem(ctx: Context, status: number, what: 'timed-out' | 'other-browser'): void {
    ctx.status = status
    problemPage(ctx, what)
  }

  /** @param onward where the app is told */
  function failed(ctx: Context, { error }: SignInFailure, onward?: string): void {
    const [status, what] = PAGES[error]
    ctx.status = status
    problemPage(ctx, what, onward)
  }

  return {
    async leave(ctx, continuation) {
      const provider = choice.withoutAsking(wishesOf(continuation).loginHint)
      return provider === undefined ? choice.ask(ctx, continuation) : leaveFor(provider, ctx, continuation)
    },
    async routes(ctx, next) {
      const isCallback = ctx.path === CALLBACK_PATH || ctx.path.startsWith(`${CALLBACK_PATH}/`)
      if (ctx.method === 'GET' && isCallback) return callback(ctx)
      if (ctx.method === 'POST' && ctx.path === CHOICE_PATH) return choose(ctx)
      return next()
    },
  }
}

const PAGES = {
  access_denied: [403, 'not-signed-in'],
  temporarily_unavailable: [503, 'sign-in-down'],
  server_error: [502, 'sign-in-broken'],
} as const

function wishesOf(continuation: Continuation): SignInWishes {
  return continuation.purpose === 'own-page' ? {} : continuation.wishes
}
