// Lists over everybody's records, which nothing can confine: searches over several types and histories of a type or of the
// server. They are for clients that may see all of it (ENF-23, ENF-24, ENF-28).

import { type Access, clausesFor } from '../access/access.ts'
import { referenceTo } from '../fhir/reference.ts'
import { isResourceType } from '../fhir/resource-types.ts'
import type { EntryVerdict } from './guard.ts'

export type UnconfinedGuard = {
  kind: 'unconfined'
  bundle: 'searchset' | 'history'
  /** Types that were asked for. */
  types: 'any' | ReadonlySet<string>
  bases: readonly string[]
}

/** Whether a client that acts for itself may find every record of a type, without conditions. */
export function seesEvery(access: Access, type: string): boolean {
  return clausesFor(access, type, 's').some(({ context, filter }) => context === 'system' && filter.length === 0)
}

export function seesEverything({ clauses }: Access): boolean {
  return clauses.some(
    ({ context, type, permissions, filter }) =>
      context === 'system' && type === '*' && permissions.includes('s') && filter.length === 0,
  )
}

export function judgeUnconfinedEntry(guard: UnconfinedGuard, entry: unknown): EntryVerdict {
  const { bundle, types, bases } = guard
  const item = (entry ?? {}) as Entry
  const { resource, search } = item
  if (search?.mode === 'outcome' && resource?.resourceType === 'OperationOutcome') return 'remark'
  if (search?.mode === 'include') return 'foreign'
  // A deletion has no resource: what it names is what was deleted.
  const isDeletion = bundle === 'history' && resource === undefined && item.request?.method === 'DELETE'
  const named = isDeletion ? referenceTo(item.request?.url, bases)?.type : resource?.resourceType
  const isAsked = typeof named === 'string' && (types === 'any' ? isResourceType(named) : types.has(named))
  return isAsked ? 'match' : 'foreign'
}

type Entry = {
  resource?: { resourceType?: unknown } | null
  search?: { mode?: unknown } | null
  request?: { method?: unknown; url?: unknown } | null
}
