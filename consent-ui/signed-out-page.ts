// The end of a visit to "Apps with access".
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { sentences } from './sentences.ts'

export function signedOutPage(frame: Frame): string {
  return layout({
    frame,
    title: sentences.signedOut,
    main: html`<h1>${sentences.signedOut}</h1>
<p>${sentences.appsKeepAccess}</p>
<p>${sentences.sharedDevice}</p>
<p><a href="/apps" class="button plain">${sentences.signInAgain}</a></p>`,
  })
}
