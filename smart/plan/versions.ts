// Which versions of a record may be shown (ENF-22). Pure.

import { allowsResource, type Guard } from './guard.ts'

export type VersionsGuard = Extract<Guard, { kind: 'versions' }>

export type VersionEntry = {
  resource?: unknown
  request?: { method?: unknown } | null
  response?: { status?: unknown; etag?: unknown; lastModified?: unknown } | null
}

/**
 * @param entries all of the history
 * @param isDeleted whether the record is deleted now; else its current version was judged apart
 * @returns positions of the entries to show, or undefined when the record is as if it were not there
 */
export function visibleVersions(
  guard: VersionsGuard,
  entries: readonly (VersionEntry | null)[],
  isDeleted: boolean,
): number[] | undefined {
  const passes = entries.map((entry) => entry?.resource !== undefined && allowsResource(guard, entry.resource))
  const others = entries.filter((entry, at) => entry?.resource !== undefined && !passes[at])
  const isWholly = others.length === 0 && passes.includes(true)
  if (isDeleted && !isWholly) return undefined
  // That a record was deleted in between may be about the patient whom it was about then.
  const isDeletion = (entry: VersionEntry | null) =>
    entry?.resource === undefined && entry?.request?.method === 'DELETE'
  return entries.flatMap((entry, at) => (passes[at] || (isWholly && isDeletion(entry)) ? [at] : []))
}

/** When a version came to be; undefined when that cannot be read. */
export function timeOf(entry: VersionEntry | null): number | undefined {
  const { meta } = (entry?.resource ?? {}) as { meta?: { lastUpdated?: unknown } | null }
  const time = Date.parse(String(entry?.response?.lastModified ?? meta?.lastUpdated ?? ''))
  return Number.isNaN(time) ? undefined : time
}
