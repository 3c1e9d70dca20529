// One app: what it can see and last did, and taking that away: a kind of it, its time, all of it (SEED-22, REF-06).
import type { Context } from 'koa'
import {
  type AppNotice,
  appPage,
  dayOf,
  daysLater,
  removedTexts,
  removePage,
  startOfDay,
  stopPage,
  stoppedPage,
} from '../../consent-ui/index.ts'
import { isAlwaysGranted, isTime } from '../../smart/access/narrowing.ts'
import { without } from '../../smart/access/removal.ts'
import { ENDPOINTS } from '../../smart/discovery.ts'
import { REVOCATION_SECONDS } from '../../smart/revocation.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { Ended, IsRefused } from '../fhir/refusal-check.ts'
import type { Endings } from '../grants/endings.ts'
import { type Grants, gidOf } from '../grants/grants.ts'
import type { NarrowGrant } from '../grants/narrow-grant.ts'
import type { RememberedConsents } from '../interactions/remembered-consents.ts'
import { frameOf } from '../pages/frame.ts'
import { type Access, type Accesses, type EndedAccess, scopesOf } from './accesses.ts'
import { lastReadsOf } from './last-reads.ts'
import { notFound, type OwnSession, seeOther, show } from './own-pages.ts'
import type { PersonLogs } from './person-logs.ts'

export type OneAppParts = {
  accesses: Accesses
  clients: ClientRegistry
  grants: Grants
  endings: Endings
  consents: RememberedConsents
  narrow: NarrowGrant
  isRefused: IsRefused
  logs: PersonLogs
  audit: AuditTrail
  now: () => number
}

type Asked = { ctx: Context; session: OwnSession; id: string }
type Posted = Asked & { form: URLSearchParams }

/** Ends that a person may choose, in days from today. */
const SOONER_DAYS = [7, 30, 90, 365]

export type OneApp = {
  page(asked: Asked): Promise<void>
  remove(posted: Posted): Promise<void>
  shorten(posted: Posted): Promise<void>
  confirmStop(asked: Asked): Promise<void>
  stop(posted: Posted): Promise<void>
  stopped(asked: Asked): Promise<void>
  /** All of an access. @returns the id of its page */
  end(ctx: Context, session: OwnSession, access: Access): Promise<string>
}

