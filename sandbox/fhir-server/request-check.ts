// What must hold of a request before any handler sees it, whether it came by HTTP or inside a batch.
import type { FhirRequest } from '@medplum/fhir-router'
import { checkBundle } from './batch.ts'
import type { Definitions } from './definitions.ts'
import { refusal } from './refusal.ts'
import type { Pair } from './search-query.ts'

/** What holds for every route, also for those reached from inside a batch. */
export function checkRequest(definitions: Definitions, request: FhirRequest, isBatch: boolean): void {
  const { resourceType, id } = request.params
  if (resourceType !== undefined && !definitions.types.includes(resourceType)) {
    throw refusal(404, 'not-found', `There is no resource type ${JSON.stringify(resourceType)}`)
  }
  if (id !== undefined && !/^[A-Za-z0-9.-]{1,64}$/.test(id)) throw refusal(404, 'not-found', 'That is no resource id')
  const ifMatch = request.headers?.['if-match']
  if (ifMatch !== undefined && !/^(W\/)?"[^"]+"$/.test(ifMatch)) {
    throw refusal(400, 'invalid', 'If-Match takes a version such as W/"3"')
  }
  const isWrite = request.method === 'POST' || request.method === 'PUT' || request.method === 'PATCH'
  if (
    isWrite &&
    !request.pathname?.endsWith('_search') &&
    (typeof request.body !== 'object' || request.body === null)
  ) {
    throw refusal(400, 'structure', 'The body must be a JSON object')
  }
  if (isBatch) checkBundle(request.body)
  const isConditional =
    id === undefined && resourceType !== undefined && ['PUT', 'PATCH', 'DELETE'].includes(request.method)
  if (isConditional && pairsOf(request.query).length === 0) {
    throw refusal(412, 'multiple-matches', 'A conditional request needs search criteria')
  }
}

/** The query as name and value pairs, repeated names included. */
export function pairsOf(query: FhirRequest['query']): Pair[] {
  return Object.entries(query ?? {}).flatMap(([name, value]): Pair[] =>
    Array.isArray(value) ? value.map((one): Pair => [name, one]) : value === undefined ? [] : [[name, value]],
  )
}
