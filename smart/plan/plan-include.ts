// What comes along with a search: each kind of record is asked for by a search of its own, allowed and confined like any
// other. What may not be seen is absent, without a trace (ENF-60). Pure.

import type { Access } from '../access/access.ts'
import { type Allowance, allowancesFor } from '../access/allowance.ts'
import type { Reach } from '../access/reach.ts'
import { DEFAULT_RULES } from '../fhir/compartment.ts'
import { keyOf, namedBy, type Wanted } from '../fhir/includes.ts'
import { MAX_COUNT } from '../fhir/search.ts'
import { allowancesByTargets } from './by-targets.ts'
import type { Denial } from './deny.ts'
import { allows, standingOf } from './guard.ts'
import type { PlanSettings, UpstreamRequest } from './plan.ts'
import { isListPlan, planSearch, searchesOf } from './plan-search.ts'
import { unionsOf } from './union.ts'

export type IncludeGuard = {
  type: string
  allowances: readonly Allowance[]
  bases: readonly string[]
  /** What was asked for: an entry that is none of it means that the upstream did not look at the parameter. */
  parameter: string
  values: ReadonlySet<string>
  /** `targets`: seen only when all that it is about is seen (ENF-86), which by-targets.ts judges. */
  by: 'itself' | 'targets'
}

export type IncludeSearch = { request: UpstreamRequest; guard: IncludeGuard }

/** @returns the searches to carry out, none when nothing may be seen; a denial when one of them would cost too much */
export function planInclude(
  access: Access,
  reach: Reach,
  wanted: Wanted,
  settings: PlanSettings,
): readonly IncludeSearch[] | Denial {
  const { type, parameter, values } = wanted
  const asker = { access, reach, rules: settings.compartment ?? DEFAULT_RULES }
  // To be brought along by its id is to be read or found; to be found by what it names is to be searched (SCP-04).
  const letters = parameter === '_id' ? ['r', 's'] : ['s']
  const plain = letters.flatMap((letter) => allowancesFor(asker, type, letter))
  const byTargets = plain.length === 0 && parameter !== '_id' ? allowancesByTargets(asker, type, 's') : []
  const searched = byTargets.map((one): Allowance => ({ ...one, patients: 'any' }))

  const searches: IncludeSearch[] = []
  for (const { of } of unionsOf([...plain, ...searched])) {
    const planned = search(wanted, of, settings)
    if (planned.kind === 'deny') {
      // What is left out for this would be missed.
      if (planned.reason === 'too-costly' || planned.reason === 'several-searches') return planned
      continue
    }
    if (!isListPlan(planned)) continue
    const by = plain.length === 0 ? 'targets' : 'itself'
    const guard = { type, parameter, values: new Set(values), bases: settings.bases }
    const allowances = by === 'itself' ? plain : byTargets
    for (const { request } of searchesOf(planned)) searches.push({ request, guard: { ...guard, by, allowances } })
  }
  return searches
}

function search({ type, parameter, values }: Wanted, allowances: readonly Allowance[], settings: PlanSettings) {
  const count = parameter === '_id' ? values.length : MAX_COUNT
  const parameters = [[parameter, values.join(',')] as const, ['_count', String(count)] as const]
  return planSearch({ kind: 'search', type, parameters, form: false }, allowances, settings)
}

export type IncludedVerdict =
  /** Positions of the entries that may come along; those by targets still under that condition. */
  | { kind: 'pass'; positions: readonly number[] }
  | { kind: 'refuse'; reason: 'not-a-searchset' | 'foreign-entry' | 'unasked-entry' }

export function judgeIncluded(guard: IncludeGuard, bundle: unknown): IncludedVerdict {
  const { resourceType, type, entry = [] } = (bundle ?? {}) as Record<string, unknown>
  if (resourceType !== 'Bundle' || type !== 'searchset' || !Array.isArray(entry)) return refuse('not-a-searchset')
  const positions: number[] = []
  for (const [at, item] of entry.entries()) {
    const { resource, search } = (item ?? {}) as { resource?: { resourceType?: unknown }; search?: { mode?: unknown } }
    if (search?.mode === 'outcome' && resource?.resourceType === 'OperationOutcome') continue
    if (resource?.resourceType !== guard.type || keyOf(resource) === undefined) return refuse('foreign-entry')
    const isAsked = isAskedFor(guard, resource)
    if (guard.by === 'targets' || guard.parameter === '_id') {
      // Nothing but the parameter bounds what comes back, so an upstream that ignores it answers with everybody's.
      if (!isAsked) return refuse('unasked-entry')
      if (guard.by === 'targets' || allows(guard, resource)) positions.push(at)
    } else {
      // Confined like a search of the app's own: a foreign entry condemns it.
      const standing = standingOf(guard, resource)
      if (standing === 'foreign') return refuse('foreign-entry')
      if (isAsked && standing === 'allowed') positions.push(at)
    }
  }
  return { kind: 'pass', positions }
}

function isAskedFor({ parameter, values, bases }: IncludeGuard, resource: object): boolean {
  if (parameter === '_id') return values.has(String((resource as { id?: unknown }).id))
  return namedBy(resource, parameter, bases).some(({ type, id }) => values.has(`${type}/${id}`))
}

function refuse(reason: Extract<IncludedVerdict, { kind: 'refuse' }>['reason']): IncludedVerdict {
  return { kind: 'refuse', reason }
}
