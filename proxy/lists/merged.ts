// A list that several searches find together, as when several narrowed scopes allow different things: put together, put in
// order and paged here, so that no count, page or link tells which search found what.

import type { Access } from '../../smart/access/access.ts'
import { inOrder } from '../../smart/fhir/order.ts'
import type { MergePlan } from '../../smart/plan/plan-search.ts'
import { type Answer, fhirAnswer } from '../answers/answer.ts'
import { disclosed } from '../audit/trail.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'
import type { FindAll } from './find-all.ts'
import type { Includes } from './includes.ts'
import { fingerprint, type Listing, type PageLinks, pageOf } from './page-links.ts'
import type { Page } from './paging.ts'
import { searchEntry, searchset } from './searchset.ts'

export type MergedDeps = {
  findAll: FindAll
  includes: Includes
  links: PageLinks
  fhirBase: string
  rewriteUrls: RewriteUrls
}

export type MergedRequest = {
  access: Access
  listing: Listing
  plan: MergePlan
  holder: string
  /** Undefined: the first page. */
  page: Page | undefined
  signal: AbortSignal
}

export function createMerged(deps: MergedDeps): (request: MergedRequest) => Promise<Answer> {
  const { findAll, links, fhirBase } = deps
  return async ({ access, listing, plan, holder, page, signal }) => {
    const found = await findAll(plan.searches, signal)
    if ('status' in found) return found
    const records = inOrder(found, plan.order)
    const { items, link } = pageOf({ items: plan.countOnly ? [] : records, count: plan.count, page }, links, {
      interaction: listing,
      decided: fingerprint(plan.searches.map(({ request }) => request)),
      holder,
    })
    const matches = items.map(({ resource }) => resource)
    for (const match of matches) disclosed(match)
    const { includes } = plan
    const included = await deps.includes.find({ access, search: listing, includes, matches, signal })
    if ('status' in included) return included
    const entries = [...items.map((record) => searchEntry(fhirBase, record, 'match')), ...included]
    const total = plan.hasTotal || plan.countOnly ? { total: records.length } : {}
    return fhirAnswer(200, deps.rewriteUrls(searchset(entries, { link, ...total })))
  }
}
