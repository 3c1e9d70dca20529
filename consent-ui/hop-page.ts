// Inside a frame of the record system, where a sign-in page cannot be shown: one link out of it.
import { isolated } from './foreign-text.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { sentences } from './sentences.ts'

export function hopPage(p: {
  frame: Frame
  app: string
  /** Where the new window goes: a path of ours. */
  href: string
  /** Where this page goes on once the person has signed in there. */
  onward: string
}): string {
  return layout({
    frame: p.frame,
    title: sentences.continueInWindow,
    main: html`<h1>${sentences.signInTo(isolated(p.app, 80))}</h1>
<p>${sentences.needsOwnWindow}</p>
<p><a class="button" href="${p.href}" target="_blank" rel="noopener">${sentences.continueInWindow}</a></p>
<p>${sentences.thenComeBack}</p>
<p><a class="button plain" href="${p.onward}">${sentences.haveSignedIn}</a></p>`,
  })
}
