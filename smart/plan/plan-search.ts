// How a search goes upstream: the client's own conditions, beside them the one that confines, and the guard for the answer.

import type { Allowance } from '../access/allowance.ts'
import { type CompartmentRules, confiningParameters, DEFAULT_RULES, findCompartmentRow } from '../fhir/compartment.ts'
import { elementsOf, type Include } from '../fhir/includes.ts'
import type { Interaction, Parameter } from '../fhir/interaction.ts'
import { type OrderKey, parseOrder } from '../fhir/order.ts'
import { referenceTo } from '../fhir/reference.ts'
import { findReferenceElement } from '../fhir/resource-types.ts'
import { DEFAULT_COUNT, MAX_COUNT, type ParsedSearch, parseSearch } from '../fhir/search.ts'
import { type Denial, deny } from './deny.ts'
import type { SearchsetGuard } from './guard.ts'
import type { Plan, PlanSettings, UpstreamRequest } from './plan.ts'
import { refusalByLimits } from './server-limits.ts'
import { type Union, unionsOf } from './union.ts'

/** One search of the upstream, and what each of its answers must be. */
export type GuardedSearch = { request: UpstreamRequest; guard: SearchsetGuard }

/** A list that no one search can ask for: several are gathered, and the list is put together and paged here. */
export type MergePlan = {
  kind: 'merge'
  /** A record may be found by several of them. */
  searches: readonly GuardedSearch[]
  order: readonly OrderKey[]
  /** Entries of a page. */
  count: number
  countOnly: boolean
  hasTotal: boolean
  /** What may come along, looked up by us beside the list. */
  includes: readonly Include[]
}

/** A plan of a search: one of the upstream's, or several. */
export type ListPlan = MergePlan | (GuardedSearch & { kind: 'forward'; before: readonly UpstreamRequest[] })

export function isListPlan(plan: Plan): plan is ListPlan {
  return plan.kind === 'merge' || (plan.kind === 'forward' && plan.guard.kind === 'searchset')
}

export function searchesOf(plan: ListPlan): readonly GuardedSearch[] {
  return plan.kind === 'merge' ? plan.searches : [plan]
}

/** More searches than any honest set of scopes comes to. */
const MAX_SEARCHES = 10

type Searched = Extract<ParsedSearch, { ok: true }>

/** @param allowances of the type that is searched; at least one */
export function planSearch(
  interaction: Extract<Interaction, { kind: 'search' }>,
  allowances: readonly Allowance[],
  settings: PlanSettings,
): Plan {
  const { type } = interaction
  const search = parseSearch(type, interaction.parameters, findCompartmentRow(type)?.parameter)
  if (!search.ok) return deny(search.reason, search.message)
  const { compartment: rules = DEFAULT_RULES } = settings
  const unions = unionsOf(allowances).flatMap((union) => byParameters(type, union, rules))
  const [only, ...others] = unions
  if (only === undefined) return deny('outside-reach', 'There is nothing here that may be searched.')
  // What is left out on its way must not show in the upstream's pages and totals.
  const leavesOut = allowances.some(({ withheld }) => withheld !== undefined)
  if (others.length > 0 || leavesOut) return planMerge(type, search, unions, settings)
  const shape = [...search.control, ...(search.countOnly ? [['_summary', 'count'] as const] : [])]
  const planned = guarded(type, search, only, { shape, elements: judgedElements(type, search, unions) }, settings)
  if ('kind' in planned) return planned
  return { kind: 'forward', request: planned.request, before: [], guard: { ...planned.guard, allowances } }
}

/** A union, and the parameter by which its patients are looked for. */
type Confined = Union & { by?: string }

/** A record may be in the compartment of these patients by one parameter or another: a search for each. */
function byParameters(type: string, union: Union, rules: CompartmentRules): Confined[] {
  const parameters = confiningParameters(type, rules)
  return union.patients === 'any' || parameters.length === 0 ? [union] : parameters.map((by) => ({ ...union, by }))
}

