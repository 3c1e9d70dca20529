// One app: what it can see, when it last did, kind by kind, and taking some of that away. Nothing here gives it more.

import { type AppWithAccess, appName, day, factsOfApp, readerOf } from './apps-page.ts'
import { groupName, type Reader } from './catalogue.ts'
import { clockTime } from './clock-time.ts'
import { describeScope } from './describe-scope.ts'
import { type Granted, type GrantedKind, grantedKinds } from './granted-kinds.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { errorAtField, errorSummary, layout } from './layout.ts'
import { readableDate } from './readable-date.ts'
import { appsWords } from './words/apps.ts'
import { frameWords } from './words/frame.ts'

/** What the access log says: by resource type the last day with an access, and how many items went out on it. */
export type LastReads =
  | {
      kind: 'known'
      of: ReadonlyMap<string, { day: string; count: number }>
      /** The day up to which was looked back. */
      from: string
      /** Whether that is before access was given: what is not among it was never read. */
      isSinceGiven: boolean
    }
  | { kind: 'unknown' }
  /** A clinician's reading of patients is in the patients' lists. */
  | { kind: 'not-listed' }

/** What has just been done on this page. */
export type AppNotice =
  | { kind: 'removed'; at: string }
  /** It is not known yet that the proxy refuses it. */
  | { kind: 'removing' }
  | { kind: 'shortened' }

export type OfOneApp = { frame: Frame; csrf: string; app: AppWithAccess }

/**
 * Posts `kind` or `group` to `/apps/{id}/remove`, and `until` to `/apps/{id}/shorten`.
 *
 * @param p.sooner days at which access could end sooner than now
 */
export function appPage(
  p: OfOneApp & { reads: LastReads; sooner: readonly string[]; notice?: AppNotice; hasFault?: boolean },
): string {
  const { frame, app, csrf, reads } = p
  const words = appsWords(frame.lang)
  const name = appName(app, frame)
  const reader = readerOf(app, frame.lang)
  const granted = grantedKinds(app.scopes)
  const fault = p.hasFault === true ? words.chooseEnd : undefined
  return layout({
    frame,
    title: words.appTitle(app.name ?? words.switchedOff),
    error: fault,
    main: html`${errorSummary(fault, 'until-0', frame)}${notice(p)}
<p><a href="/apps">${words.backToApps}</a></p>
<h1>${words.whatItSees(name)}</h1>
<dl class="facts">${factsOfApp(app, frame)}</dl>
<p class="buttons"><a class="button plain" href="/apps/${app.id}/stop">${words.stopApp(name)}</a></p>
${lookBack(reads, frame)}
<form method="post" action="/apps/${app.id}/remove">
<input type="hidden" name="csrf" value="${csrf}">
${granted.isWhole ? html`<p class="notice">${words.wholeRecord}</p>` : undefined}
${granted.groups.map((one, at) => groupSection(one, { id: `group-${at}`, reads, reader, frame, hasOthers: isMore(granted) }))}
${changesSection(granted, reader)}
</form>
<p class="quiet">${words.nothingMore}</p>
${howLong(p, fault)}`,
  })
}

function isMore({ groups, changes }: Granted): boolean {
  return groups.flatMap(({ kinds }) => kinds).length + changes.length > 1
}

function notice({ notice: said, app, frame }: OfOneApp & { notice?: AppNotice }): Html | undefined {
  if (said === undefined) return undefined
  const words = appsWords(frame.lang)
  switch (said.kind) {
    case 'removed':
      return html`<p class="notice" role="status">${words.removedAt(clockTime(said.at, frame.lang, frame.timeZone ?? 'UTC'))}</p>`
    case 'removing':
      return html`<p class="notice" role="status">${words.removedPending} <a href="/apps/${app.id}?removed">${words.tryAgain}</a></p>`
    case 'shortened':
      return app.until === undefined
        ? undefined
        : html`<p class="notice" role="status">${words.shortened(day(app.until, frame))}</p>`
  }
}

function lookBack(reads: LastReads, { lang }: Frame): Html {
  const words = appsWords(lang)
  switch (reads.kind) {
    case 'known':
      return html`<p class="quiet">${words.looksBackTo(readableDate(reads.from, lang))}</p>`
    case 'unknown':
      return html`<p class="quiet">${words.readUnknown}</p>`
    case 'not-listed':
      return html`<p class="quiet">${words.readNotListed}</p>`
  }
}

type Showing = { id: string; reads: LastReads; reader: Reader; frame: Frame; hasOthers: boolean }

