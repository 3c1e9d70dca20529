// The end of a visit to "Apps with access".
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { signInWords } from './words/sign-in.ts'

export function signedOutPage(frame: Frame): string {
  const words = signInWords(frame.lang)
  return layout({
    frame,
    title: words.signedOut,
    main: html`<h1>${words.signedOut}</h1>
<p>${words.appsKeepAccess}</p>
<p>${words.sharedDevice}</p>
<p><a href="/apps" class="button plain">${words.signInAgain}</a></p>`,
  })
}