function planMerge(type: string, search: Searched, unions: readonly Confined[], settings: PlanSettings): Plan {
  if (unions.length > MAX_SEARCHES)
    return deny('too-costly', `The scopes for ${type} come to more than ${MAX_SEARCHES} searches.`)
  const told = new Map(search.control)
  const sort = told.get('_sort')
  // The id decides last, so that a record is on one page, whatever order the upstream gives.
  const order = parseOrder(type, sort === undefined ? '_id' : `${sort},_id`)
  if (order === undefined)
    return deny(
      'several-searches',
      `The scopes for ${type} come to several searches, whose results can be sorted by _id, _lastUpdated and single dates.`,
    )
  const elements = [...judgedElements(type, search, unions), ...order.flatMap((key) => key.elements)]
  const shape: Parameter[] = [['_count', String(MAX_COUNT)]]
  // All of each is fetched: a count or an order of the upstream's would be one of a part.
  const whole = { ...search, countOnly: false, includes: [] }
  const searches: GuardedSearch[] = []
  for (const union of unions) {
    const planned = guarded(type, whole, union, { shape, elements }, settings)
    if ('kind' in planned) return planned
    searches.push(planned)
  }
  const { countOnly, includes } = search
  const count = Number(told.get('_count') ?? DEFAULT_COUNT)
  return { kind: 'merge', searches, order, count, countOnly, hasTotal: told.get('_total') !== 'none', includes }
}

/** Elements that are looked at here, and so have to come whatever the app asks for (ENF-64). */
function judgedElements(type: string, search: Searched, unions: readonly Confined[]): string[] {
  return [
    ...(findCompartmentRow(type)?.path.slice(0, 1) ?? []),
    ...unions.flatMap(({ by = '_id' }) => findReferenceElement(type, by)?.elements ?? []),
    ...elementsOf(search.includes, type),
    ...unions.flatMap(({ conditions }) => conditions.flatMap((condition) => condition.elements)),
  ]
}

/** `shape`: how the answer is to be formed. `elements`: what of each record is looked at here. */
function guarded(
  type: string,
  search: Searched,
  union: Confined,
  { shape, elements }: { shape: readonly Parameter[]; elements: readonly string[] },
  settings: PlanSettings,
): GuardedSearch | Denial {
  const { bases } = settings
  const row = findCompartmentRow(type)
  const criteria = search.criteria.map(([name, value]): Parameter => [name, relativeValue(value, bases.slice(0, 1))])
  const confining: Parameter[] = union.conditions.map(({ parameter, value }) => [parameter, value])
  if (union.patients !== 'any') {
    // An allowance with patients exists only for types that have a row.
    if (row === undefined || row.named === 'all' || settings.unconfinable?.has(type))
      return deny('not-confinable', `${type} cannot be searched by apps that are limited to certain patients.`)
    const { by = row.parameter } = union
    const patients = narrowed(union.patients, criteria, type, by)
    if (patients.length > settings.panelLimit)
      return deny('too-costly', `This search covers more than ${settings.panelLimit} patients; name one with ${by}=.`)
    const values = patients.map((id) => (type === 'Patient' ? id : `Patient/${id}`))
    confining.push([by, values.join(',')])
  }
  const limited = refusalByLimits(type, [...criteria, ...confining], settings)
  if (limited !== undefined) return limited
  const asked: Parameter[] =
    search.elements === undefined
      ? []
      : [['_elements', [...new Set(['id', ...search.elements, ...elements])].join(',')]]
  const { countOnly, includes } = search
  // Whether conditions of scopes are applied was never tried.
  const exact = union.conditions.length === 0 && (union.patients === 'any' || settings.proven?.has(type) === true)
  return {
    // Ours is always a parameter of its own beside the client's: repeated parameters AND (ENF-25, ENF-67).
    request: { path: type, query: [...criteria, ...shape, ...asked, ...confining] },
    guard: { kind: 'searchset', type, allowances: union.of, bases, confining, exact, countOnly, includes },
  }
}

/** Our own absolute URLs mean nothing to the upstream. */
export function relativeValue(value: string, bases: readonly string[]): string {
  return value
    .split(',')
    .map((part) => {
      const base = bases.find((candidate) => part.startsWith(`${candidate}/`))
      return base === undefined ? part : part.slice(base.length + 1)
    })
    .join(',')
}

/**
 * A clinician who names a patient need not have the whole panel sent along: the client's own condition stands too, so
 * fewer alternatives of ours give the same answer. Names that are none of ours leave the panel as it is.
 */
function narrowed(
  patients: ReadonlySet<string>,
  criteria: readonly Parameter[],
  type: string,
  parameter: string,
): string[] {
  const own = criteria.find(([name]) => name === parameter)?.[1].split(',')
  const named = own?.map((value) => {
    const target = referenceTo(value.includes('/') ? value : `Patient/${value}`, [])
    return target?.type === 'Patient' && (type !== 'Patient' || !value.includes('/')) ? target.id : undefined
  })
  // A name that we cannot read may still mean one of ours to the upstream.
  if (named === undefined || named.includes(undefined)) return [...patients]
  const within = named.filter((id): id is string => id !== undefined && patients.has(id))
  return within.length === 0 ? [...patients] : [...new Set(within)]
}
