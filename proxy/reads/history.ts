// The history of one record, in pages of ours: what was left out must not show in them.

import type { Plan } from '../../smart/plan/plan.ts'
import { parseHistoryParameters } from '../../smart/plan/plan-history.ts'
import type { VersionsGuard } from '../../smart/plan/versions.ts'
import { type Answer, fhirAnswer } from '../answers/answer.ts'
import { disclosed } from '../audit/trail.ts'
import { fingerprint, type History, type PageLinks, pageGone, pageOf } from '../lists/page-links.ts'
import type { Page } from '../lists/paging.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'
import type { createFindVersions } from './versions.ts'

export type HistoryDeps = {
  findVersions: ReturnType<typeof createFindVersions>
  links: PageLinks
  rewriteUrls: RewriteUrls
}

export type HistoryRequest = {
  history: History
  forward: Extract<Plan, { kind: 'forward' }>
  guard: VersionsGuard
  holder: string
  /** Undefined: the first page. */
  page: Page | undefined
  signal: AbortSignal
}

export function createHistory(deps: HistoryDeps): (request: HistoryRequest) => Promise<Answer> {
  return async ({ history, forward, guard, holder, page, signal }) => {
    const parameters = parseHistoryParameters(history.parameters)
    const found = await deps.findVersions({ current: forward.before, history: forward.request, guard, signal })
    if ('status' in found || parameters === undefined) return 'status' in found ? found : pageGone()
    const { count, since } = parameters
    const earliest = since === undefined ? undefined : Date.parse(since)
    const versions = found.filter(({ time }) => earliest === undefined || time === undefined || time >= earliest)
    const of = { interaction: history, decided: fingerprint([forward.request]), holder }
    const { items, link } = pageOf({ items: versions, count, page }, deps.links, of)
    for (const { resource } of items) disclosed(resource)
    const texts = items.map(({ text }) => text)
    const entry = texts.length === 0 ? '' : `,"entry":[${texts.join(',')}]`
    // No total: what was left out must not be counted, and what remains is on the pages.
    const bundle = `{"resourceType":"Bundle","type":"history","link":${JSON.stringify(link)}${entry}}`
    return fhirAnswer(200, deps.rewriteUrls(bundle))
  }
}
