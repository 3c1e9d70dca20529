// The request: who asks, for whose data, why, what exactly. One switch a question; nothing is granted that has none on.

import { GROUPS, type Group, groupName, type Reader } from './catalogue.ts'
import { type Choice, choicesOf } from './choice.ts'
import { questionRow, type RowOptions } from './choice-row.ts'
import { asksForChanges, describeScope } from './describe-scope.ts'
import { isolated, plainText } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { errorAtField, errorSummary, layout } from './layout.ts'
import { personName } from './person-name.ts'
import { readableDate } from './readable-date.ts'
import { consentWords } from './words/consent.ts'
import { frameWords } from './words/frame.ts'
import { pickerWords } from './words/pickers.ts'

export type ConsentRequest = {
  frame: Frame
  action: string
  csrf: string
  app: { name: string; maker?: string; purpose?: string; origin: string }
  /** Name of the person signed in. */
  user: string
  /** Without a name: the one in the EHR's open chart. */
  patient?: { name?: string; birthDate?: string }
  /** Whose data it is can be changed: a form posts to `${action}/change`. */
  changeable: boolean
  /** Scope texts asked for and grantable. */
  scopes: string[]
  /** Whether the data is the person's own; else the words are chosen for a parent or clinician. Default true. */
  own?: boolean
  /** Scope texts left on in an earlier try, as `chosenScopes` read them; without it data is on, changes and time are off. */
  chosen?: readonly string[]
  /** Scope texts asked for last time, and those granted: they stand as they were left, and what is new is marked. */
  remembered?: { asked: readonly string[]; granted: readonly string[] }
  /** Scope texts that the app says it needs: marked, and still a choice. */
  required?: readonly string[]
  /** Sent without anything on. */
  isEmpty?: boolean
}

type Row = { choice: Choice; id: string }

/** Posts `decision` (share or deny) and the boxes left on: see `chosenScopes`. */
export function consentPage(p: ConsentRequest): string {
  const own = p.own ?? true
  const reader: Reader = { lang: p.frame.lang, own }
  const words = consentWords(reader.lang)
  const error = p.isEmpty ? words.nothingTicked : undefined
  const rows = choicesOf(p.scopes, reader, p).map((choice, at): Row => ({ choice, id: `scope-${at}` }))
  const data = rows.filter(({ choice }) => choice.described.kind === 'data')
  const seen = data.filter(({ choice }) => !asksForChanges(choice.described))
  const changed = data.filter(({ choice }) => asksForChanges(choice.described))
  const time = rows.filter(({ choice }) => choice.described.kind === 'time')
  const app = isolated(p.app.name, 80)
  return layout({
    frame: p.frame,
    title: words.title(plainText(p.app.name, 80)),
    error,
    main: html`${errorSummary(error, (seen[0] ?? data[0] ?? time[0])?.id ?? 'decision', p.frame)}
<h1>${own ? words.shareWith(app) : words.shareOtherWith(app)}</h1>
${whoAsks(p, app, own)}
${whoseData(p)}
<form method="post" action="${p.action}">
${noDefaultButton}
<input type="hidden" name="csrf" value="${p.csrf}">
<input type="hidden" name="parts" value="shown">
${errorAtField(error)}
${p.remembered === undefined ? undefined : html`<p>${words.asLastTime}</p>`}
${seePart(
  seen.filter((one) => !isOfEveryone(one)),
  words.wantsToSee,
  'see',
  reader,
)}
${seePart(seen.filter(isOfEveryone), words.wantsToSeeOfAll, 'see-all', reader)}
${changePart(changed, reader)}
${timePart(time, reader)}
<p class="quiet">${own ? words.notChecked : words.otherNotChecked}</p>
${expertPart(p.scopes, reader)}
<div class="buttons decision" id="decision">
<button type="submit" name="decision" value="share">${words.share}</button>
<button type="submit" name="decision" value="deny">${words.dontShare}</button>
</div>
</form>`,
  })
}

// Enter on a switch presses a form's first submit button; a disabled one keeps that from sharing.
const noDefaultButton = html`<button type="submit" disabled hidden></button>`

function isOfEveryone({ choice }: Row): boolean {
  return choice.described.everyone === true
}

function rowsOf(rows: readonly Row[], options: RowOptions): Html[] {
  return rows.map(({ choice, id }) => questionRow(choice, id, options))
}

