// "My apps", the management endpoint: the person sees what apps may do and did, who saw the data, and takes access back
// (SEED-22, REF-06). Also signing out, here and from the identity provider.
import type { Context, Middleware } from 'koa'
import { appsPage, signedOutPage } from '../../consent-ui/index.ts'
import { ENDPOINTS } from '../../smart/discovery.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { ENDED_DAYS } from '../grants/grants.ts'
import type { Sessions } from '../identity/sessions.ts'
import { frameOf } from '../pages/frame.ts'
import type { Accesses } from './accesses.ts'
import { lastSeen } from './last-reads.ts'
import type { LogPages } from './log-pages.ts'
import type { OneApp } from './one-app.ts'
import { type OwnPages, type OwnSession, seeOther, show } from './own-pages.ts'
import type { PersonLogs } from './person-logs.ts'

const APPS = ENDPOINTS.management
/** A grant's name: of 32 bytes. */
const OF_ONE = new RegExp(`^${APPS}/(?<id>[A-Za-z0-9_-]{43})(?:/(?<what>stop|stopped|remove|shorten))?$`)

type Parts = {
  pages: OwnPages
  accesses: Accesses
  logs: PersonLogs
  oneApp: OneApp
  logPages: LogPages
  sessions: Sessions
  audit: AuditTrail
  now: () => number
}

export function appsRoutes({ pages, accesses, logs, oneApp, logPages, sessions, audit, now }: Parts): Middleware {
  return async (ctx, next) => {
    if (ctx.method === 'GET' && ctx.path === '/frontchannel-logout') return endOfProvider(ctx)
    if (ctx.path !== APPS && !ctx.path.startsWith(`${APPS}/`)) return next()
    if (ctx.method === 'GET') return read(ctx, next)
    if (ctx.method === 'POST') return write(ctx, next)
    return next()
  }

  async function read(ctx: Context, next: () => Promise<void>): Promise<void> {
    if (ctx.path === `${APPS}/signed-out`) {
      ctx.set('Cache-Control', 'no-store')
      return show(ctx, signedOutPage(frameOf(ctx)))
    }
    const { id, what } = OF_ONE.exec(ctx.path)?.groups ?? {}
    const isLog = [`${APPS}/log`, `${APPS}/log.csv`, `${APPS}/log.json`].includes(ctx.path)
    if (id === undefined && !isLog && ctx.path !== APPS) return next()
    const session = await pages.reader(ctx)
    if (session === undefined) return
    if (isLog) return logPages.read(ctx, session)
    if (id === undefined) return list(ctx, session)
    const asked = { ctx, session, id }
    switch (what) {
      case undefined:
        return oneApp.page(asked)
      case 'stop':
        return oneApp.confirmStop(asked)
      case 'stopped':
        return oneApp.stopped(asked)
      default:
        // The page in another language, where the answer to a form was shown.
        return seeOther(ctx, `${APPS}/${id}${ctx.search}`)
    }
  }

  async function write(ctx: Context, next: () => Promise<void>): Promise<void> {
    const { id, what } = OF_ONE.exec(ctx.path)?.groups ?? {}
    const own = ctx.path === `${APPS}/signout` || ctx.path === `${APPS}/log/report`
    if (!own && !['stop', 'remove', 'shorten'].includes(what ?? '')) return next()
    const written = await pages.writer(ctx)
    if (written === undefined) return
    const { session, form } = written
    if (ctx.path === `${APPS}/log/report`) return logPages.report(ctx, session, form)
    if (id === undefined) return signOut(ctx, session)
    const posted = { ctx, session, id, form }
    switch (what) {
      case 'remove':
        return oneApp.remove(posted)
      case 'shorten':
        return oneApp.shorten(posted)
      default:
        return oneApp.stop(posted)
    }
  }

  async function list(ctx: Context, session: OwnSession): Promise<void> {
    const { sub, identity } = session
    const [held, over, holders] = await Promise.all([
      accesses.of(sub),
      accesses.endedOf(sub),
      logs.holders(identity).catch(() => []),
    ])
    const grants = held.flat()
    const seenAt = await lastSeen(grants, { holders, logs, now: now() })
    const apps = await Promise.all(
      held.map(async (access) => {
        const app = await accesses.shown(access)
        const seen = seenAt(access[0]) ?? ''
        return { ...app, lastUsed: [app.lastUsed, seen].sort().at(-1) ?? '' }
      }),
    )
    const html = appsPage({
      frame: frameOf(ctx),
      csrf: session.csrf,
      user: identity.name,
      apps,
      ended: await Promise.all(over.map(accesses.shownEnded)),
      endedDays: ENDED_DAYS,
      hasLog: holders.length > 0,
    })
    return show(ctx, html)
  }

  async function signOut(ctx: Context, session: OwnSession): Promise<void> {
    await sessions.end(session.name)
    audit.record(ctx, { operation: 'sign-out', actor: { subject: session.sub } })
    sessions.dropCookie(ctx)
    return seeOther(ctx, `${APPS}/signed-out`)
  }

  /** OpenID Connect Front-Channel Logout 1.0: the provider's page loads this in a frame, with its own session's id. */
  async function endOfProvider(ctx: Context): Promise<void> {
    const query = new URLSearchParams(ctx.querystring)
    const [provider, sid] = [query.get('provider'), query.get('sid')]
    if (provider !== null && sid !== null) await sessions.endOfProvider(provider, sid)
    ctx.set('Cache-Control', 'no-store')
    return show(ctx, signedOutPage(frameOf(ctx)))
  }
}
