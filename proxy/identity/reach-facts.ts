// Fetches the records that decide whom a person may open, and keeps the reach for a minute.

import { LRUCache } from 'lru-cache'
import type { PersonReference } from '../../smart/access/access.ts'
import { factsNeeded, type PanelSource, type Reach, type ReachSettings, reachOf } from '../../smart/access/reach.ts'
import { isMissing } from '../answers/body.ts'
import { linkOf } from '../lists/bundle-pages.ts'
import type { Upstream } from '../upstream/upstream.ts'

export type FindReach = (person: PersonReference | undefined) => Promise<Reach>

/** The upstream did not give the facts: nothing can be decided. */
export class FactsUnavailable extends Error {}
class FactsTooLarge extends FactsUnavailable {}
/** A panel beyond any that we can hold. */
export class PanelTooLarge extends Error {}

export type ReachFactsSettings = ReachSettings & { upstreamUrl: string; clock: () => Date }

const KEPT_MS = 60_000
const MAX_PERSONS = 5_000
const PAGE_SIZE = 500
const MAX_PAGES = 40

export function createFindReach(upstream: Upstream, settings: ReachFactsSettings): FindReach {
  const kept = new LRUCache<string, Promise<Reach>>({ max: MAX_PERSONS, ttl: KEPT_MS })
  return (person) => {
    if (person === undefined) return Promise.resolve({ kind: 'none' })
    const key = `${person.type}/${person.id}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const reach = fetchFacts(upstream, person, settings).then((facts) =>
      reachOf(person, facts, settings, settings.clock()),
    )
    kept.set(key, reach)
    // A failure is not remembered.
    reach.catch(() => kept.delete(key))
    return reach
  }
}

/** The search by the practitioner, and the elements that decide. */
const PANEL_SEARCHES: Record<PanelSource, readonly [search: string, elements: string]> = {
  'general-practitioner': ['Patient?general-practitioner', 'id,generalPractitioner'],
  encounter: ['Encounter?participant', 'id,status,subject,participant'],
  'care-team': ['CareTeam?participant', 'id,status,period,subject,participant'],
  group: ['Group?managing-entity', 'id,active,type,actual,managingEntity,member'],
  list: ['List?source', 'id,status,subject,source,entry'],
}

async function fetchFacts(
  upstream: Upstream,
  person: PersonReference,
  settings: ReachFactsSettings,
): Promise<unknown[]> {
  const reference = `${person.type}/${person.id}`
  switch (factsNeeded(person, settings)) {
    case 'nothing':
      return []
    case 'related-person': {
      const record = await fetchJson(upstream, reference)
      return record === undefined ? [] : [record]
    }
    case 'panel': {
      const facts = await Promise.all(
        [...settings.panelSources].map((source) => {
          const [search, elements] = PANEL_SEARCHES[source]
          return fetchPanel(upstream, `${search}=${reference}`, elements, settings)
        }),
      )
      return facts.flat()
    }
  }
}

/** An app that blew a patient's records up must not take their clinicians' panel away: then only what decides is asked for. */
async function fetchPanel(upstream: Upstream, search: string, elements: string, settings: ReachFactsSettings) {
  const first = `${search}&_count=${PAGE_SIZE}`
  try {
    return await fetchAll(upstream, first, settings)
  } catch (error) {
    if (!(error instanceof FactsTooLarge)) throw error
    return fetchAll(upstream, `${first}&_elements=${elements}`, settings)
  }
}

/** All that a search finds. Rejects with FactsUnavailable, or PanelTooLarge where there are too many pages. */
export async function fetchAll(
  upstream: Upstream,
  first: string,
  { upstreamUrl }: { upstreamUrl: string },
): Promise<unknown[]> {
  const records: unknown[] = []
  let target: string | undefined = first
  for (let page = 0; target !== undefined; page += 1) {
    if (page === MAX_PAGES) throw new PanelTooLarge('more pages than are followed')
    const bundle = (await fetchJson(upstream, target)) as Bundle | undefined
    if (bundle?.resourceType !== 'Bundle') throw new FactsUnavailable('no bundle')
    for (const entry of bundle.entry ?? []) records.push(entry?.resource)
    target = linkOf(bundle, 'next', upstreamUrl)
    if (target === 'elsewhere') throw new FactsUnavailable('a next page elsewhere')
  }
  return records
}

type Bundle = {
  resourceType?: string
  entry?: ({ resource?: unknown } | null)[]
}

async function fetchJson(upstream: Upstream, target: string): Promise<unknown> {
  const answer = await upstream.send({ method: 'GET', target }, AbortSignal.timeout(30_000))
  if (isMissing(answer)) return undefined
  if (answer.kind === 'failed' && answer.reason === 'too-large') throw new FactsTooLarge('too large')
  if (answer.kind !== 'answer' || answer.status !== 200) throw new FactsUnavailable('no answer')
  try {
    return JSON.parse(answer.body.toString('utf8'))
  } catch {
    throw new FactsUnavailable('not JSON')
  }
}
