// A list that the upstream pages: each page is judged before it goes out, and what comes along is looked up beside it.

import type { Access } from '../smart/access.ts'
import { type Guard, judgeSearchset } from '../smart/guard.ts'
import type { Plan } from '../smart/plan.ts'
import { judgeUnconfined } from '../smart/unconfined.ts'
import { type Answer, fhirAnswer } from './answer.ts'
import { type Alarm, readBody, unusable } from './body.ts'
import { linkOf } from './bundle-pages.ts'
import type { Includes } from './includes.ts'
import { fingerprint, type Listing, type PageLinks, pathOf } from './page-links.ts'
import type { Page } from './paging.ts'
import { rebuildSearchset } from './searchset.ts'
import type { Upstream } from './upstream.ts'
import { callOf } from './upstream-call.ts'
import type { RewriteUrls } from './url-rewriter.ts'

export type ListingGuard = Extract<Guard, { kind: 'searchset' | 'unconfined' }>

export type ListingDeps = {
  upstream: Upstream
  upstreamUrl: string
  includes: Includes
  links: PageLinks
  rewriteUrls: RewriteUrls
  alarm: Alarm
}

export type ListingRequest = {
  access: Access
  listing: Listing
  forward: Extract<Plan, { kind: 'forward' }>
  guard: ListingGuard
  holder: string
  /** Undefined: the first page. */
  page: Page | undefined
  signal: AbortSignal
}

const PAGING_RELATIONS = ['next', 'previous', 'prev', 'first', 'last']

export function createListing(deps: ListingDeps): (request: ListingRequest) => Promise<Answer> {
  return async (request) => {
    const { access, listing, forward, guard, holder, page, signal } = request
    const call = page === undefined ? callOf(forward.request) : { method: 'GET' as const, target: page.target }
    const body = readBody(await deps.upstream.send(call, signal), deps.alarm)
    if (body.kind === 'refused') return body.answer
    const verdict = guard.kind === 'searchset' ? judgeSearchset(guard, body.value) : judgeUnconfined(guard, body.value)
    if (verdict.kind === 'refuse') {
      deps.alarm('search-not-confined', {
        path: pathOf(listing),
        reason: verdict.reason,
        parameters: guard.kind === 'searchset' ? guard.confining.map(([name]) => name) : [],
      })
      return unusable('search')
    }
    const matches = matchesOf(body.value, verdict.outcomes)
    const includes = guard.kind === 'searchset' ? guard.includes : []
    const included = await deps.includes.find({ access, search: listing, includes, matches, signal })
    if ('status' in included) return included
    const of = { interaction: listing, decided: fingerprint([forward.request]), holder }
    const paging = PAGING_RELATIONS.flatMap((relation) => {
      const target = linkOf(body.value, relation, deps.upstreamUrl)
      return target === undefined || target === 'elsewhere' ? [] : [deps.links.link(relation, target, of)]
    })
    const links = [{ relation: 'self', url: deps.links.selfUrl(listing) }, ...paging]
    return fhirAnswer(200, deps.rewriteUrls(rebuildSearchset(body, verdict, links, included)))
  }
}

function matchesOf(bundle: unknown, outcomes: ReadonlySet<number>): unknown[] {
  const { entry = [] } = bundle as { entry?: { resource: unknown }[] }
  return entry.flatMap(({ resource }, at) => (outcomes.has(at) ? [] : [resource]))
}
