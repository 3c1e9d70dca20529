// The history of one record: all of it is fetched and judged before any is shown. Entries are ours, but for the record in
// the upstream's own characters: what else a server writes there may tell of others.

import { allowsResource } from '../smart/guard.ts'
import type { UpstreamRequest } from '../smart/plan.ts'
import { timeOf, type VersionEntry, type VersionsGuard, visibleVersions } from '../smart/versions.ts'
import { type Answer, notFound, refusal } from './answer.ts'
import { type Alarm, type JsonBody, readBody } from './body.ts'
import { nextPageOf } from './bundle-pages.ts'
import { elementSpans, memberText } from './json-text.ts'
import type { Upstream, UpstreamCall } from './upstream.ts'
import { callOf } from './upstream-call.ts'

export type VersionsDeps = { upstream: Upstream; upstreamUrl: string; fhirBase: string; alarm: Alarm }

export type VersionsRequest = {
  /** Reads of the record as it is now. */
  current: readonly UpstreamRequest[]
  history: UpstreamRequest
  guard: VersionsGuard
  signal: AbortSignal
}

/** `text`: an entry. `time`: undefined where the upstream does not say. */
export type Version = { text: string; time: number | undefined }

const MAX_PAGES = 10

/** Newest first, as the upstream gives them. */
export function createFindVersions(deps: VersionsDeps): (request: VersionsRequest) => Promise<Version[] | Answer> {
  return async ({ current, history, guard, signal }) => {
    let isDeleted = false
    for (const request of current) {
      const answer = await deps.upstream.send(callOf(request), signal)
      isDeleted = answer.kind === 'answer' && answer.status === 410
      if (isDeleted) continue
      const body = readBody(answer, deps.alarm)
      if (body.kind === 'refused') return body.answer
      if (!allowsResource(guard, body.value)) return notFound()
    }

    const entries: (VersionEntry | null)[] = []
    const texts: string[] = []
    let call: UpstreamCall | undefined = callOf(history)
    for (let page = 0; call !== undefined; page += 1) {
      if (page === MAX_PAGES) return refusal(422, 'too-costly', 'This record has too many versions to be shown.')
      const body = readBody(await deps.upstream.send(call, signal), deps.alarm)
      if (body.kind === 'refused') return body.answer
      const next = nextPageOf(body.value, deps.upstreamUrl)
      const ofPage = entriesOf(body)
      if (ofPage === undefined || next === 'elsewhere') {
        deps.alarm('history-not-usable', { type: guard.type })
        return refusal(502, 'exception', 'The FHIR server did not answer this request in a way that can be passed on.')
      }
      entries.push(...ofPage.entries)
      texts.push(...ofPage.texts)
      call = next
    }
    const visible = visibleVersions(guard, entries, isDeleted)
    if (visible === undefined) return notFound()
    return visible.map((at) => {
      const entry = entries[at] ?? null
      return { text: versionText(entry, texts[at] ?? '', guard, deps.fhirBase), time: timeOf(entry) }
    })
  }
}

function entriesOf({ value, text, members }: JsonBody) {
  const { resourceType, type, entry = [] } = value as Record<string, unknown>
  if (resourceType !== 'Bundle' || type !== 'history' || !Array.isArray(entry)) return undefined
  const array = members.find(({ key }) => key === 'entry')
  const spans = array === undefined ? [] : elementSpans(text, array)
  const isEntry = (one: unknown) => typeof one === 'object' && one !== null && !Array.isArray(one)
  if (spans.length !== entry.length || !entry.every(isEntry)) return undefined
  return { entries: entry as VersionEntry[], texts: spans.map(({ start, end }) => text.slice(start, end)) }
}

const METHODS: ReadonlySet<unknown> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

function versionText(entry: VersionEntry | null, text: string, { type, id }: VersionsGuard, fhirBase: string): string {
  const resource = entry?.resource === undefined ? undefined : memberText(text, 'resource')
  const fallback = resource === undefined ? 'DELETE' : 'PUT'
  const method = METHODS.has(entry?.request?.method) ? entry?.request?.method : fallback
  const { status, etag, lastModified } = entry?.response ?? {}
  const response = {
    status: matching(status, /^[1-5]\d\d$/) ?? (resource === undefined ? '204' : '200'),
    etag: matching(etag, /^(W\/)?"[A-Za-z0-9._-]+"$/),
    lastModified: matching(lastModified, /^\d{4}-\d{2}-\d{2}T[0-9:.]+(Z|[+-]\d{2}:\d{2})$/),
  }
  const parts = [
    `"fullUrl":${JSON.stringify(`${fhirBase}/${type}/${id}`)}`,
    ...(resource === undefined ? [] : [`"resource":${resource}`]),
    `"request":${JSON.stringify({ method, url: method === 'POST' ? type : `${type}/${id}` })}`,
    `"response":${JSON.stringify(response)}`,
  ]
  return `{${parts.join(',')}}`
}

/** Undefined unless it is of that shape, and of nothing else. */
function matching(value: unknown, shape: RegExp): string | undefined {
  return typeof value === 'string' && shape.test(value) ? value : undefined
}
