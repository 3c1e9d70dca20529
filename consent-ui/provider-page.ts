// Where to sign in, when there are several places. One press a choice.
import { isolated } from './foreign-text.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { frameWords } from './words/frame.ts'
import { signInWords } from './words/sign-in.ts'

export type ProviderChoice = { id: string; label: string }

/** Posts `provider`, or `decision=deny`. */
export function providerPage(p: {
  frame: Frame
  action: string
  csrf: string
  app: string
  providers: ProviderChoice[]
}): string {
  const words = signInWords(p.frame.lang)
  return layout({
    frame: p.frame,
    title: words.howToSignIn,
    main: html`<h1>${words.howToSignIn}</h1>
<p class="lead">${words.signInToUse(isolated(p.app, 80))}</p>
<form method="post" action="${p.action}">
<input type="hidden" name="csrf" value="${p.csrf}">
<ul class="rows">${p.providers.map(
      ({ id, label }) =>
        html`<li><button type="submit" class="row" name="provider" value="${id}"><strong>${isolated(label)}</strong></button></li>`,
    )}</ul>
<div class="buttons">
<button type="submit" class="plain" name="decision" value="deny">${frameWords(p.frame.lang).cancel}</button>
</div>
</form>`,
  })
}
