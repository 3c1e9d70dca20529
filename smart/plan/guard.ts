// The second lock: what comes back from the upstream is judged against the plan before any of it goes out. Pure.

import type { Allowance } from '../access/allowance.ts'
import { mayBeOf } from '../access/opt-out.ts'
import { isAbout } from '../fhir/compartment.ts'
import { conditionHolds } from '../fhir/condition.ts'
import type { Include } from '../fhir/includes.ts'
import type { Parameter } from '../fhir/interaction.ts'
import type { FileGuard } from './file.ts'
import { judgeUnconfinedEntry, type UnconfinedGuard } from './unconfined.ts'

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
  /** Whether the upstream is known to apply all of that: only then may an answer go out while it still comes in. */
  exact: boolean
  countOnly: boolean
  /** What may come along, looked up by us beside the search. */
  includes: readonly Include[]
}

/** Of what the upstream pages. */
export type ListGuard = Extract<Guard, { kind: 'searchset' | 'unconfined' }>

/** Whether one clause alone allows the resource. */
export function allows(guard: Judged, resource: unknown): boolean {
  return standingOf(guard, resource) === 'allowed'
}

/** `withheld`: allowed, were it not for its patient's own wish. */
export type Standing = 'allowed' | 'withheld' | 'foreign'

export function standingOf({ type, allowances, bases }: Judged, resource: unknown): Standing {
  if (typeof resource !== 'object' || resource === null) return 'foreign'
  if ((resource as { resourceType?: unknown }).resourceType !== type) return 'foreign'
  const covering = allowances.filter(
    ({ patients, filter, rules }) =>
      (patients === 'any' || isAbout(resource, patients, bases, rules)) &&
      filter.every((condition) => conditionHolds(condition, resource, bases)),
  )
  if (covering.length === 0) return 'foreign'
  const isOpen = ({ withheld }: Allowance) => withheld === undefined || !mayBeOf(resource, withheld, bases)
  return covering.some(isOpen) ? 'allowed' : 'withheld'
}

export function allowsResource(guard: Extract<Guard, { kind: 'resource' | 'versions' }>, resource: unknown): boolean {
  return allows(guard, resource) && (resource as { id?: unknown }).id === guard.id
}

/** `remark`: the upstream's own, or of a patient whose records are withheld; it is not passed on (ENF-11, SEED-51). */
export type EntryVerdict = 'match' | 'remark' | 'foreign'

/** One entry of a list, by itself: lists may be judged while they come in. */
export function judgeEntry(guard: ListGuard, entry: unknown): EntryVerdict {
  if (guard.kind === 'unconfined') return judgeUnconfinedEntry(guard, entry)
  const { resource, search } = (entry ?? {}) as { resource?: { resourceType?: unknown }; search?: { mode?: unknown } }
  const mode = search?.mode ?? 'match'
  if (mode === 'outcome' && resource?.resourceType === 'OperationOutcome') return 'remark'
  if (mode !== 'match') return 'foreign'
  const standing = standingOf(guard, resource)
  if (standing === 'allowed') return 'match'
  // No search asks the upstream to leave these out.
  return standing === 'withheld' ? 'remark' : 'foreign'
}

export type ListRefusal = 'not-a-searchset' | 'foreign-entry' | 'unconfirmed-count'

/** Members of a Bundle, `entry` left out. */
export type Around = { [member: string]: unknown }

export type AroundVerdict = { kind: 'pass'; keepTotal: boolean } | { kind: 'refuse'; reason: ListRefusal }

/** What stands around the entries of a list. */
export function judgeAround(guard: ListGuard, around: Around): AroundVerdict {
  if (!isListFor(guard, around)) return refuse('not-a-searchset')
  if (guard.kind === 'unconfined') return { kind: 'pass', keepTotal: true }
  // A number cannot be judged by itself: it counts only when the upstream says that it applied our condition (ENF-65).
  const isWhole = guard.allowances.every(({ withheld }) => withheld === undefined)
  const keepTotal = isWhole && isConfirmed(guard.confining, around.link)
  if (guard.countOnly && !keepTotal) return refuse('unconfirmed-count')
  return { kind: 'pass', keepTotal }
}

/** Whether it is at all what was asked for. */
export function isListFor(guard: ListGuard, { resourceType, type }: Around): boolean {
  return resourceType === 'Bundle' && type === (guard.kind === 'unconfined' ? guard.bundle : 'searchset')
}

export type SearchsetVerdict =
  /** `outcomes`: positions of the upstream's remarks. */
  { kind: 'pass'; keepTotal: boolean; outcomes: ReadonlySet<number> } | { kind: 'refuse'; reason: ListRefusal }

/**
 * A list as a whole. One foreign match condemns all of it: the upstream did not apply our condition, so its order, pages
 * and total are about others too.
 */
export function judgeSearchset(guard: ListGuard, bundle: unknown): SearchsetVerdict {
  const { entry = [], ...around } = (bundle ?? {}) as Record<string, unknown>
  const verdict = judgeAround(guard, around)
  if (verdict.kind === 'refuse') return verdict
  if (!Array.isArray(entry)) return refuse('not-a-searchset')
  const outcomes = new Set<number>()
  for (const [at, item] of entry.entries()) {
    const judged = judgeEntry(guard, item)
    if (judged === 'foreign') return refuse('foreign-entry')
    if (judged === 'remark') outcomes.add(at)
  }
  return { ...verdict, outcomes }
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

function refuse(reason: ListRefusal): { kind: 'refuse'; reason: ListRefusal } {
  return { kind: 'refuse', reason }
}
