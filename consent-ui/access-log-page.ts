// "Who saw my data": day by day, each app or person, what was done with which kinds of data. Chosen from by a form that is an
// address, so that a list can be kept as a bookmark.

import { findDataName, findGroup, GROUPS, type Group, groupName, type Reader } from './catalogue.ts'
import { clockTime } from './clock-time.ts'
import { isolated, plainText } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { errorAtField, errorSummary, layout } from './layout.ts'
import { readableDate } from './readable-date.ts'
import { accessLogWords } from './words/access-log.ts'

/** Who did something. Names are those of records and apps; absent where they cannot be told. */
export type Actor = {
  role: 'you' | 'staff' | 'family' | 'app-alone' | 'our-pages'
  name?: string
  /** What a member of staff is, as their record says. */
  profession?: string
  app?: { id: string; name?: string }
}

export type CountedType = {
  type: string
  /** Undefined: not said. */
  count: number | undefined
  /** The one category that the app could see. */
  category?: string
}

export type LogLine = {
  /** ISO 8601 instant. */
  at: string
  deed: 'saw' | 'added' | 'changed' | 'deleted' | 'tried'
  types: readonly CountedType[]
  /** The app came back by itself: nobody had signed in for it lately. */
  isWithoutSignIn: boolean
}

export type LogGroup = {
  actor: Actor
  lines: readonly LogLine[]
  /** Numbers by which an operator finds the requests. */
  requests: readonly string[]
  /** What a report of all this names: id and instant of its newest event. */
  event: { id: string; at: string }
}

export type LogDay = { day: string; groups: readonly LogGroup[] }

/** What was chosen, as in the address. */
export type LogChoice = { client?: string; group?: string; from?: string; to?: string }

export type WhoseLog = {
  /** In the address: as whom it is read. */
  value: string
  isOwn: boolean
  name: string
}

export function accessLogPage(p: {
  frame: Frame
  csrf: string
  /** Whose data this is, and whose else the reader may look at. */
  holder: WhoseLog
  others: readonly WhoseLog[]
  choice: LogChoice
  apps: readonly { id: string; name: string }[]
  /** Undefined: the list cannot be read just now. */
  days: readonly LogDay[] | undefined
  /** The newest day has more than is shown. */
  isDayCut?: boolean
  /** The last day to ask for, for what is older. */
  olderTo?: string
  keptDays: number
  fault?: 'dates' | 'too-long'
}): string {
  const { frame, holder, others, days, keptDays } = p
  const { lang, timeZone = 'UTC' } = frame
  const words = accessLogWords(lang)
  const fault = p.fault === undefined ? undefined : p.fault === 'dates' ? words.badDates : words.tooLong
  return layout({
    frame,
    title: holder.isOwn ? words.title : words.titleOf(holder.name),
    error: fault,
    main: html`${errorSummary(fault, 'from', frame)}
<h1>${holder.isOwn ? words.title : words.whoSaw(isolated(holder.name))}</h1>
${others.length === 0 ? undefined : html`<nav aria-label="${words.whose}"><ul class="tabs">${others.map((one) => html`<li><a class="button plain" href="${addressOf(one.value, {})}">${one.isOwn ? words.yourOwn : words.dataOf(isolated(one.name))}</a></li>`)}</ul></nav>`}
<p>${words.lead} ${words.fresh} ${words.kept(Math.floor(keptDays / 365), keptDays)}</p>
<p class="quiet">${words.timesIn(html`<bdi>${timeZone.replaceAll('_', ' ')}</bdi>`)} ${words.notListed}</p>
${chooser(p, fault)}
${days === undefined ? html`<p class="notice" role="status">${words.unreadable}</p>` : daySections(days, p)}
${p.isDayCut ? html`<p class="notice">${words.dayIsLong}</p>` : undefined}
${p.olderTo === undefined ? undefined : html`<p><a class="button plain" href="${addressOf(holder.value, { ...p.choice, to: p.olderTo })}">${words.older}</a></p>`}
${days === undefined ? undefined : downloads(holder, p.choice, frame)}`,
  })
}

function daySections(
  days: readonly LogDay[],
  p: { frame: Frame; csrf: string; holder: WhoseLog; choice: LogChoice },
): Html {
  const words = accessLogWords(p.frame.lang)
  if (days.length === 0) return html`<p>${Object.keys(p.choice).length > 0 ? words.noneChosen : words.none}</p>`
  return html`${days.map(
    ({ day, groups }, at) => html`<section aria-labelledby="day-${at}">
<h2 id="day-${at}"><time datetime="${day}">${readableDate(day, p.frame.lang)}</time></h2>
${groups.map((group) => groupPart(group, p))}
</section>`,
  )}`
}

function groupPart(group: LogGroup, { frame, csrf, holder }: { frame: Frame; csrf: string; holder: WhoseLog }): Html {
  const words = accessLogWords(frame.lang)
  const who = actorName(group.actor, frame)
  return html`<div class="accesses"><h3>${who}</h3>
<ul class="log">${group.lines.map((line) => html`<li>${logLine(line, { frame, own: holder.isOwn })}</li>`)}</ul>
<details class="list"><summary>${words.detailsOf(who)}</summary>
<p class="hint">${words.requests}</p>
<ul class="codes">${group.requests.map((request) => html`<li><code dir="ltr">${plainText(request, 100)}</code></li>`)}</ul>
<form method="post" action="/apps/log/report">
<input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="for" value="${holder.value}">
<input type="hidden" name="event" value="${group.event.id}"><input type="hidden" name="at" value="${group.event.at}">
<p><button type="submit" class="plain">${words.dontKnowOf(who)}</button></p>
</form></details></div>`
}