function groupSection({ group, kinds }: Granted['groups'][number], showing: Showing): Html {
  const { id, reader, hasOthers, reads, frame } = showing
  const words = appsWords(reader.lang)
  const name = groupName(group, reader)
  const only = kinds.length === 1
  const isShort = kinds.length <= 3
  const rows = html`<ul class="granted">${kinds.map((kind, at) => kindRow(kind, { ...showing, id: `${id}-${at}` }))}</ul>`
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${name}</h2>
${isShort ? undefined : html`<p>${lastRead(kinds, reads, frame)}</p>`}
${isShort ? rows : html`<details class="list"><summary>${words.kindsInGroup(kinds.length)}</summary>${rows}</details>`}
${only || !hasOthers ? undefined : html`<p><button class="plain" name="group" value="${group}">${words.removeGroup(name)}</button></p>`}
</section>`
}

function kindRow(kind: GrantedKind, { id, reads, reader, frame, hasOthers }: Showing): Html {
  const words = appsWords(reader.lang)
  const { label, hint, everyone } = describeScope(kind.text, reader)
  return html`<li><span id="${id}">${label}</span>${hint === undefined ? undefined : html` <span class="reach">${hint}</span>`}${
    everyone ? html` <span class="reach">${frameWords(reader.lang).forEveryone}</span>` : undefined
  } <span class="reach">${lastRead([kind], reads, frame)}</span>
${hasOthers ? html`<button class="link" name="kind" value="${kind.text}">${words.removeOne(label)}</button>` : undefined}
${kind.parts.length === 0 ? undefined : partsOf(kind, reader)}</li>`
}

function partsOf({ text, parts }: GrantedKind, reader: Reader): Html {
  const words = appsWords(reader.lang)
  return html`<details class="list"><summary>${words.partsOf(describeScope(text, reader).label)}</summary>
<p class="hint">${words.restGoesToo} ${words.readTogether}</p>
<ul class="granted">${parts.map((part) => {
    const { label } = describeScope(part, reader)
    return html`<li>${label} <button class="link" name="kind" value="${part}">${words.removeOne(label)}</button></li>`
  })}</ul></details>`
}

/** The last day on which anything of these kinds was read, and how much that day. */
function lastRead(kinds: readonly GrantedKind[], reads: LastReads, { lang }: Frame): string | undefined {
  if (reads.kind !== 'known') return undefined
  const words = appsWords(lang)
  const types = [...new Set(kinds.map(({ type }) => type))]
  const uses = types.flatMap((type) => reads.of.get(type) ?? [])
  const last = uses
    .map((use) => use.day)
    .sort()
    .at(-1)
  if (last === undefined)
    return reads.isSinceGiven ? words.neverRead : words.neverReadSince(readableDate(reads.from, lang))
  const count = uses.filter((use) => use.day === last).reduce((sum, use) => sum + use.count, 0)
  return words.lastRead(readableDate(last, lang), count)
}

function changesSection({ changes, groups }: Granted, reader: Reader): Html {
  const words = appsWords(reader.lang)
  if (changes.length === 0) return html`<p>${words.onlySees}</p>`
  const hasOthers = changes.length > 1 || groups.length > 0
  return html`<section class="warning" aria-labelledby="changes">
<h2 id="changes">${words.canAlso}</h2>
<ul class="granted">${changes.map((text) => {
    const name = changeName(text, reader)
    return html`<li>${name} ${hasOthers ? html`<button class="link" name="kind" value="${text}">${words.removeOne(name)}</button>` : undefined}</li>`
  })}</ul>
</section>`
}

export function changeName(text: string, reader: Reader): string {
  const { verbs, label } = describeScope(text, reader)
  return appsWords(reader.lang).doesTo(verbs.join(', '), label)
}

function howLong({ frame, csrf, app, sooner }: OfOneApp & { sooner: readonly string[] }, fault: string | undefined) {
  if (sooner.length === 0) return undefined
  const words = appsWords(frame.lang)
  return html`<form method="post" action="/apps/${app.id}/shorten">
<input type="hidden" name="csrf" value="${csrf}">
<fieldset${fault === undefined ? undefined : html` aria-describedby="error-here"`}><legend><h2>${words.endSooner}</h2></legend>
${errorAtField(fault)}
${sooner.map(
  (until, at) =>
    html`<div class="choice"><input type="radio" name="until" id="until-${at}" value="${until}"><label for="until-${at}">${words.endsOn(readableDate(until, frame.lang))}</label></div>`,
)}
</fieldset>
<button type="submit" class="plain">${words.shorten}</button>
</form>`
}
