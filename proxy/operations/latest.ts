// $lastn: the latest of each code. The search brings them newest first, so that the first ones of a code are its latest.

import { elementsAt } from '../../smart/fhir/elements.ts'
import { inOrder } from '../../smart/fhir/order.ts'
import { MAX_COUNT } from '../../smart/fhir/search.ts'
import type { ListPlan } from '../../smart/plan/plan-search.ts'
import { type Answer, fhirAnswer, refusal } from '../answers/answer.ts'
import { disclosed } from '../audit/trail.ts'
import type { FindAll } from '../lists/find-all.ts'
import { type FetchJudgedPage, type JudgedRecord, judgeMatches } from '../lists/judged-page.ts'
import { searchEntry, searchset } from '../lists/searchset.ts'
import type { UpstreamCall } from '../upstream/upstream.ts'
import { callOf, pageCall } from '../upstream/upstream-call.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'

export type LatestRequest = {
  plan: ListPlan
  /** How many of each code. */
  max: number
  selfUrl: string
  signal: AbortSignal
}

/** Pages of the search that are gone through. */
const MAX_PAGES = 20
const MAX_RECORDS = 2_000

export function createLatest(deps: {
  fhirBase: string
  fetchPage: FetchJudgedPage
  findAll: FindAll
  rewriteUrls: RewriteUrls
}): (request: LatestRequest) => Promise<Answer> {
  async function latestOf({ plan, max, signal }: LatestRequest): Promise<JudgedRecord[] | Answer> {
    const groups = new Map<string, { count: number }>()
    const isKept = ({ resource }: JudgedRecord) => isAmongLatest(resource, groups, max)
    if (plan.kind === 'merge') {
      const found = await deps.findAll(plan.searches, signal)
      return 'status' in found ? found : inOrder(found, plan.order).filter(isKept)
    }
    const kept: JudgedRecord[] = []
    const { path, query } = plan.request
    let call: UpstreamCall | undefined = callOf({ path, query: [...query, ['_count', String(MAX_COUNT)]] })
    for (let page = 0; call !== undefined; page += 1) {
      if (page === MAX_PAGES || kept.length > MAX_RECORDS)
        return refusal(
          422,
          'too-costly',
          'There are too many observations; ask for a category or code, or less of each.',
        )
      const fetched = await deps.fetchPage(call, judgeMatches(plan.guard), { type: plan.guard.type, signal })
      if ('status' in fetched) return fetched
      kept.push(...fetched.records.filter(isKept))
      call = fetched.next === undefined ? undefined : pageCall(fetched.next)
    }
    return kept
  }

  return async (request) => {
    const kept = await latestOf(request)
    if ('status' in kept) return kept
    for (const { resource } of kept) disclosed(resource)
    const entries = kept.map((record) => searchEntry(deps.fhirBase, record, 'match'))
    const link = [{ relation: 'self', url: request.selfUrl }]
    return fhirAnswer(200, deps.rewriteUrls(searchset(entries, { link, total: kept.length })))
  }
}

/** Two records are of one code when they share a coding; without codings, when their texts are the same. */
function isAmongLatest(resource: unknown, groups: Map<string, { count: number }>, max: number): boolean {
  const codings = elementsAt(resource, ['code', 'coding']) as ({ system?: unknown; code?: unknown } | null)[]
  const keys = codings.map((coding) => JSON.stringify([coding?.system, coding?.code]))
  const names = keys.length > 0 ? keys : [JSON.stringify(elementsAt(resource, ['code', 'text']))]
  const group = names.map((name) => groups.get(name)).find((one) => one !== undefined) ?? { count: 0 }
  for (const name of names) groups.set(name, group)
  group.count += 1
  return group.count <= max
}
