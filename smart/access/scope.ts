// SMART App Launch 2.2 clinical scopes: text <-> Scope. Grammar only; what a scope allows is in access.ts.

import { findSearchParameterType, isResourceType } from '../fhir/resource-types.ts'

/** Letters a v2 scope may carry, in the only order that the specification accepts. */
export const PERMISSIONS = 'cruds'

export type ScopeContext = 'patient' | 'user' | 'system'

export type Scope = {
  context: ScopeContext
  /** A resource type, or `*`. */
  type: string
  /** Some of `cruds`, in that order, at least one. */
  permissions: string
  /** Search parameter and value, decoded: all must hold. Empty: the scope is not narrowed. */
  filter: readonly (readonly [string, string])[]
  /** As asked for: a v1 request is answered in v1 form (SCP-03). */
  text: string
}

export type ParsedScope =
  | { ok: true; scope: Scope }
  | { ok: false; reason: 'not-clinical' | 'unknown-type' | 'permission-order' | 'bad-filter' }

/** v1 suffixes and what they mean in v2 letters. `read` must be found here before letters are tried (SCP-02). */
const V1_PERMISSIONS: ReadonlyMap<string, string> = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
])

/** Long forms that some clients send; only the prefix differs (SCP-14). */
const URI_PREFIX = 'http://smarthealthit.org/fhir/scopes/'

/** No honest scope comes near; keeps hostile input cheap. */
const MAX_SCOPE_CHARACTERS = 1000

/** The characters of an OAuth scope token (RFC 6749 section 3.3): printable ASCII without space, quote and backslash. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const SHAPE = /^(patient|user|system)\/([^./?]+)\.([^?]*)(\?(.*))?$/
const LETTERS = /^c?r?u?d?s?$/

/** Parameters every type has that a filter may name. */
const COMMON_FILTERS: ReadonlySet<string> = new Set(['_id', '_lastUpdated', '_profile', '_security', '_source', '_tag'])

/**
 * Parses one clinical scope; v1 `.read`, `.write` and `.*` are widened to letters.
 *
 * parseScope('patient/Observation.rs?category=laboratory')
 *
 * @param text one scope, already split at spaces and form-decoded
 * @returns the scope, or why it is none. Never throws: the text comes from a stranger.
 * @see SMART App Launch 2.2, "Scopes for requesting FHIR Resources"
 */
export function parseScope(text: string): ParsedScope {
  if (text.length > MAX_SCOPE_CHARACTERS || !SCOPE_TOKEN.test(text)) return { ok: false, reason: 'not-clinical' }
  const match = SHAPE.exec(text.startsWith(URI_PREFIX) ? text.slice(URI_PREFIX.length) : text)
  if (match === null) return { ok: false, reason: 'not-clinical' }
  const [, context, type = '', suffix = '', query, filterText = ''] = match

  if (type !== '*' && !isResourceType(type)) return { ok: false, reason: 'unknown-type' }

  const letters = V1_PERMISSIONS.get(suffix) ?? suffix
  if (letters === '' || !LETTERS.test(letters)) return { ok: false, reason: 'permission-order' }
  // A v1 scope has no filter: reading one as v2 would be a guess.
  if (query !== undefined && V1_PERMISSIONS.has(suffix)) return { ok: false, reason: 'bad-filter' }

  const filter = query === undefined ? [] : parseFilter(type, filterText)
  if (filter === undefined) return { ok: false, reason: 'bad-filter' }
  return { ok: true, scope: { context: context as ScopeContext, type, permissions: letters, filter, text } }
}

/** Undefined when any part is not plainly `parameter=value` of a parameter that the type has. */
function parseFilter(type: string, text: string): Scope['filter'] | undefined {
  const filter: [string, string][] = []
  for (const part of text.split('&')) {
    const at = part.indexOf('=')
    const name = decode(part.slice(0, Math.max(at, 0)))
    const value = decode(part.slice(at + 1))
    if (at < 1 || name === undefined || value === undefined || value === '') return undefined
    // `category:in`, `subject.name` and `_filter` are experimental in the guide; we reject them (SCP-09).
    if (!COMMON_FILTERS.has(name) && (type === '*' || findSearchParameterType(type, name) === undefined))
      return undefined
    filter.push([name, value])
  }
  return filter
}

/** A `+` stays a plus: the scope was form-decoded when it was split off, and is not decoded so twice (SCP-18). */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The scope in v2 form: a filter is encoded so that it survives splitting at spaces and parsing. */
export function printScope(scope: Scope): string {
  const filter = scope.filter.map(([name, value]) => `${name}=${encode(value)}`).join('&')
  return `${scope.context}/${scope.type}.${scope.permissions}${filter === '' ? '' : `?${filter}`}`
}

/** Encodes what would break the grammar, and keeps `:`, `/`, `|` and `,` readable, as the guide writes them. */
function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(/%3A|%2F|%7C|%2C/g, (encoded) => decodeURIComponent(encoded))
}

/**
 * Whether everything that `wanted` allows is allowed by `allowed` alone.
 * A narrowed scope contains only scopes with at least the same conditions: meaning is not guessed, so
 * `category=laboratory` does not contain `category=http://...|laboratory` although it might.
 */
export function scopeContains(allowed: Scope, wanted: Scope): boolean {
  return (
    allowed.context === wanted.context &&
    (allowed.type === '*' || allowed.type === wanted.type) &&
    [...wanted.permissions].every((letter) => allowed.permissions.includes(letter)) &&
    allowed.filter.every(([name, value]) =>
      wanted.filter.some(([wantedName, wantedValue]) => wantedName === name && isNarrower(wantedValue, value)),
    )
  )
}

/** Comma values are alternatives, so fewer of the same are narrower. */
function isNarrower(wanted: string, allowed: string): boolean {
  // A backslash escapes a comma in FHIR; such values are compared whole.
  if (wanted.includes('\\') || allowed.includes('\\')) return wanted === allowed
  const alternatives = allowed.split(',')
  return wanted.split(',').every((value) => alternatives.includes(value))
}
