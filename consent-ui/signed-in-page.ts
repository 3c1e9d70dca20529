// In the window that was opened beside a frame: the sign-in is done, and the rest is in the frame.
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'
import { signInWords } from './words/sign-in.ts'

export function signedInPage(frame: Frame): string {
  const words = signInWords(frame.lang)
  return layout({
    frame,
    title: words.signedIn,
    main: html`<h1>${words.signedIn}</h1>
<p>${words.closeAndGoBack}</p>`,
  })
}
