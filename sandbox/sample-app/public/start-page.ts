// The page of an app that is not connected: who connects, with which scopes.

import { CLINICIAN_SCOPE, connect, PATIENT_SCOPE } from './connection.ts'
import { element, hideNotice, showNotice } from './dom.ts'

const KINDS = [
  { value: 'patient', label: 'Patient or parent', scope: PATIENT_SCOPE },
  { value: 'clinician', label: 'Clinician', scope: CLINICIAN_SCOPE },
] as const

export function startPage(fhirBase: string): HTMLElement {
  const scope = element('textarea', { id: 'scope', class: 'mono', rows: '7', spellcheck: 'false' })
  scope.value = new URLSearchParams(location.search).get('scope') ?? PATIENT_SCOPE
  const button = element('button', { type: 'submit', id: 'connect' }, 'Connect as patient')

  const choices = KINDS.map((kind) => {
    const radio = element('input', { type: 'radio', name: 'kind', value: kind.value })
    radio.checked = kind.value === 'patient'
    radio.addEventListener('change', () => {
      scope.value = kind.scope
      button.textContent = `Connect as ${kind.value}`
    })
    return element('label', {}, radio, kind.label)
  })
  const form = element(
    'form',
    { class: 'card' },
    element('fieldset', {}, element('legend', {}, 'Who connects'), element('div', { class: 'choices' }, ...choices)),
    element('div', { class: 'field' }, element('label', { for: 'scope' }, 'Scopes to ask for'), scope),
    button,
  )
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    hideNotice()
    button.disabled = true
    try {
      await connect({ scope: scope.value.trim().replace(/\s+/g, ' '), iss: fhirBase })
    } catch (error) {
      showNotice(`Cannot connect. ${error instanceof Error ? error.message : ''}`)
      button.disabled = false
    }
  })
  return element(
    'div',
    { class: 'start' },
    element('h1', {}, 'Your health record on one page'),
    element('p', { class: 'muted' }, 'Connect to your hospital. You choose there what Heart Chart may see.'),
    form,
  )
}
