// A proxy before the sandbox's FHIR server, with two small worlds: in the second there are records of a patient whom the
// caller may not see, among and around hers. For tests.

import type { Server } from 'node:http'
import type { Resource } from '@medplum/fhirtypes'
import request from 'supertest'
import type { Upstream } from '../proxy/upstream/upstream.ts'
import {
  closeAll,
  FHIR_BASE,
  ISSUER,
  type More,
  signedToken,
  startFhirServer,
  startProxyBefore,
} from './testing/proxy-stack.ts'

export { FHIR_BASE, type More }

export type Caller = { scope: string; patient?: string; person?: string }
export const ALICE: Caller = { scope: 'patient/*.rs', patient: 'alice', person: 'Patient/alice' }

const meta = { lastUpdated: '2026-01-01T00:00:00.000Z' }
const to = (reference: string) => ({ reference })
const record = (resource: object) => ({ meta, ...resource }) as Resource
export const observation = (id: string, patient: string, more: object = {}) =>
  record({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: id },
    category: [{ coding: [{ system: 'http://c', code: 'lab' }] }],
    subject: to(`Patient/${patient}`),
    ...more,
  })
const provenance = (id: string, ...targets: string[]) =>
  record({
    resourceType: 'Provenance',
    id,
    target: targets.map(to),
    recorded: '2026-01-01T00:00:00Z',
    agent: [{ who: to('Practitioner/wei') }],
  })

/** Alice's records, and what all share. Some name records that are there in the other world only. */
export const own: readonly Resource[] = [
  record({ resourceType: 'Practitioner', id: 'wei', name: [{ family: 'Chen' }] }),
  record({ resourceType: 'Organization', id: 'ward', name: 'Ward' }),
  record({
    resourceType: 'Medication',
    id: 'aspirin',
    code: { text: 'aspirin' },
    manufacturer: to('Organization/ward'),
  }),
  record({
    resourceType: 'Patient',
    id: 'alice',
    generalPractitioner: [to('Practitioner/wei'), to('Practitioner/ann')],
  }),
  record({
    resourceType: 'Encounter',
    id: 'visit',
    status: 'finished',
    class: { code: 'AMB' },
    subject: to('Patient/alice'),
    serviceProvider: to('Organization/ward'),
  }),
  observation('sugar', 'alice', {
    performer: [to('Practitioner/wei')],
    encounter: to('Encounter/visit'),
    hasMember: [to('Observation/salt'), to('Observation/of-bob')],
    valueQuantity: { value: 70.1 },
  }),
  observation('salt', 'alice', {
    category: [{ coding: [{ system: 'http://c', code: 'vital' }] }],
    performer: [to('Practitioner/wei'), to('Patient/bob')],
    encounter: to('Encounter/visit-of-bob'),
    hasMember: [to('Observation/iron')],
  }),
  observation('iron', 'alice'),
  record({
    resourceType: 'MedicationRequest',
    id: 'tablets',
    status: 'active',
    intent: 'order',
    subject: to('Patient/alice'),
    medicationReference: to('Medication/aspirin'),
  }),
  provenance('of-sugar', 'Observation/sugar'),
  provenance('of-two', 'Observation/sugar', 'Encounter/visit'),
  provenance('of-nothing-there', 'Observation/sugar', 'Observation/gone'),
]

export const foreign: readonly Resource[] = [
  record({ resourceType: 'Patient', id: 'bob', generalPractitioner: [to('Practitioner/wei')] }),
  observation('of-bob', 'bob', { performer: [to('Practitioner/wei')], hasMember: [to('Observation/sugar')] }),
  observation('gone', 'bob', { encounter: to('Encounter/visit') }),
  record({
    resourceType: 'Encounter',
    id: 'visit-of-bob',
    status: 'finished',
    class: { code: 'AMB' },
    subject: to('Patient/bob'),
    serviceProvider: to('Organization/ward'),
    partOf: to('Encounter/visit'),
  }),
  record({
    resourceType: 'MedicationRequest',
    id: 'drops',
    status: 'active',
    intent: 'order',
    subject: to('Patient/bob'),
    encounter: to('Encounter/visit'),
    medicationReference: to('Medication/aspirin'),
  }),
  provenance('of-both', 'Observation/sugar', 'Observation/of-bob'),
  provenance('of-bobs', 'Observation/of-bob'),
  provenance('of-bob-himself', 'Patient/bob', 'Patient/alice'),
]

