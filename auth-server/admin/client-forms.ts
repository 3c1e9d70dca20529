// The form of an app, as it is posted, and the members that our API takes.
import { CLIENT_FIELDS, type ClientForm, DATA_USES } from '../../consent-ui/admin/index.ts'
import { ApiError } from '../api/own-api.ts'

const LISTS: ReadonlySet<string> = new Set(['redirect_uris', 'contacts', 'cors_origins'])
const OF_DATA_USE: ReadonlySet<string> = new Set(DATA_USES)

export function clientForm(form: URLSearchParams): ClientForm {
  return Object.fromEntries(['client_id', ...CLIENT_FIELDS].map((name) => [name, form.get(name) ?? '']))
}

/**
 * What is empty is `null`: not said, or taken away (RFC 7396).
 * @throws ApiError when the keys are no JSON
 */
export function clientMembersIn(form: ClientForm): Record<string, unknown> {
  const simple = CLIENT_FIELDS.filter((name) => !OF_DATA_USE.has(name))
  const answers = DATA_USES.flatMap((use) => (form[use] ? [[use, form[use] === 'yes'] as const] : []))
  return {
    ...Object.fromEntries(simple.map((name) => [name, memberOf(name, (form[name] ?? '').trim())])),
    data_use: answers.length === 0 ? null : Object.fromEntries(answers),
  }
}

function memberOf(name: string, text: string): unknown {
  if (LISTS.has(name)) return text.split(/\s+/).filter((one) => one !== '')
  if (name === 'staff_approved') return text === 'yes'
  if (text === '') return null
  if (name === 'required_reasons') return reasonsIn(text)
  if (name === 'scope' || name === 'required_scope') return text.split(/\s+/).join(' ')
  if (name !== 'jwks') return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new ApiError(400, 'invalid_request', 'jwks: must be JSON')
  }
}

/** A line each: a scope, a space, and what stops working without it. */
function reasonsIn(text: string): Record<string, string> {
  const lines = text.split('\n').map((line) => /^(\S+)\s+(.*)$/.exec(line.trim()))
  if (lines.includes(null))
    throw new ApiError(400, 'invalid_request', 'required_reasons: a line each, a scope, a space, and words')
  return Object.fromEntries(lines.flatMap((line) => (line === null ? [] : [[line[1] ?? '', line[2] ?? '']])))
}

export function withoutNulls(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}
