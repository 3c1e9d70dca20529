// What the FHIR server tells of versions, for finding out whether a write happened whose answer was lost. Servers differ in
// which histories they keep: of a record, of a type, or none.

import { parseJsonBody } from '../answers/body.ts'
import { nextPageOf } from '../lists/bundle-pages.ts'
import { encodeQuery } from '../upstream/query.ts'
import type { Upstream, UpstreamAnswer, UpstreamCall } from '../upstream/upstream.ts'
import { versionOf } from './change.ts'
import { stateOf } from './outcome.ts'

export type Version = {
  id: string
  versionId?: string
  lastUpdated?: string
  isDeletion: boolean
  /** Whether a create made it; undefined where the server does not say. */
  isFirst?: boolean
  resource?: unknown
}

export type Told =
  /** `isWhole`: nothing was left unread. Newest first, where it is the history of one record. */
  | { kind: 'versions'; versions: Version[]; isWhole: boolean }
  /** There is and was no such record, as far as the server knows. */
  | { kind: 'none' }
  /** The server does not tell this. */
  | { kind: 'not-told' }

export type Current = { kind: 'found'; version: Version } | { kind: 'deleted' } | { kind: 'none' }

/** It cannot be asked just now: to be tried again. */
export class NotAnswered extends Error {}

export interface ServerHistory {
  ofRecord(type: string, id: string): Promise<Told>
  /** Versions of the type from then on, by its history or else by a search: then the current ones alone. */
  ofType(type: string, since: Date): Promise<Told>
  current(type: string, id: string): Promise<Current>
}

const PAGE = '100'
const MAX_PAGES = 10

export function createServerHistory(deps: {
  upstream: Upstream
  upstreamUrl: string
  timeoutMs: number
}): ServerHistory {
  /** @throws NotAnswered */
  async function ask(call: UpstreamCall): Promise<Extract<UpstreamAnswer, { kind: 'answer' }>> {
    const answer = await deps.upstream.send(call, AbortSignal.timeout(deps.timeoutMs))
    if (answer.kind === 'failed') throw new NotAnswered(`the FHIR server does not answer: ${answer.reason}`)
    if (answer.status === 429 || (answer.status >= 500 && answer.status !== 501))
      throw new NotAnswered(`the FHIR server answers ${answer.status}`)
    return answer
  }

  async function versionsAt(first: string, type: string): Promise<Told> {
    const versions: Version[] = []
    let call: UpstreamCall = { method: 'GET', target: first }
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await ask(call)
      if (page === 0 && (answer.status === 404 || answer.status === 410)) return { kind: 'none' }
      const bundle = answer.status === 200 ? (parseJsonBody(answer)?.value as Bundle | undefined) : undefined
      if (bundle?.resourceType !== 'Bundle') return { kind: 'not-told' }
      for (const entry of Array.isArray(bundle.entry) ? bundle.entry : []) {
        const version = versionIn(entry, type)
        if (version === undefined) return { kind: 'not-told' }
        if (version !== 'outcome') versions.push(version)
      }
      const next = nextPageOf(bundle, deps.upstreamUrl)
      if (next === undefined) return { kind: 'versions', versions, isWhole: true }
      if (next === 'elsewhere') break
      call = next
    }
    return { kind: 'versions', versions, isWhole: false }
  }

  return {
    ofRecord: (type, id) => versionsAt(`${type}/${id}/_history?_count=${PAGE}`, type),

    async ofType(type, since) {
      const instant = since.toISOString()
      const targetOf = (path: string, name: string, value: string) =>
        `${path}?${encodeQuery([
          [name, value],
          ['_count', PAGE],
        ])}`
      const history = await versionsAt(targetOf(`${type}/_history`, '_since', instant), type)
      if (history.kind === 'versions') return history
      const found = await versionsAt(targetOf(type, '_lastUpdated', `ge${instant}`), type)
      return found.kind === 'none' ? { kind: 'not-told' } : found
    },

    async current(type, id) {
      const answer = await ask({ method: 'GET', target: `${type}/${id}` })
      if (answer.status === 410) return { kind: 'deleted' }
      if (answer.status === 404) return { kind: 'none' }
      const { meta } = stateOf(parseJsonBody(answer)?.value, type)
      return { kind: 'found', version: { id, isDeletion: false, ...meta } }
    },
  }
}

type Bundle = { resourceType?: unknown; entry?: unknown }
type Entry = {
  fullUrl?: unknown
  resource?: unknown
  search?: { mode?: unknown }
  request?: { method?: unknown; url?: unknown }
  response?: { status?: unknown; etag?: unknown; lastModified?: unknown; location?: unknown }
}

/** Undefined: it cannot be read. */
function versionIn(given: unknown, type: string): Version | 'outcome' | undefined {
  const { resource, search, request, response, fullUrl } = (given ?? {}) as Entry
  if (search?.mode === 'outcome') return 'outcome'
  const state = stateOf(resource, type)
  const named = [fullUrl, request?.url, response?.location].map((url) => idIn(url, type))
  const id = state.id ?? named.find((one) => one !== undefined)
  if (id === undefined) return undefined
  const { etag, lastModified, status } = response ?? {}
  const versionId = state.meta.versionId ?? versionOf(typeof etag === 'string' ? etag : undefined)
  const lastUpdated = state.meta.lastUpdated ?? (typeof lastModified === 'string' ? lastModified : undefined)
  const { method } = request ?? {}
  return {
    id,
    isDeletion: method === 'DELETE',
    ...(versionId === undefined ? {} : { versionId }),
    ...(lastUpdated === undefined ? {} : { lastUpdated }),
    ...(method === undefined ? {} : { isFirst: method === 'POST' || String(status).startsWith('201') }),
    ...(resource === undefined ? {} : { resource }),
  }
}

function idIn(url: unknown, type: string): string | undefined {
  if (typeof url !== 'string') return undefined
  return new RegExp(`(?:^|/)${type}/([A-Za-z0-9.-]{1,64})(?:/|$)`).exec(url)?.[1]
}