export function oneApp(parts: OneAppParts): OneApp {
  const { accesses, clients, grants, endings, consents, narrow, isRefused, logs, audit, now } = parts
  const pathOf = (id: string) => `${ENDPOINTS.management}/${id}`
  const zoneOf = (ctx: Context) => frameOf(ctx).timeZone ?? 'UTC'

  async function contactOf(clientId: string): Promise<{ contact?: string }> {
    const contact = (await clients.find(clientId))?.contacts?.[0]
    return contact === undefined ? {} : { contact }
  }

  function record(ctx: Context, session: OwnSession, access: Access, operation: string): void {
    const [{ clientId, grantId }] = access
    audit.record(ctx, { operation, actor: { subject: session.sub }, target: { clientId }, grant: gidOf(grantId) })
  }

  async function noticeFor({ ctx }: Asked, access: Access): Promise<AppNotice | undefined> {
    const asked = new URLSearchParams(ctx.querystring)
    if (asked.has('shortened')) return { kind: 'shortened' }
    if (!asked.has('removed')) return undefined
    const narrowed = access.flatMap(({ grantId, narrowedAt }) =>
      narrowedAt === undefined ? [] : [{ gid: gidOf(grantId), until: narrowedAt }],
    )
    const at = narrowed
      .map(({ until }) => until)
      .sort()
      .at(-1)
    if (at === undefined) return undefined
    const isLate = now() - Date.parse(at) > REVOCATION_SECONDS * 1000
    return isLate || (await isRefused(narrowed)) ? { kind: 'removed', at } : { kind: 'removing' }
  }

  async function page(asked: Asked, hasFault = false): Promise<void> {
    const { ctx, session, id } = asked
    const access = await accesses.find(session.sub, id)
    if (access === undefined) return seeOther(ctx, `${pathOf(id)}/stopped`)
    const [app, holders, notice] = await Promise.all([
      accesses.shown(access),
      logs.holders(session.identity).catch(() => []),
      noticeFor(asked, access),
    ])
    const seen = { holders, logs, now: now(), timeZone: zoneOf(ctx) }
    const reads = await lastReadsOf(access[0], app.since, seen)
    const html = appPage({
      frame: frameOf(ctx),
      csrf: session.csrf,
      app,
      reads,
      sooner: soonerThan(app, zoneOf(ctx)),
      ...(notice === undefined ? {} : { notice }),
      hasFault,
    })
    return show(ctx, html)
  }

  /** Days before access ends as it is. What ends within the hour is not offered an end. */
  function soonerThan({ keeps, until }: { keeps: boolean; until?: string }, timeZone: string): string[] {
    const today = dayOf(new Date(now()).toISOString(), timeZone)
    const days = SOONER_DAYS.map((days) => daysLater(today, days))
    return keeps ? days.filter((day) => until === undefined || endOf(day, timeZone) < until) : []
  }

  async function end(ctx: Context, session: OwnSession, access: Access): Promise<string> {
    const { sub } = session
    await Promise.all(access.map(({ clientId }) => consents.forget(sub, clientId)))
    await Promise.all(access.map(({ grantId }) => endings.endGrant(sub, gidOf(grantId))))
    record(ctx, session, access, 'stop-app')
    return gidOf(access[0].grantId)
  }

  return {
    page,
    end,
    async remove({ ctx, session, id, form }) {
      const access = await accesses.find(session.sub, id)
      if (access === undefined) return notFound(ctx)
      const scopes = scopesOf(access)
      const removed = removedTexts(scopes, form)
      if (removed.length === 0) return notFound(ctx)
      const lose = (held: readonly string[]) => without(held, new Set(removed))
      // With nothing left to see or do, it is no access any more.
      if (!lose(scopes).some(isData)) return seeOther(ctx, `${pathOf(id)}/stop`)
      if (form.get('sure') !== 'yes') {
        const name = form.has('group') ? 'group' : 'kind'
        const app = await accesses.shown(access)
        const asked = { app, removed, name, value: form.get(name) ?? '' } as const
        return show(ctx, removePage({ frame: frameOf(ctx), csrf: session.csrf, ...asked }))
      }
      await Promise.all(access.map((grant) => narrow(grant, lose)))
      record(ctx, session, access, 'narrow-app')
      return seeOther(ctx, `${pathOf(id)}?removed`)
    },
    async shorten({ ctx, session, id, form }) {
      const access = await accesses.find(session.sub, id)
      if (access === undefined) return notFound(ctx)
      const timeZone = zoneOf(ctx)
      const day = soonerThan(await accesses.shown(access), timeZone).find((one) => one === form.get('until'))
      if (day === undefined) return page({ ctx, session, id }, true)
      const until = endOf(day, timeZone)
      // An earlier end that one of its grants has stays.
      const shorter = (held: { until?: string }) => ({ until: [until, held.until ?? until].sort()[0] ?? until })
      await Promise.all(access.map((grant) => grants.change(grant, shorter)))
      // An answer that reached further is not given again without a question.
      await consents.forget(session.sub, access[0].clientId)
      record(ctx, session, access, 'shorten-app')
      return seeOther(ctx, `${pathOf(id)}?shortened`)
    },
    async confirmStop({ ctx, session, id }) {
      const access = await accesses.find(session.sub, id)
      if (access === undefined) return seeOther(ctx, `${pathOf(id)}/stopped`)
      const [app, contact] = await Promise.all([accesses.shown(access), contactOf(access[0].clientId)])
      return show(ctx, stopPage({ frame: frameOf(ctx), csrf: session.csrf, app, ...contact }))
    },
    async stop({ ctx, session, id }) {
      const access = await accesses.find(session.sub, id)
      const ended = access === undefined ? id : await end(ctx, session, access)
      return seeOther(ctx, `${pathOf(ended)}/stopped`)
    },
    async stopped({ ctx, session, id }) {
      const access = await accesses.findEnded(session.sub, id)
      if (access === undefined)
        return (await accesses.find(session.sub, id)) === undefined ? notFound(ctx) : seeOther(ctx, pathOf(id))
      const { clientId, ended } = access[0]
      const recent = recentlyStopped(access)
      const [app, contact, refused] = await Promise.all([
        accesses.shownEnded(access),
        contactOf(clientId),
        recent.length === 0 || isRefused(recent),
      ])
      const html = stoppedPage({
        frame: frameOf(ctx),
        app,
        ended,
        isRecent: recent.length > 0,
        isRefused: refused,
        ...contact,
      })
      return show(ctx, html)
    },
  }

  /** Of those that were ended by themselves or long ago no token lives. */
  function recentlyStopped(access: EndedAccess): Ended[] {
    return access
      .filter(({ wasStopped, ended }) => wasStopped && now() - Date.parse(ended) < REVOCATION_SECONDS * 1000)
      .map(({ grantId }) => ({ gid: gidOf(grantId) }))
  }
}

function isData(scope: string): boolean {
  return !isAlwaysGranted(scope) && !isTime(scope)
}

/** The last second of a day; ISO 8601. */
function endOf(day: string, timeZone: string): string {
  return new Date(Date.parse(startOfDay(daysLater(day, 1), timeZone)) - 1000).toISOString()
}
