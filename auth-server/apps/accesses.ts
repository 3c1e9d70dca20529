// A person's accesses: all that an app was granted, time after time, as one persona and for one patient, is one.
import type { AppWithAccess, EndedApp } from '../../consent-ui/index.ts'
import { needsPatient } from '../../smart/launch-context.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { PersonReader } from '../fhir/person-reader.ts'
import type { Endings } from '../grants/endings.ts'
import { type EndedGrant, type GrantRecord, type Grants, gidOf } from '../grants/grants.ts'
import { nameOf, personaChoice } from '../interactions/records.ts'

export type Access = readonly [GrantRecord, ...GrantRecord[]]
export type EndedAccess = readonly [EndedGrant, ...EndedGrant[]]

export type Accesses = {
  /** Those that count now. */
  of(sub: string): Promise<Access[]>
  /** Of apps that have none now, the one that ended last first. */
  endedOf(sub: string): Promise<EndedAccess[]>
  /** @param id of any of its grants */
  find(sub: string, id: string): Promise<Access | undefined>
  findEnded(sub: string, id: string): Promise<EndedAccess | undefined>
  shown(access: Access): Promise<AppWithAccess>
  shownEnded(access: EndedAccess): Promise<EndedApp>
}

export function accessStore(parts: {
  grants: Grants
  endings: Pick<Endings, 'isEnded'>
  clients: ClientRegistry
  readerFor(persona: string): PersonReader
}): Accesses {
  const { grants, endings, clients, readerFor } = parts

  function isEnded({ clientId, sub, since }: GrantRecord): Promise<boolean> {
    return endings.isEnded({ clientId, sub, at: Date.parse(since) })
  }

  async function of(sub: string): Promise<Access[]> {
    const held = await grants.of(sub)
    const ended = await Promise.all(held.map(isEnded))
    return byAccess(held.filter((_, at) => !ended[at]))
  }

  async function endedOf(sub: string): Promise<EndedAccess[]> {
    const [live, ended] = await Promise.all([of(sub), grants.endedOf(sub)])
    const current = new Set(live.map(([first]) => keyOf(first)))
    const newestFirst = ended.toSorted((one, other) => other.ended.localeCompare(one.ended))
    return byAccess(newestFirst).filter(([first]) => !current.has(keyOf(first)))
  }

  async function patientOf({ persona, context }: GrantRecord): Promise<{ name?: string }> {
    const reader = readerFor(persona.record)
    const patient = await reader.read('Patient', String(context.patient)).catch(() => undefined)
    return patient === undefined ? {} : { name: nameOf(patient) }
  }

  async function named(access: Access) {
    const [first] = access
    const scopes = scopesOf(access)
    const isOfOne = first.context.patient !== undefined && needsPatient(scopes)
    const [client, patient] = await Promise.all([clients.find(first.clientId), isOfOne ? patientOf(first) : undefined])
    return {
      id: gidOf(first.grantId),
      ...(client === undefined ? {} : { name: client.client_name }),
      ...(client?.maker === undefined ? {} : { maker: client.maker }),
      ...(patient === undefined ? {} : { patient }),
    }
  }

  return {
    of,
    endedOf,
    find: async (sub, id) => (await of(sub)).find((access) => isNamed(access, id)),
    findEnded: async (sub, id) => (await endedOf(sub)).find((access) => isNamed(access, id)),
    async shown(access) {
      const { record } = access[0].persona
      const scopes = scopesOf(access)
      const uses = access.map(({ since, lastUsed }) => lastUsed ?? since).sort()
      // The one that lasts longest; one without an end outlasts the others.
      const ends = access.map(({ until }) => until).sort()
      const [names, persona] = await Promise.all([
        named(access),
        personaChoice(record, readerFor(record)).catch(() => undefined),
      ])
      const until = ends.includes(undefined) ? undefined : ends.at(-1)
      return {
        ...names,
        ...(persona === undefined ? {} : { persona }),
        scopes,
        since: access.map(({ since }) => since).sort()[0] ?? '',
        lastUsed: uses.at(-1) ?? '',
        keeps: scopes.includes('offline_access'),
        ...(until === undefined ? {} : { until }),
      }
    },
    shownEnded: async (access) => ({ ...(await named(access)), ended: access[0].ended }),
  }
}

export function scopesOf(access: readonly GrantRecord[]): string[] {
  return [...new Set(access.flatMap(({ scopes }) => scopes))]
}

function isNamed(access: Access, id: string): boolean {
  return access.some(({ grantId }) => gidOf(grantId) === id)
}

function keyOf({ clientId, persona, context }: GrantRecord): string {
  return JSON.stringify([clientId, persona.record, context.patient ?? null])
}

function byAccess<Held extends GrantRecord>(held: readonly Held[]): (readonly [Held, ...Held[]])[] {
  return Object.values(Object.groupBy(held, keyOf)).flatMap((grants) => {
    const [first, ...rest] = grants ?? []
    return first === undefined ? [] : [[first, ...rest] as const]
  })
}
