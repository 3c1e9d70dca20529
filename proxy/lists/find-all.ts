// All that some searches find, fetched whole and judged page by page: for lists that no one search of the upstream gives.

import type { GuardedSearch } from '../../smart/plan/plan-search.ts'
import { type Answer, refusal } from '../answers/answer.ts'
import type { UpstreamCall } from '../upstream/upstream.ts'
import { callOf, pageCall } from '../upstream/upstream-call.ts'
import { type FetchJudgedPage, type JudgedRecord, judgeMatches } from './judged-page.ts'

export type FindAll = (searches: readonly GuardedSearch[], signal: AbortSignal) => Promise<JudgedRecord[] | Answer>

/** Most entries that are put together. All of them may be seen, so that the bound tells of nothing else. */
const MAX_ENTRIES = 2_000
/** For servers whose pages are small. */
const MAX_PAGES = 40

/** Each record once, in the order in which the searches find them. */
export function createFindAll(fetchPage: FetchJudgedPage): FindAll {
  return async (searches, signal) => {
    const found = new Map<string, JudgedRecord>()
    let entries = 0
    for (const { request, guard } of searches) {
      let call: UpstreamCall | undefined = callOf(request)
      for (let page = 0; call !== undefined; page += 1) {
        if (page === MAX_PAGES) return tooCostly()
        const fetched = await fetchPage(call, judgeMatches(guard), { type: guard.type, signal })
        if ('status' in fetched) return fetched
        entries += fetched.records.length
        if (entries > MAX_ENTRIES) return tooCostly()
        for (const record of fetched.records) if (!found.has(record.key)) found.set(record.key, record)
        call = fetched.next === undefined ? undefined : pageCall(fetched.next)
      }
    }
    return [...found.values()]
  }
}

function tooCostly(): Answer {
  return refusal(422, 'too-costly', `This finds more than ${MAX_ENTRIES} records, or too many pages of them.`)
}
