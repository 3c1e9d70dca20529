// What several allowances say together, as few exact searches (ENF-67).

import type { Allowance } from '../access/allowance.ts'
import { type Condition, joined } from '../fhir/condition.ts'

/** What one search can ask for: everything that its allowances allow, and nothing else. */
export type Union = { patients: Allowance['patients']; conditions: readonly Condition[]; of: readonly Allowance[] }

/** Together they ask for everything that the allowances allow; a record may be in several. */
export function unionsOf(allowances: readonly Allowance[]): Union[] {
  const rest = allowances.filter(
    (one, at) => !allowances.some((other, otherAt) => covers(other, one, otherAt < at) && otherAt !== at),
  )
  const units: Union[] = rest.map((one) => ({ patients: one.patients, conditions: one.filter, of: [one] }))
  return folded(folded(units, ofSameConditions), ofSameParameter)
}

type Fold = (one: Union, other: Union) => Union | undefined

function folded(units: readonly Union[], fold: Fold): Union[] {
  const unions: Union[] = []
  for (const unit of units) {
    const at = unions.findIndex((one) => fold(one, unit) !== undefined)
    const both = at === -1 ? undefined : fold(unions[at] as Union, unit)
    if (both === undefined) unions.push(unit)
    else unions[at] = both
  }
  return unions
}

/** The same conditions on some patients and on others. */
const ofSameConditions: Fold = (one, other) => {
  if (!isSameFilter(one.conditions, other.conditions) || one.patients === 'any' || other.patients === 'any')
    return undefined
  return { ...one, patients: new Set([...one.patients, ...other.patients]), of: [...one.of, ...other.of] }
}

/** Several values of one parameter join by comma, which means OR; all other conditions are the same. */
const ofSameParameter: Fold = (one, other) => {
  if (one.conditions.length !== other.conditions.length || !isSamePatients(one.patients, other.patients))
    return undefined
  const [value, ...more] = without(one.conditions, other.conditions)
  const [otherValue] = without(other.conditions, one.conditions)
  if (value === undefined || otherValue === undefined || more.length > 0) return undefined
  if (value.parameter !== otherValue.parameter) return undefined
  const rest = one.conditions.filter((condition) => condition !== value)
  return { ...one, conditions: [joined(value, [otherValue]), ...rest], of: [...one.of, ...other.of] }
}

function without(some: readonly Condition[], others: readonly Condition[]): Condition[] {
  return some.filter((one) => !others.some((other) => isSameCondition(one, other)))
}

/** Whether everything of `one` is in `other` as well. Equals cover each other, so only the earlier one counts then. */
function covers(other: Allowance, one: Allowance, isEarlier: boolean): boolean {
  const patients = other.patients === 'any' || (one.patients !== 'any' && isWithin(one.patients, other.patients))
  const conditions = other.filter.every((condition) => one.filter.some((same) => isSameCondition(condition, same)))
  const equal = isSamePatients(other.patients, one.patients) && isSameFilter(other.filter, one.filter)
  return patients && conditions && (isEarlier || !equal)
}

function isWithin(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  return [...some].every((id) => all.has(id))
}

function isSamePatients(a: Allowance['patients'], b: Allowance['patients']): boolean {
  return a === 'any' || b === 'any' ? a === b : a.size === b.size && isWithin(a, b)
}

function isSameFilter(a: readonly Condition[], b: readonly Condition[]): boolean {
  const within = (x: readonly Condition[], y: readonly Condition[]) =>
    x.every((one) => y.some((two) => isSameCondition(one, two)))
  return within(a, b) && within(b, a)
}

function isSameCondition(a: Condition, b: Condition): boolean {
  return a.parameter === b.parameter && a.value === b.value
}
