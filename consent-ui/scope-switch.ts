// One scope as a switch: a plain checkbox underneath, so that it works in any browser and without a script.
import type { ScopeDescription } from './describe-scope.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import { sentences } from './sentences.ts'

const WHOLE_RECORD = /^Your whole record/

/** The scope text itself is the value posted: what is read is what is granted. */
export function scopeSwitch(p: {
  text: string
  id: string
  described: ScopeDescription
  on: boolean
  own: boolean
  /** Shown in the label where it is not plain from the heading. */
  verbs?: readonly string[]
  forEveryone?: boolean
}): Html {
  const { hint } = p.described
  const label = p.own ? p.described.label : p.described.label.replace(WHOLE_RECORD, 'The whole record')
  return html`<div class="switch">
<input type="checkbox" name="scope" id="${p.id}" value="${p.text}"${p.on ? html` checked` : undefined}${
    hint === undefined ? undefined : html` aria-describedby="${p.id}-hint"`
  }>
<label for="${p.id}"><span class="name">${label}</span>
${p.verbs === undefined ? undefined : html`<span class="verbs">${p.verbs.map((verb) => html`<span>${verb}</span> `)}</span>`}
${p.forEveryone ? html`<span class="reach">${sentences.forEveryone}</span>` : undefined}</label>
${hint === undefined ? undefined : html`<p class="hint" id="${p.id}-hint">${hint}</p>`}
</div>`
}
