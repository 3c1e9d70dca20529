// A timeline as it may leave the developer's machine: every secret, code and token is taken out, wherever it stands.

import { decodeToken } from './decode.ts'
import type { Exchange } from './exchange.ts'

/** Names of parameters, fields and members whose values are worth something to whoever reads them. */
const SECRET_NAMES = new Set([
  'access_token',
  'assertion',
  'client_assertion',
  'client_secret',
  'code',
  'code_challenge',
  'code_verifier',
  'csrf',
  'id',
  'id_token',
  'id_token_hint',
  'launch',
  'nonce',
  'refresh_token',
  'registration_access_token',
  'session_state',
  'state',
  'token',
])
/** Long texts without a name: ids in paths, and what a token would look like. */
const UNGUESSABLE = /[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*/g
/** What long texts of the standards may say, and the addresses of the sandbox. */
const KNOWN = /^(?:[a-z]+(?:[-_][a-z]+)*|[A-Z][A-Za-z]+)$/

/** Claims that say what a token is for, and let nobody in. */
const TELLING_CLAIMS = ['iss', 'aud', 'exp', 'iat', 'nbf', 'scope', 'client_id', 'azp']

/** What is shared: the exchanges, and of each token that was in them only what it is for. */
export type RedactedTimeline = { exchanges: Exchange[]; tokens: { name: string; alg: unknown; claims: object }[] }

export function redactTimeline(exchanges: readonly Exchange[]): RedactedTimeline {
  const secrets = new Map<string, string>()
  for (const exchange of exchanges) for (const [name, value] of namedValues(exchange)) noteSecret(secrets, name, value)
  // Longest first, so that no part of one is left beside another.
  const known = [...secrets].sort(([one], [other]) => other.length - one.length)
  const clean = (text: string): string =>
    known
      .reduce((left, [value, name]) => left.replaceAll(value, removed(name)), text)
      .replace(UNGUESSABLE, (found) => (KNOWN.test(found) ? found : removed('value')))
  return {
    exchanges: exchanges.map((exchange) => cleanExchange(exchange, clean)),
    tokens: known.filter(([value]) => value.startsWith('eyJ')).map(([value, name]) => ({ name, ...shownOf(value) })),
  }
}

function removed(name: string): string {
  return `[${name}]`
}

function noteSecret(secrets: Map<string, string>, name: string, value: string): void {
  if (!SECRET_NAMES.has(name) || value === '') return
  secrets.set(value, name)
  // The same value as an address would hold it.
  secrets.set(encodeURIComponent(value), name)
}

function namedValues({ url, form = [], authorization, location, body }: Exchange): [string, string][] {
  const [scheme = '', credentials = ''] = (authorization ?? '').split(' ', 2)
  return [
    ...new URL(url).searchParams,
    ...form,
    ...(location === undefined ? [] : [...new URL(location, url).searchParams]),
    ...members(body),
    ...(credentials === ''
      ? []
      : [[scheme === 'Basic' ? 'client_secret' : 'access_token', credentials] as [string, string]]),
  ]
}

/** Every named text of an answer, however deep. */
function members(body: string | undefined): [string, string][] {
  const found: [string, string][] = []
  try {
    JSON.parse(body ?? '', (name, value: unknown) => {
      if (typeof value === 'string') found.push([name, value])
      return value
    })
  } catch {
    // No JSON: it is cleaned as text.
  }
  return found
}

function cleanExchange(exchange: Exchange, clean: (text: string) => string): Exchange {
  const { url, form, authorization, location, body } = exchange
  return {
    ...exchange,
    url: clean(url),
    ...(form === undefined ? {} : { form: form.map(([name, value]): [string, string] => [clean(name), clean(value)]) }),
    ...(authorization === undefined ? {} : { authorization: clean(authorization) }),
    ...(location === undefined ? {} : { location: clean(location) }),
    ...(body === undefined ? {} : { body: clean(body) }),
  }
}

function shownOf(token: string): { alg: unknown; claims: object } {
  const { header, payload } = decodeToken(token)
  const claims = Object.fromEntries(
    TELLING_CLAIMS.filter((name) => name in payload).map((name) => [name, payload[name]]),
  )
  return { alg: header.alg, claims }
}
