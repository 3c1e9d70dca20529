// Signed in, and no health record belongs to the sign-in: what that means, whom to ask, and the way back to the app.
import { isolated, plainText } from './foreign-text.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { sentences } from './sentences.ts'

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
  return layout({
    frame: p.frame,
    title: `No record to share with ${plainText(p.app, 80)}`,
    main: html`<h1>We cannot find a health record for you</h1>
<p class="lead">Your sign-in worked, but it is not linked with a record at ${operator} yet. Nothing was shared with ${isolated(p.app, 80)}.</p>
${p.user === undefined ? undefined : html`<p>${sentences.signedInAs(isolated(p.user))}</p>`}
<section aria-labelledby="next">
<h2 id="next">What you can do</h2>
<ul>
<li>If you have another sign-in at ${operator}, go back and use that one.</li>
<li>If you are a patient here, ask your clinic to link your record with this sign-in.</li>
<li>If you work here, ask the people who look after your sign-in.</li>
</ul>
</section>
<form method="post" action="${p.action}">
<input type="hidden" name="csrf" value="${p.csrf}">
<button type="submit" name="decision" value="deny">${sentences.backToApp(isolated(p.app, 80))}</button>
</form>`,
  })
}
