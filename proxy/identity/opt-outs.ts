// Who has records withheld, fetched as a whole and kept for minutes (SEED-51, SEED-52): a search for all consents of the
// category costs less than one for each patient of an answer, and tells beforehand what is to be left out.

import { LRUCache } from 'lru-cache'
import type { Access } from '../../smart/access/access.ts'
import { type Actors, type OptOuts, optOutsOf, withheldFrom } from '../../smart/access/opt-out.ts'
import { isCurrent } from '../../smart/access/period.ts'
import { elementsAt } from '../../smart/fhir/elements.ts'
import type { OptOutConfig } from '../settings/opt-out-settings.ts'
import { encodeQuery } from '../upstream/query.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { fetchAll } from './reach-facts.ts'

/** Undefined: nothing is withheld. Rejects when that cannot be known. */
export type FindWithheld = (access: Access) => Promise<ReadonlySet<string> | undefined>

const MAX_PERSONS = 5_000
const PAGE_SIZE = '500'
const NOBODY: Actors = { ever: new Set(), now: new Set() }

export function createOptOuts(deps: {
  upstream: Upstream
  upstreamUrl: string
  bases: readonly string[]
  clock: () => Date
  settings: OptOutConfig
}): FindWithheld {
  const { upstream, settings, bases, clock } = deps
  const { category, keptMs } = settings
  const actorsKept = new LRUCache<string, Promise<Actors>>({ max: MAX_PERSONS, ttl: keptMs })
  let kept: { optOuts: Promise<OptOuts>; until: number } | undefined

  const find = (type: string, query: [string, string][]) =>
    fetchAll(upstream, `${type}?${encodeQuery([...query, ['_count', PAGE_SIZE]])}`, deps)

  async function fetchOptOuts(): Promise<OptOuts> {
    const consents = await find('Consent', [
      ['category', `${category.system}|${category.code}`],
      ['status', 'active'],
    ])
    return optOutsOf(consents, { category, bases }, clock())
  }

  function current(): Promise<OptOuts> {
    const now = clock().getTime()
    if (kept === undefined || kept.until <= now) {
      const fresh = { optOuts: fetchOptOuts(), until: now + keptMs }
      kept = fresh
      // A failure is not remembered.
      fresh.optOuts.catch(() => {
        if (kept === fresh) kept = undefined
      })
    }
    return kept.optOuts
  }

  /** All that a person is known as: a clinician also by roles, and by the organizations of these. */
  async function fetchActors(person: string): Promise<Actors> {
    if (!person.startsWith('Practitioner/')) return { ever: new Set([person]), now: new Set([person]) }
    const roles = await find('PractitionerRole', [['practitioner', person]])
    const ofPerson = roles.filter((role) =>
      elementsAt(role, ['practitioner', 'reference']).some((one) => isNamed(one, person)),
    )
    const names = (some: readonly unknown[]) => new Set([person, ...some.flatMap(namesOf)])
    return { ever: names(ofPerson), now: names(ofPerson.filter(isCurrentRole)) }
  }

  const namesOf = (role: unknown) => [
    ...elementsAt(role, ['id']).map((id) => `PractitionerRole/${id}`),
    ...elementsAt(role, ['organization', 'reference']).map((reference) => relative(reference)),
  ]

  function isCurrentRole(role: unknown): boolean {
    const { resourceType, active, period } = (role ?? {}) as Record<string, unknown>
    return resourceType === 'PractitionerRole' && active !== false && isCurrent(period, clock())
  }

  function relative(reference: unknown): string {
    const text = String(reference)
    const base = bases.find((one) => text.startsWith(`${one}/`))
    return base === undefined ? text : text.slice(base.length + 1)
  }

  const isNamed = (reference: unknown, person: string) => relative(reference).replace(/\/_history\/.*$/, '') === person

  function actorsOf(person: string): Promise<Actors> {
    const known = actorsKept.get(person)
    if (known !== undefined) return known
    const actors = fetchActors(person)
    actorsKept.set(person, actors)
    actors.catch(() => actorsKept.delete(person))
    return actors
  }

  return async (access) => {
    const { person, clientId } = access.who
    if (settings.exemptClients.has(clientId)) return undefined
    if (settings.exemptsAdministrators && access.operations === 'all') return undefined
    const optOuts = await current()
    if (optOuts.size === 0) return undefined
    const actors = person === undefined ? NOBODY : await actorsOf(`${person.type}/${person.id}`)
    const withheld = withheldFrom(optOuts, actors)
    // Nobody is kept from own records.
    if (person?.type === 'Patient') withheld.delete(person.id)
    return withheld.size === 0 ? undefined : withheld
  }
}
