// Operations (ENF-42 to ENF-46): denied but for those with a rule here or with one that an operator states. Most rules turn
// an operation into ordinary interactions, each decided by itself: an operation gives no right that a search does not. Pure.

import { type Access, clausesFor, rolesAllow } from '../access/access.ts'
import { type AccessLogPlan, planAccessLog } from '../audit/access-log.ts'
import type { CompartmentRules } from '../fhir/compartment.ts'
import type { Interaction, Parameter } from '../fhir/interaction.ts'
import { allParameters, type Operation, onlyValue, operationKey } from '../fhir/operation.ts'
import { isCriterion } from '../fhir/search.ts'
import { type Denial, deny, denyScope } from './deny.ts'
import type { UpstreamRequest } from './plan.ts'
import { type Gather, planEverything } from './plan-everything.ts'
import { type ExportPlan, planExport } from './plan-export.ts'

type Search = Extract<Interaction, { kind: 'search' }>

/** Carried out as ordinary interactions; what they come to is decided one by one. */
export type Composed =
  | Gather
  | AccessLogPlan
  /** The search as it stands. */
  | { kind: 'composed'; as: 'search'; search: Search }
  /** The latest `max` of each code among what the search finds, newest first. */
  | { kind: 'composed'; as: 'latest'; search: Search; max: number }
  /** Judged as the write would be, and then only looked at by the FHIR server. */
  | { kind: 'composed'; as: 'validation'; write: Extract<Interaction, { kind: 'create' }>; profile?: string }

/** Passed on as it is: there is nothing of a patient's in it, or the client may see all. */
export type Passed = {
  kind: 'pass'
  method: 'GET' | 'POST'
  request: UpstreamRequest
  /** What may come back. */
  answers: 'any' | ReadonlySet<string>
}

/**
 * What an operator may state of an operation. `terminology`: it speaks of codes alone, for whoever may read the type;
 * `unconfined`: for clients that act for themselves and may do everything with the type.
 */
export type OperationRule = 'terminology' | 'unconfined'

/** Where an operator states nothing. */
export const DEFAULT_OPERATIONS: ReadonlyMap<string, OperationRule> = new Map(
  [
    'CodeSystem/$lookup',
    'CodeSystem/$validate-code',
    'CodeSystem/$subsumes',
    'ConceptMap/$translate',
    'ValueSet/$expand',
    'ValueSet/[id]/$expand',
    'ValueSet/$validate-code',
  ].map((key): [string, OperationRule] => [key, 'terminology']),
)

/** `Type/$name=rule`; undefined: nothing that can be stated. */
export function parseStatedRule(text: string): [key: string, rule: OperationRule] | undefined {
  const [, key, rule] =
    /^((?:[A-Z][A-Za-z]+\/(?:\[id\]\/)?)?\$[a-z][A-Za-z0-9-]*)=(terminology|unconfined)$/.exec(text) ?? []
  return key === undefined ? undefined : [key, rule as OperationRule]
}

/** Rules of ours, which no operator changes. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Patient/[id]/$everything', planEverything],
  ['Patient/[id]/$access-log', planAccessLog],
  ['Observation/$lastn', planLastN],
  ['DocumentReference/$docref', planDocRef],
  ['$export', planExport],
  ['Patient/$export', planExport],
  ['Group/[id]/$export', planExport],
])

export function planOperation(
  access: Access,
  operation: Operation,
  { operations, rules }: { operations: ReadonlyMap<string, OperationRule>; rules: CompartmentRules },
): Composed | Passed | ExportPlan | Denial {
  const key = operationKey(operation)
  const rule = ruleOf(key, operation, operations)
  if (rule === 'unconfined') return planUnconfined(access, operation)
  const parameters = allParameters(operation)
  if (rule !== undefined && parameters === undefined)
    return deny('bad-parameter', `${operation.name} takes plain parameters here.`)
  if (rule !== undefined) return rule(access, { ...operation, parameters: parameters ?? [] }, rules)
  return deny('not-supported', `The operation ${key.replace('[id]', 'id')} is not supported here.`)
}

type Rule = (access: Access, operation: Operation, rules: CompartmentRules) => Composed | Passed | ExportPlan | Denial

function ruleOf(
  key: string,
  { name, type, id }: Operation,
  operations: ReadonlyMap<string, OperationRule>,
): Rule | 'unconfined' | undefined {
  if (name === '$validate' && type !== undefined && id === undefined) return planValidate
  const stated = operations.get(key)
  return RULES.get(key) ?? (stated === 'terminology' ? planTerminology : stated)
}

/** The interactions that it comes to, each to be decided by itself. */
export function partsOf(composed: Composed): readonly Interaction[] {
  switch (composed.as) {
    case 'gather':
      return [composed.patient, ...composed.searches]
    case 'access-log':
      return [composed.patient]
    case 'search':
    case 'latest':
      return [composed.search]
    case 'validation':
      return [composed.write]
  }
}

