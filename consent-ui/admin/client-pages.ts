// Apps, for operators: all of them, one of them, and a new one.
import type { Html } from '../html.ts'
import { html } from '../html.ts'
import { adminWords } from '../words/admin.ts'
import type { DataUse } from '../words/consent.ts'
import { type AdminFrame, action, adminPage, code, field, shown, table } from './parts.ts'

/** As our API says it. */
export type ClientView = {
  client_id: string
  client_name: string
  token_endpoint_auth_method: Method
  redirect_uris: readonly string[]
  scope: string
  required_scope?: string
  launch_url?: string
  maker?: string
  purpose?: string
  contacts?: readonly string[]
  checked_by?: string
  jwks_uri?: string
  jwks?: unknown
  cors_origins?: readonly string[]
  policy_uri?: string
  required_reasons?: Readonly<Record<string, string>>
  data_use?: Readonly<Partial<Record<DataUse, boolean>>>
  staff_approved?: boolean
  enabled: boolean
  secrets: readonly { id: string; created?: string; expires?: string }[]
  source: 'file' | 'api' | 'registration'
  created: string
  changed: string
}

const METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const
type Method = (typeof METHODS)[number]

/** Members of the form as they are posted: lists a line each, keys as JSON. */
export type ClientForm = Readonly<Record<string, string>>

export function clientsPage(of: AdminFrame, clients: readonly ClientView[]): string {
  const words = adminWords(of.frame.lang)
  const rows = clients.map((client) => [
    html`<a href="/admin/clients/${encodeURIComponent(client.client_id)}">${shown(client.client_name, 80)}</a>`,
    code(client.client_id),
    client.enabled ? words.enabled : words.disabled,
    client.checked_by === undefined ? words.notChecked : shown(client.checked_by, 80),
    words.sources[client.source],
  ])
  return adminPage(
    of,
    words.sections.clients,
    html`${of.role === 'admin' ? html`<p><a class="button" href="/admin/clients/new">${words.register}</a></p>` : undefined}
${table(words.sections.clients, [words.name, words.clientId, words.state, words.checked, words.source], rows)}`,
  )
}

export function newClientPage(of: AdminFrame, form: ClientForm = {}): string {
  const words = adminWords(of.frame.lang)
  return adminPage(
    of,
    words.register,
    html`<form method="post" action="/admin/clients"><input type="hidden" name="csrf" value="${of.csrf}">
${field(words.fields.client_id, 'client_id', form.client_id, { isNeeded: true })}
${memberFields(of, form)}
<p><button type="submit">${words.register}</button></p></form>`,
  )
}

/** @param secret that was just made: shown this once */
export function clientPage(of: AdminFrame, client: ClientView, secret?: string, form?: ClientForm): string {
  const words = adminWords(of.frame.lang)
  const path = `/admin/clients/${encodeURIComponent(client.client_id)}`
  const isChanging = of.role === 'admin'
  const checked =
    client.checked_by === undefined ? html`${words.notChecked}` : words.checkedBy(shown(client.checked_by, 80))
  return adminPage(
    of,
    client.client_name,
    html`${secret === undefined ? undefined : html`<div class="notice" role="status"><p>${words.secretMade}</p><p><code dir="ltr" id="secret">${secret}</code></p></div>`}
<section><p>${code(client.client_id)}</p>
<p>${client.enabled ? words.enabled : words.disabled} <span class="reach">${checked}</span></p>
${
  isChanging
    ? html`${client.enabled ? action(of, `${path}/disable`, words.disable) : action(of, `${path}/enable`, words.enable)}
${client.checked_by === undefined ? action(of, `${path}/check`, words.markChecked) : action(of, `${path}/check`, words.unmark, { unmark: 'yes' })}`
    : undefined
}</section>
${secretsSection(of, client, path)}
${isChanging ? html`<section><form method="post" action="${path}"><input type="hidden" name="csrf" value="${of.csrf}">${memberFields(of, form ?? formOf(client))}<p><button type="submit">${words.save}</button></p></form></section>` : memberList(of, client)}`,
    shown(client.client_name, 80),
  )
}

