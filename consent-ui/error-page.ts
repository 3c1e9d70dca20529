// What went wrong, whose fault it is not, and what to do next. Nothing from the request is repeated.
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { problemWords } from './words/problems.ts'

export function errorPage(p: {
  frame: Frame
  title: string
  message: string
  next: string
  /** Lets support find the log line; shown, never linked. */
  reference: string
}): string {
  return layout({
    frame: p.frame,
    title: p.title,
    main: html`<h1>${p.title}</h1>
<p class="lead">${p.message}</p>
<p>${p.next}</p>
<p class="quiet">${problemWords(p.frame.lang).ifYouAsk(html`<code dir="ltr">${p.reference}</code>`)}</p>`,
  })
}
