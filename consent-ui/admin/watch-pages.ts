// What operators keep an eye on: the FHIR server behind, what was denied lately and why, what people reported.
import { clockTime } from '../clock-time.ts'
import type { Html } from '../html.ts'
import { html } from '../html.ts'
import { adminWords } from '../words/admin.ts'
import { type AdminFrame, action, adminPage, code, field, shown, table } from './parts.ts'

/** What the proxy says of itself at `/health`. */
export type ProxyHealth = {
  status?: string
  upstream?: Readonly<Record<string, unknown>>
  audit?: Readonly<Record<string, { waiting?: number; lost?: number; isFailing?: boolean }>>
}

export type DenialView = {
  at: string
  clientId?: string
  person?: string
  operation: string
  uri: string
  reason?: string
  request: string
}

export type ReportView = {
  number: string
  at: string
  patient: string
  person: string
  clientId?: string
  actor?: string
  accessedAt: string
  deed: string
  types: string
  request?: string
  hasStopped: boolean
  dealtWith?: { by: string; at: string }
}

/** @param health undefined: the proxy does not answer, or it is not known where it is */
export function overviewPage(of: AdminFrame, health: ProxyHealth | undefined): string {
  const words = adminWords(of.frame.lang)
  const { status, upstream = {}, audit = {} } = health ?? {}
  const found = Object.entries(upstream).map(([name, value]) => [code(name), findingOf(value)])
  const sinks = Object.entries(audit).map(([name, { waiting, lost, isFailing }]) => [
    code(name),
    String(waiting ?? 0),
    String(lost ?? 0),
    isFailing ? words.yes : words.no,
  ])
  return adminPage(
    of,
    words.title,
    health === undefined
      ? html`<p class="notice">${words.upstreamUnknown}</p>`
      : html`<section><h2>${words.upstreamState}</h2><p>${code(status)}</p></section>
<section><h2>${words.upstream}</h2>${found.length === 0 ? html`<p>${words.none}</p>` : table(words.upstream, [words.what, words.state], found)}</section>
<section><h2>${words.audit}</h2>${sinks.length === 0 ? html`<p>${words.none}</p>` : table(words.audit, [words.sink, words.auditWaiting, words.auditLost, words.auditFailing], sinks)}</section>`,
  )
}

/** As people read it: a list joined, members a line each. */
function findingOf(value: unknown): Html {
  if (Array.isArray(value)) return html`${value.length === 0 ? '–' : shown(value.map(String).join(', '), 4000)}`
  if (typeof value !== 'object' || value === null) return html`${shown(String(value), 2000)}`
  return html`${Object.entries(value).map(([name, one]) => html`<p>${code(name)} ${findingOf(one)}</p>`)}`
}

/** @param denials undefined: they cannot be read */
export function deniedPage(of: AdminFrame, day: string, denials: readonly DenialView[] | undefined): string {
  const { lang, timeZone = 'UTC' } = of.frame
  const words = adminWords(lang)
  const { reasons } = words
  const explained = (reason = '') =>
    Object.hasOwn(reasons, reason) ? reasons[reason as keyof typeof reasons] : words.otherReason
  const rows = (denials ?? []).map(({ at, clientId, person, operation, uri, reason, request }) => [
    html`<time datetime="${at}">${clockTime(at, lang, timeZone)}</time>`,
    code(clientId),
    code(person),
    html`${code(operation)} ${code(uri)}`,
    html`${explained(reason)} ${code(reason)}`,
    code(request),
  ])
  const head = [words.time, words.app, words.person, words.what, words.reason, words.request]
  return adminPage(
    of,
    words.sections.denied,
    html`<form method="get" action="/admin/denied"><section>${field(words.day, 'day', day, { type: 'date', isNeeded: true })}<p><button type="submit">${words.show}</button></p></section></form>
${rows.length === 0 ? html`<p>${words.none}</p>` : html`<p class="quiet">${words.deniedNewest(rows.length)}</p>${table(words.sections.denied, head, rows)}`}`,
  )
}

export function reportsPage(of: AdminFrame, reports: readonly ReportView[]): string {
  const words = adminWords(of.frame.lang)
  const rows = reports.map((report) => [
    code(report.number),
    shown(report.at),
    code(report.person),
    code(report.patient),
    code(report.clientId),
    code(report.actor),
    html`${shown(report.accessedAt)} ${code(report.deed)} ${shown(report.types, 500)}`,
    code(report.request),
    report.hasStopped ? words.yes : words.no,
    report.dealtWith === undefined
      ? of.role === 'auditor'
        ? words.no
        : action(of, '/admin/reports/dealt-with', words.markDealtWith, { number: report.number })
      : words.dealtWithBy(shown(report.dealtWith.by, 80), shown(report.dealtWith.at)),
  ])
  const head = [
    words.number,
    words.time,
    words.reportedBy,
    words.patient,
    words.app,
    words.person,
    words.access,
    words.request,
    words.stopped,
    words.dealtWith,
  ]
  return adminPage(
    of,
    words.sections.reports,
    rows.length === 0 ? html`<p>${words.none}</p>` : table(words.sections.reports, head, rows),
  )
}
