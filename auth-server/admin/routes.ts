// Pages for operators, off unless roles are set: who has just signed in and has a role sees them, and does by forms what the
// operator API does (SEED-32, SEED-48). For everybody else there is no such page.
import type { Context, Middleware } from 'koa'
import { ApiError } from '../api/own-api.ts'
import type { OwnPages, OwnSession } from '../apps/own-pages.ts'
import { notFound, seeOther, show } from '../apps/own-pages.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { problemPage } from '../pages/problem.ts'
import { adminChanges } from './changes.ts'
import { clientForm } from './client-forms.ts'
import { NotAllowed, type Operator, type RunAsOperator } from './operator-calls.ts'
import { type AdminPagesParts, adminPages, type Look } from './pages.ts'
import { type AdminRoles, roleOf } from './roles.ts'

const ADMIN = '/admin'
const OF_CLIENT = /^clients\/(?<id>[A-Za-z0-9._~-]{1,128})(?<what>\/[a-z/]+)?$/

type Parts = Omit<AdminPagesParts, 'run'> & {
  /** Undefined: there are no such pages. */
  roles: AdminRoles | undefined
  own: OwnPages
  run: RunAsOperator
  audit: AuditTrail
}

export function adminRoutes(parts: Parts): Middleware {
  const { roles, own, run, audit } = parts
  if (roles === undefined) return (_ctx, next) => next()
  const pages = adminPages(parts)
  const changes = adminChanges(run, pages)

  return async (ctx, next) => {
    if (ctx.path !== ADMIN && !ctx.path.startsWith(`${ADMIN}/`)) return next()
    const path = ctx.path.slice(ADMIN.length + 1)
    if (ctx.method === 'GET') {
      const session = await own.reader(ctx)
      const operator = session && operatorOf(ctx, session, roles)
      return session && operator && read({ ctx, session, operator }, path)
    }
    if (ctx.method !== 'POST') return next()
    const written = await own.writer(ctx)
    const operator = written && operatorOf(ctx, written.session, roles)
    return written && operator && write({ ctx, session: written.session, operator }, path, written.form)
  }

  /** Undefined: answered as if there were no such page. */
  function operatorOf(ctx: Context, { identity }: OwnSession, known: AdminRoles): Operator | undefined {
    const role = roleOf(identity, known)
    if (role !== undefined) return { sub: identity.sub, role }
    const actor = { subject: identity.sub }
    audit.record(ctx, { operation: `${ctx.method} ${ADMIN}`, outcome: 'denied', reason: 'insufficient-role', actor })
    notFound(ctx)
    return undefined
  }

  async function read(look: Look, path: string): Promise<void> {
    const { ctx } = look
    const said = new URLSearchParams(ctx.querystring)
    const page = pageAt(path, said)
    if (page === undefined) return notFound(ctx)
    await guarded(look, path, new URLSearchParams(), async () =>
      show(ctx, await page({ ...look, isDone: said.has('done') })),
    )
  }

  function pageAt(path: string, said: URLSearchParams): ((look: Look) => Promise<string> | string) | undefined {
    switch (path) {
      case '':
        return pages.overview
      case 'clients':
        return pages.clients
      case 'clients/new':
        return (look) => (look.operator.role === 'admin' ? pages.newClient(look) : Promise.reject(new NotAllowed()))
      case 'grants':
        return (look) => pages.grants(look, said)
      case 'links':
        return (look) => pages.links(look, said)
      case 'launches':
        return (look) => pages.launches(look, said)
      case 'denied':
        return (look) => pages.denied(look, said)
      case 'reports':
        return pages.reports
      default: {
        const { id, what } = OF_CLIENT.exec(path)?.groups ?? {}
        return id === undefined || what !== undefined ? undefined : (look) => pages.client(look, id)
      }
    }
  }

  async function write(look: Look, path: string, form: URLSearchParams): Promise<void> {
    const { ctx } = look
    const { id, what = '' } = OF_CLIENT.exec(path)?.groups ?? {}
    const change = changes.get(id === undefined ? path : `clients/{id}${what}`)
    if (change === undefined) return notFound(ctx)
    await guarded(look, path, form, async () => {
      const changed = await change({ look, form, id: id ?? '' })
      return 'to' in changed ? seeOther(ctx, changed.to) : show(ctx, changed.html)
    })
  }

  /** The page that the form was on, with what was typed. */
  async function pageWithFault(look: Look, path: string, form: URLSearchParams): Promise<string> {
    const { id, what } = OF_CLIENT.exec(path)?.groups ?? {}
    if (path === 'clients') return pages.newClient(look, clientForm(form))
    if (id !== undefined) return pages.client(look, id, what === undefined ? { form: clientForm(form) } : {})
    if (path.startsWith('grants')) return pages.grants(look, new URLSearchParams())
    if (path.startsWith('reports')) return pages.reports(look)
    if (path.startsWith('launches')) return pages.launches(look, new URLSearchParams())
    return pages.links(look, new URLSearchParams())
  }

  async function guarded(look: Look, path: string, form: URLSearchParams, work: () => Promise<void>): Promise<void> {
    const { ctx } = look
    try {
      await work()
    } catch (error) {
      if (error instanceof NotAllowed) {
        ctx.status = 403
        return problemPage(ctx, 'not-allowed')
      }
      if (!(error instanceof ApiError)) throw error
      if (error.status === 404 && ctx.method === 'GET') return notFound(ctx)
      ctx.status = error.status
      return show(ctx, await pageWithFault({ ...look, fault: error.message }, path, form))
    }
  }
}
