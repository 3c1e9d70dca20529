// "Whose record" and "which visit": lists of what this person may open, one press a choice.

import { isolated, plainText } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Lang } from './language.ts'
import type { Frame } from './layout.ts'
import { errorAtField, errorSummary, layout } from './layout.ts'
import { personName } from './person-name.ts'
import { readableDate } from './readable-date.ts'
import { frameWords } from './words/frame.ts'
import { pickerWords } from './words/pickers.ts'

export type PatientRow = { id: string; name?: string; birthDate?: string; sex?: string; numberTail?: string }
/** `label` as the record has it; `start` is an ISO date. */
export type EncounterRow = { id: string; label?: string; start?: string }

/** GET `q` searches; POST `patient` chooses; POST `decision=deny` gives up. */
export function patientPickerPage(p: {
  frame: Frame
  action: string
  csrf: string
  app: string
  query: string
  /** Whether the rows answer `query`; else they are the person's own list. */
  searched: boolean
  /** Opened lately: they come first, and in no other list. */
  recent?: PatientRow[]
  rows: PatientRow[]
  /** There are more than shown. */
  truncated: boolean
  /** They chose none of the list. */
  isUnanswered?: boolean
}): string {
  const words = pickerWords(p.frame.lang)
  const error = p.isUnanswered ? words.choosePatient : undefined
  const recent = p.recent ?? []
  const isNobody = p.rows.length + recent.length === 0
  return layout({
    frame: p.frame,
    title: words.whoseTitle(plainText(p.app)),
    error,
    main: html`${errorSummary(error, 'q', p.frame)}
<h1>${words.whose(isolated(p.app))}</h1>
<form method="get" action="${p.action}" role="search" class="search">
<label for="q">${words.searchFor}</label>
<p class="hint" id="q-hint">${words.searchHint}</p>
${errorAtField(error)}
<div class="search-line">
<input type="search" name="q" id="q" value="${plainText(p.query, 200)}" maxlength="200" autocomplete="off" spellcheck="false" aria-describedby="q-hint${error === undefined ? '' : ' error-here'}">
<button type="submit">${words.search}</button>
</div>
</form>
<form method="post" action="${p.action}">
<input type="hidden" name="csrf" value="${p.csrf}">
${recent.length > 0 ? patientList(words.openedLately, recent, p.frame) : undefined}
${p.rows.length > 0 || isNobody ? patientList(p.searched ? words.found : words.mayOpen, p.rows, p.frame) : undefined}
${isNobody ? html`<p>${p.searched ? words.noMatch : words.noOne}</p>` : undefined}
${p.truncated ? html`<p>${words.thereAreMore}</p>` : undefined}
<div class="buttons">
${p.searched ? html`<a class="button plain" href="${p.action}">${words.showAll}</a>` : undefined}
<button type="submit" class="plain" name="decision" value="deny">${frameWords(p.frame.lang).cancel}</button>
</div>
</form>`,
  })
}

function patientList(heading: string, rows: readonly PatientRow[], frame: Frame): Html {
  const items = rows.map(
    (row) => html`<li><button type="submit" class="row" name="patient" value="${row.id}">
<strong>${personName(row.name, frame.lang)}</strong> <span>${detailsOf(row, frame)}</span></button></li>`,
  )
  return html`<h2>${heading}</h2>
${items.length > 0 ? html`<ul class="rows">${items}</ul>` : undefined}`
}

/** POST `encounter` chooses, the empty value is "No visit"; POST `decision=deny` gives up. */
export function encounterPickerPage(p: {
  frame: Frame
  action: string
  csrf: string
  app: string
  rows: EncounterRow[]
  isUnanswered?: boolean
}): string {
  const { lang } = p.frame
  const words = pickerWords(lang)
  const error = p.isUnanswered ? words.chooseVisit : undefined
  return layout({
    frame: p.frame,
    title: words.visitTitle(plainText(p.app)),
    error,
    main: html`${errorSummary(error, 'no-visit', p.frame)}
<h1>${words.visit(isolated(p.app))}</h1>
<form method="post" action="${p.action}">
<input type="hidden" name="csrf" value="${p.csrf}">
${errorAtField(error)}
<ul class="rows">${p.rows.map(
      (row) => html`<li><button type="submit" class="row" name="encounter" value="${row.id}">
<strong>${row.label === undefined ? words.someVisit : isolated(row.label)}</strong>${row.start === undefined ? undefined : html` <span>${isolated(readableDate(row.start, lang))}</span>`}</button></li>`,
    )}
<li><button type="submit" class="row" id="no-visit" name="encounter" value=""><strong>${words.noVisit}</strong> <span>${words.withoutVisit}</span></button></li>
</ul>
<div class="buttons">
<button type="submit" class="plain" name="decision" value="deny">${frameWords(p.frame.lang).cancel}</button>
</div>
</form>`,
  })
}

function detailsOf(row: PatientRow, { lang }: Frame): Html {
  const words = pickerWords(lang)
  const details = [
    row.birthDate === undefined ? undefined : frameWords(lang).born(readableDate(row.birthDate, lang)),
    row.sex === undefined ? undefined : sexOf(row.sex, lang),
    row.numberTail === undefined ? undefined : words.numberEnds(row.numberTail),
  ].filter((part) => part !== undefined)
  return isolated(details.join(' · '), 200)
}

/** FHIR's administrative gender; anything else as it stands. */
function sexOf(code: string, lang: Lang): string {
  const { sex } = pickerWords(lang)
  return Object.hasOwn(sex, code) ? sex[code as keyof typeof sex] : code
}
