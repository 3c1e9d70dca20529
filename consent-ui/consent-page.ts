// The request: who asks, for whose data, why, what exactly. One switch per scope; nothing is granted that has none on.

import { GROUPS } from './catalogue.ts'
import type { ScopeDescription } from './describe-scope.ts'
import { asksForChanges, describeScope } from './describe-scope.ts'
import { isolated, plainText } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { errorAtField, errorSummary, layout } from './layout.ts'
import { readableDate } from './readable-date.ts'
import { scopeSwitch } from './scope-switch.ts'
import { sentences } from './sentences.ts'

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
  /** Scope texts left on in an earlier try; without it data is on, changes and time are off. */
  chosen?: readonly string[]
  error?: string
}

type Asked = { text: string; id: string; described: ScopeDescription; on: boolean }

/** Posts `decision` (share or deny) and one `scope` for each switch left on. */
export function consentPage(p: ConsentRequest): string {
  const asked = [...new Set(p.scopes)].map((text, at): Asked => {
    const described = describeScope(text)
    const harmless = described.kind === 'data' && !asksForChanges(described)
    return { text, id: `scope-${at}`, described, on: p.chosen?.includes(text) ?? harmless }
  })
  const data = asked.filter(({ described }) => described.kind === 'data')
  const seen = data.filter(({ described }) => !asksForChanges(described))
  const changed = data.filter(({ described }) => asksForChanges(described))
  const time = asked.filter(({ described }) => described.kind === 'time')
  const app = isolated(p.app.name, 80)
  const own = p.own ?? true
  return layout({
    frame: p.frame,
    title: `Share health data with ${plainText(p.app.name, 80)}?`,
    error: p.error,
    main: html`${errorSummary(p.error, (seen[0] ?? data[0] ?? time[0])?.id ?? 'decision')}
<h1>${own ? sentences.shareWith(app) : sentences.shareOtherWith(app)}</h1>
${whoAsks(p, app)}
${whoseData(p)}
<form method="post" action="${p.action}">
${noDefaultButton}
<input type="hidden" name="csrf" value="${p.csrf}">
${errorAtField(p.error)}
${seePart(
  seen.filter((one) => !isOfEveryone(one)),
  sentences.wantsToSee,
  'see',
  own,
)}
${seePart(seen.filter(isOfEveryone), sentences.wantsToSeeOfAll, 'see-all', own)}
${changePart(changed, own)}
${timePart(time)}
<p class="quiet">${sentences.notChecked} ${sentences.heldBack}</p>
${expertPart(asked)}
<div class="buttons decision" id="decision">
<button type="submit" name="decision" value="share">${sentences.share}</button>
<button type="submit" name="decision" value="deny">${sentences.dontShare}</button>
</div>
</form>`,
  })
}

// Enter on a switch presses a form's first submit button; a disabled one keeps that from sharing.
const noDefaultButton = html`<button type="submit" disabled hidden></button>`

function isOfEveryone({ described }: Asked): boolean {
  return described.everyone === true
}

function whoAsks(p: ConsentRequest, app: Html): Html {
  const { maker, purpose, origin } = p.app
  return html`<ul class="who">
${maker === undefined ? undefined : html`<li>${sentences.madeBy(isolated(maker, 80))}</li>`}
<li>${sentences.dataGoesTo(html`<span class="address" dir="ltr">${plainText(origin, 200)}</span>`)}</li>
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

function seePart(rows: Asked[], heading: string, id: string, own: boolean): Html | undefined {
  if (rows.length === 0) return undefined
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
<p>${sentences.untick}${hasWildcard(rows) && rows.length > 1 ? html` ${sentences.wildcardCovers}` : undefined}</p>
${grouped(rows).map(
  ([group, ofGroup]) => html`<fieldset><legend>${group}</legend>
${ofGroup.map((row) => scopeSwitch({ ...row, own }))}
</fieldset>`,
)}
<p class="quiet">${sentences.showThrough}</p>
</section>`
}

function changePart(rows: Asked[], own: boolean): Html | undefined {
  if (rows.length === 0) return undefined
  const deletes = rows.some(({ described }) => described.verbs.includes('Delete items'))
  return html`<section class="warning" aria-labelledby="change">
<h2 id="change">${sentences.wantsToChange}</h2>
<p id="change-note">${sentences.goesIntoRecord}${deletes ? html` ${sentences.mayNotComeBack}` : undefined}</p>
<p>${sentences.offUnlessYou}</p>
<fieldset aria-describedby="change-note"><legend class="hidden">${sentences.wantsToChange}</legend>
${rows.map((row) => scopeSwitch({ ...row, own, verbs: row.described.verbs, forEveryone: isOfEveryone(row) }))}
</fieldset>
</section>`
}

function timePart(rows: Asked[]): Html {
  return html`<section aria-labelledby="time">
<h2 id="time">${sentences.howLong}</h2>
<p>${rows.length > 0 ? sentences.endsSoonUnless : sentences.endsSoon}</p>
${
  rows.length > 0
    ? html`<fieldset><legend class="hidden">${sentences.howLong}</legend>${rows.map((row) => scopeSwitch({ ...row, own: true }))}</fieldset>`
    : undefined
}
</section>`
}

function expertPart(asked: Asked[]): Html {
  const technical = asked.filter(({ described }) => described.kind === 'technical')
  const told = [...new Set(technical.map(({ described }) => described.label))]
  return html`<details><summary>${sentences.details}</summary>
${told.length > 0 ? html`<p>${sentences.alsoTold}</p><ul>${told.map((label) => html`<li>${label}</li>`)}</ul>` : undefined}
<p>${sentences.askedFor}</p>
<ul class="codes">${asked.map(({ text }) => html`<li><code dir="ltr">${plainText(text, 300)}</code></li>`)}</ul>
</details>`
}

function hasWildcard(rows: Asked[]): boolean {
  return rows.some(({ text }) => text.includes('/*.') && !text.includes('?'))
}

/** Rows by group, groups in the catalogue's order, so that the same request always reads the same. */
function grouped(rows: Asked[]): [string, Asked[]][] {
  return GROUPS.map((group): [string, Asked[]] => [
    group,
    rows.filter(({ described }) => described.group === group),
  ]).filter(([, ofGroup]) => ofGroup.length > 0)
}
