// The proxy in front of the sandbox's FHIR server and its synthetic people: what the demo persons see.
import type { Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { syntheticPeople } from '../sandbox/people/synthetic-people.ts'
import { closeAll, FHIR_BASE, signedToken, startFhirServer, startProxyBefore } from './testing/proxy-stack.ts'

let fhirServer: Server
let proxy: Server

beforeAll(async () => {
  const { url, server } = await startFhirServer(syntheticPeople(), true)
  fhirServer = server
  const settings = { PRACTITIONER_REACH_ALL: 'Practitioner/nora-hale' }
  proxy = (await startProxyBefore(url, { settings })).proxy
})
afterAll(() => closeAll([proxy, fhirServer]))

async function get(path: string, scope: string, person: string, patient?: string) {
  const token = await signedToken({ scope, person, ...(patient === undefined ? {} : { patient }) })
  return request(proxy).get(path.replace(FHIR_BASE, '/fhir')).set('Authorization', `Bearer ${token}`)
}

type Bundle = {
  total?: number
  link: { relation: string; url: string }[]
  entry?: { resource: { id: string; subject?: { reference: string } } }[]
}
type Resource = { resourceType: string; id: string; subject?: { reference: string } }
const idsOf = ({ entry = [] }: Bundle) => entry.map(({ resource }) => resource.id)

describe('a patient', () => {
  test("reads her record and nobody else's", async () => {
    expect((await get('/fhir/Patient/ana-ruiz', 'patient/*.rs', 'Patient/ana-ruiz', 'ana-ruiz')).status).toBe(200)
    const foreign = await get('/fhir/Patient/ben-okafor', 'patient/*.rs', 'Patient/ana-ruiz', 'ana-ruiz')
    const missing = await get('/fhir/Patient/nobody-here', 'patient/*.rs', 'Patient/ana-ruiz', 'ana-ruiz')
    expect([foreign.status, foreign.text]).toEqual([404, missing.text])
  })

  test.each([
    'Observation',
    'Condition',
    'MedicationRequest',
    'AllergyIntolerance',
    'Immunization',
    'Procedure',
    'DocumentReference',
    'Encounter',
    'CareTeam',
    'Patient',
  ])('searches %s: all pages are about her, and the total is theirs', async (type) => {
    let url: string | undefined = `/fhir/${type}?_count=5`
    let count = 0
    let total: number | undefined
    while (url !== undefined) {
      const answer = await get(url, 'patient/*.read', 'Patient/ana-ruiz', 'ana-ruiz')
      expect(answer.status).toBe(200)
      expect(answer.text).not.toContain('127.0.0.1')
      const bundle = answer.body as Bundle
      for (const { resource } of bundle.entry ?? [])
        expect(resource.subject?.reference ?? 'Patient/ana-ruiz').toBe('Patient/ana-ruiz')
      count += bundle.entry?.length ?? 0
      total = bundle.total
      url = bundle.link.find(({ relation }) => relation === 'next')?.url
    }
    expect(count).toBe(total)
    expect(count).toBeGreaterThan(0)
  })

  test('a foreign patient named in a search: an empty answer', async () => {
    const answer = await get('/fhir/Observation?patient=ben-okafor', 'patient/*.rs', 'Patient/ana-ruiz', 'ana-ruiz')
    expect([answer.status, answer.body.total, idsOf(answer.body as Bundle)]).toEqual([200, 0, []])
  })

  test.each([
    ['MedicationRequest?_include=MedicationRequest:medication', 'Medication/'],
    ['Encounter?_include=Encounter:participant', 'Practitioner/wei-chen'],
    ['Encounter?_include=Encounter:location', 'Location/'],
    ['CareTeam?_include=CareTeam:participant', 'Practitioner/wei-chen'],
    ['DocumentReference?_include=DocumentReference:author', 'Practitioner/'],
    ['Patient?_revinclude=Encounter:patient&_revinclude=Observation:subject', 'Observation/ana-ruiz-'],
    ['Patient?_include=Patient:general-practitioner', 'Practitioner/wei-chen'],
  ])('SEED-39: an app’s %s brings %s along, of nobody else', async (query, expected) => {
    const answer = await get(`/fhir/${query}`, 'patient/*.rs', 'Patient/ana-ruiz', 'ana-ruiz')
    expect(answer.status).toBe(200)
    const { entry = [] } = answer.body as {
      entry?: { fullUrl: string; resource: Resource; search: { mode: string } }[]
    }
    const included = entry.filter(({ search }) => search.mode === 'include')
    expect(included.map(({ fullUrl }) => fullUrl).join()).toContain(`${FHIR_BASE}/${expected}`)
    for (const { resource } of included) {
      const about = resource.resourceType === 'Patient' ? `Patient/${resource.id}` : resource.subject?.reference
      expect(about ?? 'Patient/ana-ruiz').toBe('Patient/ana-ruiz')
    }
  })

  test('laboratory only', async () => {
    const scope =
      'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
    const answer = await get('/fhir/Observation?_count=100', scope, 'Patient/ana-ruiz', 'ana-ruiz')
    expect(answer.status).toBe(200)
    for (const { resource } of (answer.body as Bundle).entry ?? [])
      expect(JSON.stringify(resource)).toContain('"laboratory"')
    expect(answer.body.total).toBeGreaterThan(0)
  })
})

describe('clinicians and parents', () => {
  test('a clinician sees the panel and not beyond', async () => {
    const ids = idsOf((await get('/fhir/Patient?_count=100', 'user/*.rs', 'Practitioner/wei-chen')).body as Bundle)
    expect(ids).toContain('ana-ruiz')
    expect(ids).not.toContain('ben-okafor')
    expect((await get('/fhir/Patient/ben-okafor', 'user/*.rs', 'Practitioner/wei-chen')).status).toBe(404)
    expect(
      idsOf((await get('/fhir/Patient?_count=100', 'user/*.rs', 'Practitioner/tomas-silva')).body as Bundle).length,
    ).toBe(3)
  })

  test('one clinician may open every patient', async () => {
    const ids = idsOf((await get('/fhir/Patient?_count=100', 'user/*.rs', 'Practitioner/nora-hale')).body as Bundle)
    expect(ids.length).toBeGreaterThanOrEqual(30)
  })

  test('a parent sees one child through each link', async () => {
    const ids = idsOf((await get('/fhir/Patient', 'user/*.rs', 'RelatedPerson/maria-for-mateo')).body as Bundle)
    expect(ids).toEqual(['mateo-lopez'])
  })
})

test('metadata shows no upstream address', async () => {
  const answer = await request(proxy).get('/fhir/metadata')
  expect([answer.status, answer.body.implementation.url]).toEqual([200, FHIR_BASE])
  expect(answer.text).not.toContain('127.0.0.1')
})

test('OID-03: the record that fhirUser points at is readable: a clinician’s with the scope alone', async () => {
  const read = (scope: string) => get('/fhir/Practitioner/wei-chen', scope, 'Practitioner/wei-chen', 'ana-ruiz')
  expect((await read('openid fhirUser patient/Observation.rs')).status).toBe(200)
  expect((await read('openid patient/Observation.rs')).status).toBe(403)
})
