// Records without names, contacts, identifiers and texts, for callers whom an operator names. Such a caller only reads, and
// does not search by what it is not shown. It is no anonymisation: ids, dates of care and rare findings stay.

import type { Interaction, Parameter } from '../../../smart/fhir/interaction.ts'
import { parametersOf } from '../../../smart/fhir/operation.ts'
import { parseJsonBody } from '../../answers/body.ts'
import { type Caller, defineProcessor, type ProcessorRequest } from '../processor.ts'
import { deIdentified } from './de-identified.ts'
import { isIdentifying } from './identifying-parameters.ts'

type Named = { clients: string[]; scopes: string[] }
type Settings = { only?: Named | undefined; except?: Named | undefined }

const READS: ReadonlySet<string> = new Set([
  ...['read', 'vread', 'search', 'system-search', 'compartment', 'page', 'bundle', 'export-job', 'export-file'],
  ...['instance-history', 'type-history', 'system-history'],
])
/** Others could be asked who somebody is. */
const READING: ReadonlySet<string> = new Set(['$everything', '$lastn', '$docref', '$export'])
/** Codes and their meanings, of nobody. */
const TERMINOLOGY: ReadonlySet<unknown> = new Set(['CodeSystem', 'ConceptMap', 'ValueSet'])

export default defineProcessor<Settings>({
  name: 'de-identify',
  kind: 'security',
  settings: (z) => {
    // One with a space in it would be none of those that stand in a token, and keep nothing back.
    const names = z.array(z.string().regex(/^\S+$/)).default([])
    const named = z
      .strictObject({ clients: names, scopes: names })
      .refine(({ clients, scopes }) => clients.length + scopes.length > 0, 'names nobody')
    return z
      .strictObject({ only: named.optional(), except: named.optional() })
      .refine(({ only, except }) => only === undefined || except === undefined, 'takes only or except, not both')
  },
  create: ({ only, except }) => {
    const isMeant = ({ caller }: ProcessorRequest) =>
      (only === undefined || isNamed(only, caller)) && (except === undefined || !isNamed(except, caller))
    return {
      before(request, { refuse }) {
        if (!isMeant(request)) return { kind: 'go-on' }
        if (!isRead(request.interaction))
          return refuse(403, 'forbidden', 'This access is to records without identifiers: it only reads.')
        return mayAsk(request)
          ? { kind: 'go-on' }
          : refuse(403, 'forbidden', 'This access is to records without identifiers: it cannot search by them.')
      },
      needsWhole: isMeant,
      after(request, answer, { refuse, parse, stringify }) {
        if (!isMeant(request) || !showsRecords(request.interaction)) return { kind: 'go-on' }
        if (answer.kind === 'json' && answer.body === '') return { kind: 'go-on' }
        const shown = answer.kind === 'json' ? withoutIn(parse(answer.body), request.interaction) : undefined
        return shown === undefined
          ? refuse(403, 'forbidden', 'This cannot be shown without identifiers.')
          : { kind: 'replace', body: stringify(shown) }
      },
    }
  },
})

function isNamed({ clients, scopes }: Named, caller: Caller): boolean {
  return clients.includes(caller.clientId) || scopes.some((scope) => caller.scopes.includes(scope))
}

function isRead(interaction: Readonly<Interaction>): boolean {
  if (interaction.kind !== 'operation') return READS.has(interaction.kind)
  return READING.has(interaction.name) || TERMINOLOGY.has(interaction.type)
}

/** The entries of a Bundle come by themselves; the state of an export names files; what codes mean is about nobody. */
function showsRecords(interaction: Readonly<Interaction>): boolean {
  const { kind } = interaction
  if (kind === 'operation') return !TERMINOLOGY.has(interaction.type)
  return kind !== 'bundle' && kind !== 'export-job'
}

function mayAsk({ interaction, body }: ProcessorRequest): boolean {
  if (!('parameters' in interaction)) return true
  const ofBody = interaction.kind === 'operation' && body !== undefined ? parametersOf(parseJsonBody(body)?.value) : []
  const isOfCodes = 'type' in interaction && TERMINOLOGY.has(interaction.type)
  // Where codes are defined, a name is theirs; through a chain it could be anybody's.
  const names = (name: string) => isIdentifying(name) && !(isOfCodes && /^[a-z-]+$/.test(name))
  const asked = ([name, value]: Parameter) => names(name) || (name === '_sort' && value.split(',').some(names))
  // What is more than plain parameters is not understood here.
  return ofBody !== undefined && ![...interaction.parameters, ...ofBody].some(asked)
}

/** Undefined: what has no form in which it could be shown. */
function withoutIn(value: unknown, { kind }: Readonly<Interaction>): unknown {
  const { resourceType, type, entry = [] } = value as { resourceType?: unknown; type?: unknown; entry?: Entry[] }
  const isList = resourceType === 'Bundle' && (type === 'searchset' || type === 'history')
  if (!isList || kind === 'read' || kind === 'vread') return without(value)
  const entries = entry.map((one) => (one.resource === undefined ? one : { ...one, resource: without(one.resource) }))
  if (entries.some((one) => 'resource' in one && one.resource === undefined)) return undefined
  return { ...(value as object), ...(entries.length === 0 ? {} : { entry: entries }) }
}

type Entry = { resource?: unknown }

function without(resource: unknown): unknown {
  const { resourceType } = resource as { resourceType?: unknown }
  // Of our own making: the FHIR server's remarks are not passed on.
  if (resourceType === 'OperationOutcome' || TERMINOLOGY.has(resourceType)) return resource
  return deIdentified(resource)
}
