// The values of a FHIRPath Patch: `value[x]`, or parts for what no `value[x]` can hold, as the JSON that they become.

import { z } from 'zod'
import { type ElementType, findElementType } from '../../smart/fhir/element-types.ts'

/** JSON, and never nothing. */
type Json = NonNullable<unknown> | null
export type Value = { type: string; value: Json } | { parts: readonly (readonly [name: string, value: Value])[] }

/** A part of Parameters. */
export const partSchema = z.looseObject({ name: z.string() })
type Part = z.infer<typeof partSchema>

const TYPES = findElementType('Parameters.parameter', 'value')?.inJson ?? new Map<string, string>()

/** Undefined: not one value, or none that can be read in one way only. */
export function parseValue({ name: _name, ...members }: Part): Value | undefined {
  const [only, ...more] = Object.entries(members)
  if (only === undefined || more.length > 0) return undefined
  const [member, given] = only
  const type = TYPES.get(member)
  if (type !== undefined) return hasShape(type, given) ? { type, value: given } : undefined
  const parts = member === 'part' ? z.array(partSchema).min(1).safeParse(given) : undefined
  if (parts?.success !== true) return undefined
  const values = parts.data.map((part) => [part.name, parseValue(part)] as const)
  return values.every((one): one is [string, Value] => one[1] !== undefined) ? { parts: values } : undefined
}

/** A value as the element holds it, under its name there. Undefined: the element takes no such value. */
export function inElement({ inJson, isChoice }: ElementType, value: Value): { name: string; json: Json } | undefined {
  const held = [...inJson]
  if ('type' in value) {
    const found = held.find(([, type]) => (isChoice ? type === value.type : isOfKind(type, value.type)))
    return found === undefined ? undefined : { name: found[0], json: value.value }
  }
  const [name = '', type = ''] = held[0] ?? []
  const json = isChoice || type === 'Resource' ? undefined : composed(type, value.parts)
  return json === undefined ? undefined : { name, json }
}

/** Types whose values are written alike: servers take one for the other where the text is right. */
const KINDS = [
  new Set(['canonical', 'code', 'id', 'markdown', 'oid', 'string', 'uri', 'url', 'uuid']),
  new Set(['integer', 'positiveInt', 'unsignedInt']),
]

export function isOfKind(type: string, given: string): boolean {
  return type === given || KINDS.some((kind) => kind.has(type) && kind.has(given))
}

function composed(type: string, parts: readonly (readonly [string, Value])[]): object | undefined {
  const json: Record<string, unknown> = {}
  for (const [of, value] of parts) {
    const element = findElementType(type, of)
    const held = element === undefined ? undefined : inElement(element, value)
    if (element === undefined || held === undefined) return undefined
    const there = [...element.inJson.keys()].find((name) => Object.hasOwn(json, name))
    if (there !== undefined && !element.isRepeated) return undefined
    json[held.name] = element.isRepeated ? [...((json[held.name] as unknown[]) ?? []), held.json] : held.json
  }
  return json
}

function hasShape(type: string, value: unknown): value is Json {
  if (type === 'boolean') return typeof value === 'boolean'
  if (type === 'decimal' || type === 'integer' || type === 'positiveInt' || type === 'unsignedInt')
    return typeof value === 'number'
  const isPrimitive = type.charAt(0) === type.charAt(0).toLowerCase()
  return isPrimitive ? typeof value === 'string' : typeof value === 'object' && value !== null && !Array.isArray(value)
}
