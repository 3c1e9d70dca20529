// Of the request: who asks, for whose data, and what the app says it does with it.
import { isolated, plainText } from '../foreign-text.ts'
import { type Html, html } from '../html.ts'
import { otherPersonLink } from '../other-person-page.ts'
import { personName } from '../person-name.ts'
import { readableDate } from '../readable-date.ts'
import { consentWords, type DataUse } from '../words/consent.ts'
import { frameWords } from '../words/frame.ts'
import { pickerWords } from '../words/pickers.ts'
import { appName, type ConsentPage } from './consent-page-parts.ts'

export function whoAsks(p: ConsentPage): Html {
  const words = consentWords(p.frame.lang)
  const { maker, purpose, origin, checkedBy } = p.app
  const address = html`<span class="address" dir="ltr">${plainText(origin, 200)}</span>`
  return html`<ul class="who">
${maker === undefined ? undefined : html`<li>${words.by(isolated(maker, 80))}</li>`}
<li>${checkedBy === undefined ? words.checkedByNobody : words.checkedBy(isolated(checkedBy, 80))}</li>
<li>${words.dataGoesTo(address)}</li>
<li class="purpose">${purpose === undefined ? words.whyUnknown : words.whyInItsWords(appName(p), isolated(purpose, 400))}</li>
</ul>`
}

export function whoseData({ frame, patient, user, changeable, action, csrf }: ConsentPage): Html {
  const { lang } = frame
  const [words, general] = [consentWords(lang), frameWords(lang)]
  const born = patient?.birthDate
  const whose = patient
    ? html`<strong>${patient.name === undefined ? pickerWords(lang).openChart : personName(patient.name, lang)}</strong>${born === undefined ? undefined : html`, ${general.born(readableDate(born, lang))}`}`
    : html`<strong>${general.everyoneYouMayOpen}</strong>`
  return html`<section class="whose" aria-labelledby="whose">
<h2 id="whose">${words.whoseData}</h2>
<p class="person">${whose}</p>
<p class="quiet">${general.signedInAs(isolated(user))}</p>
${otherPersonLink(frame, action)}
${
  changeable
    ? html`<form method="post" action="${action}/change"><input type="hidden" name="csrf" value="${csrf}">
<button type="submit" class="link">${words.notRight}</button></form>`
    : undefined
}
</section>`
}

const USES: readonly DataUse[] = ['sells', 'shares', 'deletes_on_request', 'ends_when_stopped']

export function dataUse(p: ConsentPage): Html {
  const words = consentWords(p.frame.lang)
  const { dataUse: said = {}, policyUri } = p.app
  const lines = USES.map((use) => {
    const answer = said[use]
    return answer === undefined ? words.notAnswered[use] : words.dataUseAnswers[use][answer ? 'yes' : 'no']
  })
  const isSilent = USES.every((use) => said[use] === undefined)
  return html`<section aria-labelledby="use">
<h2 id="use">${words.dataUse(appName(p))}</h2>
${isSilent ? html`<p>${words.nothingAnswered}</p>` : html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`}
${policyUri === undefined ? undefined : html`<p><a class="press" href="${policyUri}" target="_blank" rel="noopener noreferrer">${words.policy}</a></p>`}
<p class="quiet">${words.notChecked}</p>
</section>`
}