/** In one line: who it was, as what, with which app. */
export function actorName({ role, name, profession, app }: Actor, { lang, operator }: Frame): Html {
  const words = accessLogWords(lang)
  const appNamed = app && (app.name === undefined ? words.unknownApp(isolated(app.id, 60)) : isolated(app.name, 80))
  switch (role) {
    case 'you':
      return appNamed ?? html`${words.you}`
    case 'our-pages':
      return words.ourPages(isolated(operator))
    case 'app-alone':
      return words.byItself(appNamed ?? html`${words.someone}`)
    case 'family':
    case 'staff': {
      const unnamed = html`${role === 'family' ? words.family : words.someone}`
      const person = name === undefined || name === '' ? unnamed : isolated(name, 80)
      return html`${person}${profession === undefined ? undefined : html`, ${isolated(profession, 60)}`}${appNamed && html` <span class="reach">${words.withApp(appNamed)}</span>`}`
    }
  }
}

/** `10:32 saw: Lab tests (214)` */
export function logLine(line: LogLine, { frame, own }: { frame: Frame; own: boolean }): Html {
  const { lang, timeZone = 'UTC' } = frame
  const words = accessLogWords(lang)
  const reader = { lang, own }
  const kinds = line.types.map(({ count, ...kind }) => {
    const name = kindName(kind, reader)
    return count === undefined || count === 0 ? name : words.counted(name, count)
  })
  const said =
    line.types.length === 0 && line.deed === 'saw'
      ? html`${words.sawNothing}`
      : words[line.deed](html`${kinds.join(', ')}`)
  return html`<time datetime="${line.at}">${clockTime(line.at, lang, timeZone)}</time> <span>${said}${line.isWithoutSignIn ? html` <span class="reach">${words.noSignIn}</span>` : undefined}</span>`
}

/** The access log itself is no record of the patient's: reading it is named by what it is. */
export function kindName({ type, category }: Pick<CountedType, 'type' | 'category'>, reader: Reader): string {
  const { log, some } = accessLogWords(reader.lang)
  if (type === 'AuditEvent') return log
  const ofCategory = category === undefined ? undefined : findDataName(type, category, reader)?.label
  if (ofCategory !== undefined) return ofCategory
  if (Object.hasOwn(some, type)) return some[type as keyof typeof some]
  return findDataName(type, undefined, reader)?.label ?? plainText(type, 40)
}

/** Whether records of a type belong to a kind that was chosen. */
export function isOfGroup(type: string, group: string): boolean {
  return findGroup(type) === group
}

export function isGroup(text: string): text is Group {
  return GROUPS.some((group) => group === text)
}

function chooser(
  {
    frame,
    holder,
    choice,
    apps,
  }: { frame: Frame; holder: WhoseLog; choice: LogChoice; apps: readonly { id: string; name: string }[] },
  fault: string | undefined,
): Html {
  const { lang } = frame
  const words = accessLogWords(lang)
  const isChosen = Object.keys(choice).length > 0 || fault !== undefined
  const chosen = (isOne: boolean) => (isOne ? html` selected` : undefined)
  const ofApps = apps.map(
    ({ id, name }) =>
      html`<option dir="auto" value="${id}"${chosen(choice.client === id)}>${plainText(name, 80)}</option>`,
  )
  const ofKinds = (groups: readonly Group[]) =>
    groups.map(
      (group) =>
        html`<option value="${group}"${chosen(choice.group === group)}>${groupName(group, { lang, own: holder.isOwn })}</option>`,
    )
  const groups = GROUPS.filter((group) => group !== 'everything' && group !== 'reference')
  return html`<details${isChosen ? html` open` : undefined}><summary>${words.choose}</summary>
<form method="get" action="/apps/log" class="filters">
<input type="hidden" name="for" value="${holder.value}">
<p><label class="field" for="app">${words.app}</label>
<select id="app" name="client"><option value="">${words.allApps}</option>${ofApps}</select></p>
<p><label class="field" for="kind">${words.kind}</label>
<select id="kind" name="group"><option value="">${words.allKinds}</option>${ofKinds(groups)}</select></p>
${errorAtField(fault)}
<p><label class="field" for="from">${words.from}</label>
<input type="date" id="from" name="from" value="${choice.from}"${fault === undefined ? undefined : html` aria-describedby="error-here" aria-invalid="true"`}></p>
<p><label class="field" for="to">${words.to}</label>
<input type="date" id="to" name="to" value="${choice.to}"></p>
<p class="buttons"><button type="submit">${words.show}</button> <a class="button plain" href="${addressOf(holder.value, {})}">${words.showAll}</a></p>
</form></details>`
}

function downloads({ value }: WhoseLog, choice: LogChoice, { lang }: Frame): Html {
  const words = accessLogWords(lang)
  return html`<section aria-labelledby="download"><h2 id="download">${words.download}</h2>
<p>${words.downloadHint}</p>
<p class="buttons"><a class="button plain" href="${addressOf(value, choice, '.csv')}">${words.csv}</a>
<a class="button plain" href="${addressOf(value, choice, '.json')}">${words.fhir}</a></p></section>`
}

function addressOf(holder: string, choice: LogChoice, ending = ''): string {
  const query = new URLSearchParams({ for: holder })
  for (const [name, value] of Object.entries(choice)) query.set(name, value)
  return `/apps/log${ending}?${query}`
}
