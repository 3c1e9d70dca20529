// The library's router with its gaps filled: which handler answers which interaction, and that none of them leaks an internal error.
import { allOk, created, OperationOutcomeError, type SearchRequest, type WithId } from '@medplum/core'
import { type FhirRequest, type FhirResponse, FhirRouter, type HttpMethod } from '@medplum/fhir-router'
import type { Bundle, Resource } from '@medplum/fhirtypes'
import { withEntryDetails } from './batch.ts'
import { capabilityStatement } from './capability-statement.ts'
import { compartmentTypes, isInPatientCompartment, patientEverything } from './compartment.ts'
import { historyBundle } from './history.ts'
import { refusal, refusalOutcome } from './refusal.ts'
import { checkRequest, pairsOf } from './request-check.ts'
import { runSearch, type SearchScope, shortened } from './search-bundle.ts'
import type { SearchContext } from './search-criterion.ts'
import { isMatch, type Pair, parseQuery } from './search-query.ts'
import { validationOutcome } from './validate.ts'

type Handler = (request: FhirRequest) => Promise<FhirResponse>

/** A router over the repository of the context; conditional requests and batches use the same search. */
export function fhirRoutes(context: SearchContext, isLenient: boolean, startedAt: Date): FhirRouter {
  const { repository, definitions, baseUrl } = context
  const router = new FhirRouter()
  const library = router.router.routes.splice(0)
  repository.searchBy((request) => findByRequest(context, request))

  const add = (method: HttpMethod, path: string, handler: Handler, interaction?: Parameters<FhirRouter['add']>[3]) =>
    router.add(method, path, handler, interaction)
  const search = (request: FhirRequest, types: readonly string[], scope: SearchScope): FhirResponse => {
    const query = parseQuery(context, types, pairsOf(request.query), prefers(request, isLenient))
    return [allOk, runSearch(context, query, scope)]
  }
  const chosenTypes = (request: FhirRequest, all: readonly string[]) => {
    const chosen = pairsOf(request.query).flatMap(([name, value]) => (name === '_type' ? value.split(',') : []))
    const unknown = chosen.find((type) => !definitions.types.includes(type))
    if (unknown !== undefined) throw refusal(400, 'invalid', `_type: ${JSON.stringify(unknown)} is no resource type`)
    const keep: Pair[] = chosen.length > 0 ? [['_type', chosen.join(',')]] : []
    return { types: chosen.length > 0 ? all.filter((type) => chosen.includes(type)) : all, keep }
  }
  const history = (request: FhirRequest, path: string, type?: string, id?: string): FhirResponse => {
    const versions = repository.versions(type, id)
    if (id && versions.length === 0) throw refusal(404, 'not-found', `${type}/${id} is not known`)
    const asked = (name: string) => pairsOf(request.query).find((pair) => pair[0] === name)?.[1]
    const since = asked('_since')
    if (since !== undefined && Number.isNaN(Date.parse(since)))
      throw refusal(400, 'invalid', '_since is not an instant')
    const page = { path, count: wholeNumber(asked('_count'), 20), offset: wholeNumber(asked('_offset'), 0) }
    return [allOk, historyBundle(baseUrl, versions, since === undefined ? page : { ...page, since: Date.parse(since) })]
  }

  add('GET', 'metadata', async () => [allOk, capabilityStatement(definitions, baseUrl, startedAt)])
  add(
    'GET',
    '',
    async (request) => {
      const { types, keep } = chosenTypes(request, definitions.types)
      return search(request, types, { path: '', keep })
    },
    'search-system',
  )
  for (const path of [':resourceType', ':resourceType/_search']) {
    add(
      path.endsWith('_search') ? 'POST' : 'GET',
      path,
      async (request) => {
        const type = request.params.resourceType!
        return search(request, [type], { path: type })
      },
      'search-type',
    )
  }
  add('GET', '_history', async (request) => history(request, '_history'), 'history-system')
  add(
    'GET',
    ':resourceType/_history',
    async (request) => {
      const type = request.params.resourceType!
      return history(request, `${type}/_history`, type)
    },
    'history-type',
  )
  add(
    'GET',
    ':resourceType/:id/_history',
    async (request) => {
      const { resourceType, id } = request.params
      return history(request, `${resourceType}/${id}/_history`, resourceType, id)
    },
    'history-instance',
  )
  add(
    'GET',
    ':resourceType/:id',
    async (request) => {
      const resource = await repository.readResource<Resource>(request.params.resourceType!, request.params.id!)
      const elements = pairsOf(request.query).flatMap(([name, value]) => (name === '_elements' ? value.split(',') : []))
      return [allOk, shortened(resource as WithId<Resource>, elements)]
    },
    'read',
  )
  add(
    'PUT',
    ':resourceType/:id',
    async (request) => {
      const { resourceType, id } = request.params
      const resource = request.body as Resource
      if (resource?.resourceType !== resourceType || resource?.id !== id) {
        throw refusal(400, 'invalid', `The body must be a ${resourceType} with the id ${id}`)
      }
      const isNew = repository.findCurrent(resourceType!, id!) === undefined
      const ifMatch = /"([^"]+)"/.exec(request.headers?.['if-match'] ?? '')?.[1]
      const stored = await repository.updateResource(resource, ifMatch ? { ifMatch } : undefined)
      return [isNew ? created : allOk, stored]
    },
    'update',
  )
  add('POST', ':resourceType/$validate', async (request) => [
    allOk,
    validationOutcome(request.params.resourceType!, request.body as Resource),
  ])
  add('GET', 'Patient/:id/$everything', async (request) => {
    const patient = await repository.readResource<Resource>('Patient', request.params.id!)
    const wanted = pairsOf(request.query).some(([name]) => name === '_type')
    const { types } = chosenTypes(request, definitions.types)
    return [allOk, patientEverything(context, patient as WithId<Resource>, wanted ? types : [])]
  })
  add(
    'GET',
    'Patient/:id/:member',
    async (request) => {
      const { id, member } = request.params
      const isAll = member === '*'
      if (!isAll && !definitions.types.includes(member!)) throw refusal(404, 'not-found', `There is no type ${member}`)
      const { types, keep } = isAll ? chosenTypes(request, compartmentTypes(context)) : { types: [member!], keep: [] }
      const confine = (resource: WithId<Resource>) => isInPatientCompartment(context, resource, id!)
      return search(request, types, { path: `Patient/${id}/${member}`, confine, keep })
    },
    'search-type',
  )

  const own = new Set(router.router.routes.map(routeKey))
  for (const route of library) {
    if (own.has(routeKey(route)) || routeKey(route) === 'POST $graphql') continue
    router.router.routes.push(route)
  }
  for (const route of router.router.routes) {
    const { handler } = route
    const isBatch = routeKey(route) === 'POST '
    route.handler = async (request, ...rest) => {
      try {
        checkRequest(definitions, request, isBatch)
        const [outcome, resource, options] = await handler(request, ...rest)
        const answer = isBatch && resource ? withEntryDetails(resource as Bundle) : resource
        return answer ? (options ? [outcome, answer, options] : [outcome, answer]) : [outcome]
      } catch (error) {
        if (error instanceof OperationOutcomeError) return [error.outcome]
        return [refusalOutcome(400, 'processing', 'The request could not be processed as it stands')]
      }
    }
  }
  return router
}

