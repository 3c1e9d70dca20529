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
  /** The way back to the app. */
  onward?: string | undefined
}): string {
  const words = problemWords(p.frame.lang)
  return layout({
    frame: p.frame,
    title: p.title,
    main: html`<h1>${p.title}</h1>
<p class="lead">${p.message}</p>
<p>${p.next}</p>
${p.onward === undefined ? undefined : html`<p><a class="button" href="${p.onward}">${words.backToApp}</a></p>`}
<p class="quiet">${words.ifYouAsk(html`<code dir="ltr">${p.reference}</code>`)}</p>`,
  })
}
