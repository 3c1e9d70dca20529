// "Apps with access": what each app may do now, in the same words in which it was asked, and a button that ends it.

import { questionsOf } from '../smart/access/narrowing.ts'
import { type Group, groupName, type Reader } from './catalogue.ts'
import { asksForChanges, describeScope, type ScopeDescription } from './describe-scope.ts'
import { isolated } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Lang } from './language.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { type PersonaChoice, personaLabel } from './persona-page.ts'
import { readableDate } from './readable-date.ts'
import { appsWords } from './words/apps.ts'
import { frameWords } from './words/frame.ts'

export type AppWithAccess = {
  /** Opaque: posted back to stop this access. */
  id: string
  /** Absent: it is switched off here. */
  name?: string
  maker?: string
  /** The patient whose record it opens; without a name where that cannot be told now. */
  patient?: { name?: string }
  /** As whom the person uses it. */
  persona?: PersonaChoice
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
  /** An access was just stopped. */
  hasStopped?: boolean
}): string {
  const { lang } = p.frame
  const words = appsWords(lang)
  const general = frameWords(lang)
  const recency = ({ lastUsed, since }: AppWithAccess) => lastUsed ?? since
  const apps = [...p.apps].sort((one, other) => recency(other).localeCompare(recency(one)))
  return layout({
    frame: p.frame,
    title: words.appsWithAccess,
    main: html`${p.hasStopped ? html`<p class="notice" role="status">${words.stopped}</p>` : undefined}
<h1>${words.appsWithAccess}</h1>
<p class="lead">${words.appsCount(apps.length)}</p>
${apps.map((app, at) => appCard(app, `app-${at}`, p))}
<p>${apps.length > 0 ? words.appKeepsCopies : words.appsComeHere}</p>
<form method="post" action="/apps/signout" class="sign-out">
<input type="hidden" name="csrf" value="${p.csrf}">
<p class="quiet">${general.signedInAs(isolated(p.user))}</p>
<button type="submit" class="plain">${general.signOut}</button>
</form>`,
  })
}

function appCard(app: AppWithAccess, id: string, { frame, csrf }: { frame: Frame; csrf: string }): Html {
  const { lang } = frame
  const words = appsWords(lang)
  // The record may be a child's or a patient's: the words fit all.
  const reader: Reader = { lang, own: false }
  const day = (time: string) => readableDate(time.slice(0, 10), lang)
  const described = questionsOf(app.scopes).map(({ text }) => describeScope(text, reader))
  const seen = described.filter((one) => !asksForChanges(one))
  const changing = (one: ScopeDescription) => words.doesTo(one.verbs.join(', '), one.label)
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${app.name === undefined ? words.switchedOff : isolated(app.name, 80)}</h2>
<dl class="facts">
${app.maker === undefined ? undefined : fact(words.maker, isolated(app.maker, 80))}
${fact(words.whoseData, whoseData(app, lang))}
${app.persona === undefined ? undefined : fact(words.usedAs, isolated(personaLabel(app.persona, lang)))}
${fact(words.accessGiven, day(app.since))}
${fact(words.lastUsed, app.lastUsed === undefined ? words.notUsedYet : day(app.lastUsed))}
${fact(words.duration, app.keeps ? words.untilStopped : words.endsByItself)}
</dl>
${abilities(words.canSee, seen, ({ label }) => label, reader)}
${abilities(words.canAlso, described.filter(asksForChanges), changing, reader)}
${seen.length === described.length && seen.length > 0 ? html`<p>${words.onlySees}</p>` : undefined}
<form method="post" action="/apps/stop">
<input type="hidden" name="csrf" value="${csrf}">
<button type="submit" class="plain" name="id" value="${app.id}" aria-describedby="${id}">${words.stopAccess}</button>
</form>
</section>`
}

function fact(name: string, value: Html | string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

function whoseData({ patient }: AppWithAccess, lang: Lang): Html | string {
  if (patient === undefined) return frameWords(lang).everyoneYouMayOpen
  return patient.name === undefined ? appsWords(lang).patientNotShown : isolated(patient.name)
}

function abilities(
  heading: string,
  described: readonly ScopeDescription[],
  say: (one: ScopeDescription) => string,
  reader: Reader,
): Html | undefined {
  if (described.length === 0) return undefined
  const words = appsWords(reader.lang)
  const lines = described.map((one) => {
    const more = [one.hint, one.everyone && frameWords(reader.lang).forEveryone].filter((part) => part !== undefined)
    return html`<li>${say(one)}${more.map((part) => html` <span class="reach">${part}</span>`)}</li>`
  })
  return html`<h3>${heading}</h3>
${
  lines.length <= MAX_LINES
    ? html`<ul>${lines}</ul>`
    : html`<ul>${byGroup(described, say, reader).map((line) => html`<li>${line}</li>`)}</ul>
<details class="list"><summary>${words.allKinds(lines.length)}</summary><ul>${lines}</ul></details>`
}`
}

/** A group of one is called by its own name, so that the short list never says more than the long one. */
function byGroup(
  described: readonly ScopeDescription[],
  say: (one: ScopeDescription) => string,
  reader: Reader,
): string[] {
  const groups = new Set(described.map(({ group }): Group => group ?? 'everything'))
  return [...groups].flatMap((group) => {
    const ofGroup = described.filter((one) => one.group === group)
    return ofGroup.length === 1
      ? ofGroup.map(say)
      : [appsWords(reader.lang).kindsIn(groupName(group, reader), ofGroup.length)]
  })
}
