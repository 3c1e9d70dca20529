// A search carried out: matches, one page of them, what comes along, and the links to the other pages.
import type { WithId } from '@medplum/core'
import type { Bundle, BundleEntry, BundleLink, Resource } from '@medplum/fhirtypes'
import type { SearchContext } from './search-criterion.ts'
import { includedResources } from './search-include.ts'
import { isMatch, type SearchQuery } from './search-query.ts'
import { sortResources } from './search-sort.ts'

export type SearchScope = {
  /** Path below the base, as the links show it: `Observation`, `Patient/p/Observation` or empty. */
  path: string
  /** Narrows to a compartment. */
  confine?: (resource: WithId<Resource>) => boolean
  /** Further parameters the links must keep, such as `_type`. */
  keep?: readonly (readonly [string, string])[]
}

export function runSearch(context: SearchContext, query: SearchQuery, scope: SearchScope): Bundle {
  const found = query.types.flatMap((type) => [...context.repository.all(type)].filter((one) => isMatch(query, one)))
  const matches = sortResources(scope.confine ? found.filter(scope.confine) : found, query.sort)
  const page = query.isCountOnly ? [] : matches.slice(query.offset, query.offset + query.count)
  const entry: BundleEntry[] = [
    ...page.map((resource) => searchEntry(context, shortened(resource, query.elements), 'match')),
    ...includedResources(context, query.includes, page).map((resource) => searchEntry(context, resource, 'include')),
  ]
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(query.total === 'none' && !query.isCountOnly ? {} : { total: matches.length }),
    link: pageLinks(context, query, scope, matches.length),
    ...(entry.length > 0 ? { entry } : {}), // FHIR has no empty arrays
  }
}

export function searchEntry(
  context: SearchContext,
  resource: WithId<Resource>,
  mode: 'match' | 'include',
): BundleEntry {
  return { fullUrl: `${context.baseUrl}/${resource.resourceType}/${resource.id}`, resource, search: { mode } }
}

function pageLinks(context: SearchContext, query: SearchQuery, scope: SearchScope, total: number): BundleLink[] {
  const address = (offset: number): string => {
    const pairs: (readonly [string, string])[] = [...(scope.keep ?? []), ...query.used]
    if (!query.isCountOnly) pairs.push(['_count', String(query.count)])
    if (offset > 0) pairs.push(['_offset', String(offset)])
    const text = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
    return `${context.baseUrl}${scope.path ? `/${scope.path}` : ''}${text ? `?${text}` : ''}`
  }
  const links: BundleLink[] = [{ relation: 'self', url: address(query.offset) }]
  if (query.isCountOnly) return links
  if (query.offset > 0) {
    links.push({ relation: 'first', url: address(0) })
    links.push({ relation: 'previous', url: address(Math.max(0, query.offset - query.count)) })
  }
  if (query.offset + query.count < total) links.push({ relation: 'next', url: address(query.offset + query.count) })
  return links
}

// Commas, colons, bars and slashes read better as they are, and are allowed in a query.
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(2C|3A|2F|24)/g, decodeURIComponent)
}

/** `_elements`: what was asked for, plus what makes the rest still a resource of its kind. */
export function shortened<T extends Resource>(resource: WithId<T>, elements: readonly string[]): WithId<T> {
  if (elements.length === 0) return resource
  const kept = new Set(['resourceType', 'id', 'meta', ...elements])
  const tag = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }
  const entries = Object.entries(resource).filter(([name]) => kept.has(name) || isChoice(name, elements))
  return {
    ...Object.fromEntries(entries),
    meta: { ...resource.meta, tag: [...(resource.meta?.tag ?? []), tag] },
  } as WithId<T>
}

/** `value` names valueQuantity, valueString and so on. */
function isChoice(name: string, elements: readonly string[]): boolean {
  return elements.some((one) => name.startsWith(one) && /^[A-Z]/.test(name.slice(one.length)))
}
