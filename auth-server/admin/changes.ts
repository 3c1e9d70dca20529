// What operators change by pages. Each posts to the operation that tools call; none has a way of its own.
import { type Confirmation, SURE } from '../../consent-ui/admin/index.ts'
import { ApiError } from '../api/own-api.ts'
import { clientForm, clientMembersIn, withoutNulls } from './client-forms.ts'
import type { OperatorCall, RunAsOperator } from './operator-calls.ts'
import { type AdminPages, accountIn, type Look } from './pages.ts'
import { mayRun } from './roles.ts'

/** Where the browser goes on, or the page with a secret that is shown this once. */
export type Changed = { to: string } | { html: string }

type Posted = { look: Look; form: URLSearchParams; id: string }
type Change = (posted: Posted) => Promise<Changed>

/** By the path below `/admin`, with `{id}` for that of a client. */
export function adminChanges(run: RunAsOperator, pages: AdminPages): ReadonlyMap<string, Change> {
  const call = ({ look }: Posted, of: OperatorCall) => run(look.ctx, look.operator, of)
  const backTo = (path: string, form: URLSearchParams, names: readonly string[]): Changed => {
    const query = new URLSearchParams(names.flatMap((name) => (form.get(name) ? [[name, String(form.get(name))]] : [])))
    query.set('done', '')
    return { to: `${path}?${query}` }
  }
  const ofClient = (id: string): Changed => ({ to: `/admin/clients/${encodeURIComponent(id)}?done` })
  const ACCOUNT = ['tid', 'oid', 'iss', 'sub'] as const

  /** Whether it must be asked once more; who may not do it at all is refused instead. */
  const isUnsure = ({ look, form }: Posted, path: string): boolean =>
    form.get('sure') !== SURE.sure && mayRun(look.operator.role, { method: 'POST', path })
  const ofAccount = async (
    { look, form }: Posted,
    what: Exclude<Confirmation['what'], 'disable'>,
    path: string,
  ): Promise<Changed> => {
    const account = accountIn(form)
    const count = await pages.countGrants(look, account)
    const back = `/admin/grants?${new URLSearchParams(account)}`
    return { html: pages.confirm(look, 'grants', { what, account, count, path, back }) }
  }

  const simply =
    (path: string): Change =>
    async (posted) => {
      await call(posted, { method: 'POST', path, params: { id: posted.id } })
      return ofClient(posted.id)
    }

  return new Map<string, Change>([
    [
      'clients',
      async (posted) => {
        const form = clientForm(posted.form)
        const body = { client_id: form.client_id?.trim(), ...withoutNulls(clientMembersIn(form)) }
        const made = (await call(posted, { method: 'POST', path: '/clients', body })) as {
          client_id: string
          client_secret?: string
        }
        const { client_id: id, client_secret: secret } = made
        if (secret === undefined) return ofClient(id)
        return { html: await pages.client(posted.look, id, { secret }) }
      },
    ],
    [
      'clients/{id}',
      async (posted) => {
        const { id, form, look } = posted
        const body = clientMembersIn(clientForm(form))
        const made = (await call(posted, { method: 'PATCH', path: '/clients/{id}', params: { id }, body })) as {
          client_secret?: string
        }
        const { client_secret: secret } = made
        return secret === undefined ? ofClient(id) : { html: await pages.client(look, id, { secret }) }
      },
    ],
    ['clients/{id}/enable', simply('/clients/{id}/enable')],
    [
      'clients/{id}/disable',
      async (posted) => {
        const { look, id } = posted
        const path = `/admin/clients/${encodeURIComponent(id)}`
        const isAsked = isUnsure(posted, '/clients/{id}/disable')
        if (!isAsked) return simply('/clients/{id}/disable')(posted)
        const name = await pages.nameOf(look, id)
        return { html: pages.confirm(look, 'clients', { what: 'disable', name, path: `${path}/disable`, back: path }) }
      },
    ],
    [
      'clients/{id}/check',
      async (posted) => {
        const { id, form, look } = posted
        const body = {
          checked_by: form.get('unmark') === 'yes' ? null : look.session.identity.name || look.operator.sub,
        }
        await call(posted, { method: 'PATCH', path: '/clients/{id}', params: { id }, body })
        return ofClient(id)
      },
    ],
    [
      'clients/{id}/secrets',
      async (posted) => {
        const { id, look } = posted
        const made = (await call(posted, {
          method: 'POST',
          path: '/clients/{id}/secrets',
          params: { id },
          body: {},
        })) as {
          client_secret: string
        }
        return { html: await pages.client(look, id, { secret: made.client_secret }) }
      },
    ],
    [
      'clients/{id}/secrets/remove',
      async (posted) => {
        const { id, form } = posted
        const params = { id, secret: form.get('secret') ?? '' }
        await call(posted, { method: 'DELETE', path: '/clients/{id}/secrets/{secret}', params })
        return ofClient(id)
      },
    ],
    [
      'grants/end',
      async (posted) => {
        const { form } = posted
        const [id, sub] = [form.get('grant'), form.get('of')]
        if (id !== null) {
          await call(posted, { method: 'DELETE', path: '/grants/{sub}/{id}', params: { sub: sub ?? '', id } })
        } else {
          // Of an account alone: pages end nothing of a client or of everybody.
          if (isUnsure(posted, '/grants/end')) return ofAccount(posted, 'endAll', '/admin/grants/end')
          await call(posted, { method: 'POST', path: '/grants/end', body: { account: accountIn(form) } })
        }
        return backTo('/admin/grants', form, ACCOUNT)
      },
    ],
    ...(['refuse', 'allow'] as const).map((what): [string, Change] => [
      `grants/${what}`,
      async (posted) => {
        const path = what === 'refuse' ? '/accounts/disable' : '/accounts/enable'
        if (what === 'refuse' && isUnsure(posted, path)) return ofAccount(posted, 'refuse', '/admin/grants/refuse')
        await call(posted, { method: 'POST', path, body: { account: accountIn(posted.form) } })
        return backTo('/admin/grants', posted.form, ACCOUNT)
      },
    ]),
    [
      'reports/dealt-with',
      async (posted) => {
        const { form, look } = posted
        const params = { number: form.get('number') ?? '' }
        const body = { by: look.session.identity.name || look.operator.sub }
        await call(posted, { method: 'POST', path: '/reports/{number}/dealt-with', params, body })
        return { to: '/admin/reports?done' }
      },
    ],
    [
      'links',
      async (posted) => {
        const { form } = posted
        const day = form.get('valid_until')
        if (day && Number.isNaN(Date.parse(day))) throw new ApiError(400, 'invalid_request', 'valid_until: no such day')
        const until = day ? { valid_until: `${day}T23:59:59Z` } : {}
        const body = { account: accountIn(form), person: form.get('person')?.trim(), ...until }
        await call(posted, { method: 'POST', path: '/links', body })
        return backTo('/admin/links', form, ACCOUNT)
      },
    ],
    [
      'links/remove',
      async (posted) => {
        const { form } = posted
        const [type = '', id = ''] = (form.get('record') ?? '').split('/')
        const params = { sub: form.get('of') ?? '', type, id }
        await call(posted, { method: 'DELETE', path: '/links/{sub}/{type}/{id}', params })
        return backTo('/admin/links', form, [...ACCOUNT, 'person'])
      },
    ],
    [
      'launches/close',
      async (posted) => {
        const { form } = posted
        const params = { id: form.get('chart') ?? '' }
        await call(posted, { method: 'DELETE', path: '/launches/{id}', params, as: form.get('ehr') ?? '' })
        return backTo('/admin/launches', form, ['ehr'])
      },
    ],
  ])
}