/** Bob's records before, between and after. */
export function withForeign(): Resource[] {
  const [first = [], second = []] = [foreign.slice(0, 4), foreign.slice(4)]
  return [...first, ...own.slice(0, 6), ...second, ...own.slice(6)]
}

export type World = {
  /** Past the proxy: what the server itself does. */
  direct(method: 'PUT' | 'DELETE' | 'GET', path: string, resource?: object): Promise<unknown>
  proxy: Server
  upstreamUrl: string
  alarms: string[]
  get(path: string, caller?: Caller): Promise<request.Response>
  post(path: string, form: string, caller?: Caller): Promise<request.Response>
  close(): Promise<void>
}

export async function startWorld(resources: readonly Resource[], lenient: boolean, more: More = {}): Promise<World> {
  const { url, server } = await startFhirServer(resources, lenient)
  return startProxy(url, undefined, [server], more)
}

/** @param upstream a double in place of a server */
export async function startProxy(
  upstreamUrl: string,
  upstream: Upstream | undefined,
  servers: readonly Server[] = [],
  { settings = {}, deps = {} }: More = {},
): Promise<World> {
  const { proxy, alarms } = await startProxyBefore(upstreamUrl, {
    settings: { PRACTITIONER_REACH_ALL: 'Practitioner/nora', ...settings },
    deps: { ...(upstream === undefined ? {} : { upstream }), ...deps },
  })
  return {
    proxy,
    upstreamUrl,
    alarms,
    direct: async (method, path, resource) => {
      const body = resource === undefined ? {} : { body: JSON.stringify(resource) }
      const headers = { 'Content-Type': 'application/fhir+json' }
      const answer = await fetch(`${upstreamUrl}/${path}`, { method, headers, ...body })
      return answer.status === 204 ? undefined : answer.json()
    },
    get: async (path, caller = ALICE) =>
      request(proxy)
        .get(pathOf(path))
        .set('Authorization', `Bearer ${await tokenOf(caller)}`),
    post: async (path, form, caller = ALICE) =>
      request(proxy)
        .post(pathOf(path))
        .set('Authorization', `Bearer ${await tokenOf(caller)}`)
        .type('application/x-www-form-urlencoded')
        .send(form),
    close: () => closeAll([proxy, ...servers]),
  }
}

function pathOf(path: string): string {
  return path.startsWith(FHIR_BASE) ? path.slice(ISSUER.length) : `/fhir${path.startsWith('?') ? '' : '/'}${path}`
}

export const tokenOf = (caller: Caller): Promise<string> => signedToken(caller)

/** All that a caller can compare, without what differs from one request to the next: the time, sealed links, a port. */
export function seenIn({ status, headers, text }: request.Response, { upstreamUrl }: World): unknown {
  const { date: _date, 'x-request-id': _id, ...rest } = headers as Record<string, string>
  const port = new URL(upstreamUrl).port
  const body = text.replace(/_page\/([A-Za-z0-9_-]+)/g, '_page/…').replaceAll(port, 'PORT')
  return { status, headers: rest, body }
}

type Entry = { fullUrl: string; resource: { resourceType: string; id: string }; search: { mode: string } }

/** `Type/id` of a bundle's entries, by their search mode. */
export function entriesOf(answer: request.Response, mode: 'match' | 'include'): string[] {
  const { entry = [] } = answer.body as { entry?: Entry[] }
  return entry
    .filter(({ search }) => search.mode === mode)
    .map(({ resource }) => `${resource.resourceType}/${resource.id}`)
}
