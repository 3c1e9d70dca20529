// Conditional writes (ENF-31, ENF-34, ENF-36, ENF-38): the condition is a search, run and confined like any other. What it
// finds is written by its id; the app's own condition never goes upstream.

import { type Interaction, type Parameter, parseInteraction } from '../../smart/fhir/interaction.ts'
import { CONTROL, isCriterion } from '../../smart/fhir/search.ts'
import { type Answer, notFound, refusal, textOf } from '../answers/answer.ts'
import { aside, follow } from '../audit/trail.ts'
import type { Fhir, FhirRequest, Requester } from '../fhir.ts'
import type { Settle } from '../lists/chains.ts'
import { encodeQuery } from '../upstream/query.ts'

type Conditional = Extract<Interaction, { kind: 'conditional' }>
type Condition = { type: string; parameters: readonly Parameter[] }

export type Resolved =
  /** Of one record by its id, or a create that the FHIR server carries out only if it still finds none. */
  | { kind: 'request'; request: FhirRequest }
  /** What was to be made is there: nothing is written. */
  | { kind: 'found'; type: string; id: string }

export type Conditions = {
  /** The one record that a search finds; `id` undefined: none. Several, and a search that may not be run, are answers. */
  findOne(condition: Condition, caller: Requester): Promise<{ id: string | undefined } | Answer>
  /** The same request, without a condition. */
  resolve(request: FhirRequest): Promise<Resolved | Answer>
  /** What the app is told of a record that it need not make. */
  answerFound(found: Extract<Resolved, { kind: 'found' }>, caller: Requester): Promise<Answer>
}

/** The search that a condition is: `identifier=x`, with or without a question mark. */
export function parseCondition(type: string, query: string): Condition | undefined {
  const parsed = parseInteraction('GET', `/${type}?${query.replace(/^\?/, '')}`, '')
  return parsed.ok && parsed.interaction.kind === 'search' ? parsed.interaction : undefined
}

export function createConditions({
  fhirBase,
  fhir,
  settle,
}: {
  fhirBase: string
  fhir: Fhir
  settle: Settle
}): Conditions {
  const findOne: Conditions['findOne'] = async ({ type, parameters }, { access, actor, holder, signal }) => {
    if (!parameters.some(([name]) => !CONTROL.has(name)))
      return refusal(412, 'invalid', 'The condition names nothing: it would mean every record.')
    if (!parameters.every(([name]) => isCriterion(name)))
      return refusal(400, 'invalid', 'A condition takes criteria alone.')
    const search: Interaction = { kind: 'search', type, parameters: [...parameters, ['_count', '2']], form: false }
    const answer = await aside(() => fhir({ access, actor, holder, signal, interaction: search }))
    if (answer.status !== 200) return answer
    const { entry = [] } = JSON.parse(textOf(answer)) as { entry?: { resource?: { id?: string } }[] }
    if (entry.length > 1) return refusal(412, 'conflict', 'The condition fits more than one record.')
    return { id: entry[0] === undefined ? undefined : String(entry[0].resource?.id) }
  }

  async function write({ method, type, parameters }: Conditional, request: FhirRequest): Promise<Resolved | Answer> {
    const found = await findOne({ type, parameters }, request)
    if ('status' in found) return found
    if (found.id !== undefined) return { kind: 'request', request: named(found.id, method, type, request) }
    if (method !== 'update') return notFound()
    // There is no version of what is not there.
    if (request.written?.ifMatch !== undefined) return refusal(412, 'conflict', 'There is no record to be changed.')
    return creation({ type, parameters }, request)
  }

  /** Two who come at once are told apart by the server behind, under the same confined condition. */
  async function creation({ type, parameters }: Condition, request: FhirRequest): Promise<Resolved | Answer> {
    const search: Interaction = { kind: 'search', type, parameters, form: false }
    const decided = await settle(request.access, search, request.signal)
    if ('status' in decided) return decided
    if (decided.kind !== 'forward')
      return refusal(403, 'forbidden', 'The condition takes more than one search, which no create can be bound to.')
    const { written } = request
    const bound =
      written === undefined ? {} : { written: { ...written, ifNoneExist: encodeQuery(decided.request.query) } }
    return {
      kind: 'request',
      request: { ...request, interaction: { kind: 'create', type, parameters: [] }, ...bound },
    }
  }

  return {
    findOne,
    async resolve(request) {
      const { interaction, written } = request
      if (interaction.kind === 'conditional') return write(interaction, request)
      if (interaction.kind !== 'create' || written?.condition === undefined) return { kind: 'request', request }
      const { condition: query, ...unconditional } = written
      const condition = parseCondition(interaction.type, query)
      if (condition === undefined) return refusal(400, 'invalid', 'If-None-Exist is not well formed.')
      const found = await findOne(condition, request)
      if ('status' in found) return found
      if (found.id !== undefined) return { kind: 'found', type: interaction.type, id: found.id }
      return creation(condition, { ...request, written: unconditional })
    },
    async answerFound({ type, id }, { access, actor, holder, signal }) {
      const interaction: Interaction = { kind: 'read', type, id, parameters: [] }
      const read = await fhir({ access, actor, holder, signal, interaction })
      const { headers, body } = read.status === 200 ? read : { headers: {}, body: '' }
      // Whoever may not read it learns where it is, which the search told already.
      return { status: 200, headers: { ...headers, Location: `${fhirBase}/${type}/${id}` }, body }
    },
  }
}

/** The same function, for conditional requests too. */
export function withConditions(fhir: Fhir, { resolve, answerFound }: Conditions): Fhir {
  return async (request) => {
    const resolved = await resolve(request)
    if ('status' in resolved) return resolved
    if (resolved.kind === 'found') return answerFound(resolved, request)
    follow(resolved.request.interaction)
    return fhir(resolved.request)
  }
}

/** The request for the one record that was found; an update's body may leave its id to us. */
function named(id: string, method: Conditional['method'], type: string, request: FhirRequest): FhirRequest {
  const interaction: Interaction = { kind: method, type, id, parameters: [] }
  const { written } = request
  if (method !== 'update' || written === undefined || hasId(written.body)) return { ...request, interaction }
  const body = written.body.replace(/^\s*\{/, (start) => `${start}"id":${JSON.stringify(id)},`)
  return { ...request, interaction, written: { ...written, body } }
}

function hasId(body: string): boolean {
  try {
    return Object.hasOwn(JSON.parse(body) as object, 'id')
  } catch {
    // Refused where it is read.
    return true
  }
}
