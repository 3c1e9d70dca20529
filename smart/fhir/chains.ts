// Search parameters that reach through references (ENF-61): `encounter:Encounter.status` and `_has:Observation:patient:code`.
// What they ask for, and what is asked in their stead once it is known what they lead to. Which of it may be searched is
// plan-chain.ts. The upstream never sees them: it would match by records that the app may not see.

import { keyOf, namedBy } from './includes.ts'
import type { Parameter } from './interaction.ts'
import { findReferenceElement, findSearchParameterType, isResourceType } from './resource-types.ts'
import { COMMON, isCriterion } from './search.ts'

export type Chain = {
  /** What stands in its place in the end: the reference, or `_id`. */
  parameter: string
  /** Each is searched by the criterion, which may be a chain itself. */
  types: readonly string[]
  criterion: Parameter
  /** Reverse: the reference by which what is found names what is looked for. Forward: what is found is what is named. */
  by?: string
}

export type ParsedChain =
  | { ok: true; chain: Chain }
  | { ok: false; reason: 'unsupported-parameter' | 'bad-parameter'; message: string }

/** Most chains of one search. */
export const MAX_CHAINS = 5
/** Most references that one chain goes through. */
const MAX_HOPS = 2

/** Nobody's: names are given by servers, and none gives this one. */
const NO_ID = '00000000-0000-0000-0000-000000000000'

export function isChain(parameterName: string): boolean {
  return parameterName.startsWith('_has:') || parameterName.includes('.')
}

/** @param type the type that is searched */
export function parseChain(type: string, [name, value]: Parameter): ParsedChain {
  if ([...name.matchAll(/\.|_has:/g)].length > MAX_HOPS)
    return refused('unsupported-parameter', `A chain goes through at most ${MAX_HOPS} references here.`)
  return name.startsWith('_has:') ? parseReverse(type, name, value) : parseForward(type, name, value)
}

function parseReverse(type: string, name: string, value: string): ParsedChain {
  const [, source = '', by = '', ...rest] = name.split(':')
  const criterion = rest.join(':')
  const element = isResourceType(source) ? findReferenceElement(source, by) : undefined
  if (element === undefined || element.targets?.has(type) === false)
    return refused('bad-parameter', `_has takes Type:reference:parameter, where the reference is one to ${type} in R4.`)
  if (!hasCriterion(source, criterion))
    return refused('bad-parameter', `_has ends in a search parameter of ${source}, and takes no other kind.`)
  return { ok: true, chain: { parameter: '_id', types: [source], criterion: [criterion, value], by } }
}

function parseForward(type: string, name: string, value: string): ParsedChain {
  const [head = '', ...rest] = name.split('.')
  const [parameter = '', target, ...more] = head.split(':')
  const criterion = rest.join('.')
  const element = findReferenceElement(type, parameter)
  if (element === undefined || more.length > 0 || (target !== undefined && !isResourceType(target)))
    return refused('bad-parameter', `A chain of ${type} takes reference.parameter or reference:Type.parameter.`)
  if (target !== undefined && element.targets?.has(target) === false)
    return refused('bad-parameter', `${type}:${parameter} does not refer to ${target}.`)
  if (target === undefined && element.targets === undefined)
    return refused('bad-parameter', `${type}:${parameter} refers to any type: name the one that is meant.`)
  // What has no such parameter could not be found by it.
  const types = [...(target === undefined ? (element.targets ?? []) : [target])]
  const having = types.filter((one) => hasCriterion(one, criterion))
  if (having.length === 0)
    return refused('bad-parameter', `What ${type}:${parameter} refers to has no such search parameter.`)
  return { ok: true, chain: { parameter, types: having, criterion: [criterion, value] } }
}

function hasCriterion(type: string, criterion: string): boolean {
  const [base = ''] = criterion.split(/[.:]/)
  if (base === '_has') return true
  return isCriterion(base) && (COMMON.has(base) || findSearchParameterType(type, base) !== undefined)
}

/** The elements of what is found that are looked at. */
export function elementsOfChain(type: string, { by }: Chain): readonly string[] {
  return ['id', ...(by === undefined ? [] : (findReferenceElement(type, by)?.elements ?? []))]
}

/**
 * The records that a chain comes to, each once, in an order of their own.
 * @param type the type that is searched in the end
 * @param found all that its searches find
 * @returns ids of that type for a reverse chain, else `Type/id`
 */
export function namedByChain(
  type: string,
  { by }: Chain,
  found: readonly unknown[],
  bases: readonly string[],
): string[] {
  const names = found.flatMap((record) =>
    by === undefined
      ? (keyOf(record) ?? [])
      : namedBy(record, by, bases).flatMap((target) => (target.type === type ? [target.id] : [])),
  )
  return [...new Set(names)].sort()
}

/** What is asked in the stead of a chain; where it led to nothing, for nobody. */
export function inItsStead({ parameter }: Chain, names: readonly string[]): Parameter {
  return names.length === 0 ? ['_id', NO_ID] : [parameter, names.join(',')]
}

function refused(reason: 'unsupported-parameter' | 'bad-parameter', message: string): ParsedChain {
  return { ok: false, reason, message }
}
