// What a developer wants to know of an exchange: what step it was, what it said, and what is in its tokens.

import type { Exchange } from './exchange.ts'

/** A JWT, its parts read and not verified. */
export type DecodedToken = {
  name: string
  raw: string
  header: Record<string, unknown>
  payload: Record<string, unknown>
}

export type Described = { title: string; facts: [name: string, value: string][]; tokens: DecodedToken[] }

const GRANTS: Record<string, string> = {
  authorization_code: 'The app redeems the code',
  refresh_token: 'The app refreshes its token',
  client_credentials: 'A service asks for a token',
}

/** Members of an answer that say what was granted, ahead of the others. */
const TELLING = ['error', 'error_description', 'scope', 'patient', 'encounter', 'expires_in']

export function describeExchange(exchange: Exchange): Described {
  const url = new URL(exchange.url)
  const fields = [...url.searchParams, ...(exchange.form ?? [])]
  // What a server can do is no part of what happened.
  const answered = url.pathname.includes('/.well-known/') ? {} : jsonOf(exchange.body)
  const members = Object.entries(answered).map(([name, value]): [string, string] => [name, textOf(value)])
  const target = exchange.location === undefined ? undefined : new URL(exchange.location, url)
  return {
    title: titleOf(exchange, url),
    facts: [
      ...fields.map(([name, value]): [string, string] => [name, value]),
      ...(exchange.fault === undefined ? [] : [['fault made here', exchange.fault] as [string, string]]),
      ...(target === undefined ? [] : [['sent on to', target.origin + target.pathname] as [string, string]]),
      ...[...(target?.searchParams ?? [])].map(([name, value]): [string, string] => [`sent on: ${name}`, value]),
      ...members
        .sort(([one], [other]) => rank(one) - rank(other))
        .map(([name, value]): [string, string] => [`answered: ${name}`, value]),
    ],
    tokens: tokensIn([...fields, ...members, ['Authorization', exchange.authorization ?? '']]),
  }
}

function rank(name: string): number {
  const at = TELLING.indexOf(name)
  return at < 0 ? TELLING.length : at
}

function titleOf({ method, form = [], status }: Exchange, url: URL): string {
  const path = url.pathname
  if (path === '/auth') return 'The app asks for access'
  if (path.startsWith('/auth/')) return status < 400 && status >= 300 ? 'Back to the app' : 'The request goes on'
  if (path.startsWith('/interaction/')) return method === 'POST' ? 'The person answers' : 'The person is asked'
  if (path.startsWith('/callback')) return 'Back from the sign-in'
  if (path === '/token') return titleOfTokenRequest(new URLSearchParams(form))
  if (path === '/launch') return 'The record system opens a chart'
  if (path.startsWith('/launches/')) return 'The record system closes the chart'
  if (path.startsWith('/grants')) return 'The operator ends access'
  if (path.includes('/.well-known/')) return 'The app looks up the server'
  if (path.startsWith('/fhir/'))
    return method === 'GET' ? `The app reads ${path.slice(6)}` : `The app sends ${path.slice(6)}`
  return path
}

function titleOfTokenRequest(form: URLSearchParams): string {
  // Scopes of the server's own APIs: the caller is no app.
  if (form.get('scope')?.startsWith('__')) return 'The record system or the operator asks for a token of its own'
  return GRANTS[form.get('grant_type') ?? ''] ?? 'A token is asked for'
}

const JWT = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/

function tokensIn(fields: readonly (readonly [string, string])[]): DecodedToken[] {
  return fields.flatMap(([name, value]) => {
    const token = JWT.exec(value)?.[0]
    return token === undefined ? [] : [{ name, raw: token, ...decodeToken(token) }]
  })
}

/** @param token one that looks like a JWT; parts that are none come as empty */
export function decodeToken(token: string): Omit<DecodedToken, 'name' | 'raw'> {
  const [header, payload] = token.split('.').map((part) => jsonOf(Buffer.from(part, 'base64url').toString()))
  return { header: header ?? {}, payload: payload ?? {} }
}

function jsonOf(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
