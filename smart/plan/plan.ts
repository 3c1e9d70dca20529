// The decision: an access, a reach and an interaction give a plan. Pure; the edge only carries plans out.

import { type Access, clausesFor } from '../access/access.ts'
import { type Allowance, type Asker, allowancesFor } from '../access/allowance.ts'
import type { Reach } from '../access/reach.ts'
import { isChain } from '../fhir/chains.ts'
import { type CompartmentRules, DEFAULT_RULES, findCompartmentRow } from '../fhir/compartment.ts'
import { isInclude } from '../fhir/includes.ts'
import type { Interaction, Parameter } from '../fhir/interaction.ts'
import { allowancesByOthers, allowancesByTargets, isByTargets } from './by-targets.ts'
import { type Denial, type DenyReason, deny, denyScope } from './deny.ts'
import { contextsOf, isFileRead } from './file.ts'
import type { Guard } from './guard.ts'
import { type ChainPlan, planChain } from './plan-chain.ts'
import { planCompartment } from './plan-everything.ts'
import type { ExportPlan } from './plan-export.ts'
import { planInstanceHistory, planSystemHistory, planTypeHistory } from './plan-history.ts'
import { type Composed, DEFAULT_OPERATIONS, type OperationRule, type Passed, planOperation } from './plan-operation.ts'
import { type MergePlan, planSearch } from './plan-search.ts'
import { planSystemSearch } from './plan-system-search.ts'
import type { ServerLimits } from './server-limits.ts'
import type { WritePlan } from './write.ts'

export type { DenyReason }

export type UpstreamRequest = { path: string; query: readonly Parameter[] }

export type Plan =
  | Denial
  /** `before`: requests whose answers must pass the same guard before the request's own answer is used. */
  | { kind: 'forward'; request: UpstreamRequest; before: readonly UpstreamRequest[]; guard: Guard }
  | MergePlan
  | ChainPlan
  | WritePlan
  | Composed
  | Passed
  | ExportPlan

export type PlanSettings = ServerLimits & {
  /**
   * Most patients that one search is confined to, and most records that a chain of it goes through; beyond it the answer is
   * refused, never shortened.
   */
  panelLimit: number
  /** Base URLs under which a reference means a record of ours; the public one first, the only one that clients know. */
  bases: readonly string[]
  /** Operations that an operator allows, each with the rule that is stated of it; by `operationKey`. */
  operations?: ReadonlyMap<string, OperationRule>
  /** Where the line around a patient is drawn; else as by default. */
  compartment?: CompartmentRules
}

/** Whether the reach of the person decides here: it costs upstream requests, and most decisions do without. */
export function needsReach(access: Access, interaction: Interaction): boolean {
  const isOfUser = ({ context }: { context: string }) => context === 'user'
  // What these bring may be of any type.
  if (interaction.kind === 'operation' || interaction.kind === 'compartment') return access.clauses.some(isOfUser)
  // What comes along may be too, and so may what a chain goes through, or a record is about.
  if (interaction.kind === 'search' && interaction.parameters.some(([name]) => isInclude(name) || isChain(name)))
    return access.clauses.some(isOfUser)
  const asked = letterOf(interaction)
  if (asked === undefined) return false
  if (isByTargets(asked.type) || isFileRead(interaction)) return access.clauses.some(isOfUser)
  // What a write refers to may be of any type as well.
  if (asked.letter === 'c' || asked.letter === 'u') return access.clauses.some(isOfUser)
  // What a deletion shows is what may be read or found.
  const letters = asked.letter === 'd' ? ['d', 'r', 's'] : [asked.letter]
  return letters.some((letter) => clausesFor(access, asked.type, letter).some(isOfUser))
}

export function plan(access: Access, reach: Reach, interaction: Interaction, settings: PlanSettings): Plan {
  const asked = letterOf(interaction)
  const { compartment: rules = DEFAULT_RULES } = settings
  const asker = { access, reach, rules }
  if (interaction.kind === 'unsupported') return deny('not-supported', interaction.reason)
  if (interaction.kind === 'operation')
    return unlessWithheld(
      reach,
      planOperation(access, interaction, { operations: settings.operations ?? DEFAULT_OPERATIONS, rules }),
    )
  if (interaction.kind === 'compartment') return planCompartment(access, interaction, rules)
  if (interaction.kind === 'system-search')
    return unlessWithheld(reach, planSystemSearch(access, interaction.parameters, settings))
  if (interaction.kind === 'system-history')
    return unlessWithheld(reach, planSystemHistory(access, interaction.parameters, settings))
  if (asked === undefined) return deny('not-supported', 'This interaction is not decided by scopes.')

  const { type, letter } = asked
  const clauses = clausesFor(access, type, letter)
  if (clauses.length === 0) return denyScope(access, type, letter)
  if (interaction.kind === 'type-history') return unlessWithheld(reach, planTypeHistory(access, interaction, settings))
  const allowances = allowancesFor(asker, type, letter)
  if (interaction.kind === 'read' && isFileRead(interaction))
    return planFile(access, interaction, [...allowances, ...allowancesByOthers(asker, type, letter)], settings)
  if (allowances.length === 0) {
    const byTargets = allowancesByTargets(asker, type, letter)
    if (byTargets.length > 0 && (interaction.kind === 'read' || interaction.kind === 'vread'))
      return planRead(interaction, byTargets, 'targets', settings)
    const confinable = findCompartmentRow(type) !== undefined || (rules.shared.has(type) && 'rs'.includes(letter))
    return confinable
      ? deny('outside-reach', 'There are no patients whose records may be opened here.')
      : deny('not-confinable', `${type} is not available to apps that are limited to certain patients.`)
  }

  switch (interaction.kind) {
    case 'read':
    case 'vread':
      return planRead(interaction, allowances, 'itself', settings)
    case 'instance-history':
      return planInstanceHistory(interaction, allowances, settings)
    case 'search':
      return interaction.parameters.some(([name]) => isChain(name))
        ? planChain(interaction, (search) => plan(access, reach, search, settings))
        : planSearch(interaction, allowances, settings)
    case 'create':
    case 'update':
    case 'patch':
    case 'delete':
      return planWrite(asker, interaction, allowances, settings)
    default:
      return deny('not-supported', 'This interaction is not decided by scopes.')
  }
}

