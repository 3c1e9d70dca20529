// One card of the chart: asks for one kind of data and shows it, or says that it is not shared.

import { type Client, sendFhir } from './connection.ts'
import { element } from './dom.ts'
import { conceptText, dateText, observationValue, observedOn, type Resource } from './resource.ts'

export type Section = {
  title: string
  /** Search below the FHIR base; the patient is added. */
  search: string
  show: (resources: readonly Resource[]) => HTMLElement
  wide?: boolean
}

const SHOWN_AT_FIRST = 6

export const SECTIONS: readonly Section[] = [
  {
    title: 'Problems',
    search: 'Condition?',
    show: (all) => rows(all, 'code', (one) => conceptText(one.clinicalStatus)),
  },
  {
    title: 'Medicines',
    search: 'MedicationRequest?',
    show: (all) =>
      list(
        all.map((one) => [
          one.medicationReference?.display ?? conceptText(one.medicationCodeableConcept),
          one.dosageInstruction?.[0]?.text ?? one.status ?? '',
        ]),
      ),
  },
  {
    title: 'Allergies',
    search: 'AllergyIntolerance?',
    show: (all) => rows(all, 'code', (one) => (one.criticality ? `${one.criticality} risk` : '')),
  },
  {
    title: 'Immunizations',
    search: 'Immunization?',
    show: (all) => rows(all, 'vaccineCode', (one) => dateText(one.occurrenceDateTime)),
  },
  { title: 'Vital signs', search: 'Observation?category=vital-signs&', show: observations, wide: true },
  { title: 'Laboratory', search: 'Observation?category=laboratory&', show: observations, wide: true },
]

/** The card at once, its content when the answer is there. */
export function sectionCard(client: Client, patientId: string, section: Section): HTMLElement {
  const count = element('span', { class: 'count' })
  const body = element('div', {}, element('p', { class: 'empty' }, 'Loading…'))
  const card = element(
    'section',
    { class: section.wide ? 'card wide' : 'card', 'aria-label': section.title },
    element('header', {}, element('h2', {}, section.title), count),
    body,
  )
  void fill(client, `${section.search}patient=${encodeURIComponent(patientId)}&_count=50`, section).then((filled) => {
    body.replaceChildren(filled.content)
    count.textContent = filled.note
    card.classList.toggle('withheld', filled.withheld)
  })
  return card
}

type Filled = { content: HTMLElement; note: string; withheld: boolean }

async function fill(client: Client, path: string, section: Section): Promise<Filled> {
  const say = (text: string, withheld = false): Filled => ({
    content: element('p', { class: 'empty' }, text),
    note: '',
    withheld,
  })
  try {
    const answer = await sendFhir(client, 'GET', path)
    if (answer.status === 403) return say('Not shared with this app.', true)
    if (answer.status !== 200) return say(`Could not be loaded (status ${answer.status}).`)
    const bundle = JSON.parse(answer.body) as { entry?: { resource?: Resource; search?: { mode?: string } }[] }
    const found = (bundle.entry ?? [])
      .filter((entry) => (entry.search?.mode ?? 'match') === 'match')
      .map((entry) => entry.resource)
      .filter((resource) => resource !== undefined)
    if (found.length === 0) return say('Nothing recorded.')
    return { content: section.show(found), note: String(found.length), withheld: false }
  } catch {
    return say('Could not be loaded.')
  }
}

function rows(all: readonly Resource[], name: 'code' | 'vaccineCode', note: (one: Resource) => string): HTMLElement {
  return list(all.map((one) => [conceptText(one[name]), note(one)]))
}

function list(lines: readonly (readonly [string, string])[]): HTMLElement {
  return folded(lines, (some) =>
    element(
      'ul',
      { class: 'rows' },
      ...some.map(([text, note]) =>
        element('li', {}, element('span', {}, text), element('span', { class: 'note' }, note)),
      ),
    ),
  )
}

function observations(all: readonly Resource[]): HTMLElement {
  const sorted = [...all].sort((a, b) => observedOn(b).localeCompare(observedOn(a)))
  return folded(sorted, (some) => {
    const head = element('tr', {}, ...['What', 'Value', 'Date'].map((text) => element('th', { scope: 'col' }, text)))
    const lines = some.map((one) =>
      element(
        'tr',
        {},
        element('td', {}, conceptText(one.code)),
        element('td', {}, observationValue(one)),
        element('td', {}, dateText(observedOn(one))),
      ),
    )
    return element(
      'div',
      { class: 'table' },
      element('table', {}, element('thead', {}, head), element('tbody', {}, ...lines)),
    )
  })
}

function folded<T>(all: readonly T[], show: (some: readonly T[]) => HTMLElement): HTMLElement {
  const rest = all.slice(SHOWN_AT_FIRST)
  const shown = element('div', {}, show(all.slice(0, SHOWN_AT_FIRST)))
  if (rest.length > 0) {
    shown.append(element('details', { class: 'more' }, element('summary', {}, `${rest.length} more`), show(rest)))
  }
  return shown
}
