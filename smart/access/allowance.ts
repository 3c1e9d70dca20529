// What the clauses of an access allow of one type, for one letter: whose records, under which conditions.

import { type CompartmentRules, findCompartmentRow } from '../fhir/compartment.ts'
import type { Condition } from '../fhir/condition.ts'
import { mayBeShared } from '../fhir/shared-types.ts'
import { type Access, type Clause, clausesFor } from './access.ts'
import type { Reach } from './reach.ts'

/** Whoever asks, whom that person may open, and where the line around a patient is drawn. */
export type Asker = { access: Access; reach: Reach; rules: CompartmentRules }

/** What one clause allows of one type. */
export type Allowance = {
  patients: 'any' | ReadonlySet<string>
  filter: readonly Condition[]
  /** Patients whose records are left out of it; not of records that are about `patients` alone. */
  withheld?: ReadonlySet<string>
  /** What it is to be about these patients. */
  rules?: CompartmentRules
}

/** Whether it leaves no record of the type out. */
export function isUnlimited({ patients, filter, withheld }: Allowance): boolean {
  return patients === 'any' && filter.length === 0 && withheld === undefined
}

/** Types that all may see are nobody's to change by a clause that is limited to certain patients (ENF-82). */
const WRITING = 'cud'

/**
 * Scope, condition and compartment stay together, clause by clause: no clause lends another its reach (ENF-07).
 * @param letter one of `cruds`
 */
export function allowancesFor(asker: Asker, type: string, letter: string): Allowance[] {
  const { access, rules } = asker
  const isWriting = WRITING.includes(letter)
  // Whoever takes part in another's record does not change it.
  const applied: Asker = isWriting ? { ...asker, rules: { ...rules, definition: 'subject' } } : asker
  const canShare = rules.shared.has(type) && !isWriting
  return clausesFor(access, type, letter).flatMap((clause) => allowanceOf(clause, applied, type, canShare) ?? [])
}

/** Without those whose records are withheld. */
export function openOf(patients: ReadonlySet<string>, { withheld }: Reach): ReadonlySet<string> {
  return withheld === undefined ? patients : new Set([...patients].filter((id) => !withheld.has(id)))
}

function allowanceOf(
  clause: Clause,
  { access, reach, rules }: Asker,
  type: string,
  canShare: boolean,
): Allowance | undefined {
  const { filter } = clause
  // What cannot name a patient is nobody's to withhold.
  const leaving = reach.withheld === undefined || mayBeShared(type) ? {} : { withheld: reach.withheld }
  const any = (): Allowance => ({ patients: 'any', filter, ...leaving })
  const confined = (patients: ReadonlySet<string>): Allowance | undefined => {
    if (canShare) return any()
    const open = openOf(patients, reach)
    if (findCompartmentRow(type) === undefined || open.size === 0) return undefined
    // A record in which one of them takes part may be about somebody else.
    return { patients: open, filter, rules, ...(rules.definition === 'full' ? leaving : {}) }
  }
  switch (clause.context) {
    case 'system':
    case 'self':
      return any()
    case 'patient':
      return access.patient === undefined ? undefined : confined(new Set([access.patient]))
    case 'user':
      if (reach.kind === 'none') return undefined
      return reach.kind === 'all' ? any() : confined(reach.ids)
  }
}