function secretsSection(of: AdminFrame, { secrets, token_endpoint_auth_method }: ClientView, path: string) {
  if (!token_endpoint_auth_method.startsWith('client_secret_')) return undefined
  const words = adminWords(of.frame.lang)
  const rows = secrets.map(({ id, created, expires }) => [
    code(id),
    shown(created),
    shown(expires),
    of.role === 'admin' && secrets.length > 1
      ? action(of, `${path}/secrets/remove`, words.removeSecret, { secret: id })
      : '',
  ])
  return html`<section><h2>${words.secrets}</h2>
${table(words.secrets, [words.clientId, words.secretCreated, words.secretExpires, words.change], rows)}
${of.role === 'admin' ? action(of, `${path}/secrets`, words.addSecret) : undefined}</section>`
}

const LONG = [
  'redirect_uris',
  'scope',
  'required_scope',
  'required_reasons',
  'purpose',
  'contacts',
  'cors_origins',
  'jwks',
] as const
const SHORT = ['maker', 'policy_uri', 'launch_url', 'jwks_uri'] as const
/** Yes, no, or nothing. */
const ANSWERED = ['staff_approved', 'sells', 'shares', 'deletes_on_request', 'ends_when_stopped'] as const
export const CLIENT_FIELDS = ['client_name', 'token_endpoint_auth_method', ...LONG, ...SHORT, ...ANSWERED] as const
export const DATA_USES = [
  'sells',
  'shares',
  'deletes_on_request',
  'ends_when_stopped',
] as const satisfies readonly DataUse[]

function memberFields(of: AdminFrame, form: ClientForm): Html {
  const words = adminWords(of.frame.lang)
  const { token_endpoint_auth_method: chosen = 'none' } = form
  return html`${field(words.fields.client_name, 'client_name', form.client_name, { isNeeded: true })}
<p><label class="field" for="field-method">${words.fields.token_endpoint_auth_method}</label>
<select id="field-method" name="token_endpoint_auth_method">${METHODS.map(
    (method) =>
      html`<option value="${method}"${method === chosen ? html` selected` : undefined}>${words.methods[method]}</option>`,
  )}</select></p>
${LONG.map((name) => field(words.fields[name], name, form[name], { isLong: true }))}
${SHORT.map((name) => field(words.fields[name], name, form[name]))}
${ANSWERED.map((name) => answer(of, name, form[name]))}`
}

function answer(of: AdminFrame, name: (typeof ANSWERED)[number], chosen = ''): Html {
  const words = adminWords(of.frame.lang)
  const none = name === 'staff_approved' ? undefined : html`<option value="">${words.notAnswered}</option>`
  return html`<p><label class="field" for="field-${name}">${words.fields[name]}</label>
<select id="field-${name}" name="${name}">${none}${(['no', 'yes'] as const).map(
    (value) => html`<option value="${value}"${value === chosen ? html` selected` : undefined}>${words[value]}</option>`,
  )}</select></p>`
}

function memberList(of: AdminFrame, client: ClientView): Html {
  const words = adminWords(of.frame.lang)
  const form = formOf(client)
  return html`<section><dl class="facts wide">${CLIENT_FIELDS.map(
    (name) => html`<div><dt>${words.fields[name]}</dt><dd>${shown(form[name], 2000)}</dd></div>`,
  )}</dl></section>`
}

function formOf(client: ClientView): ClientForm {
  const { redirect_uris, contacts = [], cors_origins = [], required_reasons = {}, data_use = {}, jwks } = client
  const texts = [...SHORT, 'client_name', 'token_endpoint_auth_method', 'scope', 'required_scope', 'purpose'] as const
  return {
    ...Object.fromEntries(texts.map((name) => [name, client[name] ?? ''])),
    redirect_uris: redirect_uris.join('\n'),
    contacts: contacts.join('\n'),
    cors_origins: cors_origins.join('\n'),
    // Scopes have no spaces: what comes after the first one is the app's reason.
    required_reasons: Object.entries(required_reasons)
      .map(([scope, reason]) => `${scope} ${reason.replace(/\s+/g, ' ')}`)
      .join('\n'),
    staff_approved: client.staff_approved ? 'yes' : 'no',
    ...Object.fromEntries(DATA_USES.map((use) => [use, answerOf(data_use[use])])),
    jwks: jwks === undefined ? '' : JSON.stringify(jwks, null, 1),
  }
}

function answerOf(said: boolean | undefined): string {
  if (said === undefined) return ''
  return said ? 'yes' : 'no'
}
