// What clinicians see: their patients, a chart with its apps, an app inside the chart.

import { type Html, html } from '../../../consent-ui/html.ts'
import { readableDate } from '../../../consent-ui/readable-date.ts'
import type { EncounterRow, PatientRow } from '../records.ts'
import type { AppCard } from '../registered-apps.ts'
import { recordPage, type SignedIn } from './frame.ts'

/** Visits shown before a click. */
const VISITS_AT_FIRST = 2

/** An app that was opened on this chart and may still read it. */
export type OpenApp = { name: string; since: Date }

export function welcomePage(): string {
  return recordPage(
    'Sign in',
    html`<div class="narrow"><h1>Record system</h1><p class="muted">For clinicians: open a chart and start an app on it.</p>
<p><a class="button" href="/sign-in">Sign in</a></p></div>`,
  )
}

export function strangerPage(user: SignedIn): string {
  return recordPage(
    'Not for this account',
    html`<div class="narrow"><h1>Only for clinicians</h1>
<p>${user.name} has no clinician's role here. Sign out and sign in as somebody else.</p></div>`,
    user,
  )
}

function patientList(title: string, rows: readonly PatientRow[]): Html | undefined {
  if (rows.length === 0) return undefined
  const lines = rows.map(
    (row) => html`<li><a href="/?patient=${encodeURIComponent(row.id)}"><span class="name"><bdi>${row.name}</bdi></span>
<span class="muted">${[row.birthDate, row.gender].filter((text) => text !== '').join(' · ')}</span></a></li>`,
  )
  return html`<section><h2>${title} <span class="count">${rows.length}</span></h2><ul class="people">${lines}</ul></section>`
}

export function patientsPage(p: {
  user: SignedIn
  query: string
  panel: readonly PatientRow[]
  others: readonly PatientRow[]
}): string {
  const isEmpty = p.panel.length + p.others.length === 0
  return recordPage(
    'Patients',
    html`<h1>Open a chart</h1>
<form method="get" action="/" class="search" role="search"><label for="q">Patient's name</label>
<div class="line"><input id="q" name="q" type="search" value="${p.query}" autocomplete="off"><button>Search</button></div></form>
${patientList('Your patients', p.panel)}${patientList('Other patients', p.others)}
${isEmpty && html`<p class="muted">No patient has that name.</p>`}`,
    p.user,
  )
}

function visitChoice(value: string, checked: boolean, text: string, note: string): Html {
  return html`<label class="choice"><input type="radio" name="encounter" value="${value}"${checked && html` checked`} required>
<span><span class="name">${text}</span>${note !== '' && html`<span class="muted">${note}</span>`}</span></label>`
}

function visits(encounters: readonly EncounterRow[]): Html {
  const rows = encounters.map((one, at) => visitChoice(one.id, at === 0, one.label, one.start.slice(0, 10)))
  const rest = rows.slice(VISITS_AT_FIRST)
  return html`<fieldset class="card"><legend>Visit</legend>${rows.slice(0, VISITS_AT_FIRST)}
${rest.length > 0 && html`<details><summary>${rest.length} older visits</summary>${rest}</details>`}
${visitChoice('', rows.length === 0, 'No visit', '')}</fieldset>`
}

function appCard(app: AppCard, at: number): Html {
  const id = `app-${at}`
  return html`<li class="card app"><h3 id="${id}"><bdi>${app.client_name}</bdi></h3>
${app.maker !== undefined && html`<p class="muted">by <bdi>${app.maker}</bdi></p>`}
${app.staff_approved && html`<p class="muted">Approved for staff by <bdi>${app.checked_by}</bdi>: you are not asked again</p>`}
<p>${app.purpose ?? 'Its maker does not say what it is for.'}</p>
<dl><dt>Can ask to see</dt><dd>${listed(app.sees)}</dd><dt>Can ask to change</dt><dd>${listed(app.changes)}</dd></dl>
<p class="buttons"><button name="client_id" value="${app.client_id}" formtarget="_blank" aria-describedby="${id}">Open<span class="hidden"> ${app.client_name} in a new tab</span></button>
<button class="quiet" name="client_id" value="${app.client_id}" formaction="/launch/frame" aria-describedby="${id}">Open here<span class="hidden">, inside the chart: ${app.client_name}</span></button></p></li>`
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'Nothing' : names.join(', ')
}

export function chartPage(p: {
  user: SignedIn
  patient: PatientRow
  encounters: readonly EncounterRow[]
  /** Those opened last come first. */
  apps: readonly AppCard[]
  open: readonly OpenApp[]
}): string {
  return recordPage(
    p.patient.name,
    html`${banner(p.user, p.patient)}${openApps(p.open)}
<form method="post" action="/launch" class="launch">
<input type="hidden" name="csrf" value="${p.user.csrf}"><input type="hidden" name="patient" value="${p.patient.id}">
<section><h2>Apps</h2>
${p.apps.length === 0 ? html`<p class="muted">No app is registered that can be opened from here.</p>` : html`<ul class="apps">${p.apps.map(appCard)}</ul>`}
<p class="muted">An app opens in a new tab, on this patient and the chosen visit.</p></section>
<div class="first">${visits(p.encounters)}
<details class="card"><summary>What the app is told</summary>
<label class="choice"><input type="checkbox" name="need_patient_banner" value="true" checked><span><span class="name">The app shows the patient's name</span><span class="muted">need_patient_banner</span></span></label>
<label for="intent" class="field">Intent <span class="muted">(optional)</span></label><input id="intent" name="intent" maxlength="200" autocomplete="off"></details></div>
</form>`,
    p.user,
  )
}

function openApps(open: readonly OpenApp[]): Html | undefined {
  if (open.length === 0) return undefined
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
  return html`<p class="note">Open on this chart: ${open.map(
    ({ name, since }, at) => html`${at > 0 && ', '}<bdi>${name}</bdi> since ${time.format(since)}`,
  )}. <strong>Close chart</strong> ends what they may do.</p>`
}

/** Whose chart it is, on every page of it. */
function banner(user: SignedIn, patient: PatientRow): Html {
  const facts = [
    patient.birthDate && `Born ${readableDate(patient.birthDate, 'en')}`,
    patient.gender,
    patient.number,
  ].filter(Boolean)
  return html`<div class="banner"><div><h1><bdi>${patient.name}</bdi></h1><p>${facts.join(' · ')}</p></div>
<form method="post" action="/close-chart"><input type="hidden" name="csrf" value="${user.csrf}"><input type="hidden" name="patient" value="${patient.id}">
<button class="quiet">Close chart</button></form></div>`
}

/** The chart with an app in it. */
export function framePage(p: { user: SignedIn; patient: PatientRow; app: string; src: string }): string {
  return recordPage(
    `${p.patient.name}: ${p.app}`,
    html`${banner(p.user, p.patient)}
<iframe class="app" title="${p.app}" src="${p.src}"></iframe>`,
    p.user,
  )
}
