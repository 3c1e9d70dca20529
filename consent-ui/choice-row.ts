// One choice as a row: a plain checkbox, and below it a fold with its parts. Works in any browser, without a script.
import type { Choice } from './choice.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Lang } from './language.ts'
import { consentWords } from './words/consent.ts'
import { frameWords } from './words/frame.ts'

export type RowOptions = {
  lang: Lang
  /** Say what is done to the data, where the heading does not. */
  verbs?: true
}

/** A question: a switch that posts its scope text as `scope`. */
export function questionRow(choice: Choice, id: string, options: RowOptions): Html {
  return html`<div class="switch">
${boxOf(choice, id, 'scope', options)}
</div>`
}

/** The same text is what is read, what is posted and what is granted. */
function boxOf(choice: Choice, id: string, name: 'scope' | 'part', options: RowOptions): Html {
  const { value, described, isOn, isNew, needed, choices } = choice
  const { hint, label } = described
  const words = consentWords(options.lang)
  return html`<input type="checkbox" name="${name}" id="${id}" value="${value}"${isOn ? html` checked` : undefined}${
    hint === undefined ? undefined : html` aria-describedby="${id}-hint"`
  }>
<label for="${id}"><span class="name">${label}</span>
${choices.length > 0 && choice.text !== undefined ? html`<span class="partly">${words.partly}</span>` : undefined}
${isNew ? html`<span class="mark">${words.newSince}</span>` : undefined}
${needed === 'nothing' ? undefined : html`<span class="mark">${words.needed[needed]}</span>`}
${options.verbs ? html`<span class="verbs">${described.verbs.map((verb) => html`<span>${verb}</span> `)}</span>` : undefined}
${options.verbs && described.everyone ? html`<span class="reach">${frameWords(options.lang).forEveryone}</span>` : undefined}</label>
${hint === undefined ? undefined : html`<p class="hint" id="${id}-hint">${hint}</p>`}
${choices.length > 0 ? fold(choice, id, options) : undefined}`
}

/**
 * Open where something in it is off, so that nothing stands narrowed out of sight. The style sheet hides the fold of
 * what is off; where there is no sheet, words say that it does not count.
 */
function fold(choice: Choice, id: string, { lang }: RowOptions): Html {
  const words = consentWords(lang)
  const { label } = choice.described
  const isPartly = choice.isOn && choice.choices.some((one) => !isWhole(one))
  return html`<details class="choose"${isPartly ? html` open` : undefined}><summary>${words.choose}<span class="hidden"> ${words.partsOf(label)}</span></summary>
<p class="hidden">${words.onlyWhileOn(label)}</p>
${choice.note === undefined ? undefined : html`<p class="hint">${choice.note}</p>`}
${choice.choices.map(
  (one, at) => html`<div class="part">
${boxOf(one, `${id}-${at}`, 'part', { lang })}
</div>`,
)}
</details>`
}

function isWhole(choice: Choice): boolean {
  return choice.isOn && choice.choices.every(isWhole)
}
