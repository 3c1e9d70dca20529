// Fires any FHIR request with the app's token and shows the whole answer.

import { type Client, type FhirAnswer, sendFhir } from './connection.ts'
import { element } from './dom.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export function requestConsole(client: Client): HTMLElement {
  const method = element('select', { id: 'request-method' }, ...METHODS.map((name) => element('option', {}, name)))
  const path = element('input', { id: 'request-path', class: 'mono', spellcheck: 'false', autocapitalize: 'off' })
  path.value = client.patient.id ? `Patient/${client.patient.id}` : 'Patient'
  const body = element('textarea', { id: 'request-body', class: 'mono', rows: '5', spellcheck: 'false' })
  const send = element('button', { type: 'submit', id: 'request-send' }, 'Send')
  const answer = element('div', { 'aria-live': 'polite', id: 'request-answer' })
  const bodyField = element('div', { class: 'field' }, element('label', { for: 'request-body' }, 'Body'), body)
  bodyField.hidden = true
  method.addEventListener('change', () => {
    bodyField.hidden = method.value === 'GET' || method.value === 'DELETE'
  })

  const labelled = (id: string, text: string, field: HTMLElement) =>
    element('div', {}, element('label', { for: id }, text), field)
  const form = element(
    'form',
    {},
    element(
      'div',
      { class: 'line' },
      labelled('request-method', 'Method', method),
      labelled('request-path', 'Path below the FHIR base', path),
      send,
    ),
    bodyField,
  )
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    send.disabled = true
    try {
      const sent = bodyField.hidden ? undefined : body.value
      answer.replaceChildren(...shown(await sendFhir(client, method.value, path.value, sent)))
    } catch {
      answer.replaceChildren(
        element('p', { class: 'status bad' }, 'No answer: the server is down, or CORS forbids it.'),
      )
    }
    send.disabled = false
  })
  return element(
    'section',
    { class: 'card console' },
    element(
      'header',
      {},
      element('h2', {}, 'Try a request'),
      element('span', { class: 'count mono' }, client.state.serverUrl),
    ),
    form,
    answer,
  )
}

function shown(answer: FhirAnswer): HTMLElement[] {
  const bad = answer.status >= 400 ? ' bad' : ''
  const headers = answer.headers.map(([name, value]) => `${name}: ${value}`).join('\n')
  return [
    element('p', { class: `status${bad}`, id: 'answer-status' }, `${answer.status} ${answer.statusText}`),
    element('details', {}, element('summary', {}, 'Headers'), element('pre', { id: 'answer-headers' }, headers)),
    element('pre', { id: 'answer-body', tabindex: '0', 'aria-label': 'Body of the answer' }, pretty(answer.body)),
  ]
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body === '' ? '(no body)' : body
  }
}
