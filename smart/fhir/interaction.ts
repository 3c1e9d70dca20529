// A request line parsed to one FHIR interaction (R4, RESTful API). Strict: what cannot be read in one way only is refused.
// What may be done is plan.ts.

import { findCompartmentRow } from './compartment.ts'
import { isId } from './reference.ts'
import { isResourceType } from './resource-types.ts'

export type Parameter = readonly [name: string, value: string]

export type Interaction =
  | { kind: 'capabilities' }
  | { kind: 'read'; type: string; id: string; parameters: readonly Parameter[] }
  | { kind: 'vread'; type: string; id: string; versionId: string; parameters: readonly Parameter[] }
  /** `form`: POST, and the parameters of its body are still to be added. */
  | { kind: 'search'; type: string; parameters: readonly Parameter[]; form: boolean }
  /** Over several types, which `_type` names. */
  | { kind: 'system-search'; parameters: readonly Parameter[]; form: boolean }
  /** The versions of one record. */
  | { kind: 'instance-history'; type: string; id: string; parameters: readonly Parameter[] }
  | { kind: 'type-history'; type: string; parameters: readonly Parameter[] }
  | { kind: 'system-history'; parameters: readonly Parameter[] }
  | { kind: 'create'; type: string; parameters: readonly Parameter[] }
  | { kind: 'update' | 'patch' | 'delete'; type: string; id: string; parameters: readonly Parameter[] }
  /** A write of the one record that a search finds. */
  | {
      kind: 'conditional'
      method: 'update' | 'patch' | 'delete'
      type: string
      parameters: readonly Parameter[]
    }
  /** All of a patient's compartment, whatever the type. */
  | { kind: 'compartment'; id: string; parameters: readonly Parameter[] }
  /** `name` with its `$`. `body`: what a POST brings, `other` where that is more than plain parameters. */
  | {
      kind: 'operation'
      name: string
      method: 'GET' | 'POST'
      type?: string
      id?: string
      parameters: readonly Parameter[]
      body?: readonly Parameter[] | 'other'
    }
  /** A batch or transaction: its entries are interactions of their own. */
  | { kind: 'bundle' }
  /** A later page of a search, by the handle that we gave out. */
  | { kind: 'page'; handle: string }
  /** How a bulk export stands, or an end to it, by the handle that we gave out. */
  | { kind: 'export-job'; handle: string; method: 'GET' | 'DELETE' }
  | { kind: 'export-file'; handle: string }
  /** Understood, and not carried out. */
  | { kind: 'unsupported'; name: 'compartment search'; reason: string }

export type RequestRefusal = {
  ok: false
  reason: 'malformed' | 'unknown-type' | 'unknown-interaction'
  message: string
}
export type ParsedInteraction = { ok: true; interaction: Interaction } | RequestRefusal

/**
 * @param method HTTP method; HEAD is read as GET
 * @param target the raw request target, as on the request line
 * @param basePath path of the FHIR base, `/fhir`
 */
