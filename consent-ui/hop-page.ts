// Inside a frame of the record system, where a sign-in page cannot be shown: one link out of it.
import { isolated } from './foreign-text.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { signInWords } from './words/sign-in.ts'

export function hopPage(p: {
  frame: Frame
  app: string
  /** Where the new window goes: a path of ours. */
  href: string
  /** Where this page goes on once the person has signed in there. */
  onward: string
}): string {
  const words = signInWords(p.frame.lang)
  return layout({
    frame: p.frame,
    title: words.continueInWindow,
    main: html`<h1>${words.signInTo(isolated(p.app, 80))}</h1>
<p>${words.needsOwnWindow}</p>
<p><a class="button" href="${p.href}" target="_blank" rel="noopener">${words.continueInWindow}</a></p>
<p>${words.thenComeBack}</p>
<p><a class="button plain" href="${p.onward}">${words.haveSignedIn}</a></p>`,
  })
}
