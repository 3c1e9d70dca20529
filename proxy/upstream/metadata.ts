// The CapabilityStatement of the FHIR server behind, kept for a minute: as clients see it, and what we need of it.

import type { ProxyConfig } from '../config.ts'
import { type Json, listOf, publicStatement, serverOf } from './public-statement.ts'
import type { Upstream } from './upstream.ts'
import type { RewriteUrls } from './url-rewriter.ts'

export type Metadata = {
  /** The statement as JSON text, or undefined while the upstream gives none. */
  statement(): Promise<string | undefined>
  /** Types that can be searched for. */
  searchableTypes(): Promise<ReadonlySet<string> | undefined>
}

const KEPT_MS = 60_000
export function createMetadata(
  upstream: Upstream,
  rewriteUrls: RewriteUrls,
  config: ProxyConfig,
  clock: () => Date,
): Metadata {
  let kept: (Kept & { until: number }) | undefined
  // One fetch at a time: anyone may ask without a token, and must not multiply at the upstream.
  let pending: Promise<Kept | undefined> | undefined

  async function fetchStatement(): Promise<Kept | undefined> {
    const signal = AbortSignal.timeout(config.upstreamTimeoutMs)
    const answer = await upstream.send({ method: 'GET', target: 'metadata' }, signal)
    const statement =
      answer.kind === 'answer' && answer.status === 200 ? parseStatement(answer.body.toString()) : undefined
    if (statement === undefined) return undefined
    const text = rewriteUrls(JSON.stringify(publicStatement(statement, config)))
    kept = { text, searchable: searchableIn(statement), until: clock().getTime() + KEPT_MS }
    return kept
  }

  function known(): Promise<Kept | undefined> {
    if (kept !== undefined && kept.until > clock().getTime()) return Promise.resolve(kept)
    pending ??= fetchStatement().finally(() => {
      pending = undefined
    })
    return pending
  }

  return {
    statement: async () => (await known())?.text,
    searchableTypes: async () => (await known())?.searchable,
  }
}

type Kept = { text: string; searchable: ReadonlySet<string> }

function searchableIn(statement: Json): ReadonlySet<string> {
  const resources = listOf(serverOf(statement)?.resource)
  const searched = resources.filter(({ interaction }) => listOf(interaction).some(({ code }) => code === 'search-type'))
  return new Set(searched.map(({ type }) => String(type)))
}

function parseStatement(text: string): Json | undefined {
  try {
    const parsed = JSON.parse(text) as Json | null
    return parsed?.resourceType === 'CapabilityStatement' ? parsed : undefined
  } catch {
    return undefined
  }
}
