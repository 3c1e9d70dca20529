// "Acting as": one sign-in may be a patient, a parent and a clinician. Nothing is chosen beforehand; roles never merge.
import { isolated, plainText } from './foreign-text.ts'
import { html } from './html.ts'
import type { Lang } from './language.ts'
import type { Frame } from './layout.ts'
import { errorAtField, errorSummary, layout } from './layout.ts'
import { readableDate } from './readable-date.ts'
import { frameWords } from './words/frame.ts'
import { pickerWords } from './words/pickers.ts'

export type PersonaChoice = {
  value: string
  /** `own`: the person's own record; `relative`: for somebody else; `clinician`: at work. */
  role: 'own' | 'relative' | 'clinician'
  /** Of the person whose record it is, or of the clinician. */
  name: string
  birthDate?: string
}

/** In one line, as on the page and in the list of apps. */
export function personaLabel({ role, name }: PersonaChoice, lang: Lang): string {
  const words = pickerWords(lang)
  if (role === 'own') return words.asYourself
  return role === 'clinician' ? words.asClinician(name) : words.forSomebody(name)
}

function personaHint({ role, name, birthDate }: PersonaChoice, lang: Lang): string | undefined {
  const words = pickerWords(lang)
  if (role === 'own') return words.ownRecord(name)
  if (role === 'clinician') return words.yourWork
  return birthDate === undefined ? undefined : words.bornOn(readableDate(birthDate, lang))
}

/** Posts `persona`, or `decision=deny`. */
export function personaPage(p: {
  frame: Frame
  action: string
  csrf: string
  app: string
  personas: PersonaChoice[]
  /** They pressed on without choosing. */
  isUnanswered?: boolean
}): string {
  const { lang } = p.frame
  const words = pickerWords(lang)
  const error = p.isUnanswered ? words.choosePersona : undefined
  const rows = p.personas.map((persona, at) => {
    const hint = personaHint(persona, lang)
    return html`<div class="choice">
<input type="radio" name="persona" id="persona-${at}" value="${persona.value}"${
      hint === undefined ? undefined : html` aria-describedby="persona-${at}-hint"`
    }>
<label for="persona-${at}">${isolated(personaLabel(persona, lang))}</label>
${hint === undefined ? undefined : html`<p class="hint" id="persona-${at}-hint">${isolated(hint, 200)}</p>`}
</div>`
  })
  return layout({
    frame: p.frame,
    title: words.actingAsTitle(plainText(p.app)),
    error,
    main: html`${errorSummary(error, 'persona-0', p.frame)}
<form method="post" action="${p.action}">
<input type="hidden" name="csrf" value="${p.csrf}">
<fieldset class="bare"${error === undefined ? undefined : html` aria-describedby="error-here"`}>
<legend><h1>${words.actingAs(isolated(p.app))}</h1></legend>
${errorAtField(error)}
${rows}
</fieldset>
<div class="buttons">
<button type="submit">${frameWords(lang).continue}</button>
<button type="submit" class="plain" name="decision" value="deny">${frameWords(lang).cancel}</button>
</div>
</form>`,
  })
}
