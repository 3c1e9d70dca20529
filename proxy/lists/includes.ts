// Brings along what _include and _revinclude ask for: each by a search of its own that was decided on, after the page of
// matches was judged. What may not be seen is absent. Decisions are smart/'s.

import type { Access } from '../../smart/access/access.ts'
import type { Reach } from '../../smart/access/reach.ts'
import { type Include, keyOf, MAX_ROUNDS, type Wanted, wantedBy } from '../../smart/fhir/includes.ts'
import type { Interaction } from '../../smart/fhir/interaction.ts'
import { isAboutVisible, targetsOf } from '../../smart/plan/by-targets.ts'
import type { Guard } from '../../smart/plan/guard.ts'
import type { PlanSettings } from '../../smart/plan/plan.ts'
import { type IncludeGuard, type IncludeSearch, judgeIncluded, planInclude } from '../../smart/plan/plan-include.ts'
import { type Answer, refusal } from '../answers/answer.ts'
import type { Alarm } from '../answers/body.ts'
import { disclosed } from '../audit/trail.ts'
import type { ReachFor } from '../identity/decide.ts'
import type { Upstream, UpstreamCall } from '../upstream/upstream.ts'
import { callOf, pageCall } from '../upstream/upstream-call.ts'
import { createFetchJudgedPage, type JudgedRecord } from './judged-page.ts'
import { searchEntry } from './searchset.ts'

export type IncludeDeps = {
  upstream: Upstream
  fhirBase: string
  upstreamUrl: string
  settings: PlanSettings
  reachFor: ReachFor
  alarm: Alarm
}

export type IncludeRequest = {
  access: Access
  search: Interaction
  includes: readonly Include[]
  /** Of this page, judged. */
  matches: readonly unknown[]
  signal: AbortSignal
}

type Found = JudgedRecord & { guard: IncludeGuard }

/** Most records that may come along with one page. */
const MAX_INCLUDED = 1_000
/** Most records that are looked up to judge what is about them. */
const MAX_LOOKED_UP = 2_000
/** Values of one search. */
const BATCH = 100
const MAX_SEARCHES = 100
const MAX_PAGES = 10
/** Searches at one time. */
const PARALLEL = 4

export type ByTargetsRequest = {
  access: Access
  interaction: Interaction
  guard: Extract<Guard, { kind: 'resource' }>
  resource: unknown
  signal: AbortSignal
}

export type Includes = {
  /** Entries of what comes along, as JSON texts. */
  find(request: IncludeRequest): Promise<readonly string[] | Answer>
  /** Whether a record is one that is seen through what it is about. */
  isVisible(request: ByTargetsRequest): Promise<boolean | Answer>
}

