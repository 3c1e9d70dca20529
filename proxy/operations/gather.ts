// All of a patient's compartment, page by page: a search for each type, each decided and judged by itself. A type that the
// FHIR server behind does not know is not asked for.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Access } from '../../smart/access.ts'
import type { Interaction } from '../../smart/interaction.ts'
import type { Plan } from '../../smart/plan.ts'
import type { Gather } from '../../smart/plan-everything.ts'
import { type Answer, fhirAnswer, notFound } from '../answer.ts'
import { upstreamDown } from '../body.ts'
import type { Decide } from '../decide.ts'
import { denied } from '../denied.ts'
import type { Includes } from '../includes.ts'
import { type FetchJudgedPage, type JudgedPage, type JudgedRecord, judgeMatches } from '../judged-page.ts'
import { type Gathered, type PageLinks, pageGone } from '../page-links.ts'
import type { Page } from '../paging.ts'
import type { createRead } from '../read.ts'
import { callOf } from '../upstream-call.ts'
import type { RewriteUrls } from '../url-rewriter.ts'

export type GatherDeps = {
  fhirBase: string
  decide: Decide
  fetchPage: FetchJudgedPage
  includes: Includes
  links: PageLinks
  rewriteUrls: RewriteUrls
  /** Types that the FHIR server behind can be searched by; undefined while it does not say. */
  searchableTypes(): Promise<ReadonlySet<string> | undefined>
  read: ReturnType<typeof createRead>
}

export type GatherRequest = {
  access: Access
  interaction: Gathered
  gather: Gather
  holder: string
  page: Page | undefined
  signal: AbortSignal
}

/** Where a page goes on: searches begun and not at their end, and the first one not begun. */
const Place = z.object({
  begun: z.array(z.object({ at: z.number(), target: z.string(), decided: z.string() })),
  next: z.number(),
})
type Begun = z.infer<typeof Place>['begun'][number]

/** Searches at one time. */
const PARALLEL = 6
/** Most searches for one page. */
const MAX_SEARCHES = 60

type Search = Gather['searches'][number]
type Forward = Extract<Plan, { kind: 'forward' }>
type Fetched = { records: readonly JudgedRecord[]; goesOn: Begun | undefined }

export function createGather(deps: GatherDeps): (request: GatherRequest) => Promise<Answer> {
  return async (request) => {
    const { access, interaction, gather, holder, page, signal } = request
    const patient = await readPatient(request)
    if (patient.status !== 200) return patient
    const decided = fingerprint(gather)
    if (page !== undefined && page.decided !== decided) return pageGone()
    const types = await deps.searchableTypes()
    if (types === undefined) return upstreamDown()

    const first = page === undefined && gather.showsPatient ? [recordOf(patient.body)] : []
    const place = page === undefined ? { begun: [], next: 0 } : Place.parse(JSON.parse(page.target))
    const collected = await collect(request, types, place, gather.count - first.length)
    if ('status' in collected) return collected
    const matches = [...first, ...collected.records]
    const included = await deps.includes.find({
      access,
      search: interaction,
      includes: gather.includes,
      matches: matches.map(({ resource }) => resource),
      signal,
    })
    if (included.kind === 'refused') return included.answer

    const { begun, next } = collected.place
    const isOver = begun.length === 0 && next >= gather.searches.length
    const of = { interaction, decided, holder }
    const link = [
      { relation: 'self', url: deps.links.selfUrl(interaction) },
      ...(isOver ? [] : [deps.links.link('next', JSON.stringify(collected.place), of)]),
    ]
    const entries = [
      ...matches.map((record) => entryText(record, 'match')),
      ...included.records.map((record) => entryText(record, 'include')),
    ]
    const entry = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`
    const bundle = `{"resourceType":"Bundle","type":"searchset","link":${JSON.stringify(link)}${entry}}`
    return fhirAnswer(200, deps.rewriteUrls(bundle))
  }

  async function readPatient({ access, gather, signal }: GatherRequest): Promise<Answer> {
    const forward = await deps.decide(access, gather.patient)
    if ('status' in forward) return forward
    if (forward.kind === 'deny') return denied(forward)
    if (forward.kind !== 'forward' || forward.guard.kind !== 'resource') return notFound()
    return deps.read({ access, interaction: gather.patient, forward, guard: forward.guard, signal })
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
        if (one.goesOn !== undefined) goesOn.push(one.goesOn)
      }
      begun = [...goesOn, ...begun.slice(PARALLEL)]
    }
    return { records, place: { begun, next } }
  }

  async function begin(at: number, count: number, request: GatherRequest): Promise<Fetched | Answer> {
    const search = request.gather.searches[at] as Search
    const forward = await forwardOf(search, request)
    if (forward === undefined || 'status' in forward) return forward ?? { records: [], goesOn: undefined }
    const { path, query } = forward.request
    const call = callOf({ path, query: [...query, ['_count', String(count)]] })
    return goingOn(
      at,
      await deps.fetchPage(call, judgeMatches(forward.guard), { ...request, type: search.type }),
      forward,
    )
  }

  async function goOn({ at, target, decided }: Begun, request: GatherRequest): Promise<Fetched | Answer> {
    const search = request.gather.searches[at] as Search
    const forward = await forwardOf(search, request)
    if (forward !== undefined && 'status' in forward) return forward
    // Who may be seen has changed since: the upstream's cursor is for another search than the one allowed now.
    if (forward === undefined || fingerprint(forward.request) !== decided) return pageGone()
    const judged = await deps.fetchPage({ method: 'GET', target }, judgeMatches(forward.guard), {
      ...request,
      type: search.type,
    })
    return goingOn(at, judged, forward)
  }

  function goingOn(at: number, judged: JudgedPage | Answer, forward: Forward): Fetched | Answer {
    if ('status' in judged) return judged
    const target = judged.next?.target
    const goesOn = target === undefined ? undefined : { at, target, decided: fingerprint(forward.request) }
    return { records: judged.records, goesOn }
  }

  /** Undefined: what is denied gives nothing. */
  async function forwardOf(interaction: Interaction, { access }: GatherRequest): Promise<Forward | Answer | undefined> {
    const decided = await deps.decide(access, interaction)
    if ('status' in decided) return decided
    return decided.kind === 'forward' ? decided : undefined
  }

  function entryText({ key, text }: JudgedRecord, mode: 'match' | 'include'): string {
    return `{"fullUrl":${JSON.stringify(`${deps.fhirBase}/${key}`)},"resource":${text},"search":{"mode":"${mode}"}}`
  }
}

function recordOf(text: string): JudgedRecord {
  const resource = JSON.parse(text) as { resourceType: string; id: string }
  return { key: `${resource.resourceType}/${resource.id}`, resource, text }
}

/** Short enough for a link. */
function fingerprint(decided: unknown): string {
  return createHash('sha256').update(JSON.stringify(decided)).digest('base64url').slice(0, 22)
}
