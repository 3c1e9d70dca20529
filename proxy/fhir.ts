// One FHIR request from parsed interaction to answer: reach, plan, forward, guard, rewrite. Decisions are smart/'s.

import type { Access } from '../smart/access.ts'
import { allowsResource, type Guard, judgeSearchset } from '../smart/guard.ts'
import { type Interaction, parseInteraction } from '../smart/interaction.ts'
import type { Plan } from '../smart/plan.ts'
import { parseHistoryParameters } from '../smart/plan-history.ts'
import { judgeUnconfined } from '../smart/unconfined.ts'
import type { VersionsGuard } from '../smart/versions.ts'
import { type Answer, fhirAnswer, notFound, refusal } from './answer.ts'
import { type Alarm, readBody, unusable, versionHeaders } from './body.ts'
import { linkOf } from './bundle-pages.ts'
import type { ProxyConfig } from './config.ts'
import type { Decide } from './decide.ts'
import { denied } from './denied.ts'
import type { Includes } from './includes.ts'
import type { Page, PageSeal } from './paging.ts'
import { encodeQuery } from './query.ts'
import { type BundleLink, rebuildSearchset } from './searchset.ts'
import type { Upstream } from './upstream.ts'
import { callOf } from './upstream-call.ts'
import type { RewriteUrls } from './url-rewriter.ts'
import type { createFindVersions } from './versions.ts'
import type { Writer } from './write.ts'
import type { Written } from './written.ts'

export type FhirDeps = {
  upstream: Upstream
  decide: Decide
  includes: Includes
  findVersions: ReturnType<typeof createFindVersions>
  seal: PageSeal
  rewriteUrls: RewriteUrls
  clock: () => Date
  write: Writer['write']
  /** A fault of the upstream that an operator must see. Never holds resource content. */
  alarm: Alarm
}

export type FhirRequest = {
  access: Access
  interaction: Interaction
  /** The grant and its holder, as one string: paging links work for nobody else. */
  holder: string
  signal: AbortSignal
  /** What a write brings along. */
  written?: Written
}

/** What the upstream pages. */
type Listing = Extract<Interaction, { kind: 'search' | 'system-search' | 'type-history' | 'system-history' }>
type History = Extract<Interaction, { kind: 'instance-history' }>
type Forward = Extract<Plan, { kind: 'forward' }>
type ListingGuard = Extract<Guard, { kind: 'searchset' | 'unconfined' }>

const PAGE_LIFETIME_SECONDS = 3_600
const PAGING_RELATIONS = ['next', 'previous', 'prev', 'first', 'last']

