// _include and _revinclude: records that come along with the matches, over the library's reference parameters.
import type { WithId } from '@medplum/core'
import type { Resource } from '@medplum/fhirtypes'
import { refusal } from './refusal.ts'
import type { SearchContext } from './search-criterion.ts'
import { referenceText } from './search-match.ts'
import type { Include } from './search-query.ts'
import { parseTarget, searchValues } from './search-value.ts'

const MAX_INCLUDED = 5000
const MAX_ROUNDS = 5

/** The included records, each once and none that is a match itself; the matches are those of the page. */
export function includedResources(
  context: SearchContext,
  includes: readonly Include[],
  matches: readonly WithId<Resource>[],
): WithId<Resource>[] {
  const found = new Map(matches.map((one) => [keyOf(one), one]))
  let round = [...matches]
  for (let rounds = 0; round.length > 0 && rounds < MAX_ROUNDS; rounds++) {
    const next: WithId<Resource>[] = []
    for (const include of includes.filter((one) => rounds === 0 || one.isIterated)) {
      for (const resource of include.isReverse ? pointing(context, include, round) : linked(context, include, round)) {
        if (found.has(keyOf(resource))) continue
        found.set(keyOf(resource), resource)
        next.push(resource)
      }
    }
    if (found.size > MAX_INCLUDED) throw refusal(400, 'too-costly', 'The search would include too many records')
    round = next
  }
  return [...found.values()].slice(matches.length)
}

function keyOf(resource: WithId<Resource>): string {
  return `${resource.resourceType}/${resource.id}`
}

/** Everything that a resource refers to through one parameter or, with `*`, all of them. */
export function linkedBy(
  context: SearchContext,
  resource: WithId<Resource>,
  code: string,
  target?: string,
): WithId<Resource>[] {
  const known = context.definitions.parameters(resource.resourceType)
  const parameters = code === '*' ? [...known.values()] : [known.get(code)]
  return parameters.flatMap((parameter) => {
    if (parameter?.type !== 'reference') return []
    return searchValues(resource, parameter).flatMap((value) => {
      const address = parseTarget(referenceText(value) ?? '', context.baseUrl)
      if (!('type' in address) || (target && address.type !== target)) return []
      return context.repository.findCurrent(address.type, address.id) ?? []
    })
  })
}

function linked(context: SearchContext, include: Include, round: readonly WithId<Resource>[]): WithId<Resource>[] {
  return round.flatMap((resource) =>
    include.source === '*' || resource.resourceType === include.source
      ? linkedBy(context, resource, include.code, include.target)
      : [],
  )
}

function pointing(context: SearchContext, include: Include, round: readonly WithId<Resource>[]): WithId<Resource>[] {
  const wanted = new Set(round.filter((one) => !include.target || one.resourceType === include.target).map(keyOf))
  const sources = include.source === '*' ? context.definitions.types : [include.source]
  return sources
    .flatMap((source) => [...context.repository.all(source)])
    .filter((resource) => linkedBy(context, resource, include.code).some((one) => wanted.has(keyOf(one))))
}
