// Histories: of one record, where each version is judged (ENF-22), and of a type or the server, which cannot be confined
// and so are for clients that may see all of it (ENF-23, ENF-24).

import type { Access } from '../access/access.ts'
import type { Allowance } from '../access/allowance.ts'
import type { Interaction, Parameter } from '../fhir/interaction.ts'
import { DEFAULT_COUNT, MAX_COUNT } from '../fhir/search.ts'
import { deny, denyScope } from './deny.ts'
import type { Plan, PlanSettings } from './plan.ts'
import { seesEvery, seesEverything } from './unconfined.ts'

type OfInstance = Extract<Interaction, { kind: 'instance-history' }>

/** An instant with its zone, or a date: what can be compared. */
const SINCE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/

export type HistoryParameters = { count: number; since?: string }

/** @returns undefined when one of them cannot be honoured */
export function parseHistoryParameters(parameters: readonly Parameter[]): HistoryParameters | undefined {
  let count = DEFAULT_COUNT
  let since: string | undefined
  for (const [name, value] of parameters) {
    if (name === '_format' || name === '_pretty') continue
    if (name === '_count' && /^[1-9]\d{0,5}$/.test(value)) count = Math.min(Number(value), MAX_COUNT)
    else if (name === '_since' && since === undefined && SINCE.test(value) && !Number.isNaN(Date.parse(value)))
      since = value
    else return undefined
  }
  return { count, ...(since === undefined ? {} : { since }) }
}

/** All versions are fetched, and judged before any is shown: whether a deletion may be told hangs on the others. */
export function planInstanceHistory(
  { type, id, parameters }: OfInstance,
  allowances: readonly Allowance[],
  { bases }: PlanSettings,
): Plan {
  if (parseHistoryParameters(parameters) === undefined) return badParameters()
  return {
    kind: 'forward',
    request: { path: `${type}/${id}/_history`, query: [['_count', String(MAX_COUNT)]] },
    before: [{ path: `${type}/${id}`, query: [] }],
    guard: { kind: 'versions', type, id, allowances, bases },
  }
}

export function planTypeHistory(
  access: Access,
  { type, parameters }: Extract<Interaction, { kind: 'type-history' }>,
  settings: PlanSettings,
): Plan {
  if (!seesEvery(access, type))
    return deny('not-supported', 'The history of a type cannot be confined to what this access allows of it.')
  return unconfined(`${type}/_history`, new Set([type]), parameters, settings)
}

export function planSystemHistory(access: Access, parameters: readonly Parameter[], settings: PlanSettings): Plan {
  if (seesEverything(access)) return unconfined('_history', 'any', parameters, settings)
  const isForItself = access.patient === undefined && access.who.person === undefined
  if (isForItself) return denyScope(access, '*', 's')
  return deny('not-supported', 'The history of all records cannot be confined to what this access allows.')
}

function unconfined(
  path: string,
  types: 'any' | ReadonlySet<string>,
  parameters: readonly Parameter[],
  { bases }: PlanSettings,
): Plan {
  const parsed = parseHistoryParameters(parameters)
  if (parsed === undefined) return badParameters()
  const query: Parameter[] = [['_count', String(parsed.count)]]
  if (parsed.since !== undefined) query.push(['_since', parsed.since])
  return {
    kind: 'forward',
    request: { path, query },
    before: [],
    guard: { kind: 'unconfined', bundle: 'history', types, bases },
  }
}

function badParameters(): Plan {
  return deny('bad-parameter', 'A history takes _count (from 1) and _since (a date, or an instant with its zone).')
}