/**
 * What passes by whoever judges records one by one, or shows by its pages and files how many there are: not for whom records
 * are withheld from (SEED-51).
 */
function unlessWithheld({ withheld }: Reach, planned: Plan): Plan {
  if (withheld === undefined) return planned
  const isList = planned.kind === 'forward' && planned.guard.kind === 'unconfined'
  const isPassed = planned.kind === 'pass' && planned.answers === 'any'
  const isFiltered = planned.kind === 'export' && planned.request.query.some(([name]) => name === '_typeFilter')
  if (!isList && !isPassed && !isFiltered) return planned
  return deny('not-confinable', 'This is not available while records of some patients are withheld.')
}

function letterOf(interaction: Interaction): { type: string; letter: string } | undefined {
  switch (interaction.kind) {
    case 'read':
    case 'vread':
    case 'instance-history':
      return { type: interaction.type, letter: 'r' }
    case 'search':
    case 'type-history':
      return { type: interaction.type, letter: 's' }
    case 'create':
      return { type: interaction.type, letter: 'c' }
    case 'update':
    case 'patch':
      return { type: interaction.type, letter: 'u' }
    case 'delete':
      return { type: interaction.type, letter: 'd' }
    default:
      return undefined
  }
}

function planFile(
  access: Access,
  interaction: Extract<Interaction, { kind: 'read' }>,
  allowances: readonly Allowance[],
  { bases }: PlanSettings,
): Plan {
  if (allowances.length === 0) return deny('outside-reach', 'There are no patients whose records may be opened here.')
  if (takesParameters(interaction)) return deny('bad-parameter', 'A read takes no parameters but _format and _pretty.')
  const { id } = interaction
  const request = { path: `Binary/${id}`, query: [] }
  const guard: Guard = { kind: 'file', type: 'Binary', id, allowances, contexts: contextsOf(access), bases }
  return { kind: 'forward', request, before: [], guard }
}

function planRead(
  interaction: Extract<Interaction, { kind: 'read' | 'vread' }>,
  allowances: readonly Allowance[],
  by: 'itself' | 'targets',
  settings: PlanSettings,
): Plan {
  // A trimmed answer could leave out what has to be judged (ENF-64).
  if (takesParameters(interaction)) return deny('bad-parameter', 'A read takes no parameters but _format and _pretty.')
  const { type, id } = interaction
  const current = { path: `${type}/${id}`, query: [] }
  const guard: Guard = { kind: 'resource', by, type, id, allowances, bases: settings.bases }
  if (interaction.kind === 'read') return { kind: 'forward', request: current, before: [], guard }
  // An old version may be about another patient, and so may the current one: both must pass (ENF-21).
  const version = { path: `${type}/${id}/_history/${interaction.versionId}`, query: [] }
  return { kind: 'forward', request: version, before: [current], guard }
}

function planWrite(
  asker: Asker,
  interaction: Extract<Interaction, { kind: 'create' | 'update' | 'patch' | 'delete' }>,
  allowances: readonly Allowance[],
  { bases }: PlanSettings,
): Plan {
  // Vendors hang switches here, such as a delete for good (ENF-38).
  if (takesParameters(interaction)) return deny('bad-parameter', 'A write takes no parameters but _format and _pretty.')
  const { kind, type } = interaction
  const id = kind === 'create' ? {} : { id: interaction.id }
  const readable = allowancesFor(asker, type, 'r')
  const visibleOf = (of: string) => ['r', 's'].flatMap((letter) => allowancesFor(asker, of, letter))
  const { encounter } = asker.access
  const { shared } = asker.rules
  return { kind: 'write', interaction: kind, type, ...id, allowances, readable, visibleOf, encounter, shared, bases }
}

/** More than those that say how to answer. */
function takesParameters({ parameters }: { parameters: readonly Parameter[] }): boolean {
  return parameters.some(([name]) => name !== '_format' && name !== '_pretty')
}
