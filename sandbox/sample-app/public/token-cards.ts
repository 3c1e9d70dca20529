// What the authorization server answered: scopes asked for and granted, the token answer, the claims of the id_token.

import type { Client } from './connection.ts'
import { element } from './dom.ts'

const split = (text: string | undefined) => (text ?? '').split(' ').filter((one) => one !== '')

/** `launch/patient` and `launch` are asked for a context, not for a right: whether they are echoed says little. */
function scopesCard(client: Client): HTMLElement {
  const asked = split(client.state.scope)
  const granted = split(client.state.tokenResponse?.scope)
  const line = (scope: string) => {
    const given = granted.includes(scope)
    const state = given ? (asked.includes(scope) ? 'granted' : 'added') : 'not granted'
    return element(
      'li',
      { class: given ? 'given' : 'refused' },
      element('span', { class: 'mark', 'aria-hidden': 'true' }),
      element('span', { class: 'mono' }, scope),
      element('span', { class: 'state' }, state),
    )
  }
  const all = [...new Set([...asked, ...granted])]
  return element(
    'section',
    { class: 'card', id: 'scopes' },
    element(
      'header',
      {},
      element('h2', {}, 'Scopes'),
      element('span', { class: 'count' }, `${granted.length} granted, ${asked.length} asked for`),
    ),
    element('ul', { class: 'scopes' }, ...all.map(line)),
  )
}

function jsonCard(id: string, title: string, content: unknown, open: boolean): HTMLElement {
  const text = content ? JSON.stringify(content, null, 2) : 'None came with the answer.'
  return element(
    'section',
    { class: 'card' },
    element(
      'details',
      open ? { open: '' } : {},
      element('summary', {}, title),
      element('pre', { id, tabindex: '0', 'aria-label': title }, text),
    ),
  )
}

export function tokenCards(client: Client): HTMLElement {
  return element(
    'div',
    { class: 'side' },
    scopesCard(client),
    jsonCard('token-answer', 'Token answer', client.state.tokenResponse, false),
    jsonCard('id-token', 'id_token claims', client.getIdToken(), false),
  )
}
