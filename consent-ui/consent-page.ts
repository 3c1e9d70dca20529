// The request: who asks, for whose data, why, what exactly. One switch a question; nothing is granted that has none on.

import { GROUPS } from './catalogue.ts'
import { type Choice, choicesOf } from './choice.ts'
import { questionRow, type RowOptions } from './choice-row.ts'
import { asksForChanges, describeScope } from './describe-scope.ts'
import { isolated, plainText } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { errorAtField, errorSummary, layout } from './layout.ts'
import { readableDate } from './readable-date.ts'
import { sentences } from './sentences.ts'
import { wordsFor } from './words-for-others.ts'

export type ConsentRequest = {
  frame: Frame
  action: string
  csrf: string
  app: { name: string; maker?: string; purpose?: string; origin: string }
  /** Name of the person signed in. */
  user: string
  patient?: { name: string; birthDate?: string }
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
  error?: string
}

type Row = { choice: Choice; id: string }

/** Posts `decision` (share or deny) and the boxes left on: see `chosenScopes`. */
export function consentPage(p: ConsentRequest): string {
  const rows = choicesOf(p.scopes, p).map((choice, at): Row => ({ choice, id: `scope-${at}` }))
  const data = rows.filter(({ choice }) => choice.described.kind === 'data')
  const seen = data.filter(({ choice }) => !asksForChanges(choice.described))
  const changed = data.filter(({ choice }) => asksForChanges(choice.described))
  const time = rows.filter(({ choice }) => choice.described.kind === 'time')
  const app = isolated(p.app.name, 80)
  const own = p.own ?? true
  return layout({
    frame: p.frame,
    title: `Share health data with ${plainText(p.app.name, 80)}?`,
    error: p.error,
    main: html`${errorSummary(p.error, (seen[0] ?? data[0] ?? time[0])?.id ?? 'decision')}
<h1>${own ? sentences.shareWith(app) : sentences.shareOtherWith(app)}</h1>
${whoAsks(p, app, own)}
${whoseData(p)}
<form method="post" action="${p.action}">
${noDefaultButton}
<input type="hidden" name="csrf" value="${p.csrf}">
<input type="hidden" name="parts" value="shown">
${errorAtField(p.error)}
${p.remembered === undefined ? undefined : html`<p>${sentences.asLastTime}</p>`}
${seePart(
  seen.filter((one) => !isOfEveryone(one)),
  sentences.wantsToSee,
  'see',
  own,
)}
${seePart(seen.filter(isOfEveryone), sentences.wantsToSeeOfAll, 'see-all', own)}
${changePart(changed, own)}
${timePart(time, own)}
<p class="quiet">${own ? sentences.notChecked : sentences.otherNotChecked}</p>
${expertPart(p.scopes)}
<div class="buttons decision" id="decision">
<button type="submit" name="decision" value="share">${sentences.share}</button>
<button type="submit" name="decision" value="deny">${sentences.dontShare}</button>
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
  const { maker, purpose, origin } = p.app
  const address = html`<span class="address" dir="ltr">${plainText(origin, 200)}</span>`
  return html`<ul class="who">
${maker === undefined ? undefined : html`<li>${sentences.madeBy(isolated(maker, 80))}</li>`}
<li>${own ? sentences.dataGoesTo(address) : sentences.otherDataGoesTo(address)}</li>
<li>${purpose === undefined ? sentences.whyUnknown : sentences.why(app, isolated(purpose, 400))}</li>
</ul>`
}

function whoseData(p: ConsentRequest): Html {
  const born = p.patient?.birthDate
  const whose = p.patient
    ? html`<strong>${isolated(p.patient.name)}</strong>${born === undefined ? undefined : html`, ${sentences.born(readableDate(born, p.frame.lang))}`}`
    : html`<strong>${sentences.everyoneYouMayOpen}</strong>`
  return html`<section class="whose" aria-labelledby="whose">
<h2 id="whose">Whose data</h2>
<p class="person">${whose}</p>
<p class="quiet">${sentences.signedInAs(isolated(p.user))}</p>
${
  p.changeable
    ? html`<form method="post" action="${p.action}/change"><input type="hidden" name="csrf" value="${p.csrf}">
<button type="submit" class="link">Not right? ${sentences.change}</button></form>`
    : undefined
}
</section>`
}

function seePart(rows: Row[], heading: string, id: string, own: boolean): Html | undefined {
  if (rows.length === 0) return undefined
  const hasParts = rows.some(({ choice }) => choice.choices.length > 0)
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
<p>${sentences.switchOff}${hasParts ? html` ${sentences.chooseParts}` : undefined}</p>
${grouped(rows).map(
  ([group, ofGroup]) => html`<fieldset><legend>${wordsFor(group, { own })}</legend>
${rowsOf(ofGroup, { own })}
</fieldset>`,
)}
<p class="quiet">${sentences.showThrough}</p>
</section>`
}

function changePart(rows: Row[], own: boolean): Html | undefined {
  if (rows.length === 0) return undefined
  const deletes = rows.some(({ choice }) => choice.described.verbs.includes('Delete items'))
  return html`<section class="warning" aria-labelledby="change">
<h2 id="change">${sentences.wantsToChange}</h2>
<p id="change-note">${own ? sentences.goesIntoRecord : sentences.goesIntoOtherRecord}${deletes ? html` ${sentences.mayNotComeBack}` : undefined}</p>
<p>${sentences.onlyIfYouWant}</p>
<fieldset aria-describedby="change-note"><legend class="hidden">${sentences.wantsToChange}</legend>
${rowsOf(rows, { own, verbs: true })}
</fieldset>
</section>`
}

function timePart(rows: Row[], own: boolean): Html {
  return html`<section aria-labelledby="time">
<h2 id="time">${sentences.howLong}</h2>
<p>${rows.length > 0 ? sentences.endsSoonUnless : sentences.endsSoon}</p>
${
  rows.length > 0
    ? html`<fieldset><legend class="hidden">${sentences.howLong}</legend>${rowsOf(rows, { own })}</fieldset>`
    : undefined
}
</section>`
}

function expertPart(scopes: readonly string[]): Html {
  const asked = [...new Set(scopes)]
  const technical = asked.map(describeScope).filter(({ kind }) => kind === 'technical')
  const told = [...new Set(technical.map(({ label }) => label))]
  return html`<details><summary>${sentences.details}</summary>
${told.length > 0 ? html`<p>${sentences.alsoTold}</p><ul>${told.map((label) => html`<li>${label}</li>`)}</ul>` : undefined}
<p>${sentences.askedFor}</p>
<ul class="codes">${asked.map((text) => html`<li><code dir="ltr">${plainText(text, 300)}</code></li>`)}</ul>
</details>`
}

/** Rows by group, groups in the catalogue's order, so that the same request always reads the same. */
function grouped(rows: Row[]): [string, Row[]][] {
  return GROUPS.map((group): [string, Row[]] => [
    group,
    rows.filter(({ choice }) => choice.described.group === group),
  ]).filter(([, ofGroup]) => ofGroup.length > 0)
}