function whoAsks(p: ConsentRequest, app: Html, own: boolean): Html {
  const words = consentWords(p.frame.lang)
  const { maker, purpose, origin } = p.app
  const address = html`<span class="address" dir="ltr">${plainText(origin, 200)}</span>`
  return html`<ul class="who">
${maker === undefined ? undefined : html`<li>${words.madeBy(isolated(maker, 80))}</li>`}
<li>${own ? words.dataGoesTo(address) : words.otherDataGoesTo(address)}</li>
<li>${purpose === undefined ? words.whyUnknown : words.why(app, isolated(purpose, 400))}</li>
</ul>`
}

function whoseData(p: ConsentRequest): Html {
  const words = consentWords(p.frame.lang)
  const general = frameWords(p.frame.lang)
  const born = p.patient?.birthDate
  const whose = p.patient
    ? html`<strong>${p.patient.name === undefined ? pickerWords(p.frame.lang).openChart : personName(p.patient.name, p.frame.lang)}</strong>${born === undefined ? undefined : html`, ${general.born(readableDate(born, p.frame.lang))}`}`
    : html`<strong>${general.everyoneYouMayOpen}</strong>`
  return html`<section class="whose" aria-labelledby="whose">
<h2 id="whose">${words.whoseData}</h2>
<p class="person">${whose}</p>
<p class="quiet">${general.signedInAs(isolated(p.user))}</p>
${
  p.changeable
    ? html`<form method="post" action="${p.action}/change"><input type="hidden" name="csrf" value="${p.csrf}">
<button type="submit" class="link">${words.notRight}</button></form>`
    : undefined
}
</section>`
}

function seePart(rows: Row[], heading: string, id: string, reader: Reader): Html | undefined {
  const words = consentWords(reader.lang)
  if (rows.length === 0) return undefined
  const hasParts = rows.some(({ choice }) => choice.choices.length > 0)
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
<p>${words.switchOff}${hasParts ? html` ${words.chooseParts}` : undefined}</p>
${grouped(rows).map(
  ([group, ofGroup]) => html`<fieldset><legend>${groupName(group, reader)}</legend>
${rowsOf(ofGroup, reader)}
</fieldset>`,
)}
<p class="quiet">${words.showThrough}</p>
</section>`
}

function changePart(rows: Row[], { lang, own }: Reader): Html | undefined {
  const words = consentWords(lang)
  if (rows.length === 0) return undefined
  const deletes = rows.some(({ choice }) => choice.described.deeds.includes('delete'))
  return html`<section class="warning" aria-labelledby="change">
<h2 id="change">${words.wantsToChange}</h2>
<p id="change-note">${own ? words.goesIntoRecord : words.goesIntoOtherRecord}${deletes ? html` ${words.mayNotComeBack}` : undefined}</p>
<p>${words.onlyIfYouWant}</p>
<fieldset aria-describedby="change-note"><legend class="hidden">${words.wantsToChange}</legend>
${rowsOf(rows, { lang, verbs: true })}
</fieldset>
</section>`
}

function timePart(rows: Row[], { lang }: Reader): Html {
  const words = consentWords(lang)
  return html`<section aria-labelledby="time">
<h2 id="time">${words.howLong}</h2>
<p>${rows.length > 0 ? words.endsSoonUnless : words.endsSoon}</p>
${
  rows.length > 0
    ? html`<fieldset><legend class="hidden">${words.howLong}</legend>${rowsOf(rows, { lang })}</fieldset>`
    : undefined
}
</section>`
}

function expertPart(scopes: readonly string[], reader: Reader): Html {
  const words = consentWords(reader.lang)
  const asked = [...new Set(scopes)]
  const technical = asked.map((text) => describeScope(text, reader)).filter(({ kind }) => kind === 'technical')
  const told = [...new Set(technical.map(({ label }) => label))]
  return html`<details><summary>${words.details}</summary>
${told.length > 0 ? html`<p>${words.alsoTold}</p><ul>${told.map((label) => html`<li>${label}</li>`)}</ul>` : undefined}
<p>${words.askedFor}</p>
<ul class="codes">${asked.map((text) => html`<li><code dir="ltr">${plainText(text, 300)}</code></li>`)}</ul>
</details>`
}

/** Rows by group, groups in the catalogue's order, so that the same request always reads the same. */
function grouped(rows: Row[]): [Group, Row[]][] {
  return GROUPS.map((group): [Group, Row[]] => [
    group,
    rows.filter(({ choice }) => choice.described.group === group),
  ]).filter(([, ofGroup]) => ofGroup.length > 0)
}
