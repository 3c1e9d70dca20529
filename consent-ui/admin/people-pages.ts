// What accounts granted, which records they act as, and which charts are open, for operators.
import type { Html } from '../html.ts'
import { html } from '../html.ts'
import { adminWords } from '../words/admin.ts'
import { type AdminFrame, action, adminPage, code, field, shown, table } from './parts.ts'

/** As it was asked for: `tid` and `oid`, or `iss` and `sub`. */
export type AccountQuery = Readonly<Partial<Record<'tid' | 'oid' | 'iss' | 'sub', string>>>

export type GrantView = {
  id: string
  sub: string
  client_id: string
  person: string
  patient?: string
  scope: string
  since: string
  last_used?: string
}
export type LinkView = { sub: string; person: string; since: string; valid_until: string }
export type ChartView = {
  id: string
  client_id: string
  patient?: string
  created: string
  closed: boolean
  grants: number
}

/** @param grants undefined: none were asked for yet */
export function grantsPage(of: AdminFrame, account: AccountQuery, grants: readonly GrantView[] | undefined): string {
  const words = adminWords(of.frame.lang)
  const isEnding = of.role !== 'auditor'
  const rows = (grants ?? []).map(({ id, sub, client_id, person, patient, scope, since, last_used }) => [
    code(client_id),
    code(person),
    code(patient),
    shown(scope, 1000),
    shown(since),
    shown(last_used),
    isEnding ? action(of, '/admin/grants/end', words.end, { ...account, grant: id, of: sub }) : '',
  ])
  const head = [words.app, words.person, words.patient, words.scope, words.since, words.lastUsed, words.change]
  return adminPage(
    of,
    words.sections.grants,
    html`${accountForm(of, '/admin/grants', account)}
${grants === undefined ? undefined : rows.length === 0 ? html`<p>${words.none}</p>` : table(words.sections.grants, head, rows)}
${grants === undefined || !isEnding ? undefined : action(of, '/admin/grants/end', words.endAll, { ...account })}
${
  grants === undefined || of.role !== 'admin'
    ? undefined
    : html`${action(of, '/admin/grants/refuse', words.disableAccount, { ...account })}${action(of, '/admin/grants/allow', words.enableAccount, { ...account })}`
}`,
  )
}

export function linksPage(
  of: AdminFrame,
  asked: AccountQuery & { person?: string },
  links: readonly LinkView[] | undefined,
): string {
  const words = adminWords(of.frame.lang)
  const isChanging = of.role === 'admin'
  const { person, ...account } = asked
  const rows = (links ?? []).map((link) => [
    code(link.sub),
    code(link.person),
    shown(link.since),
    shown(link.valid_until),
    isChanging
      ? action(of, '/admin/links/remove', words.removeLink, { ...asked, of: link.sub, record: link.person })
      : '',
  ])
  return adminPage(
    of,
    words.sections.links,
    html`${accountForm(of, '/admin/links', account, field(words.record, 'person', person))}
${links === undefined ? undefined : rows.length === 0 ? html`<p>${words.none}</p>` : table(words.sections.links, [words.account, words.linkedRecord, words.since, words.until, words.change], rows)}
${
  isChanging
    ? html`<section><h2>${words.addLink}</h2><form method="post" action="/admin/links"><input type="hidden" name="csrf" value="${of.csrf}">
${accountFields(of, account, 'new-')}
<p><label class="field" for="new-person">${words.record}</label><input type="text" id="new-person" name="person" value="${person}" required></p>
<p><label class="field" for="new-until">${words.validUntil}</label><input type="date" id="new-until" name="valid_until"></p>
<p><button type="submit">${words.addLink}</button></p></form></section>`
    : undefined
}`,
  )
}

export function launchesPage(
  of: AdminFrame,
  ehr: string | undefined,
  charts: readonly ChartView[] | undefined,
): string {
  const words = adminWords(of.frame.lang)
  const rows = (charts ?? []).map(({ id, client_id, patient, created, closed, grants }) => [
    code(client_id),
    code(patient),
    shown(created),
    closed ? words.yes : words.no,
    String(grants),
    of.role === 'admin' && !closed && ehr !== undefined
      ? action(of, '/admin/launches/close', words.closeChart, { ehr, chart: id })
      : '',
  ])
  const head = [words.app, words.patient, words.opened, words.isClosed, words.grants, words.change]
  return adminPage(
    of,
    words.sections.launches,
    html`<form method="get" action="/admin/launches"><section>${field(words.ehr, 'ehr', ehr, { isNeeded: true })}<p><button type="submit">${words.show}</button></p></section></form>
${charts === undefined ? undefined : rows.length === 0 ? html`<p>${words.none}</p>` : table(words.sections.launches, head, rows)}`,
  )
}

function accountForm(of: AdminFrame, path: string, account: AccountQuery, more?: Html): Html {
  const words = adminWords(of.frame.lang)
  return html`<form method="get" action="${path}"><section>${accountFields(of, account, '')}${more}
<p><button type="submit">${words.show}</button></p></section></form>`
}

/** @param prefix of their ids, where a page has two of these forms */
function accountFields(of: AdminFrame, account: AccountQuery, prefix: string): Html {
  const words = adminWords(of.frame.lang)
  return html`${(['tid', 'oid', 'iss', 'sub'] as const).map(
    (name) =>
      html`<p><label class="field" for="${prefix}${name}">${words[name]}</label><input type="text" id="${prefix}${name}" name="${name}" value="${account[name]}" spellcheck="false" autocomplete="off"></p>`,
  )}`
}
