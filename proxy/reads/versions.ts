// The history of one record: all of it is fetched and judged before any is shown. Entries are ours, but for the record in
// the upstream's own characters: what else a server writes there may tell of others.

import { isUnlimited } from '../../smart/access/allowance.ts'
import { allowsResource } from '../../smart/plan/guard.ts'
import type { UpstreamRequest } from '../../smart/plan/plan.ts'
import { timeOf, type VersionEntry, type VersionsGuard, visibleVersions } from '../../smart/plan/versions.ts'
import { type Answer, notFound, refusal } from '../answers/answer.ts'
import {
  type Alarm,
  isInstant,
  isVersion,
  type JsonBody,
  readBody,
  readRecord,
  unlessBusy,
  unusable,
} from '../answers/body.ts'
import { elementTexts, memberText } from '../json/json-text.ts'
import { nextPageOf } from '../lists/bundle-pages.ts'
import type { Upstream, UpstreamCall } from '../upstream/upstream.ts'
import { callOf } from '../upstream/upstream-call.ts'

export type VersionsDeps = { upstream: Upstream; upstreamUrl: string; fhirBase: string; alarm: Alarm }

export type VersionsRequest = {
  /** Reads of the record as it is now. */
  current: readonly UpstreamRequest[]
  history: UpstreamRequest
  guard: VersionsGuard
  signal: AbortSignal
}

/** `text`: an entry. `time`: undefined where the upstream does not say. `resource`: undefined for a deletion. */
export type Version = { text: string; time: number | undefined; resource: unknown }

const MAX_PAGES = 10

/** Newest first, as the upstream gives them. */
export function createFindVersions(deps: VersionsDeps): (request: VersionsRequest) => Promise<Version[] | Answer> {
  return async ({ current, history, guard, signal }) => {
    let isDeleted = false
    for (const request of current) {
      const answer = await deps.upstream.send(callOf(request), signal)
      isDeleted = answer.kind === 'answer' && answer.status === 410
      if (isDeleted) continue
      const body = readRecord(answer, deps.alarm, guard.allowances)
      if (body.kind === 'refused') return body.answer
      if (!allowsResource(guard, body.value)) return notFound()
    }

    // Whose it was is not known yet.
    const told = (answer: Answer) => (isDeleted && !guard.allowances.some(isUnlimited) ? unlessBusy(answer) : answer)

    const entries: (VersionEntry | null)[] = []
    const texts: string[] = []
    let call: UpstreamCall | undefined = callOf(history)
    for (let page = 0; call !== undefined; page += 1) {
      if (page === MAX_PAGES) return told(refusal(422, 'too-costly', 'This record has too many versions to be shown.'))
      const body = readBody(await deps.upstream.send(call, signal), deps.alarm)
      if (body.kind === 'refused') return told(body.answer)
      const next = nextPageOf(body.value, deps.upstreamUrl)
      const ofPage = entriesOf(body)
      if (ofPage === undefined || next === 'elsewhere') {
        deps.alarm('history-not-usable', { type: guard.type })
        return told(unusable('request'))
      }
      entries.push(...ofPage.entries)
      texts.push(...ofPage.texts)
      call = next
    }
    const visible = visibleVersions(guard, entries, isDeleted)
    if (visible === undefined) return notFound()
    return visible.map((at) => {
      const entry = entries[at] ?? null
      const text = versionText(entry, texts[at] ?? '', guard, deps.fhirBase)
      return { text, time: timeOf(entry), resource: entry?.resource }
    })
  }
}

function entriesOf(body: JsonBody) {
  const { resourceType, type, entry = [] } = body.value as Record<string, unknown>
  if (resourceType !== 'Bundle' || type !== 'history' || !Array.isArray(entry)) return undefined
  const texts = elementTexts(body.text, 'entry')
  const isEntry = (one: unknown) => typeof one === 'object' && one !== null && !Array.isArray(one)
  return texts.length === entry.length && entry.every(isEntry) ? { entries: entry as VersionEntry[], texts } : undefined
}

const METHODS: ReadonlySet<unknown> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

function versionText(entry: VersionEntry | null, text: string, { type, id }: VersionsGuard, fhirBase: string): string {
  const resource = entry?.resource === undefined ? undefined : memberText(text, 'resource')
  const fallback = resource === undefined ? 'DELETE' : 'PUT'
  const method = METHODS.has(entry?.request?.method) ? entry?.request?.method : fallback
  const { status, etag, lastModified } = entry?.response ?? {}
  const response = {
    status: matching(status, (text) => /^[1-5]\d\d$/.test(text)) ?? (resource === undefined ? '204' : '200'),
    etag: matching(etag, isVersion),
    lastModified: matching(lastModified, isInstant),
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
function matching(value: unknown, isOfShape: (text: string) => boolean): string | undefined {
  return typeof value === 'string' && isOfShape(value) ? value : undefined
}
