// In the window that was opened beside a frame: the sign-in is done, and the rest is in the frame.
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { sentences } from './sentences.ts'

export function signedInPage(frame: Frame): string {
  return layout({
    frame,
    title: sentences.signedIn,
    main: html`<h1>${sentences.signedIn}</h1>
<p>${sentences.closeAndGoBack}</p>`,
  })
}
