// "Acting as": one sign-in may be a patient, a parent and a clinician. Nothing is chosen beforehand; roles never merge.
import { isolated, plainText } from './foreign-text.ts'
import { html } from './html.ts'
import type { Frame } from './layout.ts'
import { errorAtField, errorSummary, layout } from './layout.ts'
import { sentences } from './sentences.ts'

export type PersonaChoice = { value: string; label: string; hint?: string }

/** Posts `persona`, or `decision=deny`. */
export function personaPage(p: {
  frame: Frame
  action: string
  csrf: string
  app: string
  personas: PersonaChoice[]
  error?: string
}): string {
  const rows = p.personas.map(
    (persona, at) => html`<div class="choice">
<input type="radio" name="persona" id="persona-${at}" value="${persona.value}"${
      persona.hint === undefined ? undefined : html` aria-describedby="persona-${at}-hint"`
    }>
<label for="persona-${at}">${isolated(persona.label)}</label>
${persona.hint === undefined ? undefined : html`<p class="hint" id="persona-${at}-hint">${isolated(persona.hint, 200)}</p>`}
</div>`,
  )
  return layout({
    frame: p.frame,
    title: `Who are you using ${plainText(p.app)} as?`,
    error: p.error,
    main: html`${errorSummary(p.error, 'persona-0')}
<form method="post" action="${p.action}">
<input type="hidden" name="csrf" value="${p.csrf}">
<fieldset class="bare"${p.error === undefined ? undefined : html` aria-describedby="error-here"`}>
<legend><h1>Who are you using ${isolated(p.app)} as?</h1></legend>
${errorAtField(p.error)}
${rows}
</fieldset>
<div class="buttons">
<button type="submit">${sentences.continue}</button>
<button type="submit" class="plain" name="decision" value="deny">${sentences.cancel}</button>
</div>
</form>`,
  })
}
