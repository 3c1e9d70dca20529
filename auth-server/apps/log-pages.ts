// "Who saw my data": the access log of a person's own record, or of somebody whom the person represents, as a page and as
// files; and telling the operator of an access that the person does not know.
import type { Context } from 'koa'
import {
  accessLogPage,
  daysLater,
  type LogChoice,
  noLogPage,
  reportedPage,
  reportPage,
} from '../../consent-ui/index.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { ClientRecords } from '../clients/registry.ts'
import type { PersonReader } from '../fhir/person-reader.ts'
import type { GrantRecord, Grants } from '../grants/grants.ts'
import { nameOf } from '../interactions/records.ts'
import { frameOf } from '../pages/frame.ts'
import type { AccessLine } from './access-lines.ts'
import type { Accesses } from './accesses.ts'
import { logActors } from './log-actors.ts'
import { lineOfKind, logChoice, logQuery } from './log-choice.ts'
import { logDays, told } from './log-days.ts'
import { logBundle, logTable } from './log-files.ts'
import type { OneApp } from './one-app.ts'
import { notFound, type OwnSession, show } from './own-pages.ts'
import type { LogHolder, PersonLogs } from './person-logs.ts'
import type { Reports } from './reports.ts'

export type LogPages = {
  /** The page, or a file by the ending of its path. */
  read(ctx: Context, session: OwnSession): Promise<void>
  report(ctx: Context, session: OwnSession, form: URLSearchParams): Promise<void>
}

type Parts = {
  issuer: string
  fhirBase: string
  auditDays: number
  logs: PersonLogs
  accesses: Accesses
  grants: Grants
  clients: ClientRecords
  readerFor(persona: string): PersonReader
  oneApp: Pick<OneApp, 'end'>
  reports: Reports
  audit: AuditTrail
  now: () => number
}

/** On one page; more is a further page. */
const PAGE_BOUND = { count: 500, pages: 1 }
/** In one file; more is another file. */
const FILE_BOUND = { count: 1_000, pages: 10 }