function routeKey(route: { method: string; path: readonly { value: string; param?: boolean }[] }): string {
  return `${route.method} ${route.path.map((one) => (one.param ? `:${one.value}` : one.value)).join('/')}`
}

function findByRequest(context: SearchContext, request: SearchRequest): WithId<Resource>[] {
  const type = request.resourceType
  const pairs = (request.filters ?? []).map(({ code, operator, value }): Pair => {
    if (operator === 'eq') return [code, value]
    const isPrefix = ['ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'].includes(operator)
    return isPrefix ? [code, operator + value] : [`${code}:${operator}`, value]
  })
  if (pairs.length === 0) throw refusal(412, 'multiple-matches', 'A conditional request needs search criteria')
  // Strict whatever the mode: a dropped criterion would hit other records.
  const query = parseQuery(context, [type], pairs, false)
  return [...context.repository.all(type)].filter((one) => isMatch(query, one))
}

/** `Prefer: handling=strict` and `handling=lenient` overrule the server's mode. */
function prefers(request: FhirRequest, isLenient: boolean): boolean {
  const handling = /handling=(strict|lenient)/.exec(String(request.headers?.prefer ?? ''))?.[1]
  return handling === undefined ? isLenient : handling === 'lenient'
}

function wholeNumber(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  if (!/^\d{1,9}$/.test(text)) throw refusal(400, 'invalid', `${JSON.stringify(text)} is not a whole number`)
  return Math.min(Number(text), 1000)
}
