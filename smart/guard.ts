// The second lock: what comes back from the upstream is judged against the plan before any of it goes out. Pure.

import type { Allowance } from './allowance.ts'
import { isAbout } from './compartment.ts'
import { conditionHolds } from './condition.ts'
import type { FileGuard } from './file.ts'
import type { Include } from './includes.ts'
import type { Parameter } from './interaction.ts'
import type { UnconfinedGuard } from './unconfined.ts'

type Judged = { type: string; allowances: readonly Allowance[]; bases: readonly string[] }

export type Guard =
  /** `targets`: judged by what it is about (by-targets.ts), never by itself. */
  | (Judged & { kind: 'resource'; by: 'itself' | 'targets'; id: string })
  /** Every version of one record. */
  | (Judged & { kind: 'versions'; id: string })
  | UnconfinedGuard
  | FileGuard
  | SearchsetGuard

export type SearchsetGuard = Judged & {
  kind: 'searchset'
  /** What we added to the search. */
  confining: readonly Parameter[]
  countOnly: boolean
  /** What may come along, looked up by us beside the search. */
  includes: readonly Include[]
}

/** Whether one clause alone allows the resource. */
export function allows(guard: Judged, resource: unknown): boolean {
  if (typeof resource !== 'object' || resource === null) return false
  if ((resource as { resourceType?: unknown }).resourceType !== guard.type) return false
  return guard.allowances.some(
    ({ patients, filter }) =>
      (patients === 'any' || isAbout(resource, patients, guard.bases)) &&
      filter.every((condition) => conditionHolds(condition, resource, guard.bases)),
  )
}

export function allowsResource(guard: Extract<Guard, { kind: 'resource' | 'versions' }>, resource: unknown): boolean {
  return allows(guard, resource) && (resource as { id?: unknown }).id === guard.id
}

export type SearchsetVerdict =
  /** `outcomes`: positions of the upstream's own remarks, which are not passed on (ENF-11). */
  | { kind: 'pass'; keepTotal: boolean; outcomes: ReadonlySet<number> }
  | { kind: 'refuse'; reason: 'not-a-searchset' | 'foreign-entry' | 'unconfirmed-count' }

/**
 * One foreign match condemns the whole answer: the upstream did not apply our condition, so its order, pages and total
 * are about others too.
 */
export function judgeSearchset(guard: SearchsetGuard, bundle: unknown): SearchsetVerdict {
  const { resourceType, type, entry = [], link } = (bundle ?? {}) as Record<string, unknown>
  if (resourceType !== 'Bundle' || type !== 'searchset' || !Array.isArray(entry)) return refuse('not-a-searchset')

  const outcomes = new Set<number>()
  for (const [at, item] of entry.entries()) {
    const { resource, search } = (item ?? {}) as { resource?: { resourceType?: unknown }; search?: { mode?: unknown } }
    const mode = search?.mode ?? 'match'
    if (mode === 'outcome' && resource?.resourceType === 'OperationOutcome') outcomes.add(at)
    else if (mode !== 'match' || !allows(guard, resource)) return refuse('foreign-entry')
  }

  // A number cannot be judged by itself: it counts only when the upstream says that it applied our condition (ENF-65).
  const keepTotal = isConfirmed(guard.confining, link)
  if (guard.countOnly && !keepTotal) return refuse('unconfirmed-count')
  return { kind: 'pass', keepTotal, outcomes }
}

function isConfirmed(confining: readonly Parameter[], link: unknown): boolean {
  if (confining.length === 0) return true
  const self = Array.isArray(link)
    ? link.find((one) => (one as { relation?: unknown } | null)?.relation === 'self')
    : undefined
  const url = (self as { url?: unknown } | undefined)?.url
  if (typeof url !== 'string') return false
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1))
  return confining.every(([name, value]) => query.getAll(name).includes(value))
}

function refuse(reason: Extract<SearchsetVerdict, { kind: 'refuse' }>['reason']): SearchsetVerdict {
  return { kind: 'refuse', reason }
}
