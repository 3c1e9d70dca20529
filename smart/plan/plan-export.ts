// Bulk export (ENF-44, Bulk Data Access 2): for clients that act for themselves, of types of which they may read all. The job
// is the FHIR server's; what it is asked for, and each line of its files, is decided here. Pure.

import { type Access, type Clause, rolesAllow } from '../access/access.ts'
import { mayBeOf } from '../access/opt-out.ts'
import type { Reach } from '../access/reach.ts'
import type { Parameter } from '../fhir/interaction.ts'
import { type Operation, onlyValue } from '../fhir/operation.ts'
import { referenceTo } from '../fhir/reference.ts'
import { isResourceType, RESOURCE_TYPES } from '../fhir/resource-types.ts'
import { parseSearch } from '../fhir/search.ts'
import { type Denial, deny, denyScope } from './deny.ts'
import type { UpstreamRequest } from './plan.ts'

export type ExportTypes = 'any' | ReadonlySet<string>

export type ExportPlan = { kind: 'export'; request: UpstreamRequest; types: ExportTypes }

/** Whether the client may have every record of these types: a condition of a scope is not carried into a job. */
export function mayExport(access: Access, types: ExportTypes): boolean {
  return types === 'any' ? seesWhole(access, '*') : [...types].every((type) => seesWhole(access, type))
}

const KNOWN = ['_type', '_since', '_outputFormat', '_typeFilter', '_format', '_pretty']
const FORMATS: ReadonlySet<string> = new Set(['application/fhir+ndjson', 'application/ndjson', 'ndjson'])
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

export function planExport(access: Access, operation: Operation): ExportPlan | Denial {
  const isForItself = access.patient === undefined && access.who.person === undefined
  if (!isForItself) return deny('not-supported', 'Bulk export is for clients that act for themselves.')
  // Who is in a group is the group's to tell.
  if (operation.type === 'Group' && !seesWhole(access, 'Group', ['r'])) return denyScope(access, 'Group', 'r')
  const { parameters } = operation
  const names = parameters.map(([name]) => name)
  const isRepeated = (name: string, at: number) =>
    name !== '_typeFilter' && name !== '_type' && names.indexOf(name) !== at
  if (names.some((name, at) => !KNOWN.includes(name) || isRepeated(name, at)))
    return deny('bad-parameter', '$export takes _type, _typeFilter, and once _since and _outputFormat.')
  const [since, format] = [onlyValue(parameters, '_since'), onlyValue(parameters, '_outputFormat')]
  if (since !== undefined && !INSTANT.test(since)) return deny('bad-parameter', '_since is an instant with its zone.')
  if (format !== undefined && !FORMATS.has(format.replace('fhir ndjson', 'fhir+ndjson')))
    return deny('bad-parameter', 'Files are given as application/fhir+ndjson.')

  if (rolesAllow(access, '$export') === false)
    return deny('insufficient-scope', 'This needs a role that allows bulk export.')
  const asked = valuesOf(parameters, '_type')
  if (!asked.every(isResourceType)) return deny('bad-parameter', '_type names resource types of R4.')
  const types = asked.length > 0 ? new Set(asked) : grantedTypes(access)
  const unscoped = types === 'any' ? undefined : [...types].find((type) => !seesWhole(access, type))
  if (unscoped !== undefined) return denyScope(access, unscoped, 'rs')
  if (types !== 'any' && types.size === 0) return denyScope(access, '*', 'rs')

  const filters = parameters.filter(([name]) => name === '_typeFilter').map(([, value]) => value)
  if (!filters.every((filter) => isUsable(filter, types)))
    return deny('bad-parameter', '_typeFilter is a search on one of the types, with plain criteria.')
  const path = [operation.type, operation.id, operation.name].filter((part) => part !== undefined).join('/')
  const query: Parameter[] = [
    ['_outputFormat', 'application/fhir+ndjson'],
    ...(types === 'any' ? [] : [['_type', [...types].join(',')] as const]),
    ...(since === undefined ? [] : [['_since', since] as const]),
    ...filters.map((filter): Parameter => ['_typeFilter', filter]),
  ]
  return { kind: 'export', request: { path, query }, types }
}

/** `output`: records of a type. `error`: what went wrong. `deleted`: what is gone. */
export type ExportFile = { as: 'output' | 'error' | 'deleted'; type: string; types: ExportTypes }

/** `left-out`: of a patient whose records are withheld. */
export type LineVerdict = 'fit' | 'left-out' | 'foreign'

/** A line of a file, held against what the file was said to hold. */
export function judgeLine(file: ExportFile, { withheld }: Reach, bases: readonly string[], line: unknown): LineVerdict {
  if (!isAsOf(file, line)) return 'foreign'
  // Of what was deleted, or went wrong, nothing says whose it was.
  const isLeftOut = withheld !== undefined && (file.as !== 'output' || mayBeOf(line, withheld, bases))
  return isLeftOut ? 'left-out' : 'fit'
}

function isAsOf({ as, type, types }: ExportFile, line: unknown): boolean {
  const { resourceType, entry = [] } = (line ?? {}) as { resourceType?: unknown; entry?: unknown }
  const isExported = (name: unknown) =>
    typeof name === 'string' && (types === 'any' ? isResourceType(name) : types.has(name))
  if (as === 'output') return resourceType === type && isExported(type)
  if (as === 'error') return resourceType === 'OperationOutcome'
  if (resourceType !== 'Bundle' || !Array.isArray(entry)) return false
  return entry.every((one: { resource?: unknown; request?: { method?: unknown; url?: unknown } } | null) => {
    const { method, url } = one?.request ?? {}
    return method === 'DELETE' && one?.resource === undefined && isExported(referenceTo(url, [])?.type)
  })
}

/** All letters, whatever the clauses that give them; none of them under a condition. */
function seesWhole(access: Access, type: string, letters: readonly string[] = ['r', 's']): boolean {
  // A role speaks of all types.
  const byRoles = rolesAllow(access, '$export')
  if (byRoles !== undefined) return byRoles
  const isWhole = ({ context, filter }: Clause) => context === 'system' && filter.length === 0
  const ofType = ({ type: named }: Clause) => named === '*' || named === type
  return letters.every((letter) =>
    access.clauses.some((clause) => isWhole(clause) && ofType(clause) && clause.permissions.includes(letter)),
  )
}

function grantedTypes(access: Access): ExportTypes {
  if (seesWhole(access, '*')) return 'any'
  return new Set(RESOURCE_TYPES.filter((type) => seesWhole(access, type)))
}

function isUsable(filter: string, types: ExportTypes): boolean {
  const [type = '', query, ...more] = filter.split('?')
  if (query === undefined || more.length > 0 || !isResourceType(type) || (types !== 'any' && !types.has(type)))
    return false
  const parameters = query.split('&').map((part): Parameter => {
    const at = part.indexOf('=')
    return [part.slice(0, at), part.slice(at + 1)]
  })
  const search = parseSearch(type, parameters, undefined)
  return search.ok && search.includes.length === 0 && search.control.length === 0 && !search.countOnly
}

function valuesOf(parameters: readonly Parameter[], name: string): string[] {
  return parameters.filter(([one]) => one === name).flatMap(([, value]) => value.split(','))
}
