// "I do not know this": what was done, once more, and what comes of telling the operator.

import { type Actor, actorName, type LogLine, logLine } from './access-log-page.ts'
import { dayOf } from './clock-time.ts'
import { isolated } from './foreign-text.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { readableDate } from './readable-date.ts'
import { accessLogWords } from './words/access-log.ts'
import { appsWords } from './words/apps.ts'

type Reported = {
  /** As whom the log is read. */
  holder: { value: string; isOwn: boolean }
  actor: Actor
  line: LogLine
}

/** Posts `do` as `stop` or `tell` to `/apps/log/report`. @param p.canStop the reader gave this app its access */
export function reportPage(p: Reported & { frame: Frame; csrf: string; event: string; canStop: boolean }): string {
  const { frame, csrf, holder, actor, line } = p
  const words = accessLogWords(frame.lang)
  const day = readableDate(dayOf(line.at, frame.timeZone ?? 'UTC'), frame.lang)
  const app = isolated(actor.app?.name ?? actor.app?.id ?? '', 80)
  return layout({
    frame,
    title: words.reportTitle,
    main: html`<h1>${words.reportTitle}</h1>
<p>${words.reportLead}</p>
<section><h2>${day}</h2><div class="accesses"><h3>${actorName(actor, frame)}</h3><ul class="log"><li>${logLine(line, { frame, own: holder.isOwn })}</li></ul></div></section>
<p>${words.reportMeans(isolated(frame.operator))}</p>
<form method="post" action="/apps/log/report">
<input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="for" value="${holder.value}">
<input type="hidden" name="event" value="${p.event}"><input type="hidden" name="at" value="${line.at}">
<p class="buttons">${p.canStop ? html`<button type="submit" class="plain" name="do" value="stop">${words.reportAndStop(app)}</button>` : undefined}
<button type="submit" class="plain" name="do" value="tell">${words.reportOnly}</button>
<a class="button plain" href="/apps/log?for=${encodeURIComponent(holder.value)}">${words.reportNot}</a></p>
</form>`,
  })
}

/** @param p.stopped the access that was stopped with it */
export function reportedPage(p: {
  frame: Frame
  holder: string
  number: string
  stopped?: { id: string; name: string }
}): string {
  const { frame, holder, number, stopped } = p
  const words = accessLogWords(frame.lang)
  return layout({
    frame,
    title: words.reportedTitle,
    main: html`<h1>${words.reportedTitle}</h1>
<p class="notice" role="status">${words.reported}</p>
<p>${words.reportNumber(html`<code dir="ltr">${number}</code>`)}</p>
<p class="buttons">${stopped === undefined ? undefined : html`<a class="button plain" href="/apps/${stopped.id}/stopped">${words.seeStopped(isolated(stopped.name, 80))}</a> `}<a class="button plain" href="/apps/log?for=${encodeURIComponent(holder)}">${words.backToLog}</a></p>`,
  })
}

/** Where the reader has no record of their own, and acts for nobody. */
export function noLogPage(frame: Frame): string {
  const words = accessLogWords(frame.lang)
  return layout({
    frame,
    title: words.title,
    main: html`<h1>${words.title}</h1>
<p>${words.noRecord}</p>
<p><a class="button plain" href="/apps">${appsWords(frame.lang).backToApps}</a></p>`,
  })
}
