// A search over several types (ENF-28): each is planned as a search of its own, and they go upstream as one only where no
// condition has to be added to any of them.

import { type Access, clausesFor } from '../access/access.ts'
import type { Parameter } from '../fhir/interaction.ts'
import { isResourceType } from '../fhir/resource-types.ts'
import { parseSearch } from '../fhir/search.ts'
import { deny, denyScope } from './deny.ts'
import type { Plan, PlanSettings } from './plan.ts'
import { relativeValue } from './plan-search.ts'
import { refusalByLimits } from './server-limits.ts'
import { seesEvery } from './unconfined.ts'

export function planSystemSearch(access: Access, parameters: readonly Parameter[], settings: PlanSettings): Plan {
  const named = parameters.filter(([name]) => name === '_type')
  const types = [...new Set(named[0]?.[1].split(','))]
  if (types.length === 0) return deny('not-supported', 'A search over all types is not served; name them with _type.')
  if (named.length > 1 || !types.every(isResourceType))
    return deny('bad-parameter', '_type names resource types of R4, joined by commas, once.')

  const unscoped = types.find((type) => clausesFor(access, type, 's').length === 0)
  if (unscoped !== undefined) return denyScope(access, unscoped, 's')
  const confined = types.find((type) => !seesEvery(access, type))
  if (confined !== undefined)
    return deny(
      'not-supported',
      `A search over several types cannot be confined as this access to ${confined} needs it; search each type by itself.`,
    )

  const rest = parameters.filter(([name]) => name !== '_type')
  const searches = types.map((type) => parseSearch(type, rest, undefined))
  const refused = searches.find((search) => !search.ok)
  if (refused?.ok === false) return deny(refused.reason, refused.message)
  const [search] = searches
  if (search?.ok !== true) return deny('bad-parameter', '_type names no type.')
  // The same for every type: whatever differs by type was refused for one of them.
  if (search.includes.length > 0)
    return deny('not-supported', 'A search over several types takes no includes; search each type by itself.')
  const { bases } = settings
  const criteria = search.criteria.map(([name, value]): Parameter => [name, relativeValue(value, bases.slice(0, 1))])
  for (const type of types) {
    const limited = refusalByLimits(type, criteria, settings)
    if (limited !== undefined) return limited
  }
  const elements: Parameter[] =
    search.elements === undefined ? [] : [['_elements', [...new Set(['id', ...search.elements])].join(',')]]
  const counting: Parameter[] = search.countOnly ? [['_summary', 'count']] : []
  const query: Parameter[] = [['_type', types.join(',')], ...criteria, ...search.control, ...elements, ...counting]
  return {
    kind: 'forward',
    request: { path: '', query },
    before: [],
    guard: { kind: 'unconfined', bundle: 'searchset', types: new Set(types), bases },
  }
}
