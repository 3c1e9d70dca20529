// Before something is taken from an app, and after all of it was: what ends, what does not, and whether it has.

import { changeName, type OfOneApp } from './app-page.ts'
import { type AppWithAccess, appName, day, factsOfApp, readerOf } from './apps-page.ts'
import { clockTime } from './clock-time.ts'
import { describeScope } from './describe-scope.ts'
import { grantedKinds } from './granted-kinds.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { appsWords } from './words/apps.ts'

/** Asked before a kind is taken away. @param p.removed scope texts */
export function removePage(
  p: OfOneApp & { removed: readonly string[]; name: 'kind' | 'group'; value: string },
): string {
  const { frame, csrf, app, removed } = p
  const words = appsWords(frame.lang)
  const reader = readerOf(app, frame.lang)
  const changing = new Set(grantedKinds(app.scopes).changes)
  const labels = removed.map((text) =>
    changing.has(text) ? changeName(text, reader) : describeScope(text, reader).label,
  )
  return layout({
    frame,
    title: words.removeTitle(app.name ?? words.switchedOff),
    main: html`<h1>${words.removeQuestion(appName(app, frame))}</h1>
<section><ul>${labels.map((label) => html`<li>${label}</li>`)}</ul></section>
<p>${words.removeMeans}</p>
<p>${words.keepsCopies}</p>
<form method="post" action="/apps/${app.id}/remove">
<input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="sure" value="yes">
<input type="hidden" name="${p.name}" value="${p.value}">
<p class="buttons decision"><button type="submit" class="plain">${words.removeYes}</button>
<a class="button plain" href="/apps/${app.id}">${words.removeNo}</a></p>
</form>`,
  })
}

/** Asked before all access ends. @param p.contact where the app's maker says that it may be written to */
export function stopPage(p: OfOneApp & { contact?: string }): string {
  const { frame, csrf, app, contact } = p
  const words = appsWords(frame.lang)
  const isWriting = grantedKinds(app.scopes).changes.length > 0
  return layout({
    frame,
    title: words.stopTitle(app.name ?? words.switchedOff),
    main: html`<h1>${words.stopQuestion(appName(app, frame))}</h1>
<dl class="facts">${factsOfApp(app, frame)}</dl>
<section aria-labelledby="ends"><h2 id="ends">${words.whatEnds}</h2>
<ul><li>${words.endsSeeing}</li>${isWriting ? html`<li>${words.endsChanging}</li>` : undefined}<li>${words.endsConsent}</li></ul></section>
<section aria-labelledby="stays"><h2 id="stays">${words.whatStays}</h2>
<ul><li>${words.staysCopied} ${contact === undefined ? words.askItsMaker : words.askToDelete(address(contact))}</li><li>${words.staysAccount}</li></ul></section>
<form method="post" action="/apps/${app.id}/stop">
<input type="hidden" name="csrf" value="${csrf}">
<p class="buttons decision"><button type="submit" class="plain">${words.stopYes}</button>
<a class="button plain" href="/apps/${app.id}">${words.stopNo}</a></p>
</form>`,
  })
}

/** Said only of what has been seen to be refused; until then that it is not known. */
export function stoppedPage(p: {
  frame: Frame
  app: Pick<AppWithAccess, 'id' | 'name'>
  ended?: string
  /** Whether it ended in the last minutes: then the time of day counts. */
  isRecent: boolean
  isRefused: boolean
  contact?: string
}): string {
  const { frame, app, ended, contact } = p
  const words = appsWords(frame.lang)
  const said =
    ended === undefined
      ? undefined
      : p.isRecent
        ? words.stoppedAt(clockTime(ended, frame.lang, frame.timeZone ?? 'UTC'))
        : words.stoppedBefore(day(ended, frame))
  return layout({
    frame,
    title: p.isRefused ? words.stoppedTitle : words.pendingTitle,
    main: p.isRefused
      ? html`<h1>${words.stoppedOf(appName(app, frame))}</h1>
<p class="notice" role="status">${said} ${words.stoppedMeans}</p>
<p>${words.staysCopied} ${contact === undefined ? words.askItsMaker : words.askToDelete(address(contact))}</p>
<p><a class="button plain" href="/apps">${words.backToApps}</a></p>`
      : html`<h1>${words.pendingTitle}</h1>
<p class="notice" role="status">${words.pending}</p>
<p class="buttons"><a class="button" href="/apps/${app.id}/stopped">${words.tryAgain}</a> <a class="button plain" href="/apps">${words.backToApps}</a></p>`,
  })
}

/** An address of mail, to be followed as such. */
function address(contact: string): Html {
  return html`<a href="mailto:${contact}"><bdi>${contact}</bdi></a>`
}
