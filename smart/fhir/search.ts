// Which search parameters an app may use, and how they go upstream. An allow-list: joins and free-form criteria are oracles
// about records that the app may not see (ENF-60 to ENF-66), so they are refused until each can be confined.

import { type Include, isInclude, MAX_INCLUDES, parseInclude } from './includes.ts'
import type { Parameter } from './interaction.ts'
import { findSearchParameterType } from './resource-types.ts'

export type ParsedSearch =
  | {
      ok: true
      criteria: Parameter[]
      control: Parameter[]
      includes: Include[]
      elements: string[] | undefined
      countOnly: boolean
    }
  | { ok: false; reason: 'unsupported-parameter' | 'bad-parameter'; message: string }

/** Largest page that is asked of the upstream. */
export const MAX_COUNT = 1000

/** Entries of a page that we put together, when the app does not say. */
export const DEFAULT_COUNT = 100

/** Parameters that say how to answer, not what to find. */
export const CONTROL: ReadonlySet<string> = new Set([
  '_count',
  '_elements',
  '_format',
  '_pretty',
  '_sort',
  '_summary',
  '_total',
])

/** Whether a parameter says what to find, and nothing else. */
export function isCriterion(name: string): boolean {
  return !CONTROL.has(name) && !isInclude(name)
}

const JOINS: ReadonlySet<string> = new Set([
  '_contained',
  '_containedType',
  '_content',
  '_filter',
  '_graph',
  '_has',
  '_list',
  '_query',
  '_text',
  '_type',
])

/** Criteria of every type, and their FHIR type. */
export const COMMON: ReadonlyMap<string, string> = new Map([
  ['_id', 'id'],
  ['_lastUpdated', 'date'],
  ['_profile', 'uri'],
  ['_security', 'token'],
  ['_tag', 'token'],
])

const MODIFIERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['string', ['exact', 'contains', 'missing']],
  ['token', ['not', 'missing']],
  ['date', ['missing']],
  ['reference', ['missing']],
  ['quantity', ['missing']],
  ['number', ['missing']],
  ['uri', ['missing']],
])

/** @param confiningParameter takes no modifier: ours stands beside it and must mean the same (ENF-70) */
export function parseSearch(
  type: string,
  parameters: readonly Parameter[],
  confiningParameter: string | undefined,
): ParsedSearch {
  const criteria: Parameter[] = []
  const control: Parameter[] = []
  const includes: Include[] = []
  let elements: string[] | undefined
  let countOnly = false

  for (const [name, value] of parameters) {
    const [base = '', modifier, ...more] = name.split(':')
    if (JOINS.has(base)) return refused('unsupported-parameter', `The search parameter ${base} is not supported here.`)
    if (base.includes('.')) return refused('unsupported-parameter', 'Chained search parameters are not supported here.')
    if (value === '') return refused('bad-parameter', `The search parameter ${printable(base)} has no value.`)
    if (isInclude(name)) {
      const parsed = parseInclude(type, [name, value])
      if (!parsed.ok) return parsed
      if (includes.length === MAX_INCLUDES)
        return refused('bad-parameter', `At most ${MAX_INCLUDES} includes can be followed at once.`)
      includes.push(parsed.include)
      continue
    }

    const controlled = modifier === undefined ? controlParameter(type, base, value) : undefined
    if (controlled === 'bad') return refused('bad-parameter', `The value of ${base} is not usable here.`)
    if (controlled !== undefined) {
      if (controlled.name === '_elements') elements = [...(elements ?? []), ...value.split(',')]
      if (controlled.countOnly) countOnly = true
      if (controlled.sent !== undefined) control.push(controlled.sent)
      continue
    }

    const parameterType = COMMON.get(base) ?? findSearchParameterType(type, base)
    if (parameterType === undefined || parameterType === 'special' || more.length > 0)
      return refused('bad-parameter', `${type} has no search parameter ${printable(name)}.`)
    if (modifier !== undefined) {
      const allowed = base !== confiningParameter && MODIFIERS.get(parameterType)?.includes(modifier)
      if (!allowed) return refused('unsupported-parameter', `The modifier of ${printable(name)} is not supported here.`)
      if (modifier === 'missing' && value !== 'true' && value !== 'false')
        return refused('bad-parameter', `${printable(name)} is true or false.`)
    }
    criteria.push([name, value])
  }
  return { ok: true, criteria, control, includes: countOnly ? [] : includes, elements, countOnly }
}

type Controlled = { name: string; sent?: Parameter; countOnly?: boolean }

/** Undefined: not a control parameter. */
function controlParameter(type: string, name: string, value: string): Controlled | 'bad' | undefined {
  switch (name) {
    case '_count': {
      if (!/^\d{1,6}$/.test(value)) return 'bad'
      const count = Number(value)
      if (count === 0) return { name, countOnly: true }
      return { name, sent: [name, String(Math.min(count, MAX_COUNT))] }
    }
    case '_summary':
      // Other summaries leave out what has to be judged (ENF-64).
      if (value === 'count') return { name, countOnly: true }
      return value === 'false' ? { name } : 'bad'
    case '_total':
      return value === 'none' || value === 'estimate' || value === 'accurate' ? { name, sent: [name, value] } : 'bad'
    case '_sort': {
      const known = (key: string) => key === '_id' || key === '_lastUpdated' || findSearchParameterType(type, key)
      return value.split(',').every((key) => known(key.replace(/^-/, ''))) ? { name, sent: [name, value] } : 'bad'
    }
    case '_elements':
      return /^[A-Za-z]+(,[A-Za-z]+)*$/.test(value) ? { name } : 'bad'
    case '_format':
    case '_pretty':
      return { name } // The format is settled ahead of the plan, and is always ours upstream.
    default:
      return undefined
  }
}

/** Echoed only as far as it looks like a parameter name. */
function printable(name: string): string {
  return /^[A-Za-z0-9_:.-]{1,64}$/.test(name) ? name : 'of that name'
}

function refused(reason: 'unsupported-parameter' | 'bad-parameter', message: string): ParsedSearch {
  return { ok: false, reason, message }
}