/** Criteria, and `max`: how many of each code (Observation-lastn of R4). */
function planLastN(access: Access, { parameters }: Operation): Composed | Denial {
  if (clausesFor(access, 'Observation', 's').length === 0) return denyScope(access, 'Observation', 's')
  const rest = parameters.filter(([name]) => name !== 'max')
  const max = rest.length === parameters.length ? '1' : (onlyValue(parameters, 'max') ?? '')
  if (!/^[1-9]\d{0,2}$/.test(max)) return deny('bad-parameter', 'max is a number from 1 to 999, once.')
  const criteria = rest.filter(([name]) => name !== '_format' && name !== '_pretty')
  if (!criteria.every(([name]) => isCriterion(name)))
    return deny('bad-parameter', '$lastn takes max and criteria alone.')
  if (access.patient === undefined && !criteria.some(([name]) => name === 'patient' || name === 'subject'))
    return deny('bad-parameter', '$lastn needs a patient.')
  const search: Search = {
    kind: 'search',
    type: 'Observation',
    parameters: [...criteria, ['_sort', '-date']],
    form: false,
  }
  return { kind: 'composed', as: 'latest', search, max: Number(max) }
}

const CCD = 'http://loinc.org|34133-9'

/** US Core's DocumentReference-docref: the documents of a time, or the most recent; without a type, of continuity of care. */
function planDocRef(access: Access, { parameters }: Operation): Composed | Denial {
  if (clausesFor(access, 'DocumentReference', 's').length === 0) return denyScope(access, 'DocumentReference', 's')
  const known = ['patient', 'start', 'end', 'type', 'on-demand', '_format', '_pretty']
  const isUsable = parameters.every(([name], at) => known.includes(name) && names(parameters).indexOf(name) === at)
  const patient = onlyValue(parameters, 'patient')
  if (!isUsable || patient === undefined)
    return deny('bad-parameter', '$docref takes patient, and at most once each start, end, type and on-demand.')
  if ((onlyValue(parameters, 'on-demand') ?? 'false') !== 'false')
    return deny('not-supported', 'Documents are not made on demand here.')
  const [start, end] = [onlyValue(parameters, 'start'), onlyValue(parameters, 'end')]
  const query: Parameter[] = [
    ['patient', patient],
    ['status', 'current'],
    ['type', onlyValue(parameters, 'type') ?? CCD],
    ...(start === undefined ? [] : [['period', `ge${start}`] as const]),
    ...(end === undefined ? [] : [['period', `le${end}`] as const]),
    ['_sort', '-date'],
    ...(start === undefined && end === undefined ? [['_count', '1'] as const] : []),
  ]
  const search: Search = { kind: 'search', type: 'DocumentReference', parameters: query, form: false }
  return { kind: 'composed', as: 'search', search }
}

/** Whoever may create a record may ask whether it is well formed; all that it names must be theirs to name (ENF-45). */
function planValidate(access: Access, operation: Operation): Composed | Passed | Denial {
  const { type = '', method, parameters } = operation
  if (method !== 'POST') return deny('not-supported', '$validate takes the resource by POST.')
  if (rolesAllow(access, operation.name)) return planUnconfined(access, operation)
  if (clausesFor(access, type, 'c').length === 0) return denyScope(access, type, 'c')
  const known = ['profile', 'mode', '_format', '_pretty']
  const mode = onlyValue(parameters, 'mode') ?? 'create'
  const profile = onlyValue(parameters, 'profile')
  const isUsable = parameters.every(([name], at) => known.includes(name) && names(parameters).indexOf(name) === at)
  // What else is stored is not asked about: a mode that would look goes no further.
  if (!isUsable || mode !== 'create') return deny('bad-parameter', '$validate takes profile, and create as its mode.')
  const write = { kind: 'create' as const, type, parameters: [] }
  return { kind: 'composed', as: 'validation', write, ...(profile === undefined ? {} : { profile }) }
}

/** A longer query would not fit everywhere. */
const MAX_CHARACTERS = 1_500

function planTerminology(access: Access, operation: Operation): Passed | Denial {
  const { type, parameters } = operation
  if (type === undefined) return deny('not-supported', 'This operation is not supported here.')
  const clauses = clausesFor(access, type, 'r')
  if (clauses.length === 0) return denyScope(access, type, 'r')
  if (clauses.every(({ filter, context }) => filter.length > 0 || context === 'self'))
    return deny('not-confinable', `What ${operation.name} answers cannot be held against the conditions of a scope.`)
  const query = parameters.filter(([name]) => name !== '_format' && name !== '_pretty')
  if (query.reduce((sum, [name, value]) => sum + name.length + value.length, 0) > MAX_CHARACTERS)
    return deny('bad-parameter', 'The parameters are too long.')
  return { kind: 'pass', method: 'GET', request: { path: pathOf(operation), query }, answers: TERMINOLOGY_ANSWERS }
}

const TERMINOLOGY_ANSWERS: ReadonlySet<string> = new Set(['Parameters', 'ValueSet'])

function planUnconfined(access: Access, operation: Operation): Passed | Denial {
  const { type = '*', method, parameters } = operation
  const byRoles = rolesAllow(access, operation.name)
  if (byRoles === false) return deny('insufficient-scope', `This needs a role that allows ${operation.name}.`)
  const mayAll =
    byRoles ||
    access.clauses.some(
      (clause) =>
        clause.context === 'system' &&
        (clause.type === '*' || clause.type === type) &&
        clause.permissions === 'cruds' &&
        clause.filter.length === 0,
    )
  if (mayAll) return { kind: 'pass', method, request: { path: pathOf(operation), query: parameters }, answers: 'any' }
  const isForItself = access.patient === undefined && access.who.person === undefined
  return isForItself
    ? denyScope(access, type, 'cruds')
    : deny('not-supported', `${operation.name} is for clients that act for themselves.`)
}

function pathOf({ type, id, name }: Operation): string {
  return [type, id, name].filter((part) => part !== undefined).join('/')
}

function names(parameters: readonly Parameter[]): string[] {
  return parameters.map(([name]) => name)
}
