// What the pages for operators show: each asks our own operations, as the operator who looks.
import type { Context } from 'koa'
import {
  type AccountQuery,
  type AdminFrame,
  type ChartView,
  type ClientForm,
  type ClientView,
  type Confirmation,
  clientPage,
  clientsPage,
  confirmPage,
  deniedPage,
  type GrantView,
  grantsPage,
  type LinkView,
  launchesPage,
  linksPage,
  newClientPage,
  overviewPage,
  reportsPage,
  type Section,
} from '../../consent-ui/admin/index.ts'
import type { OwnSession } from '../apps/own-pages.ts'
import type { Report } from '../apps/reports.ts'
import type { AuditRowStore } from '../audit/audit-trail.ts'
import { frameOf } from '../pages/frame.ts'
import type { Operator, RunAsOperator } from './operator-calls.ts'
import { denialsOf, proxyHealth, reportView } from './watch.ts'

/** One look at a page, or one form that was posted from it. */
export type Look = {
  ctx: Context
  session: OwnSession
  operator: Operator
  isDone?: boolean
  /** Why what was posted could not be done. */
  fault?: string | undefined
}

export type AdminPagesParts = {
  run: RunAsOperator
  auditRows: AuditRowStore
  /** Where the proxy itself answers. */
  proxyUrl: string | undefined
  now: () => number
}

const ACCOUNT = ['tid', 'oid', 'iss', 'sub'] as const

export function accountIn(said: URLSearchParams): AccountQuery {
  return Object.fromEntries(ACCOUNT.flatMap((name) => (said.get(name) ? [[name, said.get(name)?.trim()]] : [])))
}

export function adminPages({ run, auditRows, proxyUrl, now }: AdminPagesParts) {
  const frameFor = ({ ctx, session, operator, isDone = false, fault }: Look, section: Section): AdminFrame => ({
    frame: frameOf(ctx),
    csrf: session.csrf,
    user: session.identity.name,
    role: operator.role,
    section,
    isDone,
    ...(fault === undefined ? {} : { fault }),
  })
  const get = async (
    look: Look,
    path: string,
    more: { query?: URLSearchParams; params?: Record<string, string>; as?: string } = {},
  ) => run(look.ctx, look.operator, { method: 'GET', path, ...more })

  return {
    async overview(look: Look): Promise<string> {
      return overviewPage(frameFor(look, 'home'), await proxyHealth(proxyUrl))
    },
    async clients(look: Look): Promise<string> {
      const { clients } = (await get(look, '/clients')) as { clients: ClientView[] }
      return clientsPage(frameFor(look, 'clients'), clients)
    },
    newClient: (look: Look, form?: ClientForm): string => newClientPage(frameFor(look, 'clients'), form),
    async client(
      look: Look,
      id: string,
      { secret, form }: { secret?: string; form?: ClientForm } = {},
    ): Promise<string> {
      const client = (await get(look, '/clients/{id}', { params: { id } })) as ClientView
      return clientPage(frameFor(look, 'clients'), client, secret, form)
    },
    confirm: (look: Look, section: Section, asked: Confirmation): string => confirmPage(frameFor(look, section), asked),
    /** @throws ApiError where it is no account */
    async countGrants(look: Look, account: AccountQuery): Promise<number> {
      const query = new URLSearchParams(account)
      return ((await get(look, '/grants', { query })) as { grants: GrantView[] }).grants.length
    },
    nameOf: async (look: Look, id: string): Promise<string> =>
      ((await get(look, '/clients/{id}', { params: { id } })) as ClientView).client_name,
    async grants(look: Look, said: URLSearchParams): Promise<string> {
      const account = accountIn(said)
      const query = new URLSearchParams(account)
      const isAsked = query.size > 0
      const found = isAsked ? ((await get(look, '/grants', { query })) as { grants: GrantView[] }).grants : undefined
      return grantsPage(frameFor(look, 'grants'), account, found)
    },
    async links(look: Look, said: URLSearchParams): Promise<string> {
      const person = said.get('person')?.trim() || undefined
      const account = accountIn(said)
      const query = person === undefined ? new URLSearchParams(account) : new URLSearchParams({ person })
      const found = query.size > 0 ? ((await get(look, '/links', { query })) as { links: LinkView[] }).links : undefined
      return linksPage(frameFor(look, 'links'), { ...account, ...(person === undefined ? {} : { person }) }, found)
    },
    async launches(look: Look, said: URLSearchParams): Promise<string> {
      const ehr = said.get('ehr')?.trim() || undefined
      const found =
        ehr === undefined
          ? undefined
          : ((await get(look, '/launches', { as: ehr })) as { launches: ChartView[] }).launches
      return launchesPage(frameFor(look, 'launches'), ehr, found)
    },
    async denied(look: Look, said: URLSearchParams): Promise<string> {
      const asked = said.get('day') ?? ''
      const day = /^\d{4}-\d{2}-\d{2}$/.test(asked) ? asked : new Date(now()).toISOString().slice(0, 10)
      return deniedPage(frameFor(look, 'denied'), day, await denialsOf(day, auditRows))
    },
    async reports(look: Look): Promise<string> {
      const { reports } = (await get(look, '/reports')) as { reports: Report[] }
      return reportsPage(frameFor(look, 'reports'), reports.map(reportView))
    },
  }
}

export type AdminPages = ReturnType<typeof adminPages>
