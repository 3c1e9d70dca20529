// What the clauses of an access allow of one type, for one letter: whose records, under which conditions.

import { type Access, type Clause, clausesFor } from './access.ts'
import { findCompartmentRow, isSharedType } from './compartment.ts'
import type { Condition } from './condition.ts'
import type { Reach } from './reach.ts'

/** What one clause allows of one type. */
export type Allowance = {
  patients: 'any' | ReadonlySet<string>
  filter: readonly Condition[]
  /** Patients whose records are left out of `any`. */
  withheld?: ReadonlySet<string>
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
export function allowancesFor(access: Access, reach: Reach, type: string, letter: string): Allowance[] {
  const canShare = isSharedType(type) && !WRITING.includes(letter)
  return clausesFor(access, type, letter).flatMap((clause) => allowanceOf(clause, access, reach, type, canShare) ?? [])
}

/** Without those whose records are withheld. */
export function openOf(patients: ReadonlySet<string>, { withheld }: Reach): ReadonlySet<string> {
  return withheld === undefined ? patients : new Set([...patients].filter((id) => !withheld.has(id)))
}

function allowanceOf(
  clause: Clause,
  access: Access,
  reach: Reach,
  type: string,
  canShare: boolean,
): Allowance | undefined {
  const { filter } = clause
  const { withheld } = reach
  const any = (): Allowance => ({ patients: 'any', filter, ...(withheld === undefined ? {} : { withheld }) })
  const confined = (patients: ReadonlySet<string>): Allowance | undefined => {
    if (canShare) return any()
    const open = openOf(patients, reach)
    return findCompartmentRow(type) === undefined || open.size === 0 ? undefined : { patients: open, filter }
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
