// How a decided request is put on the wire to the upstream.

import type { UpstreamRequest } from '../../smart/plan/plan.ts'
import { encodeQuery } from './query.ts'
import type { UpstreamCall } from './upstream.ts'

/** Longer queries go as a form: many servers and hops refuse long request lines. */
const MAX_QUERY_CHARACTERS = 2_000

export function callOf({ path, query }: UpstreamRequest): UpstreamCall {
  return searchCall(path, encodeQuery(query))
}

/** @param target of a page: path and query below the upstream's base, which may repeat the whole search */
export function pageCall(target: string): UpstreamCall {
  const [, path, query = ''] = /^([A-Za-z]*)\?(.*)$/.exec(target) ?? []
  return path === undefined ? { method: 'GET', target } : searchCall(path, query)
}

function searchCall(path: string, query: string): UpstreamCall {
  if (query.length > MAX_QUERY_CHARACTERS)
    return { method: 'POST', target: path === '' ? '_search' : `${path}/_search`, form: query }
  return { method: 'GET', target: query === '' ? path : `${path}?${query}` }
}
