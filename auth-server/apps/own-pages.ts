// What all pages of a person's own share: only who has just signed in sees them, only their own forms change anything, and no
// cache keeps them.
import type { Context } from 'koa'
import { readForm } from '../front/body.ts'
import type { Session, Sessions } from '../identity/sessions.ts'
import { problemPage } from '../pages/problem.ts'
import { isSameText } from '../same-text.ts'
import type { SignIn } from '../sign-in/sign-in.ts'

export type OwnSession = Session & { name: string }

/** Names of apps and patients are shown: whoever finds an open browser later signs in again. */
const FRESH_MILLISECONDS = 15 * 60_000

export type OwnPages = {
  /** Undefined: the browser was sent to sign in, and comes back to this page. */
  reader(ctx: Context): Promise<OwnSession | undefined>
  /** Undefined: refused, since it is no form of this session's pages. */
  writer(ctx: Context): Promise<{ session: OwnSession; form: URLSearchParams } | undefined>
}

export function ownPages({
  sessions,
  signIn,
}: {
  sessions: Pick<Sessions, 'of'>
  signIn: Pick<SignIn, 'leave'>
}): OwnPages {
  async function freshSession(ctx: Context): Promise<{ session: OwnSession | undefined; isFresh: boolean }> {
    ctx.set('Cache-Control', 'no-store')
    const session = await sessions.of(ctx)
    return { session, isFresh: session !== undefined && Date.now() - Date.parse(session.since) < FRESH_MILLISECONDS }
  }

  return {
    async reader(ctx) {
      const { session, isFresh } = await freshSession(ctx)
      if (isFresh) return session
      await signIn.leave(ctx, { purpose: 'own-page', at: `${ctx.path}${ctx.search}` })
      return undefined
    },
    async writer(ctx) {
      const { session, isFresh } = await freshSession(ctx)
      const form = await readForm(ctx)
      if (session !== undefined && isFresh && isSameText(form.get('csrf') ?? '', session.csrf)) return { session, form }
      ctx.status = 400
      problemPage(ctx, session === undefined ? 'timed-out' : 'bad-request')
      return undefined
    },
  }
}

export function show(ctx: Context, html: string): void {
  ctx.type = 'html'
  ctx.body = html
}

export function seeOther(ctx: Context, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}

export function notFound(ctx: Context): void {
  ctx.status = 404
  problemPage(ctx, 'not-found')
}
