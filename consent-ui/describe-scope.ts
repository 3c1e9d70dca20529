// One scope in plain words. Pages show what this says, so it must never promise less than the scope allows.

import type { Scope } from '../smart/access/scope.ts'
import { parseScope } from '../smart/access/scope.ts'
import { findSearchParameterType } from '../smart/fhir/resource-types.ts'
import { type DataName, findDataName, findGroup, type Group, type Reader, wordsFor } from './catalogue.ts'
import { plainText } from './foreign-text.ts'
import { scopeWords } from './words/scopes.ts'

export type Deed = 'see' | 'add' | 'change' | 'delete' | 'unknown'

/** What a scope is about, in no language. */
export type ScopeFacts = {
  /** `technical` is never a choice; `time` is how long, `data` is what. */
  kind: 'technical' | 'time' | 'data'
  deeds: readonly Deed[]
  group?: Group
  /** Not one person's record but those of all whom the signed-in person may open. */
  everyone?: true
}

export type ScopeDescription = ScopeFacts & {
  label: string
  hint?: string
  /** The deeds in words. */
  verbs: string[]
}

/** By letters, in their order. */
const DEEDS = [
  ['rs', 'see'],
  ['c', 'add'],
  ['u', 'change'],
  ['d', 'delete'],
] as const

const NOT_DATA = {
  openid: { kind: 'technical', words: 'knowWho' },
  fhirUser: { kind: 'technical', words: 'knowWho' },
  profile: { kind: 'technical', words: 'knowWho' },
  launch: { kind: 'technical', words: 'knowWhose' },
  offline_access: { kind: 'time', words: 'whileAway' },
  online_access: { kind: 'time', words: 'whileSignedIn' },
} as const

function findNotData(text: string) {
  const name = text.startsWith('launch/') ? 'launch' : text
  return Object.hasOwn(NOT_DATA, name) ? NOT_DATA[name as keyof typeof NOT_DATA] : undefined
}

/** Whatever is not understood comes out as data that can be refused, never as technical. */
export function factsOfScope(text: string): ScopeFacts {
  const fixed = findNotData(text)
  if (fixed) return { kind: fixed.kind, deeds: [] }
  const parsed = parseScope(text)
  if (!parsed.ok) return { kind: 'data', deeds: ['unknown'], group: 'everything' }
  const { scope } = parsed
  const deeds = DEEDS.filter(([letters]) => [...letters].some((letter) => scope.permissions.includes(letter)))
  const category = onlyCategory(scope)
  return {
    kind: 'data',
    deeds: deeds.map(([, deed]) => deed),
    group:
      (category === undefined ? undefined : findGroup(scope.type, category)) ?? findGroup(scope.type) ?? 'everything',
    ...(scope.context === 'patient' ? {} : { everyone: true }),
  }
}

/**
 * Describes one requested scope.
 *
 * describeScope('patient/Immunization.rs', { lang: 'en', own: true }) is
 * { kind: 'data', deeds: ['see'], label: 'Vaccines (shots)', group: 'medicines', verbs: ['See'] }
 */
export function describeScope(text: string, reader: Reader): ScopeDescription {
  const words = scopeWords(reader.lang)
  const facts = factsOfScope(text)
  const verbs = facts.deeds.map((deed) => words.deeds[deed])
  const fixed = findNotData(text)
  if (fixed) return { ...facts, label: fixedLabel(fixed.words, reader), verbs }
  const parsed = parseScope(text)
  if (!parsed.ok) return { ...facts, label: words.noName, hint: words.calledByApp(plainText(text, 60)), verbs }
  const { scope } = parsed
  const { label, hint } = nameOf(scope, reader)
  const hints = [conditionsOf(scope, reader) ?? hint, reachOfRead(scope, reader)].filter((part) => part !== undefined)
  return { ...facts, label, ...(hints.length ? { hint: hints.join('. ') } : {}), verbs }
}

/** Those that speak to "you" are said of others too; pseudo words come from English once. */
function fixedLabel(name: 'knowWho' | 'knowWhose' | 'whileAway' | 'whileSignedIn', reader: Reader): string {
  return wordsFor(scopeWords(reader.lang === 'es' ? 'es' : 'en')[name], reader)
}

/** Whether it asks for more than to look: added, changed or deleted items, or something we cannot name. */
export function asksForChanges({ deeds }: Pick<ScopeFacts, 'deeds'>): boolean {
  return deeds.some((deed) => deed !== 'see')
}

function nameOf(scope: Scope, reader: Reader): DataName {
  const category = onlyCategory(scope)
  return (
    (category === undefined ? undefined : findDataName(scope.type, category, reader)) ??
    findDataName(scope.type, undefined, reader) ?? {
      label: scopeWords(reader.lang).other(scope.type),
      group: 'everything',
    }
  )
}

/** The category code when the filter is exactly one category: more conditions would make its name say too much. */
function onlyCategory(scope: Scope): string | undefined {
  const [first, second] = scope.filter
  if (first === undefined || second !== undefined || first[0] !== 'category' || first[1].includes(',')) return undefined
  return first[1].split('|').at(-1)
}

/** A filter that the label does not already say, in its own words. */
function conditionsOf(scope: Scope, reader: Reader): string | undefined {
  const category = onlyCategory(scope)
  if (scope.filter.length === 0 || (category !== undefined && findGroup(scope.type, category))) return undefined
  const words = scopeWords(reader.lang)
  const conditions = scope.filter.map((condition) => conditionOf(scope.type, condition, reader))
  return words.onlyWhere(plainText(conditions.join(words.and), 160))
}

function conditionOf(type: string, [name, value]: Scope['filter'][number], { lang }: Reader): string {
  const words = scopeWords(lang)
  const isDate = name === '_lastUpdated' || findSearchParameterType(type, name) === 'date'
  const alternatives = value.split(',').map((text) => {
    const prefix = text.slice(0, 2)
    if (isDate && Object.hasOwn(words.compared, prefix))
      return words.compared[prefix as keyof typeof words.compared](text.slice(2))
    return words.compared.eq(text.split('|').at(-1) ?? '')
  })
  return `${name} ${alternatives.join(words.or)}`
}

/** `r` and `s` alone are both "See"; a person asked for both must be able to tell them apart. */
function reachOfRead({ permissions }: Scope, { lang }: Reader): string | undefined {
  const read = permissions.includes('r')
  const search = permissions.includes('s')
  if (read === search) return undefined
  return read ? scopeWords(lang).oneAtATime : scopeWords(lang).bySearching
}