export function parseInteraction(method: string, target: string, basePath: string): ParsedInteraction {
  // Absolute-form, fragments, backslashes and control characters: no FHIR client sends them, smugglers do (ENF-02).
  if (!target.startsWith('/') || /[^\x21-\x7e]|[#\\"<>^`{}]/.test(target))
    return malformed('The URL is not well formed.')
  const at = target.indexOf('?')
  const path = at === -1 ? target : target.slice(0, at)
  const parameters = parseParameters(at === -1 ? '' : target.slice(at + 1))
  if (parameters === undefined) return malformed('The query is not well formed.')
  if (path !== basePath && !path.startsWith(`${basePath}/`)) return unknown('There is nothing at this path.')

  const below = path.slice(basePath.length + 1)
  const segments = below === '' ? [] : below.split('/')
  for (const segment of segments) {
    // No name or id in FHIR needs percent-encoding in a path, so encoded slashes and dots have no way in.
    if (!/^[$_*]?[A-Za-z0-9._-]*$/.test(segment) || segment === '' || segment === '.' || segment === '..')
      return malformed('The path is not well formed.')
  }
  return route(method === 'HEAD' ? 'GET' : method, segments, parameters)
}

/** A search by POST, whose parameters are still to be read from its body. */
export function takesForm(
  interaction: Interaction,
): interaction is Extract<Interaction, { kind: 'search' | 'system-search' }> {
  return (interaction.kind === 'search' || interaction.kind === 'system-search') && interaction.form
}

/** Adds the parameters of a POST body; a URL query beside it counts too (ENF-26). */
export function addFormParameters(interaction: Interaction, body: string): ParsedInteraction {
  const parameters = takesForm(interaction) ? parseParameters(body.trim()) : undefined
  if (!takesForm(interaction) || parameters === undefined) return malformed('The form is not well formed.')
  return {
    ok: true,
    interaction: { ...interaction, form: false, parameters: [...interaction.parameters, ...parameters] },
  }
}

function route(method: string, segments: readonly string[], parameters: readonly Parameter[]): ParsedInteraction {
  const [first, second, third, fourth, ...rest] = segments
  if (rest.length > 0) return unknown('There is nothing at this path.')
  if (first === undefined) {
    if (method === 'GET') return found({ kind: 'system-search', parameters, form: false })
    return method === 'POST' ? found({ kind: 'bundle' }) : unknownMethod()
  }
  if (segments.some((segment) => segment.startsWith('$'))) return ofOperation(method, segments, parameters)
  if (first === 'metadata' && second === undefined)
    return method === 'GET' ? found({ kind: 'capabilities' }) : unknownMethod()
  if (first === '_history' && second === undefined)
    return method === 'GET' ? found({ kind: 'system-history', parameters }) : unknownMethod()
  if (first === '_search' && second === undefined)
    return method === 'POST' ? found({ kind: 'system-search', parameters, form: true }) : unknownMethod()
  if (first === '_page' && second !== undefined && third === undefined)
    return method === 'GET' ? found({ kind: 'page', handle: second }) : unknownMethod()
  if (first === '_export' && second !== undefined && third === undefined)
    return method === 'GET' || method === 'DELETE'
      ? found({ kind: 'export-job', handle: second, method })
      : unknownMethod()
  if (first === '_file' && second !== undefined && third === undefined)
    return method === 'GET' ? found({ kind: 'export-file', handle: second }) : unknownMethod()
  if (!isResourceType(first)) return unknownType()
  const type = first

  if (second === undefined) return ofType(method, type, parameters)
  if (second === '_search' && third === undefined)
    return method === 'POST' ? found({ kind: 'search', type, parameters, form: true }) : unknownMethod()
  if (second === '_history' && third === undefined)
    return method === 'GET' ? found({ kind: 'type-history', type, parameters }) : unknownMethod()
  if (!isId(second)) return malformed('The id is not well formed.')

  if (third === undefined) return ofInstance(method, type, second, parameters)
  if (third === '_history') {
    if (method !== 'GET') return unknownMethod()
    if (fourth === undefined) return found({ kind: 'instance-history', type, id: second, parameters })
    if (!isId(fourth)) return malformed('The version id is not well formed.')
    return found({ kind: 'vread', type, id: second, versionId: fourth, parameters })
  }
  const isSearch = (method === 'GET' && fourth === undefined) || (method === 'POST' && fourth === '_search')
  if (isSearch && (third === '*' || isResourceType(third)))
    return ofCompartment(type, second, third, parameters, method === 'POST')
  return unknown('There is nothing at this path.')
}

/** Of the server, of a type or of a record, by GET or POST. */
function ofOperation(method: string, segments: readonly string[], parameters: readonly Parameter[]): ParsedInteraction {
  const name = segments.at(-1) ?? ''
  const [type, id, ...more] = segments.slice(0, -1)
  if (!/^\$[a-z][A-Za-z0-9-]*$/.test(name) || more.length > 0) return unknown('There is nothing at this path.')
  if (type !== undefined && !isResourceType(type)) return unknownType()
  if (id !== undefined && !isId(id)) return malformed('The id is not well formed.')
  if (method !== 'GET' && method !== 'POST') return unknownMethod()
  const on = { ...(type === undefined ? {} : { type }), ...(id === undefined ? {} : { id }) }
  return found({ kind: 'operation', name, method, ...on, parameters })
}

function ofType(method: string, type: string, parameters: readonly Parameter[]): ParsedInteraction {
  switch (method) {
    case 'GET':
      return found({ kind: 'search', type, parameters, form: false })
    case 'POST':
      return found({ kind: 'create', type, parameters })
    case 'PUT':
      return found({ kind: 'conditional', method: 'update', type, parameters })
    case 'PATCH':
      return found({ kind: 'conditional', method: 'patch', type, parameters })
    case 'DELETE':
      return found({ kind: 'conditional', method: 'delete', type, parameters })
    default:
      return unknownMethod()
  }
}

/**
 * A search in a patient's compartment is one on the type with the patient as one more condition (ENF-27); which patients
 * may be seen is decided as for any search.
 */
function ofCompartment(
  compartment: string,
  id: string,
  type: string,
  parameters: readonly Parameter[],
  form: boolean,
): ParsedInteraction {
  if (compartment !== 'Patient')
    return unsupported(`Only compartments of patients can be searched, not of ${compartment}.`)
  if (type === '*') return form ? unknownMethod() : found({ kind: 'compartment', id, parameters })
  const row = findCompartmentRow(type)
  if (row === undefined) return unsupported(`${type} records are in no patient's compartment; search them by type.`)
  const condition: Parameter = [row.parameter, type === 'Patient' ? id : `Patient/${id}`]
  return found({ kind: 'search', type, parameters: [condition, ...parameters], form })
}

function ofInstance(method: string, type: string, id: string, parameters: readonly Parameter[]): ParsedInteraction {
  switch (method) {
    case 'GET':
      return found({ kind: 'read', type, id, parameters })
    case 'PUT':
      return found({ kind: 'update', type, id, parameters })
    case 'PATCH':
      return found({ kind: 'patch', type, id, parameters })
    case 'DELETE':
      return found({ kind: 'delete', type, id, parameters })
    default:
      return unknownMethod()
  }
}

/** Undefined on a broken escape, an unnamed parameter or a control character: never guess what was meant. */
function parseParameters(query: string): Parameter[] | undefined {
  if (query === '') return []
  const parameters: Parameter[] = []
  for (const part of query.split('&')) {
    const at = part.indexOf('=')
    if (at < 1) return undefined
    try {
      const [name, value] = [part.slice(0, at), part.slice(at + 1)].map((text) =>
        decodeURIComponent(text.replaceAll('+', ' ')),
      ) as [string, string]
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
      if (/[\x00-\x1f\x7f]/.test(name + value)) return undefined
      parameters.push([name, value])
    } catch {
      return undefined
    }
  }
  return parameters
}

function found(interaction: Interaction): ParsedInteraction {
  return { ok: true, interaction }
}

function unsupported(reason: string): ParsedInteraction {
  return found({ kind: 'unsupported', name: 'compartment search', reason })
}

function malformed(message: string): RequestRefusal {
  return { ok: false, reason: 'malformed', message }
}

function unknown(message: string): RequestRefusal {
  return { ok: false, reason: 'unknown-interaction', message }
}

function unknownType(): RequestRefusal {
  return { ok: false, reason: 'unknown-type', message: 'FHIR R4 has no such resource type.' }
}

function unknownMethod(): RequestRefusal {
  return unknown('FHIR has no interaction with this method here.')
}
