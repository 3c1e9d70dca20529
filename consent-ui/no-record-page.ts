// Signed in, and no health record belongs to the sign-in: what that means, whom to ask, and the way back to the app.
import { isolated } from './foreign-text.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { otherPersonLink } from './other-person-page.ts'
import { frameWords } from './words/frame.ts'
import { signInWords } from './words/sign-in.ts'

/** Posts `decision=deny`, so that the app learns that nothing was shared. */
export function noRecordPage(p: {
  frame: Frame
  action: string
  csrf: string
  app: string
  /** Name of the person signed in: the wrong account is the likeliest reason. */
  user?: string
}): string {
  const operator = isolated(p.frame.operator)
  const app = isolated(p.app, 80)
  const words = signInWords(p.frame.lang)
  return layout({
    frame: p.frame,
    title: words.noRecord,
    main: html`<h1>${words.noRecord}</h1>
<p class="lead">${words.notLinked(operator, app)}</p>
${p.user === undefined ? undefined : html`<p>${frameWords(p.frame.lang).signedInAs(isolated(p.user))}</p>`}
<section aria-labelledby="next">
<h2 id="next">${words.whatYouCanDo}</h2>
<ul>
<li>${words.useOtherSignIn(operator)}</li>
<li>${words.askClinic}</li>
<li>${words.askWorkplace}</li>
</ul>
</section>
${otherPersonLink(p.frame, p.action)}
<form method="post" action="${p.action}">
<input type="hidden" name="csrf" value="${p.csrf}">
<button type="submit" name="decision" value="deny">${words.backToApp(app)}</button>
</form>`,
  })
}
