// How audit records name an interaction: FHIR's code for it, what was asked for, and the address without what people put
// into it. Pure.

import type { Interaction, Parameter } from '../fhir/interaction.ts'
import { operationKey } from '../fhir/operation.ts'
import { findSearchParameterType } from '../fhir/resource-types.ts'
import { COMMON, CONTROL } from '../fhir/search.ts'

/** What an interaction is called, where FHIR has a code for it FHIR's own. */
export function operationName(interaction: Interaction | undefined): string {
  if (interaction === undefined) return 'unknown'
  switch (interaction.kind) {
    case 'search':
      return 'search-type'
    case 'system-search':
      return 'search-system'
    case 'instance-history':
    case 'type-history':
    case 'system-history':
      return interaction.kind.replace(/^(\w+)-history$/, 'history-$1')
    case 'operation':
      return interaction.name
    case 'conditional':
      return interaction.method
    default:
      return interaction.kind
  }
}

/** The type that is asked for, and the record, `Type/id`. */
export function askedFor(interaction: Interaction | undefined): { type?: string; record?: string } {
  if (interaction === undefined) return {}
  if (interaction.kind === 'compartment') return { type: 'Patient', record: `Patient/${interaction.id}` }
  const { type, id } = interaction as { type?: string; id?: string }
  if (type === undefined) return {}
  return { type, ...(id === undefined ? {} : { record: `${type}/${id}` }) }
}

/**
 * The address that was asked, below the base: `[id]` for ids, and the names of parameters that FHIR knows. What people
 * search by may be a name or a number of theirs, and so may a name that is none of FHIR's.
 */
export function uriPattern(interaction: Interaction | undefined): string {
  if (interaction === undefined) return ''
  const { type } = askedFor(interaction)
  const names = 'parameters' in interaction ? namesOf(type, interaction.parameters) : []
  return `${pathPattern(interaction)}${names.length === 0 ? '' : `?${names.join('&')}`}`
}

function pathPattern(interaction: Interaction): string {
  switch (interaction.kind) {
    case 'read':
    case 'update':
    case 'patch':
    case 'delete':
      return `${interaction.type}/[id]`
    case 'vread':
      return `${interaction.type}/[id]/_history/[vid]`
    case 'instance-history':
      return `${interaction.type}/[id]/_history`
    case 'type-history':
      return `${interaction.type}/_history`
    case 'system-history':
      return '_history'
    case 'search':
    case 'create':
    case 'conditional':
      return interaction.type
    case 'compartment':
      return 'Patient/[id]/*'
    case 'operation':
      return operationKey(interaction)
    case 'capabilities':
      return 'metadata'
    case 'page':
      return '_page'
    case 'export-job':
      return '_export'
    case 'export-file':
      return '_file'
    case 'bundle':
    case 'system-search':
    case 'unsupported':
      return ''
  }
}

/** Each once, without modifiers and chains. */
function namesOf(type: string | undefined, parameters: readonly Parameter[]): string[] {
  const known = (name: string) =>
    CONTROL.has(name) ||
    COMMON.has(name) ||
    JOINING.has(name) ||
    (type !== undefined && findSearchParameterType(type, name) !== undefined)
  const names = parameters.map(([name]) => name.split(/[:.]/, 1)[0] ?? '')
  return [...new Set(names.map((name) => (known(name) ? name : '*')))]
}

const JOINING: ReadonlySet<string> = new Set(['_has', '_include', '_revinclude', '_type', '_since'])
