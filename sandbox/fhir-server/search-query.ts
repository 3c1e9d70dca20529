// A whole search: the parameters that filter, and those that shape the answer (_count, _sort, _elements, _include ...).
import type { Resource } from '@medplum/fhirtypes'
import type { SearchParameterDefinition } from './definitions.ts'
import { refusal } from './refusal.ts'
import { type Criterion, compileCriterion, type SearchContext } from './search-criterion.ts'

export type Pair = readonly [name: string, value: string]
export type SortKey = { parameter: (type: string) => SearchParameterDefinition | undefined; isDescending: boolean }
export type Include = {
  isReverse: boolean
  isIterated: boolean
  source: string
  /** `*`: every reference parameter of the source. */
  code: string
  target?: string
}

export type SearchQuery = {
  types: readonly string[]
  /** Per type, since one name can mean different things. */
  criteria: ReadonlyMap<string, readonly Criterion[]>
  /** The parameters that were honoured: what the self link must show. */
  used: Pair[]
  sort: SortKey[]
  includes: Include[]
  elements: readonly string[]
  count: number
  offset: number
  total: 'none' | 'estimate' | 'accurate'
  isCountOnly: boolean
}

const DEFAULT_COUNT = 20
const MAX_COUNT = 1000

/** @param isLenient unknown parameters are dropped in silence, as many servers do; else they are refused with 400 */
export function parseQuery(
  context: SearchContext,
  types: readonly string[],
  pairs: readonly Pair[],
  isLenient: boolean,
): SearchQuery {
  const criteria = new Map<string, Criterion[]>(types.map((type) => [type, []]))
  const query: SearchQuery = {
    types,
    criteria,
    used: [],
    sort: [],
    includes: [],
    elements: [],
    count: DEFAULT_COUNT,
    offset: 0,
    total: 'accurate',
    isCountOnly: false,
  }
  for (const pair of pairs) {
    const [name, value] = pair
    if (IGNORED.has(name)) continue
    const shaped = shape(context, query, name, value, isLenient)
    if (shaped === 'used' && name !== '_offset' && name !== '_count') query.used.push(pair)
    if (shaped !== 'none') continue
    const compiled = types.map(
      (type) => [type, value === '' ? undefined : compileCriterion(context, type, name, value)] as const,
    )
    if (compiled.some(([, criterion]) => !criterion)) {
      if (isLenient) continue
      throw refusal(400, 'not-supported', unknownParameter(types, name, value))
    }
    for (const [type, criterion] of compiled) criteria.get(type)?.push(criterion!)
    query.used.push(pair)
  }
  return query
}

// About the form of the answer, not the search; only JSON is served. `_type` chose the types already.
const IGNORED = new Set(['_format', '_pretty', '_type'])

function unknownParameter(types: readonly string[], name: string, value: string): string {
  if (value === '') return `The parameter ${name} has no value`
  return `The parameter ${name} is not known for ${types.length > 3 ? 'these types' : types.join(', ')}`
}

/** Takes the parameters that shape the answer; `none` when it is not one of them. */
function shape(
  context: SearchContext,
  query: SearchQuery,
  name: string,
  value: string,
  isLenient: boolean,
): 'used' | 'dropped' | 'none' {
  switch (name) {
    case '_count':
      query.count = Math.min(wholeNumber(name, value), MAX_COUNT)
      if (query.count === 0) query.isCountOnly = true
      return 'used'
    case '_offset':
      query.offset = wholeNumber(name, value)
      return 'used'
    case '_total':
      query.total = oneOf(name, value, ['none', 'estimate', 'accurate'] as const)
      return 'used'
    case '_summary':
      // Only the count form is computed; the others ask for less than a server may send.
      query.isCountOnly = oneOf(name, value, ['true', 'false', 'text', 'data', 'count'] as const) === 'count'
      return 'used'
    case '_elements':
      query.elements = value.split(',').filter(Boolean)
      return 'used'
    case '_sort':
      query.sort = value.split(',').map((key) => parseSort(context, query.types, key))
      return 'used'
    case '_include':
    case '_include:iterate':
    case '_revinclude':
    case '_revinclude:iterate': {
      const include = parseInclude(context, name, value)
      if (!include && !isLenient)
        throw refusal(400, 'invalid', `${name}: ${JSON.stringify(value)} is not a known reference`)
      if (!include) return 'dropped'
      query.includes.push(include)
      return 'used'
    }
    default:
      return 'none'
  }
}

function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw refusal(400, 'invalid', `${name} takes a whole number`)
  return Number(value)
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (!found) throw refusal(400, 'invalid', `${name} takes one of ${allowed.join(', ')}`)
  return found
}

function parseSort(context: SearchContext, types: readonly string[], key: string): SortKey {
  const code = key.replace(/^-/, '')
  const parameter = (type: string) => context.definitions.parameters(type).get(code)
  if (!types.some((type) => parameter(type)?.expression))
    throw refusal(400, 'not-supported', `_sort: ${code} is not known`)
  return { parameter, isDescending: key.startsWith('-') }
}

function parseInclude(context: SearchContext, name: string, value: string): Include | undefined {
  const [source = '', code = '', target] = value.split(':')
  const isKnown =
    value === '*' ||
    (context.definitions.types.includes(source) &&
      (code === '*' || context.definitions.parameters(source).get(code)?.type === 'reference') &&
      (target === undefined || context.definitions.types.includes(target)))
  if (!isKnown) return undefined
  return {
    isReverse: name.startsWith('_revinclude'),
    isIterated: name.endsWith(':iterate'),
    source,
    code: value === '*' ? '*' : code,
    ...(target ? { target } : {}),
  }
}

/** Resources of a type that meet every criterion. */
export function isMatch(query: SearchQuery, resource: Resource): boolean {
  return query.criteria.get(resource.resourceType)?.every((criterion) => criterion(resource)) === true
}
