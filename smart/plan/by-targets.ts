// Records that are seen through what they are about: Provenance (ENF-86). Pure.

import { type Access, type Clause, clausesFor } from '../access/access.ts'
import { type Allowance, type Asker, openOf } from '../access/allowance.ts'
import type { Reach } from '../access/reach.ts'
import { DEFAULT_RULES, isAbout } from '../fhir/compartment.ts'
import { conditionHolds } from '../fhir/condition.ts'
import { elementsAt } from '../fhir/elements.ts'
import { referenceTo } from '../fhir/reference.ts'

/**
 * Types that no parameter confines and that are about other records (ENF-86). AuditEvent is not among them: it tells who
 * else looked.
 */
const BY_TARGETS: ReadonlySet<string> = new Set(['Provenance'])

export function isByTargets(type: string): boolean {
  return BY_TARGETS.has(type)
}

export function allowancesByTargets(asker: Asker, type: string, letter: string): Allowance[] {
  return BY_TARGETS.has(type) ? allowancesByOthers(asker, type, letter) : []
}

/**
 * For types that are about nobody by themselves. The patients stay with the clause: what a patient clause shows is about that
 * patient in all that it is seen through (ENF-07).
 */
export function allowancesByOthers({ access, reach, rules }: Asker, type: string, letter: string): Allowance[] {
  return clausesFor(access, type, letter).flatMap(({ context, filter }): Allowance[] => {
    const patients = patientsOf(context, access, reach)
    return patients === undefined || patients.size === 0 ? [] : [{ patients, filter, rules }]
  })
}

function patientsOf(context: Clause['context'], { patient }: Access, reach: Reach): ReadonlySet<string> | undefined {
  if (context === 'patient' && patient !== undefined) return openOf(new Set([patient]), reach)
  return context === 'user' && reach.kind === 'patients' ? openOf(reach.ids, reach) : undefined
}

/** More targets than this are not looked up: the record is then not seen. */
const MAX_TARGETS = 100

/** What a record by targets is about, as `Type/id`; undefined when a target cannot be read or there are too many. */
export function targetsOf(resource: unknown, bases: readonly string[]): string[] | undefined {
  const elements = elementsAt(resource, ['target'])
  if (elements.length === 0 || elements.length > MAX_TARGETS) return undefined
  const targets = elements.map((element) => referenceTo(elementsAt(element, ['reference'])[0], bases))
  return targets.every((target) => target !== undefined) ? targets.map(({ type, id }) => `${type}/${id}`) : undefined
}

/** @param visible the records that the caller may see, by `Type/id` */
export function isAboutVisible(
  { allowances, bases }: { allowances: readonly Allowance[]; bases: readonly string[] },
  resource: unknown,
  visible: ReadonlyMap<string, unknown>,
): boolean {
  const targets = targetsOf(resource, bases)
  if (targets === undefined) return false
  return allowances.some(
    ({ patients, filter, rules = DEFAULT_RULES }) =>
      filter.every((condition) => conditionHolds(condition, resource, bases)) &&
      targets.every((key) => {
        const target = visible.get(key)
        if (target === undefined) return false
        const type = key.slice(0, key.indexOf('/'))
        return patients === 'any' || rules.shared.has(type) || isAbout(target, patients, bases, rules)
      }),
  )
}
