// _include and _revinclude: what they ask for, read from the search, and which records the matches thereby name. The
// upstream never sees them: what it included and we took away could be noticed (ENF-60). What may come along is
// plan-include.ts.

import { elementsAt } from './elements.ts'
import type { Parameter } from './interaction.ts'
import { referenceTo, type Target } from './reference.ts'
import { findReferenceElement, isResourceType } from './resource-types.ts'

/** `source:parameter:target` of a directive. Forward: what a source names. Reverse: the sources that name a match. */
export type Include = {
  direction: 'forward' | 'reverse'
  /** Follows from what was included too, not from the matches alone. */
  iterates: boolean
  source: string
  parameter: string
  target?: string
}

export type ParsedInclude =
  | { ok: true; include: Include }
  | { ok: false; reason: 'unsupported-parameter' | 'bad-parameter'; message: string }

/** Most directives of one search. */
export const MAX_INCLUDES = 20

/** How often what was included may bring in more: the matches' own references, and once more from there. */
export const MAX_ROUNDS = 2

const MODIFIERS: ReadonlySet<string | undefined> = new Set([undefined, 'iterate', 'recurse'])

export function isInclude(parameterName: string): boolean {
  return /^_(rev)?include(:|$)/.test(parameterName)
}

/** @param type the type that is searched */
export function parseInclude(type: string, [name, value]: Parameter): ParsedInclude {
  const [base = '', modifier, ...moreModifiers] = name.split(':')
  const [source = '', parameter = '', target, ...more] = value.split(':')
  if (!MODIFIERS.has(modifier) || moreModifiers.length > 0)
    return refused('bad-parameter', `${base} takes no modifier but :iterate.`)
  if (value.includes('*'))
    return refused('unsupported-parameter', `${base} names each reference; * is not supported here.`)
  const element = isResourceType(source) ? findReferenceElement(source, parameter) : undefined
  if (element === undefined || more.length > 0 || (target !== undefined && !isResourceType(target)))
    return refused('bad-parameter', `${base} takes Type:parameter or Type:parameter:Target, of a reference in R4.`)

  const iterates = modifier !== undefined
  const direction = base === '_include' ? 'forward' : 'reverse'
  if (target !== undefined && element.targets?.has(target) === false)
    return refused('bad-parameter', `${source}:${parameter} does not refer to ${target}.`)
  if (!iterates && direction === 'forward' && source !== type)
    return refused('bad-parameter', `_include starts from ${type} here; from what is included it takes :iterate.`)
  if (!iterates && direction === 'reverse' && (element.targets?.has(type) === false || (target ?? type) !== type))
    return refused('bad-parameter', `${source}:${parameter} does not refer to ${type}.`)
  return {
    ok: true,
    include: { direction, iterates, source, parameter, ...(target === undefined ? {} : { target }) },
  }
}

/** The elements of a type that its directives look at, to be asked for when `_elements` trims the matches (ENF-64). */
export function elementsOf(includes: readonly Include[], type: string): string[] {
  return includes
    .filter(({ direction, source }) => direction === 'forward' && source === type)
    .flatMap(({ source, parameter }) => findReferenceElement(source, parameter)?.elements ?? [])
}

/** What a record names by a reference parameter: records of ours only. */
export function namedBy(resource: unknown, parameter: string, bases: readonly string[]): Target[] {
  const { resourceType } = (resource ?? {}) as { resourceType?: unknown }
  const element = typeof resourceType === 'string' ? findReferenceElement(resourceType, parameter) : undefined
  return (element?.paths ?? []).flatMap((path) =>
    elementsAt(resource, [...path, 'reference']).flatMap((reference) => {
      const target = referenceTo(reference, bases)
      return target === undefined || element?.targets?.has(target.type) === false ? [] : [target]
    }),
  )
}

/** One kind of record that is to come along: those with an id, or those that name one of some records. */
export type Wanted = { type: string; parameter: string; values: readonly string[] }

/**
 * @param round the records to start from: the matches, then what the round before brought
 * @returns in the order in which the records and the directives name them; each value once
 */
export function wantedBy(
  includes: readonly Include[],
  round: readonly unknown[],
  bases: readonly string[],
): { forward: Wanted[]; reverse: Wanted[] } {
  const ids = new Map<string, Set<string>>()
  const reverse: Wanted[] = []
  for (const include of includes) {
    const { source, parameter, target } = include
    if (include.direction === 'forward') {
      for (const named of round.filter((one) => isOf(one, source)).flatMap((one) => namedBy(one, parameter, bases))) {
        if (target !== undefined && named.type !== target) continue
        ids.set(named.type, (ids.get(named.type) ?? new Set()).add(named.id))
      }
      continue
    }
    const targets = findReferenceElement(source, parameter)?.targets
    const values = round.flatMap((one) => {
      const key = keyOf(one)
      const type = key?.split('/')[0] ?? ''
      return key === undefined || targets?.has(type) === false || (target ?? type) !== type ? [] : [key]
    })
    if (values.length > 0) reverse.push({ type: source, parameter, values: [...new Set(values)] })
  }
  const forward = [...ids].map(([type, values]) => ({ type, parameter: '_id', values: [...values] }))
  return { forward, reverse }
}

/** `Type/id`; undefined for what has no usable name. */
export function keyOf(resource: unknown): string | undefined {
  const { resourceType, id } = (resource ?? {}) as { resourceType?: unknown; id?: unknown }
  if (typeof resourceType !== 'string' || typeof id !== 'string') return undefined
  const target = referenceTo(`${resourceType}/${id}`, [])
  return target === undefined ? undefined : `${target.type}/${target.id}`
}

function isOf(resource: unknown, type: string): boolean {
  return (resource as { resourceType?: unknown } | null)?.resourceType === type
}

function refused(reason: 'unsupported-parameter' | 'bad-parameter', message: string): ParsedInclude {
  return { ok: false, reason, message }
}
