// The form of an app, as it is posted, and the members that our API takes.
import { CLIENT_FIELDS, type ClientForm } from '../../consent-ui/admin/index.ts'
import { ApiError } from '../api/own-api.ts'

const LISTS: ReadonlySet<string> = new Set(['redirect_uris', 'contacts'])

export function clientForm(form: URLSearchParams): ClientForm {
  return Object.fromEntries(['client_id', ...CLIENT_FIELDS].map((name) => [name, form.get(name) ?? '']))
}

/**
 * What is empty is `null`: not said, or taken away (RFC 7396).
 * @throws ApiError when the keys are no JSON
 */
export function clientMembersIn(form: ClientForm): Record<string, unknown> {
  return Object.fromEntries(CLIENT_FIELDS.map((name) => [name, memberOf(name, (form[name] ?? '').trim())]))
}

function memberOf(name: string, text: string): unknown {
  if (LISTS.has(name)) return text.split(/\s+/).filter((one) => one !== '')
  if (text === '') return null
  if (name === 'scope' || name === 'required_scope') return text.split(/\s+/).join(' ')
  if (name !== 'jwks') return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new ApiError(400, 'invalid_request', 'jwks: must be JSON')
  }
}

export function withoutNulls(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}
