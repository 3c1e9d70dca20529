// One scope in plain words. Pages show what this says, so it must never promise less than the scope allows.

import type { Scope } from '../smart/access/scope.ts'
import { parseScope } from '../smart/access/scope.ts'
import { findSearchParameterType } from '../smart/fhir/resource-types.ts'
import type { DataName } from './catalogue.ts'
import { findDataName, GROUPS } from './catalogue.ts'
import { plainText } from './foreign-text.ts'

export type ScopeDescription = {
  /** `technical` is never a choice; `time` is how long, `data` is what. */
  kind: 'technical' | 'time' | 'data'
  label: string
  hint?: string
  group?: string
  verbs: string[]
  /** Not one person's record but those of all whom the signed-in person may open. */
  everyone?: true
}

const NOT_DATA: ReadonlyMap<string, Omit<ScopeDescription, 'verbs'>> = new Map([
  ['openid', { kind: 'technical', label: 'Know who you are' }],
  ['fhirUser', { kind: 'technical', label: 'Know who you are' }],
  ['profile', { kind: 'technical', label: 'Know who you are' }],
  ['launch', { kind: 'technical', label: 'Know whose record this is' }],
  ['offline_access', { kind: 'time', label: 'See your data when you are not using the app' }],
  ['online_access', { kind: 'time', label: 'See your data while you are signed in' }],
])

/** What each permission letter means to the person asked, in the order of the letters. */
const VERBS = [
  ['rs', 'See'],
  ['c', 'Add new items'],
  ['u', 'Change items'],
  ['d', 'Delete items'],
] as const

/**
 * Describes one requested scope. Whatever is not understood comes out as data that can be refused, never as technical.
 *
 * describeScope('patient/Immunization.rs') is
 * { kind: 'data', label: 'Vaccines (shots)', group: 'Medicines and vaccines', verbs: ['See'] }
 */
export function describeScope(text: string): ScopeDescription {
  const fixed = NOT_DATA.get(text.startsWith('launch/') ? 'launch' : text)
  if (fixed) return { ...fixed, verbs: [] }
  const parsed = parseScope(text)
  if (!parsed.ok) {
    const hint = `The app calls it “${plainText(text, 60)}”`
    return { kind: 'data', label: 'Something we have no name for', hint, group: GROUPS[0], verbs: ['Not known'] }
  }
  const { scope } = parsed
  const { label, group, hint } = nameOf(scope)
  const hints = [conditionsOf(scope) ?? hint, reachOfRead(scope)].filter((part) => part !== undefined)
  const verbs = VERBS.filter(([letters]) => [...letters].some((letter) => scope.permissions.includes(letter)))
  return {
    kind: 'data',
    label,
    ...(hints.length ? { hint: hints.join('. ') } : {}),
    group,
    verbs: verbs.map(([, verb]) => verb),
    ...(scope.context === 'patient' ? {} : { everyone: true }),
  }
}

/** Whether it asks for more than to look: added, changed or deleted items, or something we cannot name. */
export function asksForChanges(described: ScopeDescription): boolean {
  return described.verbs.some((verb) => verb !== 'See')
}

function nameOf(scope: Scope): DataName {
  const category = onlyCategory(scope)
  return (
    (category === undefined ? undefined : findDataName(scope.type, category)) ??
    findDataName(scope.type) ?? { label: `Other: ${scope.type}`, group: GROUPS[0] }
  )
}

/** The category code when the filter is exactly one category: more conditions would make its name say too much. */
function onlyCategory(scope: Scope): string | undefined {
  const [first, second] = scope.filter
  if (first === undefined || second !== undefined || first[0] !== 'category' || first[1].includes(',')) return undefined
  return first[1].split('|').at(-1)
}

/** A filter that the label does not already say, in its own words. */
function conditionsOf(scope: Scope): string | undefined {
  const category = onlyCategory(scope)
  if (scope.filter.length === 0 || (category !== undefined && findDataName(scope.type, category))) return undefined
  const conditions = scope.filter.map((condition) => conditionOf(scope.type, condition))
  return `Only where ${plainText(conditions.join(' and '), 160)}`
}

/** How a date compares, by its prefix. */
const COMPARED: ReadonlyMap<string, string> = new Map([
  ['eq', 'is'],
  ['ne', 'is not'],
  ['lt', 'is before'],
  ['le', 'is up to'],
  ['gt', 'is after'],
  ['ge', 'is from'],
  ['sa', 'starts after'],
  ['eb', 'ends before'],
])

function conditionOf(type: string, [name, value]: Scope['filter'][number]): string {
  const isDate = name === '_lastUpdated' || findSearchParameterType(type, name) === 'date'
  const alternatives = value.split(',').map((text) => {
    const compared = isDate ? COMPARED.get(text.slice(0, 2)) : undefined
    return compared === undefined ? `is ${text.split('|').at(-1)}` : `${compared} ${text.slice(2)}`
  })
  return `${name} ${alternatives.join(' or ')}`
}

/** `r` and `s` alone are both "See"; a person asked for both must be able to tell them apart. */
function reachOfRead({ permissions }: Scope): string | undefined {
  const read = permissions.includes('r')
  const search = permissions.includes('s')
  if (read === search) return undefined
  return read ? 'One item at a time' : 'By searching'
}
