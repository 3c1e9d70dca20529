// The pages of one authorization request, below /interaction/{uid}: sign-in, choices, consent. One interaction of the library in all.
import type { Context, Middleware } from 'koa'
import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'
import { SIGN_IN_PROMPT } from '../front/authorize.ts'
import { readForm } from '../front/body.ts'
import { isFramed } from '../front/framing.ts'
import { preferLocales, waitFor } from '../pages/frame.ts'
import { problemPage } from '../pages/problem.ts'
import { randomToken } from '../random-token.ts'
import type { BrowserBinding } from '../sign-in/browser-binding.ts'
import type { SignInWishes } from '../sign-in/identity-provider.ts'
import type { OwnWindows } from '../sign-in/own-window.ts'
import type { SignIn } from '../sign-in/sign-in.ts'
import { backToApp } from './back-to-app.ts'
import { refuse } from './decide.ts'
import { type MoreTime, minutesLeft } from './more-time.ts'
import { leaveSignIn, wishesAfter } from './other-person.ts'
import { type ProceedParts, proceed } from './proceed.ts'
import { type Interaction, isFormOf } from './state.ts'

type RouteParts = ProceedParts & {
  signIn: SignIn
  windows: OwnWindows
  holders: BrowserBinding
  time: MoreTime
}

const ROUTE = /^\/interaction\/([A-Za-z0-9_-]{1,64})(?:\/(change|choose|check|done|more-time|other-person))?$/

export function interactionRoutes(parts: RouteParts): Middleware {
  const { provider, states, holders, signIn, windows, clients } = parts
  return async (ctx, next) => {
    const [, uid, step] = ROUTE.exec(ctx.path) ?? []
    if (uid === undefined || !(ctx.method === 'GET' || ctx.method === 'POST')) return next()
    ctx.set('Cache-Control', 'no-store')
    const details = await findDetails(provider, ctx, uid)
    if (details === undefined) {
      ctx.status = 400
      return problemPage(ctx, 'timed-out')
    }
    preferLocales(ctx, details.params.ui_locales)
    const state = states.of(details)
    const form = ctx.method === 'POST' ? await readForm(ctx) : undefined
    if (form !== undefined && !isFormOf(state, form)) {
      ctx.status = 400
      return problemPage(ctx, 'bad-request')
    }
    if (state.failure !== undefined) return refuse(ctx, details, state.failure.error, state.failure.description)
    const isHeld = holders.isBound(ctx, uid, state.holder)
    const { params } = details
    const appName = async () => (await clients.find(String(params.client_id)))?.client_name ?? ''
    if (state.identity === undefined) {
      const app = await appName()
      const wishes = wishesAfter(state, wishesOf(params))
      if (!isFramed(ctx)) return signIn.leave(ctx, { purpose: 'interaction', uid, app, wishes })
      const known = isHeld ? state.window : undefined
      const identity = known === undefined ? undefined : await windows.takeIdentity(known)
      const holder = isHeld && state.holder !== undefined ? state.holder : holders.bind(ctx, uid)
      if (identity === undefined) {
        const window = await windows.offer(ctx, known, { app, wishes })
        return states.save(details, { csrf: state.csrf, holder, window })
      }
      await states.save(details, { csrf: randomToken(), holder, identity })
      ctx.status = 303
      return ctx.redirect(`/interaction/${uid}`)
    }
    if (!isHeld) {
      ctx.status = 400
      return problemPage(ctx, 'other-browser')
    }
    if (step === 'more-time') {
      await parts.time.give(ctx, details)
      ctx.status = 303
      return ctx.redirect(`/interaction/${uid}`)
    }
    waitFor(ctx, minutesLeft(details, parts.now()), `/interaction/${uid}/more-time`)
    if (state.shared !== undefined) return backToApp(parts, ctx, details, state)
    if (step === 'other-person')
      return leaveSignIn(ctx, states, details, { csrf: state.csrf, identity: state.identity }, await appName(), form)
    if (step === 'change') {
      const { identity, holder = '' } = state
      if (form !== undefined) await states.save(details, { csrf: randomToken(), holder, identity })
      ctx.status = 303
      return ctx.redirect(`/interaction/${uid}`)
    }
    return proceed(parts, ctx, uid, details, state, form, step === 'choose' || step === 'check' ? step : 'request')
  }
}

/** The library's own record of the request; undefined when it is over, or another browser's. */
async function findDetails(provider: Provider, ctx: Context, uid: string): Promise<Interaction | undefined> {
  try {
    const details = await provider.interactionDetails(ctx.req, ctx.res)
    return details.uid === uid ? details : undefined
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return undefined
    throw error
  }
}

function wishesOf(params: Record<string, unknown>): SignInWishes {
  const { login_hint: hint, [SIGN_IN_PROMPT]: prompt } = params
  return {
    ...(typeof hint === 'string' ? { loginHint: hint.slice(0, 200) } : {}),
    ...(prompt === 'login' || prompt === 'select_account' ? { prompt } : {}),
  }
}
