// Leaving a sign-in behind, for somebody else at the same screen: asked for once more, since what was chosen goes with it.
import { isolated } from './foreign-text.ts'
import { type Html, html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { frameWords } from './words/frame.ts'
import { signInWords } from './words/sign-in.ts'

/** The way to that page, from any page of a request. */
export function otherPersonLink(frame: Frame, action: string): Html {
  return html`<p><a class="press" href="${action}/other-person">${signInWords(frame.lang).notYou}</a></p>`
}

/** Posts to `${action}/other-person`. */
export function otherPersonPage(p: { frame: Frame; action: string; csrf: string; app: string; user: string }): string {
  const { frame, action } = p
  const words = signInWords(frame.lang)
  return layout({
    frame,
    title: words.otherPerson,
    main: html`<h1>${words.otherPerson}</h1>
<p>${frameWords(frame.lang).signedInAs(isolated(p.user))}</p>
<p>${words.choicesForgotten(isolated(p.app, 80))}</p>
<form method="post" action="${action}/other-person">
<input type="hidden" name="csrf" value="${p.csrf}">
<div class="buttons"><button type="submit">${words.signInAsOther}</button></div>
</form>
<p><a class="press" href="${action}">${words.stayAsYouAre}</a></p>`,
  })
}
