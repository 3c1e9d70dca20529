// The resource types and search parameters of FHIR R4, from the published definitions (scripts/build-r4-definitions.ts).

import definitions from './r4-definitions.json' with { type: 'json' }

const TYPES: ReadonlySet<string> = new Set(definitions.types)
const PARAMETERS: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries(definitions.searchParameters as unknown as Record<string, Record<string, string>>).map(
    ([type, parameters]) => [type, new Map(Object.entries(parameters))],
  ),
)

export const RESOURCE_TYPES: readonly string[] = definitions.types

/** Case sensitive, as FHIR is (SCP-06). */
export function isResourceType(name: string): boolean {
  return TYPES.has(name)
}

/** The FHIR type of a search parameter of a resource type: token, reference, date... Undefined: R4 has no such parameter. */
export function findSearchParameterType(resourceType: string, name: string): string | undefined {
  return PARAMETERS.get(resourceType)?.get(name)
}

/** The search parameters of a resource type, each with its FHIR type. */
export function searchParametersOf(resourceType: string): ReadonlyMap<string, string> {
  return PARAMETERS.get(resourceType) ?? new Map()
}

export type TokenElement = { path: readonly string[]; elementType: 'CodeableConcept' | 'Coding' | 'code' }

const TOKEN_PATHS = definitions.tokenPaths as unknown as Record<string, Record<string, [string, string]>>
const META_TOKENS: ReadonlyMap<string, TokenElement> = new Map([
  ['_tag', { path: ['meta', 'tag'], elementType: 'Coding' }],
  ['_security', { path: ['meta', 'security'], elementType: 'Coding' }],
])

/** Where a token parameter looks, when that is one plain path to a coded element; undefined: not judged by us. */
export function findTokenElement(resourceType: string, parameter: string): TokenElement | undefined {
  const common = META_TOKENS.get(parameter)
  if (common !== undefined) return common
  if (!TYPES.has(resourceType)) return undefined
  const ofType = TOKEN_PATHS[resourceType] ?? {}
  const found = Object.hasOwn(ofType, parameter) ? ofType[parameter] : undefined
  if (found === undefined) return undefined
  return { path: found[0].split('.'), elementType: found[1] as TokenElement['elementType'] }
}

export type DateElement = {
  /** Below the resource, as in JSON; any of them. */
  paths: readonly (readonly string[])[]
  /** The outermost elements of the paths, by their names in the definitions: `effective` for `effectivePeriod`. */
  elements: readonly string[]
  /** Whether a record can have several dates there. */
  isRepeated: boolean
}

const DATE_PATHS = definitions.datePaths as unknown as Record<string, Record<string, [string, string, string]>>

const LAST_UPDATED: DateElement = { paths: [['meta', 'lastUpdated']], elements: ['meta'], isRepeated: false }

/** Where a date parameter looks, when that is one element; undefined: not judged by us. */
export function findDateElement(resourceType: string, parameter: string): DateElement | undefined {
  if (parameter === '_lastUpdated') return LAST_UPDATED
  const ofType = TYPES.has(resourceType) ? (DATE_PATHS[resourceType] ?? {}) : {}
  const found = Object.hasOwn(ofType, parameter) ? ofType[parameter] : undefined
  if (found === undefined) return undefined
  const [path, kinds, count] = found
  const inJson = (kind: string) => path.replace('[x]', `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`).split('.')
  return {
    paths: path.endsWith('[x]') ? kinds.split('|').map(inJson) : [path.split('.')],
    elements: path.split('.', 1).map((step) => step.replace('[x]', '')),
    isRepeated: count === '*',
  }
}

export type ReferenceElement = {
  /** Below the resource, as in JSON; any of them. */
  paths: readonly (readonly string[])[]
  /** The outermost elements of the paths, by their names in the definitions: `medication` for `medicationReference`. */
  elements: readonly string[]
  /** Types that the parameter may name; undefined: any. */
  targets: ReadonlySet<string> | undefined
}

const REFERENCE_PATHS: ReadonlyMap<string, ReadonlyMap<string, ReferenceElement>> = new Map(
  Object.entries(definitions.referencePaths as unknown as Record<string, Record<string, [string, string]>>).map(
    ([type, parameters]) => [
      type,
      new Map(
        Object.entries(parameters).map(([name, [paths, targets]]): [string, ReferenceElement] => [
          name,
          {
            paths: paths.split('|').map((path) => path.replace('[x]', 'Reference').split('.')),
            elements: paths.split('|').map((path) => path.replace('[x]', '').replace(/\..*$/, '')),
            targets: targets === '' ? undefined : new Set(targets.split('|')),
          },
        ]),
      ),
    ],
  ),
)

/** Where a reference parameter looks; undefined: no reference parameter, or one that is more than a plain path. */
export function findReferenceElement(resourceType: string, parameter: string): ReferenceElement | undefined {
  return REFERENCE_PATHS.get(resourceType)?.get(parameter)
}

/** The reference parameters that can be followed, of each type. */
export function referenceParametersOf(resourceType: string): ReadonlyMap<string, ReferenceElement> {
  return REFERENCE_PATHS.get(resourceType) ?? new Map()
}
