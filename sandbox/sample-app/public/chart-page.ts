// The page of a connected app: whose chart it is, the chart, what was granted, and the request console.

import { type Client, sendFhir } from './connection.ts'
import { element } from './dom.ts'
import { requestConsole } from './request-console.ts'
import { dateText, personName, type Resource } from './resource.ts'
import { SECTIONS, sectionCard } from './section.ts'
import { tokenCards } from './token-cards.ts'

export function chartPage(client: Client): HTMLElement[] {
  const { id } = client.patient
  const chart = id
    ? element('div', { class: 'chart' }, ...SECTIONS.map((section) => sectionCard(client, id, section)))
    : element(
        'div',
        { class: 'card' },
        element(
          'p',
          { class: 'empty' },
          'No patient came with the token. Ask for launch/patient, or use the requests below.',
        ),
      )
  return [
    personBanner(client, id),
    element('div', { class: 'page' }, element('div', {}, chart, requestConsole(client)), tokenCards(client)),
  ]
}

function personBanner(client: Client, id: string | null): HTMLElement {
  const name = element('h1', { id: 'patient-name' }, id ? 'Health record' : 'Connected')
  const facts = element('p', { id: 'patient-facts' })
  if (client.state.tokenResponse?.need_patient_banner === false) {
    // The EHR already shows who it is around this page.
    facts.textContent = 'Your record system shows whose record this is.'
  } else if (id) {
    void describePatient(client, id).then((described) => {
      name.textContent = described.name
      facts.textContent = described.facts
    })
  }
  return element('div', { class: 'person' }, name, facts)
}

async function describePatient(client: Client, id: string): Promise<{ name: string; facts: string }> {
  const unknown = (facts: string) => ({ name: 'Health record', facts })
  try {
    const answer = await sendFhir(client, 'GET', `Patient/${encodeURIComponent(id)}`)
    if (answer.status === 403) return unknown('Name and birth date: not shared with this app.')
    if (answer.status !== 200) return unknown(`Name and birth date could not be loaded (status ${answer.status}).`)
    const patient = JSON.parse(answer.body) as Resource
    const born = patient.birthDate === undefined ? '' : `Born ${dateText(patient.birthDate)}`
    return { name: personName(patient), facts: [born, patient.gender ?? ''].filter((fact) => fact !== '').join(' · ') }
  } catch {
    return unknown('Name and birth date could not be loaded.')
  }
}
