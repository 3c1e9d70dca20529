// An interaction as a request line below the FHIR base, and back: what a processor writes is read as strictly as what came.

import { type Interaction, type Parameter, parseInteraction } from '../../smart/fhir/interaction.ts'
import { isPaged, pathOf } from '../lists/page-links.ts'
import { encodeQuery } from '../upstream/query.ts'
import type { ProcessorRequest } from './processor.ts'
import { ProcessorFault } from './verdict.ts'

export type RequestLine = Pick<ProcessorRequest, 'method' | 'path'>

const METHODS = { create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const

/** Undefined: what is not carried out in any case. */
export function requestLine(interaction: Interaction): RequestLine | undefined {
  if (isPaged(interaction)) {
    const method = interaction.kind === 'operation' ? interaction.method : 'GET'
    return { method, path: withQuery(pathOf(interaction), interaction.parameters) }
  }
  switch (interaction.kind) {
    case 'read':
      return { method: 'GET', path: withQuery(`${interaction.type}/${interaction.id}`, interaction.parameters) }
    case 'vread': {
      const { type, id, versionId, parameters } = interaction
      return { method: 'GET', path: withQuery(`${type}/${id}/_history/${versionId}`, parameters) }
    }
    case 'create':
      return { method: 'POST', path: withQuery(interaction.type, interaction.parameters) }
    case 'update':
    case 'patch':
    case 'delete': {
      const { kind, type, id, parameters } = interaction
      return { method: METHODS[kind], path: withQuery(`${type}/${id}`, parameters) }
    }
    case 'conditional':
      return { method: METHODS[interaction.method], path: withQuery(interaction.type, interaction.parameters) }
    case 'bundle':
      return { method: 'POST', path: '' }
    case 'page':
      return { method: 'GET', path: `_page/${interaction.handle}` }
    case 'export-job':
      return { method: interaction.method, path: `_export/${interaction.handle}` }
    case 'export-file':
      return { method: 'GET', path: `_file/${interaction.handle}` }
    case 'capabilities':
    case 'unsupported':
      return undefined
  }
}

function withQuery(path: string, parameters: readonly Parameter[]): string {
  const query = encodeQuery(parameters)
  return query === '' ? path : `${path}?${query}`
}

/** What stands for something that we gave out, or for several requests, is nothing to be made up. */
const GIVEN: ReadonlySet<string> = new Set(['capabilities', 'bundle', 'page', 'export-job', 'export-file'])

/** The request that a processor makes of another. @throws ProcessorFault */
export function interactionAt({ method, path }: RequestLine): Interaction {
  const parsed = parseInteraction(method, `/${path}`, '')
  if (!parsed.ok || GIVEN.has(parsed.interaction.kind)) throw new ProcessorFault('it made no request that can be read')
  return parsed.interaction
}

/** What a processor asks for: to read or to search, or a further page. @throws ProcessorFault */
export function interactionAsked(address: string, fhirBase: string): Interaction {
  const path = address.startsWith(`${fhirBase}/`) ? address.slice(fhirBase.length + 1) : address
  const parsed = parseInteraction('GET', `/${path}`, '')
  if (parsed.ok && (parsed.interaction.kind === 'page' || isQuestion(parsed.interaction))) return parsed.interaction
  throw new ProcessorFault('it asked for what cannot be asked for')
}

/** Not what begins something, nor what stands for something that was begun. */
function isQuestion(interaction: Interaction): boolean {
  return !GIVEN.has(interaction.kind) && !(interaction.kind === 'operation' && interaction.name === '$export')
}
