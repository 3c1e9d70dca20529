// $lastn: the latest of each code. The search brings them newest first, so that the first ones of a code are its latest.

import { elementsAt } from '../../smart/condition.ts'
import type { Plan } from '../../smart/plan.ts'
import { MAX_COUNT } from '../../smart/search.ts'
import { type Answer, fhirAnswer, refusal } from '../answer.ts'
import { type FetchJudgedPage, type JudgedRecord, judgeMatches } from '../judged-page.ts'
import type { UpstreamCall } from '../upstream.ts'
import { callOf } from '../upstream-call.ts'
import type { RewriteUrls } from '../url-rewriter.ts'

export type LatestRequest = {
  type: string
  forward: Extract<Plan, { kind: 'forward' }>
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
  rewriteUrls: RewriteUrls
}): (request: LatestRequest) => Promise<Answer> {
  return async ({ type, forward, max, selfUrl, signal }) => {
    const groups = new Map<string, { count: number }>()
    const kept: JudgedRecord[] = []
    const { path, query } = forward.request
    let call: UpstreamCall | undefined = callOf({ path, query: [...query, ['_count', String(MAX_COUNT)]] })
    for (let page = 0; call !== undefined; page += 1) {
      if (page === MAX_PAGES || kept.length > MAX_RECORDS)
        return refusal(
          422,
          'too-costly',
          'There are too many observations; ask for a category or code, or less of each.',
        )
      const fetched = await deps.fetchPage(call, judgeMatches(forward.guard), { type, signal })
      if ('status' in fetched) return fetched
      for (const record of fetched.records) if (isAmongLatest(record.resource, groups, max)) kept.push(record)
      call = fetched.next
    }
    const entries = kept.map(
      ({ key, text }) =>
        `{"fullUrl":${JSON.stringify(`${deps.fhirBase}/${key}`)},"resource":${text},"search":{"mode":"match"}}`,
    )
    const link = JSON.stringify([{ relation: 'self', url: selfUrl }])
    const entry = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`
    return fhirAnswer(
      200,
      deps.rewriteUrls(`{"resourceType":"Bundle","type":"searchset","total":${kept.length},"link":${link}${entry}}`),
    )
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
