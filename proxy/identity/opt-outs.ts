// Who has records withheld, fetched as a whole and kept for minutes (SEED-51, SEED-52): a search for all consents of the
// category costs less than one for each patient of an answer, and tells beforehand what is to be left out.

import { LRUCache } from 'lru-cache'
import type { Access } from '../../smart/access/access.ts'
import { type OptOuts, optOutsOf, withheldFrom } from '../../smart/access/opt-out.ts'
import { elementsAt } from '../../smart/fhir/elements.ts'
import type { OptOutConfig } from '../settings/opt-out-settings.ts'
import { encodeQuery } from '../upstream/query.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { fetchAll } from './reach-facts.ts'

/** Undefined: nothing is withheld. Rejects when that cannot be known. */
export type FindWithheld = (access: Access) => Promise<ReadonlySet<string> | undefined>

const MAX_PERSONS = 5_000
const PAGE_SIZE = '500'

export function createOptOuts(deps: {
  upstream: Upstream
  upstreamUrl: string
  bases: readonly string[]
  clock: () => Date
  settings: OptOutConfig
}): FindWithheld {
  const { upstream, settings, bases, clock } = deps
  const { category, keptMs } = settings
  const actorsKept = new LRUCache<string, Promise<ReadonlySet<string>>>({ max: MAX_PERSONS, ttl: keptMs })
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
  async function fetchActors(person: string): Promise<ReadonlySet<string>> {
    if (!person.startsWith('Practitioner/')) return new Set([person])
    const roles = await find('PractitionerRole', [['practitioner', person]])
    const ofPerson = roles.filter((role) =>
      elementsAt(role, ['practitioner', 'reference']).some((one) => isNamed(one, person)),
    )
    const named = ofPerson.flatMap((role) => [
      ...elementsAt(role, ['id']).map((id) => `PractitionerRole/${id}`),
      ...elementsAt(role, ['organization', 'reference']).map((reference) => relative(reference)),
    ])
    return new Set([person, ...named])
  }

  function relative(reference: unknown): string {
    const text = String(reference)
    const base = bases.find((one) => text.startsWith(`${one}/`))
    return base === undefined ? text : text.slice(base.length + 1)
  }

  const isNamed = (reference: unknown, person: string) => relative(reference).replace(/\/_history\/.*$/, '') === person

  function actorsOf(person: string): Promise<ReadonlySet<string>> {
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
    const actors = person === undefined ? new Set<string>() : await actorsOf(`${person.type}/${person.id}`)
    const withheld = withheldFrom(optOuts, actors)
    // Nobody is kept from own records.
    if (person?.type === 'Patient') withheld.delete(person.id)
    return withheld.size === 0 ? undefined : withheld
  }
}
