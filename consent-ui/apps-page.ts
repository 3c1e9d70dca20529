// "Apps with access": what each app may do now, in the same words in which it was asked, and a button that ends it.

import { questionsOf } from '../smart/access/narrowing.ts'
import { asksForChanges, describeScope, type ScopeDescription } from './describe-scope.ts'
import { isolated } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { readableDate } from './readable-date.ts'
import { sentences } from './sentences.ts'
import { wordsFor } from './words-for-others.ts'

export type AppWithAccess = {
  /** Opaque: posted back to stop this access. */
  id: string
  name: string
  maker?: string
  /** Name of the patient whose record it opens. */
  patient?: string
  /** As whom the person uses it. */
  persona?: string
  /** Scope texts granted. */
  scopes: string[]
  /** When access was given; ISO 8601. */
  since: string
  lastUsed?: string
  /** Whether it can come back while the person is away. */
  keeps: boolean
}

/** Longer lists go into a fold: a page that is too long is not read. */
const MAX_LINES = 10

/** Posts `id` to `/apps/stop`, and signs out at `/apps/signout`. The app used last comes first. */
export function appsPage(p: {
  frame: Frame
  csrf: string
  /** Name of the person signed in. */
  user: string
  apps: AppWithAccess[]
  /** What has just happened. */
  notice?: string
}): string {
  const recency = ({ lastUsed, since }: AppWithAccess) => lastUsed ?? since
  const apps = [...p.apps].sort((one, other) => recency(other).localeCompare(recency(one)))
  return layout({
    frame: p.frame,
    title: sentences.appsWithAccess,
    main: html`${p.notice === undefined ? undefined : html`<p class="notice" role="status">${isolated(p.notice, 300)}</p>`}
<h1>${sentences.appsWithAccess}</h1>
<p class="lead">${sentences.appsCount(apps.length)}</p>
${apps.map((app, at) => appCard(app, `app-${at}`, p))}
<p>${apps.length > 0 ? sentences.appKeepsCopies : sentences.appsComeHere}</p>
<form method="post" action="/apps/signout" class="sign-out">
<input type="hidden" name="csrf" value="${p.csrf}">
<p class="quiet">${sentences.signedInAs(isolated(p.user))}</p>
<button type="submit" class="plain">${sentences.signOut}</button>
</form>`,
  })
}

function appCard(app: AppWithAccess, id: string, { frame, csrf }: { frame: Frame; csrf: string }): Html {
  const day = (time: string) => readableDate(time.slice(0, 10), frame.lang)
  const described = questionsOf(app.scopes).map(({ text }) => describeScope(text))
  const seen = described.filter((one) => !asksForChanges(one))
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${isolated(app.name, 80)}</h2>
<dl class="facts">
${app.maker === undefined ? undefined : fact(sentences.maker, isolated(app.maker, 80))}
${fact(sentences.whoseData, app.patient === undefined ? sentences.everyoneYouMayOpen : isolated(app.patient))}
${app.persona === undefined ? undefined : fact(sentences.usedAs, isolated(app.persona))}
${fact(sentences.accessGiven, day(app.since))}
${fact(sentences.lastUsed, app.lastUsed === undefined ? sentences.notUsedYet : day(app.lastUsed))}
${fact(sentences.duration, app.keeps ? sentences.untilStopped : sentences.endsByItself)}
</dl>
${abilities(sentences.canSee, seen, labelOf)}
${abilities(sentences.canAlso, described.filter(asksForChanges), (one) => `${one.verbs.join(', ')}: ${labelOf(one)}`)}
${seen.length === described.length && seen.length > 0 ? html`<p>${sentences.onlySees}</p>` : undefined}
<form method="post" action="/apps/stop">
<input type="hidden" name="csrf" value="${csrf}">
<button type="submit" class="plain" name="id" value="${app.id}" aria-describedby="${id}">${sentences.stopAccess}</button>
</form>
</section>`
}

function fact(name: string, value: Html | string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

/** The record may be a child's or a patient's: the words fit all. */
const fitting = (text: string): string => wordsFor(text, { own: false })

function labelOf({ label }: ScopeDescription): string {
  return fitting(label)
}

function abilities(
  heading: string,
  described: readonly ScopeDescription[],
  say: (one: ScopeDescription) => string,
): Html | undefined {
  if (described.length === 0) return undefined
  const lines = described.map((one) => {
    const more = [one.hint && fitting(one.hint), one.everyone && sentences.forEveryone].filter(
      (part) => part !== undefined,
    )
    return html`<li>${say(one)}${more.map((part) => html` <span class="reach">${part}</span>`)}</li>`
  })
  return html`<h3>${heading}</h3>
${
  lines.length <= MAX_LINES
    ? html`<ul>${lines}</ul>`
    : html`<ul>${byGroup(described, say).map((line) => html`<li>${line}</li>`)}</ul>
<details class="list"><summary>${sentences.allKinds(lines.length)}</summary><ul>${lines}</ul></details>`
}`
}

/** A group of one is called by its own name, so that the short list never says more than the long one. */
function byGroup(described: readonly ScopeDescription[], say: (one: ScopeDescription) => string): string[] {
  const groups = new Set(described.map(({ group = '' }) => group))
  return [...groups].flatMap((group) => {
    const ofGroup = described.filter((one) => one.group === group)
    return ofGroup.length === 1 ? ofGroup.map(say) : [`${fitting(group)}: ${sentences.kindsOfData(ofGroup.length)}`]
  })
}