export function createFhir(config: ProxyConfig, deps: FhirDeps): (request: FhirRequest) => Promise<Answer> {
  const { decide } = deps

  async function answerRead(
    interaction: Interaction,
    forward: Forward,
    guard: Extract<Guard, { kind: 'resource' }>,
    { access, signal }: FhirRequest,
  ) {
    let answer: Answer = notFound()
    for (const request of [...forward.before, forward.request]) {
      const upstreamAnswer = await deps.upstream.send(callOf(request), signal)
      const body = readBody(upstreamAnswer, deps.alarm)
      if (body.kind === 'refused') return body.answer
      const isVisible =
        guard.by === 'itself'
          ? allowsResource(guard, body.value)
          : await deps.includes.isVisible({ access, interaction, guard, resource: body.value, signal })
      if (typeof isVisible !== 'boolean') return isVisible
      if (!isVisible) return notFound()
      answer = fhirAnswer(200, deps.rewriteUrls(body.text), versionHeaders(upstreamAnswer))
    }
    return answer
  }

  async function answerListing(
    listing: Listing,
    forward: Forward,
    guard: ListingGuard,
    request: FhirRequest,
    page?: Page,
  ) {
    const call = page === undefined ? callOf(forward.request) : { method: 'GET' as const, target: page.target }
    const body = readBody(await deps.upstream.send(call, request.signal), deps.alarm)
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
    const included = await includedIn(listing, guard, matchesOf(body.value, verdict.outcomes), request)
    if ('status' in included) return included
    const links = [
      { relation: 'self', url: selfUrl(listing) },
      ...pageLinks(listing, forward, body.value, request.holder),
    ]
    return fhirAnswer(200, deps.rewriteUrls(rebuildSearchset(body, verdict, links, included)))
  }

  /** Entries of what comes along, as JSON texts. */
  async function includedIn(
    search: Listing,
    guard: ListingGuard,
    matches: readonly unknown[],
    { access, signal }: FhirRequest,
  ): Promise<readonly string[] | Answer> {
    const includes = guard.kind === 'searchset' ? guard.includes : []
    if (includes.length === 0 || matches.length === 0) return []
    const included = await deps.includes.find({ access, search, includes, matches, signal })
    if (included.kind === 'refused') return included.answer
    return included.records.map(
      ({ key, text }) =>
        `{"fullUrl":${JSON.stringify(`${config.fhirBase}/${key}`)},"resource":${text},"search":{"mode":"include"}}`,
    )
  }

  async function answerVersions(
    history: History,
    forward: Forward,
    guard: VersionsGuard,
    { holder, signal }: FhirRequest,
    start = 0,
  ): Promise<Answer> {
    const parameters = parseHistoryParameters(history.parameters)
    const found = await deps.findVersions({ current: forward.before, history: forward.request, guard, signal })
    if ('status' in found || parameters === undefined) return 'status' in found ? found : pageGone()
    const { count, since } = parameters
    const earliest = since === undefined ? undefined : Date.parse(since)
    const versions = found.filter(({ time }) => earliest === undefined || time === undefined || time >= earliest)
    const link = [
      { relation: 'self', url: selfUrl(history) },
      ...(start + count < versions.length ? [pageLink('next', String(start + count), history, forward, holder)] : []),
      ...(start > 0 ? [pageLink('previous', String(Math.max(0, start - count)), history, forward, holder)] : []),
    ]
    const page = versions.slice(start, start + count).map(({ text }) => text)
    const entry = page.length === 0 ? '' : `,"entry":[${page.join(',')}]`
    // No total: what was left out must not be counted, and what remains is on the pages.
    const bundle = `{"resourceType":"Bundle","type":"history","link":${JSON.stringify(link)}${entry}}`
    return fhirAnswer(200, deps.rewriteUrls(bundle))
  }

  function selfUrl(interaction: Listing | History): string {
    const path = pathOf(interaction)
    const query = encodeQuery(interaction.parameters)
    return `${config.fhirBase}${path === '' ? '' : `/${path}`}${query === '' ? '' : `?${query}`}`
  }

  function pageLinks(listing: Listing, forward: Forward, bundle: unknown, holder: string) {
    return PAGING_RELATIONS.flatMap((relation) => {
      const target = linkOf(bundle, relation, config.upstreamUrl)
      const isOurs = target !== undefined && target !== 'elsewhere'
      return isOurs ? [pageLink(relation, target, listing, forward, holder)] : []
    })
  }

  function pageLink(
    relation: string,
    target: string,
    interaction: Listing | History,
    forward: Forward,
    holder: string,
  ): BundleLink {
    const handle = deps.seal.seal({
      target,
      path: pathOf(interaction),
      parameters: interaction.parameters.map(([name, value]): [string, string] => [name, value]),
      decided: JSON.stringify(forward.request),
      holder,
      expiresAtEpochSeconds: Math.floor(deps.clock().getTime() / 1000) + PAGE_LIFETIME_SECONDS,
    })
    return { relation, url: `${config.fhirBase}/_page/${handle}` }
  }

  async function answerPage(handle: string, request: FhirRequest): Promise<Answer> {
    const page = deps.seal.open(handle, deps.clock())
    if (page === undefined || page.holder !== request.holder) return pageGone()
    const interaction = interactionOf(page)
    if (interaction === undefined) return pageGone()
    const decided = await decide(request.access, interaction)
    if ('status' in decided) return decided
    if (decided.kind === 'deny') return denied(decided)
    // Who may be seen has changed since: the upstream's cursor is for another search than the one allowed now.
    if (decided.kind === 'write' || JSON.stringify(decided.request) !== page.decided) return pageGone()
    return answerForward(interaction, decided, request, page)
  }

  async function answerForward(
    interaction: Interaction,
    forward: Forward,
    request: FhirRequest,
    page?: Page,
  ): Promise<Answer> {
    const { guard } = forward
    if (guard.kind === 'resource') return answerRead(interaction, forward, guard, request)
    if (guard.kind === 'versions' && interaction.kind === 'instance-history')
      return answerVersions(interaction, forward, guard, request, Number(page?.target ?? 0))
    if (guard.kind !== 'versions' && isListing(interaction))
      return answerListing(interaction, forward, guard, request, page)
    return refusal(403, 'not-supported', 'This interaction is not supported here.')
  }

  return async (request) => {
    const { access, interaction } = request
    if (interaction.kind === 'page') return answerPage(interaction.handle, request)
    const decided = await decide(access, interaction)
    if ('status' in decided) return decided
    if (decided.kind === 'deny') return denied(decided)
    if (decided.kind === 'write') {
      const { written } = request
      if (written === undefined) return refusal(400, 'invalid', 'The body cannot be read.')
      return deps.write({ plan: decided, ...written, signal: request.signal })
    }
    return answerForward(interaction, decided, request)
  }
}

function isListing(interaction: Interaction): interaction is Listing {
  return ['search', 'system-search', 'type-history', 'system-history'].includes(interaction.kind)
}

/** Below the base. */
function pathOf(interaction: Listing | History): string {
  switch (interaction.kind) {
    case 'search':
      return interaction.type
    case 'system-search':
      return ''
    case 'type-history':
      return `${interaction.type}/_history`
    case 'system-history':
      return '_history'
    case 'instance-history':
      return `${interaction.type}/${interaction.id}/_history`
  }
}

/** The request that a page goes on with. */
function interactionOf({ path, parameters }: Page): Listing | History | undefined {
  const parsed = parseInteraction('GET', `/${path}`, '')
  if (!parsed.ok) return undefined
  const { interaction } = parsed
  return isListing(interaction) || interaction.kind === 'instance-history' ? { ...interaction, parameters } : undefined
}

function matchesOf(bundle: unknown, outcomes: ReadonlySet<number>): unknown[] {
  const { entry = [] } = bundle as { entry?: { resource: unknown }[] }
  return entry.flatMap(({ resource }, at) => (outcomes.has(at) ? [] : [resource]))
}

function pageGone(): Answer {
  return refusal(410, 'expired', 'This page is not available any more; please search again.')
}
