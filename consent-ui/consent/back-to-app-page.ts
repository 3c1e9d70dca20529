// Back to an app that lives on the person's device (P6): browsers follow such an address only when somebody presses.
import { plainText } from '../foreign-text.ts'
import { html } from '../html.ts'
import { layout } from '../layout.ts'
import { consentWords } from '../words/consent.ts'
import { askedFor, scopesOf } from './asked-for.ts'
import { untilText } from './check-page.ts'
import { appName, type ConsentPage, readerOf, rowLabel } from './consent-page-parts.ts'
import { isRowGranted } from './decided.ts'

export type Shared = {
  /** As granted. */
  scopes: readonly string[]
  until?: string | undefined
  from?: string | undefined
  /** Where the request goes on. */
  onward: string
}

export function backToAppPage(p: ConsentPage, { scopes, until, from, onward }: Shared): string {
  const { frame } = p
  const words = consentWords(frame.lang)
  const granted = scopesOf(scopes)
  const rows = askedFor(p.request.scopes).rows.filter((row) => isRowGranted(row, granted, from))
  return layout({
    frame,
    title: words.backTitle(plainText(p.app.name, 80)),
    main: html`<h1>${words.backHeading(appName(p))}</h1>
<ul class="lines">${rows.map((row) => html`<li><span class="name">${plainText(rowLabel(row, readerOf(p)), 200)}</span></li>`)}</ul>
<p>${untilText(p, scopes, until)}</p>
<p>${words.backExplained}</p>
<div class="buttons"><a class="button" href="${onward}">${words.backTo(appName(p))}</a></div>
<p class="quiet">${words.canClose}</p>`,
  })
}
