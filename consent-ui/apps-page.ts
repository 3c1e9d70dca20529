// "My apps": who has access now, the app used last first, and what has ended lately. What each may see is a page of its own.

import { questionsOf } from '../smart/access/narrowing.ts'
import { type Group, groupName, type Reader } from './catalogue.ts'
import { dayOf } from './clock-time.ts'
import { asksForChanges, describeScope } from './describe-scope.ts'
import { isolated } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { type PersonaChoice, personaLabel } from './persona-page.ts'
import { readableDate } from './readable-date.ts'
import { appsWords } from './words/apps.ts'
import { frameWords } from './words/frame.ts'

export type AppWithAccess = {
  /** Opaque: names this access in addresses. */
  id: string
  /** Absent: it is switched off here. */
  name?: string
  maker?: string
  /** The patient whose record it opens; without a name where that cannot be told now. */
  patient?: { name?: string }
  /** As whom the person uses it. */
  persona?: PersonaChoice
  /** Scope texts granted. */
  scopes: readonly string[]
  /** When access was given; ISO 8601, as all instants here. */
  since: string
  lastUsed: string
  /** Whether it can come back while the person is away. */
  keeps: boolean
  /** The end that the person chose. */
  until?: string
}

export type EndedApp = Pick<AppWithAccess, 'id' | 'name' | 'patient'> & { ended?: string }

/** Signs out at `/apps/signout`; each app's own page is `/apps/{id}`. */
export function appsPage(p: {
  frame: Frame
  csrf: string
  /** Name of the person signed in. */
  user: string
  apps: readonly AppWithAccess[]
  ended: readonly EndedApp[]
  /** How long ended access is listed. */
  endedDays: number
  /** Whether there is a list of who saw data. */
  hasLog: boolean
}): string {
  const { lang } = p.frame
  const words = appsWords(lang)
  const general = frameWords(lang)
  const apps = [...p.apps].sort((one, other) => other.lastUsed.localeCompare(one.lastUsed))
  const count = new Set(apps.map(({ name, id }) => name ?? id)).size
  return layout({
    frame: p.frame,
    title: words.myApps,
    main: html`<h1>${words.myApps}</h1>
<p class="lead">${words.appsCount(count)}</p>
${apps.length === 0 ? html`<p>${words.appsComeHere}</p>` : undefined}
${p.hasLog ? html`<p><a href="/apps/log" class="button plain">${words.seeLog}</a></p>` : undefined}
${apps.length === 0 ? undefined : html`<h2 class="part-of-page">${words.hasAccess}</h2>`}
${apps.map((app, at) => appCard(app, `app-${at}`, p.frame))}
${endedSection(p)}
<form method="post" action="/apps/signout" class="sign-out">
<input type="hidden" name="csrf" value="${p.csrf}">
<p class="quiet">${general.signedInAs(isolated(p.user))}</p>
<button type="submit" class="plain">${general.signOut}</button>
</form>`,
  })
}

function appCard(app: AppWithAccess, id: string, frame: Frame): Html {
  const words = appsWords(frame.lang)
  const name = appName(app, frame)
  return html`<section aria-labelledby="${id}">
<h3 id="${id}" class="app-name">${name}</h3>
<dl class="facts">
${factsOfApp(app, frame)}
${fact(words.canSee, seenIn(app, frame))}
</dl>
<p class="buttons"><a class="button plain" href="/apps/${app.id}">${words.lookAt(name)}</a>
<a class="button plain" href="/apps/${app.id}/stop">${words.stopApp(name)}</a></p>
</section>`
}

function endedSection({ frame, ended, endedDays }: { frame: Frame; ended: readonly EndedApp[]; endedDays: number }) {
  if (ended.length === 0) return undefined
  const words = appsWords(frame.lang)
  return html`<section aria-labelledby="ended">
<h2 id="ended">${words.ended}</h2>
<p class="quiet">${words.endedKept(endedDays)}</p>
<ul class="small-rows">${ended.map(
    (app) =>
      html`<li><strong>${appName(app, frame)}</strong> <span class="reach">${whoseData(app, frame)}</span> <span class="reach">${app.ended === undefined ? words.endedForSome : words.endedOn(day(app.ended, frame))}</span></li>`,
  )}</ul>
</section>`
}

/** Whose data, last use and until when: the same on both pages of an app. */
export function factsOfApp(app: AppWithAccess, frame: Frame): Html {
  const words = appsWords(frame.lang)
  const end = app.keeps ? words.untilStopped : words.endsByItself
  return html`${app.maker === undefined ? undefined : fact(words.maker, isolated(app.maker, 80))}
${fact(words.whoseData, whoseData(app, frame))}
${app.persona === undefined ? undefined : fact(words.usedAs, isolated(personaLabel(app.persona, frame.lang)))}
${fact(words.accessGiven, day(app.since, frame))}
${fact(words.lastUsed, day(app.lastUsed, frame))}
${fact(words.until, app.until === undefined ? end : day(app.until, frame))}`
}

export function appName({ name }: Pick<AppWithAccess, 'name'>, { lang }: Frame): Html {
  return name === undefined ? html`${appsWords(lang).switchedOff}` : isolated(name, 80)
}

/** @param instant ISO 8601 */
export function day(instant: string, { lang, timeZone = 'UTC' }: Frame): string {
  return readableDate(Number.isNaN(Date.parse(instant)) ? instant : dayOf(instant, timeZone), lang)
}

export function fact(name: string, value: Html | string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

function whoseData({ patient }: Pick<AppWithAccess, 'patient'>, { lang }: Frame): Html | string {
  if (patient === undefined) return frameWords(lang).everyoneYouMayOpen
  return patient.name === undefined ? appsWords(lang).patientNotShown : isolated(patient.name)
}

/** Group by group; a group of one kind is called by its own name, so that the short list never says more than the long one. */
function seenIn(app: AppWithAccess, { lang }: Frame): Html {
  const reader = readerOf(app, lang)
  const seen = questionsOf(app.scopes)
    .map(({ text }) => describeScope(text, reader))
    .filter((one) => !asksForChanges(one))
  const groups = new Set(seen.map(({ group }): Group => group ?? 'everything'))
  const names = [...groups].flatMap((group) => {
    const ofGroup = seen.filter((one) => one.group === group)
    return ofGroup.length === 1 ? ofGroup.map(({ label }) => label) : [groupName(group, reader)]
  })
  return html`<ul class="kinds">${names.map((name) => html`<li>${name}</li>`)}</ul>`
}

/** A record of one's own is spoken of as such; a child's or a patient's is not. */
export function readerOf({ persona }: Pick<AppWithAccess, 'persona'>, lang: Frame['lang']): Reader {
  return { lang, own: persona?.role === 'own' }
}