export function createIncludes(deps: IncludeDeps): Includes {
  const { bases } = deps.settings
  const fetchPage = createFetchJudgedPage(deps)

  async function find({ access, search, includes, matches, signal }: IncludeRequest): Promise<string[]> {
    if (includes.length === 0 || matches.length === 0) return []
    const reach = await deps.reachFor(access, search)
    if ('status' in reach) throw new Refused(reach)
    // All that the caller sees in this answer, and what else was looked up and may be seen.
    const visible = new Map<string, unknown>()
    for (const match of matches) visible.set(keyOf(match) ?? '', match)
    const records: JudgedRecord[] = []
    const known = new Set(visible.keys())
    const include = (found: Found) => {
      if (known.has(found.key)) return []
      known.add(found.key)
      visible.set(found.key, found.resource)
      if (records.push(found) > MAX_INCLUDED) throw tooCostly()
      return [found.resource]
    }

    let round: readonly unknown[] = matches
    for (let rounds = 0; rounds < MAX_ROUNDS && round.length > 0; rounds += 1) {
      const followed = rounds === 0 ? includes : includes.filter(({ iterates }) => iterates)
      const { forward, reverse } = wantedBy(followed, round, bases)
      const missing = forward.map((one) => ({
        ...one,
        values: one.values.filter((id) => !known.has(`${one.type}/${id}`)),
      }))
      if (sum(missing) > MAX_INCLUDED) throw tooCostly()
      const found = await carryOut(searchesFor([...missing, ...reverse], access, reach), signal)
      const next = found.filter(({ guard }) => guard.by === 'itself').flatMap(include)
      const byTargets = found.filter(({ guard }) => guard.by === 'targets')
      await lookUpTargets(
        byTargets.map(({ resource }) => resource),
        visible,
        { access, reach, signal },
      )
      next.push(...byTargets.filter((one) => isAboutVisible(one.guard, one.resource, visible)).flatMap(include))
      round = next
    }
    for (const { resource } of records) disclosed(resource)
    return records.map((record) => searchEntry(deps.fhirBase, record, 'include'))
  }

  /** Adds those targets to the visible ones that the caller may see. */
  async function lookUpTargets(
    resources: readonly unknown[],
    visible: Map<string, unknown>,
    { access, reach, signal }: { access: Access; reach: Reach; signal: AbortSignal },
  ): Promise<void> {
    const ids = new Map<string, Set<string>>()
    for (const key of resources.flatMap((resource) => targetsOf(resource, bases) ?? [])) {
      const [type = '', id = ''] = key.split('/')
      if (!visible.has(key)) ids.set(type, (ids.get(type) ?? new Set()).add(id))
    }
    const wanted = [...ids].map(([type, values]) => ({ type, parameter: '_id', values: [...values] }))
    if (sum(wanted) > MAX_LOOKED_UP) throw tooCostly()
    const lookedUp = await carryOut(searchesFor(wanted, access, reach), signal)
    for (const { key, resource } of lookedUp) visible.set(key, resource)
  }

  function searchesFor(wanted: readonly Wanted[], access: Access, reach: Reach): IncludeSearch[] {
    const { oneByOne } = deps.settings
    const batched = wanted.flatMap((one) => batches(one, oneByOne?.has(one.type) ? 1 : BATCH))
    const searches = batched.flatMap((one) => {
      const planned = planInclude(access, reach, one, deps.settings)
      if ('kind' in planned) throw new Refused(refusal(422, 'too-costly', planned.message))
      return planned
    })
    if (searches.length > MAX_SEARCHES) throw tooCostly()
    return searches
  }

  async function carryOut(searches: readonly IncludeSearch[], signal: AbortSignal): Promise<Found[]> {
    const found: Found[] = []
    for (let at = 0; at < searches.length; at += PARALLEL) {
      const some = await Promise.all(searches.slice(at, at + PARALLEL).map((search) => fetchAll(search, signal)))
      found.push(...some.flat())
    }
    return found
  }

  async function fetchAll({ request, guard }: IncludeSearch, signal: AbortSignal): Promise<Found[]> {
    const found: Found[] = []
    let call: UpstreamCall | undefined = callOf(request)
    for (let page = 0; call !== undefined; page += 1) {
      if (page === MAX_PAGES) throw tooCostly()
      const fetched = await fetchPage(call, (bundle) => judgeIncluded(guard, bundle), { type: guard.type, signal })
      if ('status' in fetched) throw new Refused(fetched)
      found.push(...fetched.records.map((record) => ({ ...record, guard })))
      call = fetched.next === undefined ? undefined : pageCall(fetched.next)
    }
    return found
  }

  async function isVisible({ access, interaction, guard, resource, signal }: ByTargetsRequest): Promise<boolean> {
    if (keyOf(resource) !== `${guard.type}/${guard.id}`) return false
    const reach = await deps.reachFor(access, interaction)
    if ('status' in reach) throw new Refused(reach)
    const visible = new Map<string, unknown>()
    await lookUpTargets([resource], visible, { access, reach, signal })
    return isAboutVisible(guard, resource, visible)
  }

  return {
    find: (request) => orRefused(find(request)),
    isVisible: (request) => orRefused(isVisible(request)),
  }
}

async function orRefused<T>(outcome: Promise<T>): Promise<T | Answer> {
  try {
    return await outcome
  } catch (error) {
    if (error instanceof Refused) return error.answer
    throw error
  }
}

class Refused extends Error {
  readonly answer: Answer
  constructor(answer: Answer) {
    super('refused')
    this.answer = answer
  }
}

function tooCostly(): Refused {
  return new Refused(refusal(422, 'too-costly', 'Too much would come along; ask for a smaller page with _count.'))
}

function batches(wanted: Wanted, size: number): Wanted[] {
  const all: Wanted[] = []
  for (let at = 0; at < wanted.values.length; at += size)
    all.push({ ...wanted, values: wanted.values.slice(at, at + size) })
  return all
}

function sum(wanted: readonly Wanted[]): number {
  return wanted.reduce((count, { values }) => count + values.length, 0)
}
