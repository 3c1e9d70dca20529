// The paths of a FHIRPath Patch, as far as every server reads them in the same way: elements by name, and one of several by
// its place or by what it says. All else of FHIRPath is refused.

import { type ElementType, findElementType } from '../../smart/fhir/element-types.ts'
import type { Unpatched } from './patch.ts'

type Step = { name: string; at?: number; where?: readonly (readonly [name: string, text: string])[] }
export type FhirPath = { type: string; steps: readonly Step[] }

export type Located = {
  /** JSON Pointer (RFC 6901); empty: the record. */
  pointer: string
  value: unknown
  type: string
  /** Whether the element could have another type. */
  isChoice: boolean
  /** Types of what it lies in, from the record down. */
  above: readonly string[]
  /** The list that it is one of. */
  list?: readonly unknown[]
}

const NAME = '[a-z][A-Za-z0-9]*'
/** No escapes in texts: not all servers read them alike. */
const CONDITION = `(${NAME}) *= *'([ -&(-[\\]-~]*)'`
const STEP = new RegExp(
  `\\.(${NAME})(?:\\[(0|[1-9][0-9]{0,3})\\]|\\.where\\((${CONDITION}(?: and ${CONDITION})*)\\))?`,
  'y',
)
/** Compared as they stand; dates and numbers have several spellings. */
const TEXTS: ReadonlySet<string> = new Set([
  'canonical',
  'code',
  'id',
  'markdown',
  'oid',
  'string',
  'uri',
  'url',
  'uuid',
])

/** `Patient.telecom[0].value`, `Patient.telecom.where(system='phone' and use='home').value`. Undefined: anything else. */
export function parseFhirPath(text: string): FhirPath | undefined {
  const [type = ''] = /^[A-Z][A-Za-z]*/.exec(text) ?? []
  const steps: Step[] = []
  STEP.lastIndex = type.length
  while (STEP.lastIndex < text.length) {
    const found = STEP.exec(text)
    if (found === null) return undefined
    const [, name = '', at, where] = found
    const conditions =
      where === undefined
        ? undefined
        : [...where.matchAll(new RegExp(CONDITION, 'g'))].map(([, of = '', is = '']) => [of, is] as const)
    steps.push({
      name,
      ...(at === undefined ? {} : { at: Number(at) }),
      ...(conditions === undefined ? {} : { where: conditions }),
    })
  }
  return type === '' ? undefined : { type, steps }
}

export const NOT_OF_R4: Unpatched = {
  reason: 'malformed',
  message: 'A path or value is not one of R4 for this record.',
}
const NOT_A_LIST: Unpatched = { reason: 'malformed', message: 'A place in a list is asked for where there is no list.' }
export const NOT_ONE: Unpatched = {
  reason: 'does-not-apply',
  message: 'A path does not lead to one element of the record.',
}

/** The one element that a path leads to. */
export function locate(resource: unknown, { type, steps }: FhirPath): Located | Unpatched {
  let reached: Located = { pointer: '', value: resource, type, isChoice: false, above: [] }
  for (const step of steps) {
    const next = into(reached, step)
    if ('reason' in next) return next
    reached = next
  }
  return reached
}

/** The list that a path leads to, whose last step is a name alone. */
export function locateList(
  resource: unknown,
  { type, steps }: FhirPath,
): { pointer: string; list: readonly unknown[]; element: ElementType } | Unpatched {
  const last = steps.at(-1)
  if (last === undefined || last.at !== undefined || last.where !== undefined) return NOT_A_LIST
  const parent = locate(resource, { type, steps: steps.slice(0, -1) })
  if ('reason' in parent) return parent
  const found = memberOf(parent, last)
  if ('reason' in found) return found
  const { pointer, value, element } = found
  return Array.isArray(value) ? { pointer, list: value, element } : NOT_A_LIST
}

/**
 * Whether places in lists are the same to servers that count only those elements which have what the path goes on to.
 */
export function countsAlike(resource: unknown, { type, steps }: FhirPath): boolean {
  return steps.every(({ at }, depth) => {
    const rest = steps.slice(depth + 1)
    const before = Array.from({ length: rest.length === 0 ? 0 : (at ?? 0) }, (_one, place) => place)
    return before.every((place) => {
      const sibling = [...steps.slice(0, depth), { ...steps[depth]!, at: place }]
      return 'pointer' in locate(resource, { type, steps: [...sibling, ...rest] })
    })
  })
}

function into(parent: Located, step: Step): Located | Unpatched {
  const found = memberOf(parent, step)
  if ('reason' in found) return found
  const { pointer, type, value, element } = found
  const { isChoice } = element
  const above = [...parent.above, parent.type]
  if (!Array.isArray(value)) {
    const isOne = step.at === undefined && step.where === undefined
    return isOne ? { pointer, value, type, isChoice, above } : NOT_A_LIST
  }
  const place = placeIn(value, type, step)
  if (typeof place === 'object') return place
  return { pointer: `${pointer}/${place}`, value: value[place], type, isChoice, above, list: value }
}

type Member = { pointer: string; type: string; value: unknown; element: ElementType }

/** The element of a name: one value, or the list of them where it repeats. */
function memberOf(parent: Located, { name }: Step): Member | Unpatched {
  // What is contained has a type of its own in each place.
  const element = parent.type === 'Resource' ? undefined : findElementType(parent.type, name)
  if (element === undefined) return NOT_OF_R4
  if (!isObject(parent.value)) return NOT_ONE
  const { value: own, pointer } = parent
  // What a primitive value has beside it, in a member of its own, servers treat each in their own way.
  if ([...element.inJson.keys()].some((key) => Object.hasOwn(own, `_${key}`))) return NOT_ONE
  const [found, ...more] = [...element.inJson].filter(([key]) => Object.hasOwn(own, key))
  if (found === undefined || more.length > 0) return NOT_ONE
  const [key, type] = found
  if (Array.isArray(own[key]) !== element.isRepeated) return NOT_ONE
  return { pointer: `${pointer}/${key}`, type, value: own[key], element }
}

function placeIn(list: readonly unknown[], type: string, { at, where }: Step): number | Unpatched {
  const isText = (name: string) => {
    const element = findElementType(type, name)
    return element !== undefined && !element.isRepeated && TEXTS.has(element.inJson.get(name) ?? '')
  }
  if (where?.every(([name]) => isText(name)) === false) return NOT_OF_R4
  const fits = (one: unknown, place: number) =>
    at === undefined
      ? (where ?? []).every(([name, text]) => isObject(one) && Object.hasOwn(one, name) && one[name] === text)
      : place === at
  const places = list.flatMap((one, place) => (fits(one, place) ? [place] : []))
  const [only, ...more] = places
  return only === undefined || more.length > 0 || list[only] === null ? NOT_ONE : only
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
