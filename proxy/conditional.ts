// Conditional writes (ENF-31, ENF-34, ENF-36, ENF-38): the condition is a search, run and confined like any other. What it
// finds is written by its id; the app's own condition never goes upstream.

import { type Interaction, type Parameter, parseInteraction } from '../smart/interaction.ts'
import { CONTROL, isCriterion } from '../smart/search.ts'
import { type Answer, notFound, refusal, textOf } from './answer.ts'
import type { Settle } from './chains.ts'
import type { FhirRequest } from './fhir.ts'
import { encodeQuery } from './query.ts'

type Fhir = (request: FhirRequest) => Promise<Answer>
type Conditional = Extract<Interaction, { kind: 'conditional' }>
type Found = { kind: 'found'; ids: string[] } | { kind: 'refused'; answer: Answer }

/** The same function, for conditional requests too. */
export function withConditions(fhir: Fhir, settle: Settle): Fhir {
  async function find(type: string, parameters: readonly Parameter[], request: FhirRequest): Promise<Found> {
    const refused = (answer: Answer): Found => ({ kind: 'refused', answer })
    if (!parameters.some(([name]) => !CONTROL.has(name)))
      return refused(refusal(412, 'invalid', 'The condition names nothing: it would mean every record.'))
    if (!parameters.every(([name]) => isCriterion(name)))
      return refused(refusal(400, 'invalid', 'A condition takes criteria alone.'))
    const search: Interaction = { kind: 'search', type, parameters: [...parameters, ['_count', '2']], form: false }
    const answer = await fhir({ ...withoutBody(request), interaction: search })
    if (answer.status !== 200) return refused(answer)
    const { entry = [] } = JSON.parse(textOf(answer)) as { entry?: { resource?: { id?: string } }[] }
    return { kind: 'found', ids: entry.map(({ resource }) => String(resource?.id)) }
  }

  async function carryOut({ method, type, parameters }: Conditional, request: FhirRequest): Promise<Answer> {
    const found = await find(type, parameters, request)
    if (found.kind === 'refused') return found.answer
    const [id, ...more] = found.ids
    if (more.length > 0) return several()
    if (id !== undefined) return fhir(await named(id, method, type, request))
    if (method !== 'update') return notFound()
    return create(type, parameters, request)
  }

  /** Two who come at once are told apart by the server behind, under the same confined condition. */
  async function create(type: string, parameters: readonly Parameter[], request: FhirRequest): Promise<Answer> {
    const search: Interaction = { kind: 'search', type, parameters, form: false }
    const decided = await settle(request.access, search, request.signal)
    if ('status' in decided) return decided
    if (decided.kind !== 'forward')
      return refusal(403, 'forbidden', 'The condition takes more than one search, which no create can be bound to.')
    const { written } = request
    const interaction: Interaction = { kind: 'create', type, parameters: [] }
    return fhir({
      ...request,
      interaction,
      ...(written === undefined ? {} : { written: { ...written, ifNoneExist: encodeQuery(decided.request.query) } }),
    })
  }

  async function createUnless(condition: string, type: string, request: FhirRequest): Promise<Answer> {
    const parsed = parseInteraction('GET', `/${type}?${condition.replace(/^\?/, '')}`, '')
    if (!parsed.ok || parsed.interaction.kind !== 'search')
      return refusal(400, 'invalid', 'If-None-Exist is not well formed.')
    const { parameters } = parsed.interaction
    const found = await find(type, parameters, request)
    if (found.kind === 'refused') return found.answer
    const [id, ...more] = found.ids
    if (more.length > 0) return several()
    if (id === undefined) return create(type, parameters, request)
    // Whoever may not read it learns where it is, which the search told already.
    const read = await fhir({ ...withoutBody(request), interaction: { kind: 'read', type, id, parameters: [] } })
    return read.status === 200 ? read : { status: 200, headers: {}, body: '' }
  }

  return async (request) => {
    const { interaction, written } = request
    if (interaction.kind === 'conditional') return carryOut(interaction, request)
    const condition = written?.condition
    if (interaction.kind === 'create' && condition !== undefined)
      return createUnless(condition, interaction.type, { ...request, written: withoutCondition(written) })
    return fhir(request)
  }
}

/** The request for the one record that was found; an update's body may leave its id to us. */
async function named(
  id: string,
  method: Conditional['method'],
  type: string,
  request: FhirRequest,
): Promise<FhirRequest> {
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

function withoutBody({ written: _written, ...rest }: FhirRequest): FhirRequest {
  return rest
}

function withoutCondition(written: FhirRequest['written']): NonNullable<FhirRequest['written']> {
  const { condition: _condition, ...rest } = written as NonNullable<FhirRequest['written']>
  return rest
}

function several(): Answer {
  return refusal(412, 'conflict', 'The condition fits more than one record.')
}
