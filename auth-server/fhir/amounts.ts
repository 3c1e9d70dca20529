// How much there is of what an app asks for, counted through the proxy under the very access that is being granted: by the
// person who decides, with a token of this service, so that it is nobody's access in the audit but ours. Counts stand in the
// page alone: not in logs, not in addresses.
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Amount, Counted } from '../../consent-ui/index.ts'
import { dateParameterOf } from '../../smart/access/look-back.ts'
import { startOf } from '../../smart/fhir/condition-date.ts'
import { elementsAt } from '../../smart/fhir/elements.ts'
import { findDateElement } from '../../smart/fhir/resource-types.ts'
import type { GrantedReader, Readers, Resource } from './person-reader.ts'

/** What is counted as whom. */
export type Counting = {
  /** Relative reference of the record that the person acts as. */
  person: string
  patient: string
  scopes: readonly string[]
  /** Such as `Observation?category=a`; of `spans` the first and last day too. */
  counts: readonly string[]
  spans: readonly string[]
}

export type Amounts = {
  /** `waiting`: it takes longer than a page may. */
  soon(counting: Counting): Promise<Counted | 'waiting'>
  /** For who asked to wait. */
  patiently(counting: Counting): Promise<Counted | 'waiting'>
}

export type AmountLimits = {
  soonMilliseconds: number
  patientMilliseconds: number
  /** Requests for one consent; what is beyond them stays unknown. */
  requests: number
  atOnce: number
}

export const AMOUNT_LIMITS: AmountLimits = {
  soonMilliseconds: 300,
  patientMilliseconds: 8_000,
  requests: 150,
  atOnce: 8,
}

const KEPT_MILLISECONDS = 60_000
const MAX_KEPT = 1_000

export function amounts(readers: Pick<Readers, 'granted'>, limits: AmountLimits = AMOUNT_LIMITS): Amounts {
  const kept = new LRUCache<string, Promise<Counted>>({ max: MAX_KEPT, ttl: KEPT_MILLISECONDS })

  function counted(counting: Counting): Promise<Counted> {
    const key = createHash('sha256').update(JSON.stringify(counting)).digest('base64url')
    const known = kept.get(key)
    if (known !== undefined) return known
    const { person, patient, scopes } = counting
    const counts = count(readers.granted({ person, patient, scope: scopes.join(' ') }), counting, limits)
    kept.set(key, counts)
    // Nothing learnt is nothing to keep.
    void counts.then((found) => {
      if ([...found.values()].every((amount) => amount === undefined)) kept.delete(key)
    })
    return counts
  }

  async function within(milliseconds: number, counting: Counting): Promise<Counted | 'waiting'> {
    const stop = new AbortController()
    const late = wait(milliseconds, 'waiting' as const, { signal: stop.signal, ref: false }).catch(
      () => 'waiting' as const,
    )
    try {
      return await Promise.race([counted(counting), late])
    } finally {
      stop.abort()
    }
  }

  return {
    soon: (counting) => within(limits.soonMilliseconds, counting),
    patiently: (counting) => within(limits.patientMilliseconds, counting),
  }
}

async function count(reader: GrantedReader, { counts, spans }: Counting, limits: AmountLimits): Promise<Counted> {
  const limited = atMost(limits)
  const page = (search: string) => limited(() => reader.page(search).catch(() => undefined))
  const totals = await Promise.all(
    counts.map(async (search) => [search, totalOf(await page(searchWith(search, '_summary=count')))] as const),
  )
  const known = new Map<string, Amount | undefined>(
    totals.map(([search, total]) => [search, total === undefined ? undefined : { count: total }]),
  )
  await Promise.all(
    spans.map(async (search) => {
      const amount = known.get(search)
      const parameter = dateParameterOf(typeOf(search))
      if (amount === undefined || amount.count === 0 || parameter === undefined) return
      const [first, last] = await Promise.all(
        [parameter, `-${parameter}`].map(async (sort) =>
          firstOf(await page(searchWith(search, `_sort=${sort}&_count=1`))),
        ),
      )
      const span = spanOf(first, last, amount.count, parameter)
      if (span !== undefined) known.set(search, { ...amount, ...span })
    }),
  )
  return known
}

/** A server that does not count says so by having no total: that is not known, and not nothing. */
function totalOf(bundle: Resource | undefined): number | undefined {
  const total = bundle?.resourceType === 'Bundle' ? bundle.total : undefined
  return typeof total === 'number' && Number.isInteger(total) && total >= 0 ? total : undefined
}

type Match = { resource?: Resource; search?: { mode?: string } }

function firstOf(bundle: Resource | undefined): Resource | undefined {
  const entries = (bundle?.entry ?? []) as Match[]
  const matches = entries.filter(({ search }) => search?.mode !== 'include' && search?.mode !== 'outcome')
  // More than was asked for: who does not heed the count may not heed the order.
  return matches.length === 1 ? matches[0]?.resource : undefined
}

function spanOf(
  first: Resource | undefined,
  last: Resource | undefined,
  count: number,
  parameter: string,
): Pick<Amount, 'first' | 'last'> | undefined {
  const [from, to] = [dayOf(first, parameter), dayOf(last, parameter)]
  // A server that does not sort gives the same one, or the later one first.
  const isSorted = from !== undefined && to !== undefined && from <= to && (count === 1 || first?.id !== last?.id)
  return isSorted ? { first: from, last: to } : undefined
}

function dayOf(resource: Resource | undefined, parameter: string): string | undefined {
  const element = resource && findDateElement(resource.resourceType, parameter)
  const [value] = element?.paths.flatMap((path) => elementsAt(resource, path)) ?? []
  const start = value === undefined ? undefined : startOf(value)
  return start === undefined || start === '' ? undefined : start.slice(0, 10)
}

function typeOf(search: string): string {
  return search.split('?', 1)[0] ?? ''
}

function searchWith(search: string, parameters: string): string {
  return `${search}${search.includes('?') ? '&' : '?'}${parameters}`
}

/** So many at once, and so many in all: undefined for the rest. */
function atMost({ requests, atOnce }: AmountLimits) {
  let left = requests
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    if (left-- <= 0) return undefined
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    running++
    try {
      return await ask()
    } finally {
      running--
      waiting.shift()?.()
    }
  }
}
