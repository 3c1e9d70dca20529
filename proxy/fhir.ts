// One FHIR request from parsed interaction to answer: reach, plan, forward, guard, rewrite. Decisions are smart/'s.

import type { Access } from '../smart/access.ts'
import { allowsResource, type Guard, judgeSearchset } from '../smart/guard.ts'
import type { Interaction } from '../smart/interaction.ts'
import type { Plan } from '../smart/plan.ts'
import { type Answer, fhirAnswer, notFound, refusal } from './answer.ts'
import { readBody, versionHeaders } from './body.ts'
import type { ProxyConfig } from './config.ts'
import type { Decide } from './decide.ts'
import { denied } from './denied.ts'
import type { FindIncluded } from './includes.ts'
import type { Page, PageSeal } from './paging.ts'
import { encodeQuery } from './query.ts'
import { targetBelow } from './reach-facts.ts'
import { rebuildSearchset } from './searchset.ts'
import type { Upstream } from './upstream.ts'
import { callOf } from './upstream-call.ts'
import type { RewriteUrls } from './url-rewriter.ts'
import type { WriteRequest, Writer } from './write.ts'

export type FhirDeps = {
  upstream: Upstream
  decide: Decide
  findIncluded: FindIncluded
  seal: PageSeal
  rewriteUrls: RewriteUrls
  clock: () => Date
  write: Writer['write']
  /** A fault of the upstream that an operator must see. Never holds resource content. */
  alarm: (event: string, detail: Record<string, unknown>) => void
}

export type FhirRequest = {
  access: Access
  interaction: Interaction
  /** The grant and its holder, as one string: paging links work for nobody else. */
  holder: string
  signal: AbortSignal
  /** What a write brings along. */
  written?: Omit<WriteRequest, 'plan' | 'signal'>
}

type Search = Extract<Interaction, { kind: 'search' }>
type Forward = Extract<Plan, { kind: 'forward' }>
type SearchsetGuard = Extract<Guard, { kind: 'searchset' }>

const PAGE_LIFETIME_SECONDS = 3_600
const PAGING_RELATIONS = ['next', 'previous', 'prev', 'first', 'last']

export function createFhir(config: ProxyConfig, deps: FhirDeps): (request: FhirRequest) => Promise<Answer> {
  const { decide } = deps

  async function answerRead(forward: Forward, guard: Extract<Guard, { kind: 'resource' }>, signal: AbortSignal) {
    let answer: Answer = notFound()
    for (const request of [...forward.before, forward.request]) {
      const upstreamAnswer = await deps.upstream.send(callOf(request), signal)
      const body = readBody(upstreamAnswer, deps.alarm)
      if (body.kind === 'refused') return body.answer
      if (!allowsResource(guard, body.value)) return notFound()
      answer = fhirAnswer(200, deps.rewriteUrls(body.text), versionHeaders(upstreamAnswer))
    }
    return answer
  }

  async function answerSearch(
    search: Search,
    forward: Forward,
    guard: SearchsetGuard,
    request: FhirRequest,
    page?: Page,
  ) {
    const call = page === undefined ? callOf(forward.request) : { method: 'GET' as const, target: page.target }
    const body = readBody(await deps.upstream.send(call, request.signal), deps.alarm)
    if (body.kind === 'refused') return body.answer
    const verdict = judgeSearchset(guard, body.value)
    if (verdict.kind === 'refuse') {
      deps.alarm('search-not-confined', {
        type: search.type,
        reason: verdict.reason,
        parameters: guard.confining.map(([name]) => name),
      })
      return refusal(502, 'exception', 'The FHIR server did not answer this search in a way that can be passed on.')
    }
    const included = await includedIn(search, guard, matchesOf(body.value, verdict.outcomes), request)
    if ('status' in included) return included
    const links = [
      { relation: 'self', url: selfUrl(search) },
      ...pageLinks(search, forward, body.value, request.holder),
    ]
    return fhirAnswer(200, deps.rewriteUrls(rebuildSearchset(body, verdict, links, included)))
  }

  /** Entries of what comes along, as JSON texts. */
  async function includedIn(
    search: Search,
    { includes }: SearchsetGuard,
    matches: readonly unknown[],
    { access, signal }: FhirRequest,
  ): Promise<readonly string[] | Answer> {
    if (includes.length === 0 || matches.length === 0) return []
    const included = await deps.findIncluded({ access, search, includes, matches, signal })
    if (included.kind === 'refused') return included.answer
    return included.records.map(
      ({ key, text }) =>
        `{"fullUrl":${JSON.stringify(`${config.fhirBase}/${key}`)},"resource":${text},"search":{"mode":"include"}}`,
    )
  }

  function selfUrl({ type, parameters }: Search): string {
    const query = encodeQuery(parameters)
    return `${config.fhirBase}/${type}${query === '' ? '' : `?${query}`}`
  }

  function pageLinks(search: Search, forward: Forward, bundle: unknown, holder: string) {
    const link = (bundle as { link?: unknown }).link
    const links = (Array.isArray(link) ? link : []) as ({ relation?: unknown; url?: unknown } | null)[]
    return PAGING_RELATIONS.flatMap((relation) => {
      const url = links.find((one) => one?.relation === relation)?.url
      const target = typeof url === 'string' ? targetBelow(config.upstreamUrl, url) : undefined
      if (target === undefined) return []
      const handle = deps.seal.seal({
        target,
        type: search.type,
        parameters: search.parameters.map(([name, value]): [string, string] => [name, value]),
        decided: JSON.stringify(forward.request),
        holder,
        expiresAtEpochSeconds: Math.floor(deps.clock().getTime() / 1000) + PAGE_LIFETIME_SECONDS,
      })
      return [{ relation, url: `${config.fhirBase}/_page/${handle}` }]
    })
  }

  async function answerPage(handle: string, request: FhirRequest): Promise<Answer> {
    const page = deps.seal.open(handle, deps.clock())
    if (page === undefined || page.holder !== request.holder) return pageGone()
    const search: Search = { kind: 'search', type: page.type, parameters: page.parameters, form: false }
    const decided = await decide(request.access, search)
    if ('status' in decided) return decided
    if (decided.kind === 'deny') return denied(decided)
    // Who may be seen has changed since: the upstream's cursor is for another search than the one allowed now.
    if (
      decided.kind === 'write' ||
      decided.guard.kind !== 'searchset' ||
      JSON.stringify(decided.request) !== page.decided
    )
      return pageGone()
    return answerSearch(search, decided, decided.guard, request, page)
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
    if (decided.guard.kind === 'resource') return answerRead(decided, decided.guard, request.signal)
    if (interaction.kind === 'search') return answerSearch(interaction, decided, decided.guard, request)
    return refusal(403, 'not-supported', 'This interaction is not supported here.')
  }
}

function matchesOf(bundle: unknown, outcomes: ReadonlySet<number>): unknown[] {
  const { entry = [] } = bundle as { entry?: { resource: unknown }[] }
  return entry.flatMap(({ resource }, at) => (outcomes.has(at) ? [] : [resource]))
}

function pageGone(): Answer {
  return refusal(410, 'expired', 'This page is not available any more; please search again.')
}