export function logPages(parts: Parts): LogPages {
  const { issuer, fhirBase, auditDays, logs, accesses, grants, clients, readerFor, oneApp, reports, audit, now } = parts

  async function read(ctx: Context, session: OwnSession): Promise<void> {
    const holders = await logs.holders(session.identity)
    const query = new URLSearchParams(ctx.querystring)
    const holder = query.has('for') ? holders.find(({ persona }) => persona === query.get('for')) : holders[0]
    if (holder === undefined) return holders.length === 0 ? show(ctx, noLogPage(frameOf(ctx))) : notFound(ctx)
    const { choice, hasFault } = logChoice(query)
    const asked = { ctx, session, holders, holder, choice }
    const ending = /\.(csv|json)$/.exec(ctx.path)?.[1]
    if (hasFault) return page({ ...asked, fault: 'dates' })
    return ending === undefined ? page(asked) : file({ ...asked, ending: ending === 'csv' ? 'csv' : 'json' })
  }

  type Asked = {
    ctx: Context
    session: OwnSession
    holders: readonly LogHolder[]
    holder: LogHolder
    choice: LogChoice
    fault?: 'dates' | 'too-long'
  }

  async function page({ ctx, session, holders, holder, choice, fault }: Asked): Promise<void> {
    const frame = frameOf(ctx)
    const timeZone = frame.timeZone ?? 'UTC'
    const [logged, own] = await Promise.all([
      fault === undefined ? logs.read(holder, logQuery(choice, timeZone), PAGE_BOUND) : undefined,
      ownGrants(session, holder),
    ])
    const read = logged?.lines.map((line) => told(line, own, timeZone)) ?? []
    const { lines, isDayCut, olderTo } = wholeDays(read, logged?.isWhole ?? true)
    const shown = lines
      .filter((line) => !isOwnLook(line, holder))
      .flatMap((line) => {
        const of = lineOfKind(line, choice.group)
        return of === undefined ? [] : [{ ...line, ...of }]
      })
    const actors = actorsFor(frame.operator)
    const [days, apps] = await Promise.all([
      logDays(shown, (line) => actors.of(line, holder)),
      appsToChoose([...own.map(({ clientId }) => clientId), ...read.flatMap(({ clientId }) => clientId ?? [])], choice),
    ])
    return show(
      ctx,
      accessLogPage({
        frame,
        csrf: session.csrf,
        holder: whose(holder),
        others: holders.filter((one) => one !== holder).map(whose),
        choice,
        apps,
        days: logged === undefined && fault === undefined ? undefined : days,
        isDayCut,
        ...(olderTo === undefined ? {} : { olderTo }),
        keptDays: auditDays,
        ...(fault === undefined ? {} : { fault }),
      }),
    )
  }

  /** Those that are over too. */
  async function ownGrants({ sub }: OwnSession, { persona }: LogHolder): Promise<GrantRecord[]> {
    const held = await Promise.all([grants.of(sub), grants.endedOf(sub)])
    return held.flat().filter((grant) => grant.persona.record === persona)
  }

  async function appsToChoose(ids: readonly string[], { client }: LogChoice): Promise<{ id: string; name: string }[]> {
    const known = new Set(ids)
    known.delete(issuer)
    const named = await Promise.all(
      [...known].map(async (id) => ({ id, name: (await clients.read(id))?.record.client_name ?? id })),
    )
    // An address that names another app is not told which apps there are.
    if (client !== undefined && !known.has(client)) named.push({ id: client, name: client })
    return named.sort((one, other) => one.name.localeCompare(other.name))
  }

  async function file({ ending, ...asked }: Asked & { ending: 'csv' | 'json' }): Promise<void> {
    const { ctx, session, holder, choice } = asked
    const frame = frameOf(ctx)
    const logged = await logs.read(holder, logQuery(choice, frame.timeZone ?? 'UTC'), FILE_BOUND)
    // Never a file that looks whole and is not.
    if (logged?.isWhole === false) return page({ ...asked, fault: 'too-long' })
    if (logged === undefined) return page(asked)
    const own = await ownGrants(session, holder)
    const lines = logged.lines.map((line) => told(line, own, frame.timeZone ?? 'UTC'))
    const chosen = lines.flatMap((line, at) => {
      const of = lineOfKind(line, choice.group)
      return of === undefined ? [] : [{ line: of, event: logged.events[at] ?? { resourceType: 'AuditEvent' } }]
    })
    const subject = { subject: session.sub, person: holder.persona, patient: holder.patient.id }
    audit.record(ctx, { operation: 'download-log', actor: subject })
    ctx.set('Content-Disposition', `attachment; filename="access-log.${ending}"`)
    if (ending === 'json') {
      ctx.type = 'application/fhir+json'
      ctx.body = logBundle(
        chosen.map(({ event }) => event),
        { fhirBase, at: new Date(now()).toISOString() },
      )
      return
    }
    const actors = actorsFor(frame.operator)
    ctx.type = 'text/csv; charset=utf-8'
    ctx.body = await logTable(
      chosen.map(({ line }) => line),
      { lang: frame.lang, own: isOwn(holder), actorOf: (line) => actors.of(line, holder) },
    )
  }

  const actorsFor = (operator: string) => logActors({ issuer, operator, clients, readerFor })

  /** Looked up again by its id: what a form says of itself is nobody's word. */
  async function findLine(holder: LogHolder, event: string, at: string): Promise<AccessLine | undefined> {
    if (Number.isNaN(Date.parse(at))) return undefined
    const span = { from: at, until: new Date(Date.parse(at) + 1).toISOString() }
    const logged = await logs.read(holder, span, FILE_BOUND)
    return logged?.lines.find(({ id }) => id === event)
  }

  async function report(ctx: Context, session: OwnSession, form: URLSearchParams): Promise<void> {
    const { sub, identity, csrf } = session
    const holder = (await logs.holders(identity)).find(({ persona }) => persona === form.get('for'))
    const line = holder && (await findLine(holder, form.get('event') ?? '', form.get('at') ?? ''))
    if (holder === undefined || line === undefined) return notFound(ctx)
    const frame = frameOf(ctx)
    const access = (await accesses.of(sub)).find(
      ([{ clientId, context }]) => clientId === line.clientId && context.patient === holder.patient.id,
    )
    const actor = await actorsFor(frame.operator).of(line, holder)
    const wanted = form.get('do')
    if (wanted !== 'stop' && wanted !== 'tell') {
      const shown = { ...line, isWithoutSignIn: false }
      const of = { holder: { value: holder.persona, isOwn: isOwn(holder) }, actor, line: shown, event: line.id }
      return show(ctx, reportPage({ frame, csrf, ...of, canStop: access !== undefined }))
    }
    const stopped = wanted === 'stop' && access !== undefined ? await oneApp.end(ctx, session, access) : undefined
    const { number } = await reports.add({
      subject: sub,
      person: holder.persona,
      patient: holder.patient.id,
      line,
      hasStopped: stopped !== undefined,
    })
    const target = {
      ...(line.clientId === undefined ? {} : { clientId: line.clientId }),
      ...(line.request === undefined ? {} : { requestId: line.request }),
    }
    const by = { subject: sub, person: holder.persona, patient: holder.patient.id }
    audit.record(ctx, { operation: 'report-access', reason: number, actor: by, target })
    const of = stopped === undefined ? {} : { stopped: { id: stopped, name: actor.app?.name ?? String(line.clientId) } }
    return show(ctx, reportedPage({ frame, holder: holder.persona, number, ...of }))
  }

  /** The reader's own look at these pages, through this service. */
  function isOwnLook({ clientId, person }: AccessLine, holder: LogHolder): boolean {
    return clientId === issuer && person === holder.persona
  }

  return { read, report }
}

/** Where a list was cut, its oldest day is left for the next page: half a day would look like a whole one. */
function wholeDays<Line extends { day: string }>(lines: Line[], isWhole: boolean) {
  const oldest = lines.at(-1)?.day
  if (isWhole || oldest === undefined) return { lines, isDayCut: false, olderTo: undefined }
  const isDayCut = lines[0]?.day === oldest
  return {
    lines: isDayCut ? lines : lines.filter(({ day }) => day !== oldest),
    isDayCut,
    olderTo: isDayCut ? daysLater(oldest, -1) : oldest,
  }
}

const isOwn = ({ persona }: LogHolder): boolean => persona.startsWith('Patient/')

function whose(holder: LogHolder) {
  return { value: holder.persona, isOwn: isOwn(holder), name: nameOf(holder.patient) }
}
