// What the clauses of an access allow of one type, for one letter: whose records, under which conditions.

import { type Access, type Clause, clausesFor } from './access.ts'
import { findCompartmentRow, isSharedType } from './compartment.ts'
import type { Condition } from './condition.ts'
import type { Reach } from './reach.ts'

/** What one clause allows of one type. */
export type Allowance = { patients: 'any' | ReadonlySet<string>; filter: readonly Condition[] }

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

function allowanceOf(
  clause: Clause,
  access: Access,
  reach: Reach,
  type: string,
  canShare: boolean,
): Allowance | undefined {
  const { filter } = clause
  const confined = (patients: ReadonlySet<string>): Allowance | undefined => {
    if (canShare) return { patients: 'any', filter }
    return findCompartmentRow(type) === undefined || patients.size === 0 ? undefined : { patients, filter }
  }
  switch (clause.context) {
    case 'system':
    case 'self':
      return { patients: 'any', filter }
    case 'patient':
      return access.patient === undefined ? undefined : confined(new Set([access.patient]))
    case 'user':
      if (reach.kind === 'none') return undefined
      return reach.kind === 'all' ? { patients: 'any', filter } : confined(reach.ids)
  }
}
