// "Whose record" and "which visit": lists of what this person may open, one press a choice.

import { isolated, plainText } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { errorAtField, errorSummary, layout } from './layout.ts'
import { readableDate } from './readable-date.ts'
import { sentences } from './sentences.ts'

export type PatientRow = { id: string; name: string; birthDate?: string; sex?: string; numberTail?: string }
export type EncounterRow = { id: string; label: string; period?: string }

/** GET `q` searches; POST `patient` chooses; POST `decision=deny` gives up. */
export function patientPickerPage(p: {
  frame: Frame
  action: string
  csrf: string
  app: string
  query: string
  /** Whether the rows answer `query`; else they are the person's own list. */
  searched: boolean
  rows: PatientRow[]
  /** There are more than shown. */
  truncated: boolean
  error?: string
}): string {
  const heading = p.searched ? 'Search results' : 'People you can open'
  const list = html`<ul class="rows">${p.rows.map(
    (row) => html`<li><button type="submit" class="row" name="patient" value="${row.id}">
<strong>${isolated(row.name)}</strong> <span>${detailsOf(row, p.frame)}</span></button></li>`,
  )}</ul>`
  return layout({
    frame: p.frame,
    title: `Whose record should ${plainText(p.app)} open?`,
    error: p.error,
    main: html`${errorSummary(p.error, 'q')}
<h1>Whose record should ${isolated(p.app)} open?</h1>
<form method="get" action="${p.action}" role="search" class="search">
<label for="q">Name, birth date or number</label>
<p class="hint" id="q-hint">For example: Ruiz, or 1980-05-05</p>
${errorAtField(p.error)}
<div class="search-line">
<input type="search" name="q" id="q" value="${plainText(p.query, 200)}" maxlength="200" autocomplete="off" spellcheck="false" aria-describedby="q-hint${p.error === undefined ? '' : ' error-here'}">
<button type="submit">Search</button>
</div>
</form>
<form method="post" action="${p.action}">
<input type="hidden" name="csrf" value="${p.csrf}">
<h2>${heading}</h2>
${p.rows.length > 0 ? list : undefined}
${
  p.rows.length > 0
    ? undefined
    : // The same words for "does not exist" and "not yours": the page must not tell who is a patient here.
      html`<p>${p.searched ? 'No one you can open matches. Check the spelling, or try a birth date.' : 'There is no one here that you can open.'}</p>`
}
${p.truncated ? html`<p>There are more. Type more letters.</p>` : undefined}
<div class="buttons">
${p.searched ? html`<a class="button plain" href="${p.action}">Show all the people you can open</a>` : undefined}
<button type="submit" class="plain" name="decision" value="deny">${sentences.cancel}</button>
</div>
</form>`,
  })
}

/** POST `encounter` chooses, the empty value is "No visit"; POST `decision=deny` gives up. */
export function encounterPickerPage(p: {
  frame: Frame
  action: string
  csrf: string
  app: string
  rows: EncounterRow[]
  error?: string
}): string {
  return layout({
    frame: p.frame,
    title: `Which visit should ${plainText(p.app)} open?`,
    error: p.error,
    main: html`${errorSummary(p.error, 'no-visit')}
<h1>Which visit should ${isolated(p.app)} open?</h1>
<form method="post" action="${p.action}">
<input type="hidden" name="csrf" value="${p.csrf}">
${errorAtField(p.error)}
<ul class="rows">${p.rows.map(
      (row) => html`<li><button type="submit" class="row" name="encounter" value="${row.id}">
<strong>${isolated(row.label)}</strong>${row.period === undefined ? undefined : html` <span>${isolated(row.period)}</span>`}</button></li>`,
    )}
<li><button type="submit" class="row" id="no-visit" name="encounter" value=""><strong>No visit</strong> <span>Open the record without a visit</span></button></li>
</ul>
<div class="buttons">
<button type="submit" class="plain" name="decision" value="deny">${sentences.cancel}</button>
</div>
</form>`,
  })
}

function detailsOf(row: PatientRow, frame: Frame): Html {
  const details = [
    row.birthDate === undefined ? undefined : sentences.born(readableDate(row.birthDate, frame.lang)),
    row.sex,
    row.numberTail === undefined ? undefined : `number ends in ${row.numberTail}`,
  ].filter((part) => part !== undefined)
  return isolated(details.join(' · '), 200)
}
