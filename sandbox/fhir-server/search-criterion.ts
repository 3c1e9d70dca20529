// One `name=value` of a search, compiled to a test over resources: OR lists, :missing, chains, _has and composites.
import { splitSearchOnComma } from '@medplum/core'
import type { Resource } from '@medplum/fhirtypes'
import type { Definitions, SearchParameterDefinition } from './definitions.ts'
import { refusal } from './refusal.ts'
import type { ResourceRepository } from './resource-repository.ts'
import { referenceText, type ValueTest, valueTest } from './search-match.ts'
import { componentValues, parseTarget, searchValues } from './search-value.ts'

const MAX_HOPS = 4

export type Criterion = (resource: Resource) => boolean
export type SearchContext = { definitions: Definitions; repository: ResourceRepository; baseUrl: string }

/**
 * Compiles one search parameter.
 *
 * @returns undefined when the resource type has no such parameter: strict servers refuse it, lenient ones go on.
 * Throws a refusal for a known parameter with a value or modifier that cannot be honoured.
 */
export function compileCriterion(
  context: SearchContext,
  type: string,
  name: string,
  value: string,
): Criterion | undefined {
  // References to any type branch at each hop: without a bound, a short name could take for ever.
  if (name.split(/\.|_has:/).length > MAX_HOPS) throw refusal(400, 'too-costly', 'The chain has too many hops')
  if (name.startsWith('_has:')) return compileReverseChain(context, type, name, value)
  const dot = name.indexOf('.')
  if (dot > 0) return compileChain(context, type, name.slice(0, dot), name.slice(dot + 1), value)
  const [code = '', modifier] = name.split(':', 2)
  const parameter = context.definitions.parameters(type).get(code)
  if (!parameter) return undefined
  if (modifier === 'missing') return compileMissing(parameter, value)
  if (parameter.type === 'composite') return compileComposite(context, type, parameter, value)
  const tests = alternatives(value).map((text) => valueTest(parameter, modifier, text, context.baseUrl))
  const isNegated = modifier === 'not' || (parameter.type === 'date' && tests.length === 1 && value.startsWith('ne'))
  return (resource) => {
    const values = searchValues(resource, parameter)
    if (modifier === 'not') return !values.some((one) => tests.some((test) => test(one)))
    return isNegated
      ? values.length > 0 && values.every((one) => tests[0]!(one))
      : values.some((one) => tests.some((test) => test(one)))
  }
}

function alternatives(value: string): string[] {
  return splitSearchOnComma(value).filter((one) => one !== '')
}

function compileMissing(parameter: SearchParameterDefinition, value: string): Criterion {
  if (value !== 'true' && value !== 'false')
    throw refusal(400, 'invalid', `${parameter.code}:missing takes true or false`)
  return (resource) => (searchValues(resource, parameter).length === 0) === (value === 'true')
}

function compileComposite(
  context: SearchContext,
  type: string,
  parameter: SearchParameterDefinition,
  value: string,
): Criterion {
  const known = [...context.definitions.parameters(type).values()]
  const options = alternatives(value).map((text) => {
    const parts = text.split('$')
    if (parts.length !== parameter.components.length) {
      throw refusal(400, 'invalid', `${parameter.code} takes ${parameter.components.length} values joined by $`)
    }
    return parameter.components.map((component, at) => {
      const definition = known.find((one) => one.url === component.definition)
      if (!definition) throw refusal(400, 'not-supported', `The parameter ${parameter.code} is not supported`)
      const test: ValueTest = valueTest(definition, undefined, parts[at]!, context.baseUrl)
      return (element: unknown) => componentValues(element, component.expression).some(test)
    })
  })
  // All parts must hold for the same element, else a code of one component would meet the value of another.
  return (resource) =>
    searchValues(resource, parameter).some((element) => options.some((tests) => tests.every((test) => test(element))))
}

function compileChain(
  context: SearchContext,
  type: string,
  head: string,
  rest: string,
  value: string,
): Criterion | undefined {
  const [code = '', targetType] = head.split(':', 2)
  const parameter = context.definitions.parameters(type).get(code)
  if (parameter?.type !== 'reference') return undefined
  const targets = targetType ? parameter.targets.filter((one) => one === targetType) : parameter.targets
  const compiled = new Map<string, Criterion>()
  for (const target of targets) {
    const criterion = compileCriterion(context, target, rest, value)
    if (criterion) compiled.set(target, criterion)
  }
  if (compiled.size === 0) return undefined
  return (resource) =>
    searchValues(resource, parameter).some((one) => {
      const target = parseTarget(referenceText(one) ?? '', context.baseUrl)
      if (!('type' in target)) return false
      const linked = context.repository.findCurrent(target.type, target.id)
      return linked !== undefined && compiled.get(target.type)?.(linked) === true
    })
}

/** `_has:Observation:patient:code=1234`: the records that such a resource points at. */
function compileReverseChain(context: SearchContext, type: string, name: string, value: string): Criterion | undefined {
  const [, source = '', code = '', ...inner] = name.split(':')
  const parameter = context.definitions.types.includes(source)
    ? context.definitions.parameters(source).get(code)
    : undefined
  const criterion = parameter && compileCriterion(context, source, inner.join(':'), value)
  if (!parameter || !criterion) return undefined
  const pointedAt = new Set<string>()
  for (const resource of context.repository.all(source)) {
    if (!criterion(resource)) continue
    for (const one of searchValues(resource, parameter)) {
      const target = parseTarget(referenceText(one) ?? '', context.baseUrl)
      if ('type' in target && target.type === type) pointedAt.add(target.id)
    }
  }
  return (resource) => resource.id !== undefined && pointedAt.has(resource.id)
}
