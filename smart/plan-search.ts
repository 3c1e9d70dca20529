// How a search goes upstream: the client's own conditions, beside them the one that confines, and the guard for the answer.

import type { Allowance } from './allowance.ts'
import { findCompartmentRow } from './compartment.ts'
import { type Condition, joined } from './condition.ts'
import { deny } from './deny.ts'
import { elementsOf } from './includes.ts'
import type { Interaction, Parameter } from './interaction.ts'
import type { Plan, PlanSettings } from './plan.ts'
import { referenceTo } from './reference.ts'
import { parseSearch } from './search.ts'

/** @param allowances of the type that is searched; at least one */
export function planSearch(
  interaction: Extract<Interaction, { kind: 'search' }>,
  allowances: readonly Allowance[],
  settings: PlanSettings,
): Plan {
  const { type } = interaction
  const row = findCompartmentRow(type)
  const search = parseSearch(type, interaction.parameters, row?.parameter)
  if (!search.ok) return deny(search.reason, search.message)

  const union = unionOf(allowances)
  if (union === undefined)
    return deny(
      'several-searches',
      `The scopes for ${type} allow different things of different patients; one search cannot say that.`,
    )

  const criteria = search.criteria.map(
    ([name, value]): Parameter => [name, relativeValue(value, settings.bases.slice(0, 1))],
  )
  const confining: Parameter[] = union.conditions.map(({ parameter, value }) => [parameter, value])
  if (union.patients !== 'any') {
    // An allowance with patients exists only for types that have a row.
    if (row === undefined || row.named === 'all' || settings.unconfinable?.has(type))
      return deny('not-confinable', `${type} cannot be searched by apps that are limited to certain patients.`)
    const patients = narrowed(union.patients, criteria, type, row.parameter)
    if (patients.length > settings.panelLimit)
      return deny(
        'too-costly',
        `This search covers more than ${settings.panelLimit} patients; name one with ${row.parameter}=.`,
      )
    const values = patients.map((id) => (type === 'Patient' ? id : `Patient/${id}`))
    confining.push([row.parameter, values.join(',')])
  }

  const judged = [
    ...(row?.path.slice(0, 1) ?? []),
    ...elementsOf(search.includes, type),
    ...union.conditions.flatMap((condition) => condition.elements),
  ]
  const elements: Parameter[] =
    search.elements === undefined ? [] : [['_elements', [...new Set(['id', ...search.elements, ...judged])].join(',')]]
  const counting: Parameter[] = search.countOnly ? [['_summary', 'count']] : []
  return {
    kind: 'forward',
    // Ours is always a parameter of its own beside the client's: repeated parameters AND (ENF-25, ENF-67).
    request: { path: type, query: [...criteria, ...search.control, ...elements, ...counting, ...confining] },
    before: [],
    guard: {
      kind: 'searchset',
      type,
      allowances,
      bases: settings.bases,
      confining,
      countOnly: search.countOnly,
      includes: search.includes,
    },
  }
}

type Union = { patients: Allowance['patients']; conditions: readonly Condition[] }

/** One exact query for all allowances together; undefined when one query cannot say it, which is refused, not rounded. */
function unionOf(allowances: readonly Allowance[]): Union | undefined {
  const rest = allowances.filter(
    (one, at) => !allowances.some((other, otherAt) => covers(other, one, otherAt < at) && otherAt !== at),
  )
  const [first, ...others] = rest
  if (first === undefined) return undefined
  if (others.length === 0) return { patients: first.patients, conditions: first.filter }

  if (others.every(({ filter }) => sameFilter(filter, first.filter))) {
    const patients = new Set<string>()
    for (const allowance of rest) {
      if (allowance.patients === 'any') return undefined // Would have covered the rest; here for the type.
      for (const id of allowance.patients) patients.add(id)
    }
    return { patients, conditions: first.filter }
  }
  // Several values of one parameter join by comma, which means OR (ENF-67).
  const [condition] = first.filter
  const sameParameter = rest.every(({ filter }) => filter.length === 1 && filter[0]?.parameter === condition?.parameter)
  if (
    condition === undefined ||
    !sameParameter ||
    !others.every((other) => samePatients(other.patients, first.patients))
  )
    return undefined
  return {
    patients: first.patients,
    conditions: [
      joined(
        condition,
        others.flatMap(({ filter }) => filter),
      ),
    ],
  }
}

/** Whether everything of `one` is in `other` as well. Equals cover each other, so only the earlier one counts then. */
function covers(other: Allowance, one: Allowance, isEarlier: boolean): boolean {
  const patients = other.patients === 'any' || (one.patients !== 'any' && isWithin(one.patients, other.patients))
  const conditions = other.filter.every((condition) => one.filter.some((same) => sameCondition(condition, same)))
  const equal = samePatients(other.patients, one.patients) && sameFilter(other.filter, one.filter)
  return patients && conditions && (isEarlier || !equal)
}

function isWithin(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  return [...some].every((id) => all.has(id))
}

function samePatients(a: Allowance['patients'], b: Allowance['patients']): boolean {
  return a === 'any' || b === 'any' ? a === b : a.size === b.size && isWithin(a, b)
}

function sameFilter(a: readonly Condition[], b: readonly Condition[]): boolean {
  const within = (x: readonly Condition[], y: readonly Condition[]) =>
    x.every((one) => y.some((two) => sameCondition(one, two)))
  return within(a, b) && within(b, a)
}

function sameCondition(a: Condition, b: Condition): boolean {
  return a.parameter === b.parameter && a.value === b.value
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
