// Says in words what `plan` decides on a request and why, for whoever asks "why was this refused?". It asks `plan` itself,
// so that it cannot say anything else.

import { type Access, type Clause, compileAccess } from '../access/access.ts'
import type { Allowance } from '../access/allowance.ts'
import type { Reach } from '../access/reach.ts'
import type { Include } from '../fhir/includes.ts'
import { type Interaction, type Parameter, parseInteraction } from '../fhir/interaction.ts'
import type { Guard } from './guard.ts'
import { type Plan, type PlanSettings, plan } from './plan.ts'
import type { Hop } from './plan-chain.ts'
import { partsOf } from './plan-operation.ts'
import { type ListPlan, searchesOf } from './plan-search.ts'

export type ExplainRequest = {
  method: string
  /** Below the FHIR base, such as `Observation?code=1`. */
  url: string
  scope: string
  /** Patient in the launch context: plain id. */
  patient?: string
  /** Who acts, such as `Practitioner/42`; none for a backend service. */
  person?: string
  /** Whom the person may open. What it is in truth depends on records; without it a patient's or relative's own. */
  reach?: Reach
}

export type Explanation = {
  decision: 'allowed' | 'denied' | 'not-understood'
  interaction?: string
  /** Why not, for the app's developer; the least scope that would have passed. */
  reason?: string
  message?: string
  smallestScope?: string
  /** The scopes that give something here, as they were understood. */
  clauses: readonly string[]
  /** What goes to the FHIR server. */
  upstream?: string
  /** What is asked of it first. */
  before?: readonly string[]
  /** What an operation comes to; ask about each of them. */
  parts?: readonly string[]
  /** What each record that comes back, or is written, must be. */
  guard?: readonly string[]
}

export function explain(request: ExplainRequest, settings: PlanSettings): Explanation {
  const { method, url, scope, patient, person } = request
  const access = compileAccess({
    client_id: 'explained',
    scope,
    ...(patient === undefined ? {} : { patient }),
    ...(person === undefined ? {} : { person }),
  })
  const clauses = access.clauses.map(printClause)
  const parsed = parseInteraction(method.toUpperCase(), `/${url.replace(/^\/+/, '')}`, '')
  if (!parsed.ok) return { decision: 'not-understood', message: parsed.message, clauses }
  const { interaction } = parsed
  const decided = plan(access, request.reach ?? ownReach(access), interaction, settings)
  return { ...ofPlan(decided), interaction: nameOf(interaction), clauses }
}

function ofPlan(decided: Plan): Omit<Explanation, 'clauses'> {
  switch (decided.kind) {
    case 'deny': {
      const { reason, message, smallestScope } = decided
      return { decision: 'denied', reason, message, ...(smallestScope === undefined ? {} : { smallestScope }) }
    }
    case 'forward': {
      const { request, before, guard } = decided
      return {
        decision: 'allowed',
        upstream: `GET ${printRequest(request)}`,
        ...(before.length === 0 ? {} : { before: before.map((one) => `GET ${printRequest(one)}`) }),
        guard: printGuard(guard),
      }
    }
    case 'composed':
      return { decision: 'allowed', parts: partsOf(decided).map(printInteraction) }
    case 'export':
      return { decision: 'allowed', upstream: `GET ${printRequest(decided.request)}`, guard: printTypes(decided.types) }
    case 'pass':
      return {
        decision: 'allowed',
        upstream: `${decided.method} ${printRequest(decided.request)}`,
        guard: [decided.answers === 'any' ? 'whatever comes back' : [...decided.answers].join(' or ')],
      }
    case 'merge': {
      const guards = decided.searches.flatMap(({ guard }) => printGuard(guard))
      return {
        decision: 'allowed',
        upstream: printList(decided),
        guard: [...guards, ...decided.includes.map(printInclude)],
      }
    }
    case 'chain':
      return {
        ...ofPlan(decided.restPlan),
        before: decided.hops.flatMap(printHop),
        upstream: [
          printList(decided.restPlan),
          ...decided.hops.map(({ chain }) => `${chain.parameter} of what was found first`),
        ].join(', with '),
      }
    case 'write': {
      const { interaction, type, id, allowances } = decided
      return {
        decision: 'allowed',
        upstream: `${interaction} ${type}${id === undefined ? '' : `/${id}`}`,
        ...(id === undefined ? {} : { before: [`GET ${type}/${id}`] }),
        guard: allowances.map((allowance) => printAllowance(type, allowance)),
      }
    }
  }
}

function printTypes(types: 'any' | ReadonlySet<string>): string[] {
  return types === 'any' ? ['anything of anyone'] : [...types].map((type) => `${type} of anyone`)
}

function printList(plan: ListPlan): string {
  return searchesOf(plan)
    .map(({ request }) => `GET ${printRequest(request)}`)
    .join(' and ')
}

/** The first to be asked comes first. */
function printHop({ searches }: Hop): string[] {
  return searches.flatMap((one) =>
    one.kind === 'chain' ? [...one.hops.flatMap(printHop), printList(one.restPlan)] : [printList(one)],
  )
}

function printInteraction(interaction: Interaction): string {
  const { kind } = interaction
  if (kind === 'read') return `GET ${interaction.type}/${interaction.id}`
  if (kind === 'search') return `GET ${printRequest({ path: interaction.type, query: interaction.parameters })}`
  return kind === 'create' ? `POST ${interaction.type}` : kind
}

function printGuard(guard: Guard): string[] {
  if (guard.kind === 'unconfined') return printTypes(guard.types)
  const matches = guard.allowances.map((allowance) => printAllowance(guard.type, allowance))
  const included = guard.kind === 'searchset' ? guard.includes : []
  return [...matches, ...included.map(printInclude)]
}

function printInclude({ direction, source, parameter }: Include): string {
  return direction === 'forward'
    ? `beside it what ${source}:${parameter} names, each by a search of its own`
    : `beside it ${source} that names it as ${parameter}, each by a search of its own`
}

/** A patient's and a relative's reach follow from who they are; of a clinician nothing is taken for granted. */
function ownReach({ who, patient }: Access): Reach {
  if (who.person?.type === 'Patient') return { kind: 'patients', ids: new Set([who.person.id]) }
  const isRelative = who.person?.type === 'RelatedPerson' && patient !== undefined
  return isRelative ? { kind: 'patients', ids: new Set([patient]) } : { kind: 'none' }
}

function nameOf(interaction: Interaction): string {
  return interaction.kind === 'unsupported' ? interaction.name : interaction.kind
}

function printClause({ context, type, permissions, filter }: Clause): string {
  return `${context}/${type}.${permissions}${printFilter(filter)}`
}

function printAllowance(type: string, { patients, filter }: Allowance): string {
  const whose = patients === 'any' ? 'of anyone' : `about ${[...patients].map((id) => `Patient/${id}`).join(' or ')}`
  return `${type} ${whose}${printFilter(filter)}`
}

function printFilter(filter: Clause['filter']): string {
  const conditions = filter.map(({ parameter, value }) => `${parameter}=${value}`)
  return conditions.length === 0 ? '' : `?${conditions.join('&')}`
}

function printRequest({ path, query }: { path: string; query: readonly Parameter[] }): string {
  const printed = query.map(([name, value]) => `${name}=${value}`).join('&')
  return printed === '' ? path : `${path}?${printed}`
}
