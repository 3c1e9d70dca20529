// The end of a visit to "Apps with access".
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'

export function signedOutPage(frame: Frame): string {
  return layout({
    frame,
    title: 'You are signed out',
    main: html`<h1>You are signed out</h1>
<p>You can close this page. Apps keep the access that you gave them.</p>
<p>Others use this device too? Then close all windows of this browser.</p>
<p><a href="/apps" class="button plain">Sign in again</a></p>`,
  })
}
