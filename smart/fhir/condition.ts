// The conditions of a narrowed scope (`?category=laboratory`), judged on a resource by our own exact evaluator (ENF-68,
// SCP-08): tokens, references and dates at a plain path, `_id` and `_lastUpdated`.

import { type DateComparison, isDated, parseComparison } from './condition-date.ts'
import { isCodedAs, parseToken, type Token } from './condition-token.ts'
import { elementsAt } from './elements.ts'
import { isId, referenceTo, targetOf } from './reference.ts'
import { findDateElement, findReferenceElement, findTokenElement, isResourceType } from './resource-types.ts'

/** One `parameter=value` of a scope's filter, ready to be judged and to be sent upstream. */
export type Condition = {
  parameter: string
  /** As it is sent upstream, as a parameter of its own. */
  value: string
  /** Below the resource, as in JSON; any of them. */
  paths: readonly (readonly string[])[]
  /** The outermost elements of the paths, by their names in the definitions. */
  elements: readonly string[]
  /** Any one is enough, on any value at the paths. */
  anyOf: readonly Alternative[]
}

export type Alternative =
  | Token
  | DateComparison
  | { kind: 'id'; id: string }
  | { kind: 'reference'; type: string; id: string }

/**
 * @param resourceType or `*`, which has only the parameters of every type
 * @returns undefined when we cannot judge the condition exactly: a scope that carries it then grants nothing (SCP-08)
 */
export function compileCondition(resourceType: string, parameter: string, value: string): Condition | undefined {
  const reading = findReading(resourceType, parameter)
  // A backslash escapes separators; no code of the profiles in use needs it, so it is not worth a second reading.
  if (reading === undefined || value.includes('\\')) return undefined
  const parsed = value.split(',').map((text) => ({ text, alternative: reading.parse(text) }))
  const anyOf = parsed.flatMap(({ alternative }) => alternative ?? [])
  if (anyOf.length < parsed.length) return undefined
  const texts = parsed.map(({ text, alternative }) =>
    alternative?.kind === 'reference' ? `${alternative.type}/${alternative.id}` : text,
  )
  return { parameter, value: texts.join(','), paths: reading.paths, elements: reading.elements, anyOf }
}

/** The one record of an id. */
export function isRecord(id: string): Condition {
  return { parameter: '_id', value: id, ...ID, anyOf: [{ kind: 'id', id }] }
}

/** Conditions on one parameter of one type as a single one, of which any is enough (ENF-67). */
export function joined(first: Condition, others: readonly Condition[]): Condition {
  const all = [first, ...others]
  return { ...first, value: all.map(({ value }) => value).join(','), anyOf: all.flatMap(({ anyOf }) => anyOf) }
}

/**
 * A missing element never fits.
 * @param bases base URLs under which a reference means a record of ours
 */
export function conditionHolds({ paths, anyOf }: Condition, resource: unknown, bases: readonly string[]): boolean {
  return paths
    .flatMap((path) => elementsAt(resource, path))
    .some((element) => anyOf.some((alternative) => fits(alternative, element, bases)))
}

function fits(alternative: Alternative, element: unknown, bases: readonly string[]): boolean {
  switch (alternative.kind) {
    case 'token':
      return isCodedAs(alternative, element)
    case 'date':
      return isDated(alternative, element)
    case 'id':
      return element === alternative.id
    case 'reference': {
      const target = targetOf(element, bases)
      return target?.type === alternative.type && target.id === alternative.id
    }
  }
}

/** Where a parameter looks, and how its values are read. */
type Reading = Pick<Condition, 'paths' | 'elements'> & { parse(text: string): Alternative | undefined }

const ID = { paths: [['id']], elements: ['id'] }

function findReading(type: string, parameter: string): Reading | undefined {
  if (parameter === '_id') return { ...ID, parse: (id) => (isId(id) ? { kind: 'id', id } : undefined) }
  const token = findTokenElement(type, parameter)
  if (token !== undefined) {
    const { path, elementType } = token
    return { paths: [path], elements: path.slice(0, 1), parse: (text) => parseToken(text, elementType) }
  }
  const date = findDateElement(type, parameter)
  if (date !== undefined) {
    const { paths, elements, isRepeated } = date
    return { paths, elements, parse: (text) => parseDate(text, isRepeated) }
  }
  const reference = findReferenceElement(type, parameter)
  if (reference === undefined) return undefined
  const { paths, elements, targets } = reference
  return { paths, elements, parse: (text) => parseReference(text, targets) }
}

/** Of several dates servers differ on whether all must be others, or one. */
function parseDate(text: string, isRepeated: boolean): Alternative | undefined {
  const comparison = parseComparison(text)
  return isRepeated && comparison?.prefix === 'ne' ? undefined : comparison
}

/** An id alone is enough where it can be of one type only. */
function parseReference(text: string, targets: ReadonlySet<string> | undefined): Alternative | undefined {
  const [only, ...more] = targets ?? []
  const isBare = isId(text) && only !== undefined && more.length === 0
  const target = isBare ? { type: only, id: text } : referenceTo(text, [])
  if (target === undefined || !isResourceType(target.type) || text.includes('_history')) return undefined
  return targets?.has(target.type) === false ? undefined : { kind: 'reference', ...target }
}
