// All of a patient's compartment, page by page: a search for each type, each decided and judged by itself. A type that the
// FHIR server behind does not know is not asked for.

import { z } from 'zod'
import type { Access } from '../../smart/access/access.ts'
import type { Gather } from '../../smart/plan/plan-everything.ts'
import { type GuardedSearch, isListPlan, searchesOf } from '../../smart/plan/plan-search.ts'
import { type Answer, fhirAnswer, textOf } from '../answers/answer.ts'
import { upstreamDown } from '../answers/body.ts'
import { disclosed } from '../audit/trail.ts'
import type { Decide } from '../identity/decide.ts'
import type { Includes } from '../lists/includes.ts'
import { type FetchJudgedPage, type JudgedRecord, judgeMatches } from '../lists/judged-page.ts'
import { fingerprint, type Gathered, type PageLinks, pageGone } from '../lists/page-links.ts'
import type { Page } from '../lists/paging.ts'
import { searchEntry, searchset } from '../lists/searchset.ts'
import type { UpstreamCall } from '../upstream/upstream.ts'
import { callOf, pageCall } from '../upstream/upstream-call.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'
import type { ReadPatient } from './visible-patient.ts'

export type GatherDeps = {
  fhirBase: string
  decide: Decide
  fetchPage: FetchJudgedPage
  includes: Includes
  links: PageLinks
  rewriteUrls: RewriteUrls
  /** Types that the FHIR server behind can be searched by; undefined while it does not say. */
  searchableTypes(): Promise<ReadonlySet<string> | undefined>
  readPatient: ReadPatient
}

export type GatherRequest = {
  access: Access
  interaction: Gathered
  gather: Gather
  holder: string
  page: Page | undefined
  signal: AbortSignal
}

/** Where a page goes on: searches begun and not at their end, and the first one not begun. `part`: of those of one type. */
const Place = z.object({
  begun: z.array(z.object({ at: z.number(), part: z.number(), target: z.string(), decided: z.string() })),
  next: z.number(),
})
type Begun = z.infer<typeof Place>['begun'][number]

/** Searches at one time. */
const PARALLEL = 6
/** Most searches for one page. */
const MAX_SEARCHES = 60

type Fetched = { records: JudgedRecord[]; goesOn: Begun[] }

export function createGather(deps: GatherDeps): (request: GatherRequest) => Promise<Answer> {
  return async (request) => {
    const { access, interaction, gather, holder, page, signal } = request
    const patient = await deps.readPatient({ access, patient: gather.patient, signal })
    if (patient.status !== 200) return patient
    const decided = fingerprint(gather)
    if (page !== undefined && page.decided !== decided) return pageGone()
    const types = await deps.searchableTypes()
    if (types === undefined) return upstreamDown()

    const first = page === undefined && gather.showsPatient ? [recordOf(textOf(patient))] : []
    const place = page === undefined ? { begun: [], next: 0 } : Place.parse(JSON.parse(page.target))
    const collected = await collect(request, types, place, gather.count - first.length)
    if ('status' in collected) return collected
    const matches = [...first, ...collected.records]
    for (const { resource } of matches) disclosed(resource)
    const included = await deps.includes.find({
      access,
      search: interaction,
      includes: gather.includes,
      matches: matches.map(({ resource }) => resource),
      signal,
    })
    if ('status' in included) return included

    const { begun, next } = collected.place
    const isOver = begun.length === 0 && next >= gather.searches.length
    const of = { interaction, decided, holder }
    const link = [
      { relation: 'self', url: deps.links.selfUrl(interaction) },
      ...(isOver ? [] : [deps.links.link('next', JSON.stringify(collected.place), of)]),
    ]
    const entries = [...matches.map((record) => searchEntry(deps.fhirBase, record, 'match')), ...included]
    return fhirAnswer(200, deps.rewriteUrls(searchset(entries, { link })))
  }

  async function collect(
    request: GatherRequest,
    types: ReadonlySet<string>,
    place: z.infer<typeof Place>,
    count: number,
  ): Promise<{ records: JudgedRecord[]; place: z.infer<typeof Place> } | Answer> {
    const { searches } = request.gather
    const records: JudgedRecord[] = []
    let { begun, next } = place
    for (let asked = 0; records.length < count && asked < MAX_SEARCHES; ) {
      const goingOn = begun.slice(0, PARALLEL)
      const beginning: number[] = []
      for (; next < searches.length && goingOn.length + beginning.length < PARALLEL; next += 1)
        if (types.has(searches[next]?.type ?? '')) beginning.push(next)
      const together = goingOn.length + beginning.length
      if (together === 0) break
      asked += together
      const share = Math.max(1, Math.floor((count - records.length) / together))
      const fetched = await Promise.all([
        ...goingOn.map((one) => goOn(one, request)),
        ...beginning.map((at) => begin(at, share, request)),
      ])
      const goesOn: Begun[] = []
      for (const one of fetched) {
        if ('status' in one) return one
        records.push(...one.records)
        goesOn.push(...one.goesOn)
      }
      begun = [...goesOn, ...begun.slice(PARALLEL)]
    }
    return { records, place: { begun, next } }
  }

  async function begin(at: number, count: number, request: GatherRequest): Promise<Fetched | Answer> {
    const searches = await searchesAt(at, request)
    if ('status' in searches) return searches
    const all: Fetched = { records: [], goesOn: [] }
    for (const [part, { request: asked }] of searches.entries()) {
      const query = asked.query.filter(([name]) => name !== '_count')
      const call = callOf({ ...asked, query: [...query, ['_count', String(count)]] })
      const fetched = await fetch({ at, part }, call, searches, request)
      if ('status' in fetched) return fetched
      all.records.push(...fetched.records)
      all.goesOn.push(...fetched.goesOn)
    }
    return all
  }

  async function goOn({ at, part, target, decided }: Begun, request: GatherRequest): Promise<Fetched | Answer> {
    const searches = await searchesAt(at, request)
    if ('status' in searches) return searches
    // Who may be seen has changed since: the upstream's cursor is for another search than the one allowed now.
    if (fingerprint(searches[part]?.request) !== decided) return pageGone()
    return fetch({ at, part }, pageCall(target), searches, request)
  }

  async function fetch(
    { at, part }: { at: number; part: number },
    call: UpstreamCall,
    searches: readonly GuardedSearch[],
    { signal }: GatherRequest,
  ): Promise<Fetched | Answer> {
    const { request, guard } = searches[part] as GuardedSearch
    const earlier = searches.slice(0, part).map((one) => one.guard)
    const judged = await deps.fetchPage(call, judgeMatches(guard, earlier), { type: guard.type, signal })
    if ('status' in judged) return judged
    const target = judged.next
    const goesOn = target === undefined ? [] : [{ at, part, target, decided: fingerprint(request) }]
    return { records: [...judged.records], goesOn }
  }

  /** One, or several where scopes take several; none where it is denied. */
  async function searchesAt(at: number, { access, gather }: GatherRequest): Promise<readonly GuardedSearch[] | Answer> {
    const decided = await deps.decide(access, gather.searches[at] as Gather['searches'][number])
    if ('status' in decided) return decided
    return isListPlan(decided) ? searchesOf(decided) : []
  }
}

function recordOf(text: string): JudgedRecord {
  const resource = JSON.parse(text) as { resourceType: string; id: string }
  return { key: `${resource.resourceType}/${resource.id}`, resource, text }
}
