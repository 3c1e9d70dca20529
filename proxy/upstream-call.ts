// How a decided request is put on the wire to the upstream.

import type { UpstreamRequest } from '../smart/plan.ts'
import { encodeQuery } from './query.ts'
import type { UpstreamCall } from './upstream.ts'

/** Longer queries go as a form: many servers and hops refuse long request lines. */
const MAX_QUERY_CHARACTERS = 2_000

export function callOf({ path, query }: UpstreamRequest): UpstreamCall {
  const encoded = encodeQuery(query)
  if (encoded.length > MAX_QUERY_CHARACTERS)
    return { method: 'POST', target: path === '' ? '_search' : `${path}/_search`, form: encoded }
  return { method: 'GET', target: encoded === '' ? path : `${path}?${encoded}` }
}
