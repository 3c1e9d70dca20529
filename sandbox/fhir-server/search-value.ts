// What a resource holds for a search parameter, found by the parameter's FHIRPath expression and kept while the resource lives.
import { evalFhirPathTyped, toTypedValue } from '@medplum/core'
import type { Resource } from '@medplum/fhirtypes'
import type { SearchParameterDefinition } from './definitions.ts'

const cache = new WeakMap<Resource, Map<SearchParameterDefinition, readonly unknown[]>>()

/** Values as they stand in the resource. Stored resources never change in place, so the answer is kept by identity. */
export function searchValues(resource: Resource, parameter: SearchParameterDefinition): readonly unknown[] {
  const known = cache.get(resource) ?? new Map<SearchParameterDefinition, readonly unknown[]>()
  cache.set(resource, known)
  let values = known.get(parameter)
  if (!values) {
    values = parameter.expression ? evaluate(parameter.expression, resource) : []
    known.set(parameter, values)
  }
  return values
}

/** Evaluates a component's expression on one element that the composite's own expression found. */
export function componentValues(
  element: unknown,
  expression: NonNullable<SearchParameterDefinition['expression']>,
): unknown[] {
  return evaluate(expression, element)
}

function evaluate(expression: NonNullable<SearchParameterDefinition['expression']>, input: unknown): unknown[] {
  try {
    const found = evalFhirPathTyped(expression, [toTypedValue(input)])
    return found.map((one) => one.value as unknown).filter((value) => value !== undefined && value !== null)
  } catch {
    return [] // records are stored unvalidated: a misshapen one must not break everybody's searches
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A reference as it is compared: type and id without version, or the URL when it points elsewhere. */
export type Target = { type: string; id: string } | { url: string }

/** Reads `Type/id`, `Type/id/_history/n`, and absolute URLs, which under our own base mean the same. */
export function parseTarget(text: string, baseUrl: string): Target {
  const local = text.startsWith(`${baseUrl}/`) ? text.slice(baseUrl.length + 1) : text
  const match = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(local)
  return match ? { type: match[1]!, id: match[2]! } : { url: text }
}
