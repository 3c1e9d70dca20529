// Sign-in in a window of its own, for a request that an EHR shows in a frame: identity providers refuse frames. The frame
// and the window share no cookie, so the window must be opened by the frame's own page in the same browser: else whoever
// is sent its address would sign a stranger's frame in (AUTHZ-24).
import type { Context, Middleware } from 'koa'
import { hopPage, signedInPage } from '../../consent-ui/index.ts'
import { isFromOwnPage } from '../front/framing.ts'
import { frameOf } from '../pages/frame.ts'
import { problemPage } from '../pages/problem.ts'
import { randomToken } from '../random-token.ts'
import { type RecordStore, redeem } from '../storage/record-store.ts'
import type { Identity, SignInWishes } from './identity-provider.ts'
import type { SignIn } from './sign-in.ts'

/** What the window is for. */
type OwnWindow = { app: string; wishes: SignInWishes }

export type OwnWindows = {
  /** Shows the frame's page, which opens the window. @returns the window's id, to be kept with the request */
  offer(ctx: Context, id: string | undefined, window: OwnWindow): Promise<string>
  /** Who signed in in the window; once. */
  takeIdentity(id: string): Promise<Identity | undefined>
  /** Keeps who signed in, for the frame, and tells the person to go back. */
  complete(ctx: Context, id: string, identity: Identity): Promise<void>
  routes(signIn: SignIn): Middleware
}

const PATH = '/sign-in-window'
const LIFETIME_SECONDS = 1800

export function ownWindows(store: RecordStore): OwnWindows {
  return {
    async offer(ctx, known, window) {
      const id = known ?? randomToken()
      if (known === undefined) await store.put('OwnWindow', id, window, LIFETIME_SECONDS)
      ctx.type = 'html'
      ctx.body = hopPage({ frame: frameOf(ctx), app: window.app, href: `${PATH}?id=${id}`, onward: ctx.path })
      return id
    },
    takeIdentity: async (id) => {
      const held = (await redeem(store, 'OwnWindowIdentity', id)) as { identity: Identity } | undefined
      return held?.identity
    },
    async complete(ctx, id, identity) {
      await store.put('OwnWindowIdentity', id, { identity }, LIFETIME_SECONDS)
      ctx.set('Cache-Control', 'no-store')
      ctx.type = 'html'
      ctx.body = signedInPage(frameOf(ctx))
    },
    routes: (signIn) => async (ctx, next) => {
      if (ctx.method !== 'GET' || ctx.path !== PATH) return next()
      const id = new URLSearchParams(ctx.querystring).get('id') ?? ''
      const window = isFromOwnPage(ctx)
        ? ((await store.find('OwnWindow', id))?.value as OwnWindow | undefined)
        : undefined
      if (window === undefined) {
        ctx.status = 400
        return problemPage(ctx, 'other-browser')
      }
      return signIn.leave(ctx, { purpose: 'own-window', id, ...window })
    },
  }
}
