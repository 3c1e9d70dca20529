// Inside a frame of the record system, where a sign-in page cannot be shown: one link out of it.
import { isolated, plainText } from './foreign-text.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { layout } from './layout.ts'

export function hopPage(p: {
  frame: Frame
  app: string
  /** Where the new window goes: a path of ours. */
  href: string
  /** `opener` where the new window must find this one again. */
  rel?: 'opener' | 'noopener'
}): string {
  return layout({
    frame: p.frame,
    title: `Sign in to ${plainText(p.app, 80)} in a new window`,
    main: html`<h1>Sign in to ${isolated(p.app, 80)}</h1>
<p>For your safety, signing in needs a window of its own.</p>
<p><a class="button" href="${p.href}" target="_blank" rel="${p.rel ?? 'noopener'}">Continue in a new window</a></p>`,
  })
}
