// Pages of the EHR launcher: pure functions from data to HTML. No script.

import escapeHtml from 'escape-html'
import type { EncounterRow, PatientRow } from './records.ts'

/** An app that can be launched, as its registration describes it. */
export type LaunchableApp = { client_id: string; client_name: string; launch_url: string; purpose?: string | undefined }

function page(title: string, body: string, user?: { name: string; csrf: string }): string {
  const signOut = user
    ? `<form method="post" action="/sign-out" class="who"><input type="hidden" name="csrf" value="${escapeHtml(user.csrf)}"><span>${escapeHtml(user.name)}</span><button class="quiet">Sign out</button></form>`
    : ''
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Contoso EHR</title><link rel="stylesheet" href="/style.css"></head>
<body><header class="top"><div><a class="brand" href="/">Contoso EHR</a>${signOut}</div></header>
<main>${body}</main></body></html>`
}

export function welcomePage(): string {
  return page(
    'Sign in',
    `<div class="narrow"><h1>Record system</h1><p class="muted">For clinicians: open a chart and start an app on it.</p>
<p><a class="button" href="/sign-in">Sign in</a></p></div>`,
  )
}

/** Says what went wrong and where to go on. */
export function faultPage(p: { title: string; message: string; next: { href: string; label: string } }): string {
  return page(
    p.title,
    `<div class="narrow"><h1>${escapeHtml(p.title)}</h1><p class="fault" role="alert">${escapeHtml(p.message)}</p>
<p><a class="button" href="${escapeHtml(p.next.href)}">${escapeHtml(p.next.label)}</a></p></div>`,
  )
}

export function strangerPage(p: { name: string; csrf: string }): string {
  return page(
    'Not for this account',
    `<div class="narrow"><h1>Only for clinicians</h1><p>${escapeHtml(p.name)} has no clinician's role here. Sign out and sign in as somebody else.</p></div>`,
    p,
  )
}

function patientList(title: string, rows: readonly PatientRow[]): string {
  if (rows.length === 0) return ''
  const lines = rows.map(
    (row) => `<li><a href="/?patient=${encodeURIComponent(row.id)}"><span class="name">${escapeHtml(row.name)}</span>
<span class="muted">${escapeHtml([row.birthDate, row.gender].filter((text) => text !== '').join(' · '))}</span></a></li>`,
  )
  return `<section><h2>${escapeHtml(title)} <span class="count">${rows.length}</span></h2><ul class="people">${lines.join('')}</ul></section>`
}

export function patientsPage(p: {
  user: { name: string; csrf: string }
  query: string
  panel: readonly PatientRow[]
  others: readonly PatientRow[]
}): string {
  const lists = patientList('Your patients', p.panel) + patientList('Other patients', p.others)
  return page(
    'Patients',
    `<h1>Open a chart</h1>
<form method="get" action="/" class="search" role="search"><label for="q">Patient's name</label>
<div class="line"><input id="q" name="q" type="search" value="${escapeHtml(p.query)}" autocomplete="off"><button>Search</button></div></form>
${lists || '<p class="muted">No patient has that name.</p>'}`,
    p.user,
  )
}

function radio(name: string, value: string, checked: boolean, text: string, note: string): string {
  return `<label class="choice"><input type="radio" name="${name}" value="${escapeHtml(value)}"${checked ? ' checked' : ''} required>
<span><span class="name">${escapeHtml(text)}</span>${note ? `<span class="muted">${escapeHtml(note)}</span>` : ''}</span></label>`
}

export function chartPage(p: {
  user: { name: string; csrf: string }
  patient: PatientRow
  encounters: readonly EncounterRow[]
  apps: readonly LaunchableApp[]
}): string {
  const { patient } = p
  const visits = p.encounters.map((one, index) =>
    radio('encounter', one.id, index === 0, one.label, one.start.slice(0, 10)),
  )
  const none = radio('encounter', '', visits.length === 0, 'No visit', '')
  const rest = visits.slice(4)
  const older =
    rest.length > 0 ? `<details><summary>${rest.length} older visits</summary>${rest.join('')}</details>` : ''
  const apps = p.apps.map((app, index) =>
    radio('client_id', app.client_id, index === 0, app.client_name, app.purpose ?? ''),
  )
  return page(
    patient.name,
    `<div class="banner"><div><h1>${escapeHtml(patient.name)}</h1>
<p>${escapeHtml([patient.birthDate && `Born ${patient.birthDate}`, patient.gender].filter(Boolean).join(' · '))}</p></div>
${closeChart(p.user.csrf)}</div>
<form method="post" action="/launch" class="launch">
<input type="hidden" name="csrf" value="${escapeHtml(p.user.csrf)}"><input type="hidden" name="patient" value="${escapeHtml(patient.id)}">
<fieldset class="card"><legend>Visit</legend>${visits.slice(0, 4).join('')}${older}${none}</fieldset>
<div><fieldset class="card"><legend>App</legend>${apps.join('')}</fieldset>
<fieldset class="card"><legend>Options</legend>
<label class="choice"><input type="checkbox" name="need_patient_banner" value="true" checked><span><span class="name">App shows the patient's name</span><span class="muted">need_patient_banner</span></span></label>
<label for="intent" class="field">Intent <span class="muted">(optional)</span></label><input id="intent" name="intent" maxlength="200" autocomplete="off"></fieldset>
<p class="buttons"><button>Launch</button><button class="quiet" formtarget="_blank">Launch in a new tab</button>
<button class="quiet" name="where" value="frame">Launch inside the record</button></p></div>
</form>`,
    p.user,
  )
}

function closeChart(csrf: string): string {
  return `<form method="post" action="/close-chart"><input type="hidden" name="csrf" value="${escapeHtml(csrf)}">
<button class="quiet">Close chart</button></form>`
}

/** The chart with an app in it. */
export function framePage(p: { user: { name: string; csrf: string }; name: string; app: string; src: string }): string {
  return page(
    `${p.name}: ${p.app}`,
    `<div class="banner"><h1>${escapeHtml(p.name)}</h1>${closeChart(p.user.csrf)}</div>
<iframe class="app" title="${escapeHtml(p.app)}" src="${escapeHtml(p.src)}"></iframe>`,
    p.user,
  )
}
