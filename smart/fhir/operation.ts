// FHIR operations (`$name`): the parameters that a POST brings, and which operation is meant. What each may do is
// plan-operation.ts. Pure.

import type { Interaction, Parameter } from './interaction.ts'

export type Operation = Extract<Interaction, { kind: 'operation' }>

/** `Type/[id]/$name`, with the levels that are there: what a rule is stated for. */
export function operationKey({ type, id, name }: Pick<Operation, 'type' | 'id' | 'name'>): string {
  return [...(type === undefined ? [] : [type]), ...(id === undefined ? [] : ['[id]']), name].join('/')
}

/** As `operation` with what its body says; `$validate` has its resource beside the parameters, or for a body. */
export function withBody(operation: Operation, body: unknown): Operation {
  const isResource = (one: unknown) => (one as { name?: unknown } | null)?.name === 'resource'
  const { resourceType, parameter } = (body ?? {}) as { resourceType?: unknown; parameter?: unknown }
  if (operation.name !== '$validate') return { ...operation, body: parametersOf(body) ?? 'other' }
  if (resourceType !== 'Parameters') return { ...operation, body: [] }
  const others = Array.isArray(parameter) ? parameter.filter((one) => !isResource(one)) : parameter
  return { ...operation, body: parametersOf({ resourceType, parameter: others }) ?? 'other' }
}

/** Of URL and body; undefined where the body says more. */
export function allParameters({ parameters, body = [] }: Operation): readonly Parameter[] | undefined {
  return body === 'other' ? undefined : [...parameters, ...body]
}

const PRIMITIVE =
  /^value(Boolean|Canonical|Code|Date|DateTime|Id|Instant|Integer|Oid|PositiveInt|String|UnsignedInt|Uri|Url|Uuid)$/

/**
 * What a Parameters resource says, where all of it could stand in a URL as well: one primitive value each.
 * @returns undefined for anything else
 */
export function parametersOf(body: unknown): Parameter[] | undefined {
  const { resourceType, parameter = [], ...others } = (body ?? {}) as Record<string, unknown>
  if (resourceType !== 'Parameters' || !Array.isArray(parameter)) return undefined
  if (Object.keys(others).some((key) => key !== 'id' && key !== 'meta')) return undefined
  const parameters = parameter.map((one) => parameterOf(one))
  return parameters.every((one) => one !== undefined) ? parameters : undefined
}

function parameterOf(value: unknown): Parameter | undefined {
  const { name, ...members } = (value ?? {}) as Record<string, unknown>
  const [[key, primitive] = ['', undefined], ...more] = Object.entries(members)
  if (typeof name !== 'string' || name === '' || more.length > 0 || !PRIMITIVE.test(key)) return undefined
  return typeof primitive === 'string' || typeof primitive === 'number' || typeof primitive === 'boolean'
    ? [name, String(primitive)]
    : undefined
}

/** The one parameter of that name; undefined when it is missing or stands there twice. */
export function onlyValue(parameters: readonly Parameter[], name: string): string | undefined {
  const values = parameters.filter(([one]) => one === name)
  return values.length === 1 ? values[0]?.[1] : undefined
}
