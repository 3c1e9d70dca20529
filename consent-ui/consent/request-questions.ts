// What the request asks by itself: to add, change and delete, and what the operator has asked about one by one.

import { plainText } from '../foreign-text.ts'
import { type Html, html } from '../html.ts'
import { consentWords } from '../words/consent.ts'
import type { AskedFor } from './asked-for.ts'
import { type ConsentPage, isNewRow, namesOf, radio, readerOf, rowHint, rowLabel } from './consent-page-parts.ts'
import { questionsIn } from './draft.ts'

/** Each must be answered by itself: nothing of it is chosen beforehand. */
export function questions(p: ConsentPage, asked: AskedFor): Html | undefined {
  const { request, draft, own, frame } = p
  const words = consentWords(frame.lang)
  const reader = readerOf(p)
  const all = questionsIn(request, asked)
  if (all.length === 0) return undefined
  const asking = all.map(({ id }, at) => {
    const deed = asked.deeds.find((one) => one.id === id)
    const row = asked.rows.find((one) => one.id === id)
    const legend = deed ? words.deeds[deed.deed] : row ? words.seeThis(plainText(rowLabel(row, reader), 200)) : ''
    const kinds = deed === undefined ? undefined : deed.isOfAll ? html`${words.anyKind}` : namesOf(deed.rows, reader)
    const notes = [
      kinds,
      deed?.everyone || row?.everyone ? words.deedOfEveryone : undefined,
      deed?.deed === 'd' ? words.mayNotComeBack : undefined,
      row === undefined ? undefined : rowHint(row, reader),
    ].filter((note) => note !== undefined)
    const isFaulty = p.faults?.some(({ kind }) => kind === 'answer') && draft.answers[id] === undefined
    const isNew = (deed?.rows ?? (row ? [row] : [])).some((one) => isNewRow(one, p.request))
    return html`<fieldset${notes.length > 0 ? html` aria-describedby="q${at}-note"` : undefined}><legend>${legend}${isNew ? html` <span class="mark">${words.isNew}</span>` : undefined}</legend>
${notes.length > 0 ? html`<p class="hint" id="q${at}-note">${notes.map((note) => html`<span>${note}</span> `)}</p>` : undefined}
${isFaulty ? html`<p class="error">${words.faults.answer}</p>` : undefined}
<div class="answers">
${(['yes', 'no'] as const).map((answer) => radio({ name: `answer.${id}`, value: answer, id: `q${at}-${answer}`, label: words[answer], isChosen: draft.answers[id] === answer }))}
</div></fieldset>`
  })
  return html`<section class="warning" aria-labelledby="also">
<h2 id="also">${words.alsoAsksTo}</h2>
${asked.deeds.length > 0 ? html`<p>${words.goesIntoRecord(own)}</p>` : undefined}
<p>${words.mustAnswer}</p>
${asking}
</section>`
}
