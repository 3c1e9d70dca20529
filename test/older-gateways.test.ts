// Where gateways before this one let records through, or kept people from their own: patients whose ids begin alike, types that
// are judged by the names of their elements, people who are not of a known kind.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import request from 'supertest'
import { type Caller, entriesOf, own, startWorld, tokenOf, type World } from './two-worlds.ts'

const meta = { lastUpdated: '2026-01-01T00:00:00.000Z' }
const to = (reference: string) => ({ reference })
const record = (resource: object) => ({ meta, ...resource }) as unknown as Resource
const code = { text: 'x' }

/** One of each type that an older gateway lost, and its patient's, told by id. */
const ofPatient = (id: string): Resource[] => [
  record({ resourceType: 'Patient', id }),
  ...[
    { resourceType: 'CarePlan', status: 'active', intent: 'plan', subject: to(`Patient/${id}`) },
    { resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' }, subject: to(`Patient/${id}`) },
    { resourceType: 'Procedure', status: 'completed', subject: to(`Patient/${id}`) },
    {
      ...{ resourceType: 'Coverage', status: 'active', beneficiary: to(`Patient/${id}`) },
      payor: [to('Organization/ward')],
    },
    { resourceType: 'Task', status: 'ready', intent: 'order', for: to(`Patient/${id}`) },
    {
      ...{ resourceType: 'Appointment', status: 'booked' },
      participant: [
        { actor: to('Practitioner/wei'), status: 'accepted' },
        { actor: to(`Patient/${id}`), status: 'accepted' },
      ],
    },
    ...(['laboratory', 'vital-signs'] as const).map((category) => ({
      ...{ resourceType: 'Observation', status: 'final', code, subject: to(`Patient/${id}`), named: category },
      category: [{ coding: [{ system: 'http://c', code: category }] }],
      ...(category === 'laboratory' ? { hasMember: [to(`Observation/${id}-vital-signs`)] } : {}),
    })),
    {
      resourceType: 'Provenance',
      recorded: '2026-01-01T00:00:00Z',
      target: [to(`Procedure/${id}-procedure`)],
      agent: [{ who: to('Practitioner/wei') }],
    },
    { resourceType: 'RelatedPerson', active: true, patient: to(`Patient/${id}`) },
  ].map(({ named, ...resource }: { resourceType: string; named?: string }) =>
    record({ ...resource, id: `${id}-${named ?? resource.resourceType.toLowerCase()}` }),
  ),
]

const IDS = ['1', '12', '123', '4']
const person = (id: string): Caller => ({ scope: 'patient/*.cruds', patient: id, person: `Patient/${id}` })

let world: World
beforeAll(async () => {
  world = await startWorld([...own, ...IDS.flatMap(ofPatient)], true)
})
afterAll(async () => world.close())

const statusOf = async (path: string, caller: Caller) => (await world.get(path, caller)).status

describe('SEED-36: records of types whose elements are not called like their parameters', () => {
  const TYPES = ['CarePlan', 'Encounter', 'Procedure', 'Coverage', 'Task', 'Appointment']

  test.each(TYPES)('%s: one’s own is read and found, another’s is not', async (type) => {
    const name = (id: string) => `${type}/${id}-${type.toLowerCase()}`
    expect([await statusOf(name('12'), person('12')), await statusOf(name('123'), person('12'))]).toEqual([200, 404])
    expect(entriesOf(await world.get(type, person('12')), 'match')).toEqual([name('12')])
  })
  test('Provenance: with what it is about', async () => {
    expect(await statusOf('Provenance/12-provenance', person('12'))).toBe(200)
    expect(await statusOf('Provenance/123-provenance', person('12'))).toBe(404)
    const procedures = await world.get('Procedure?_revinclude=Provenance:target', person('12'))
    expect(entriesOf(procedures, 'include')).toEqual(['Provenance/12-provenance'])
  })
})

describe('SEED-35: patients whose ids begin alike, or are part of each other', () => {
  test.each(IDS)('%s sees own records alone', async (id) => {
    for (const other of IDS) {
      const expected = other === id ? 200 : 404
      expect(await statusOf(`Patient/${other}`, person(id))).toBe(expected)
      expect(await statusOf(`Procedure/${other}-procedure`, person(id))).toBe(expected)
    }
    expect(entriesOf(await world.get('Patient', person(id)), 'match')).toEqual([`Patient/${id}`])
    expect(entriesOf(await world.get('Procedure', person(id)), 'match')).toEqual([`Procedure/${id}-procedure`])
  })

  test('what is written for another is refused before anything is written', async () => {
    const send = async (method: 'post' | 'put' | 'delete', path: string, subject: string) =>
      request(world.proxy)
        [method](`/fhir/${path}`)
        .set('Authorization', `Bearer ${await tokenOf(person('12'))}`)
        .type('application/fhir+json')
        .send(
          JSON.stringify({
            ...{ resourceType: 'Procedure', status: 'completed', subject: to(subject) },
            ...(method === 'put' ? { id: path.split('/')[1] } : {}),
          }),
        )
    const count = async () => ((await world.direct('GET', 'Procedure/_history')) as { total: number }).total
    const before = await count()
    for (const subject of ['Patient/123', 'Patient/1', 'patient/12', 'Patient/12x', 'http://elsewhere/Patient/12'])
      expect((await send('post', 'Procedure', subject)).status).toBe(422)
    expect((await send('put', 'Procedure/123-procedure', 'Patient/12')).status).toBe(404)
    expect((await send('put', 'Procedure/12-procedure', 'Patient/123')).status).toBe(422)
    expect((await send('delete', 'Procedure/123-procedure', '')).status).toBe(404)
    expect([before, await count()]).toEqual([IDS.length, IDS.length])
  })
})

describe('SEED-34: a scope for laboratory results alone', () => {
  const LABORATORY: Caller = { ...person('12'), scope: 'patient/Observation.rs?category=http://c|laboratory' }

  test('read, found and brought along are these, and no vital signs', async () => {
    expect(await statusOf('Observation/12-laboratory', LABORATORY)).toBe(200)
    expect(await statusOf('Observation/12-vital-signs', LABORATORY)).toBe(404)
    const all = await world.get('Observation?_include=Observation:has-member', LABORATORY)
    expect([entriesOf(all, 'match'), entriesOf(all, 'include'), all.body.total]).toEqual([
      ['Observation/12-laboratory'],
      [],
      1,
    ])
    for (const query of ['category=vital-signs', 'category=http://c|vital-signs', '_id=12-vital-signs']) {
      const found = await world.get(`Observation?${query}`, LABORATORY)
      expect([found.status, found.body.total, found.body.entry]).toEqual([200, 0, undefined])
    }
  })
  test('with both categories, both', async () => {
    const scope = `${LABORATORY.scope} patient/Observation.rs?category=http://c|vital-signs`
    const both = await world.get('Observation?_include=Observation:has-member', { ...LABORATORY, scope })
    expect(entriesOf(both, 'match').sort()).toEqual(['Observation/12-laboratory', 'Observation/12-vital-signs'])
  })
})

describe('SEED-37: how far user/ reaches hangs on who somebody is', () => {
  const asks = async (who: string | undefined) => {
    const caller: Caller = { scope: 'user/*.rs', ...(who === undefined ? {} : { person: who }) }
    return [await statusOf('Patient/12', caller), await statusOf('Patient/123', caller)]
  }
  test.each<[string, string | undefined, number[]]>([
    ['a patient', 'Patient/12', [200, 404]],
    ['a relative of one patient', 'RelatedPerson/12-relatedperson', [200, 404]],
    ['a relative of nobody', 'RelatedPerson/none', [403, 403]],
    ['a clinician without patients', 'Practitioner/wei2', [403, 403]],
    ['nobody', undefined, [403, 403]],
    ['an absolute address', 'http://127.0.0.2:4000/fhir/Patient/12', [403, 403]],
    ['another’s address', 'https://elsewhere.example/Patient/12', [403, 403]],
    ['small letters', 'patient/12', [403, 403]],
    ['a kind that reaches nobody', 'Person/12', [403, 403]],
    ['a role', 'PractitionerRole/12', [403, 403]],
    ['two at once', 'Patient/12/Patient/123', [403, 403]],
    ['an empty id', 'Patient/', [403, 403]],
  ])('%s', async (_name, who, expected) => {
    expect(await asks(who)).toEqual(expected)
  })
})

describe('SEED-38: system/ is for clients that act for themselves', () => {
  test.each<[string, Caller, number]>([
    ['beside a person', { scope: 'system/*.rs', person: 'Patient/12' }, 403],
    ['beside a patient', { scope: 'system/*.rs', patient: '12' }, 403],
    ['beside a person who is none', { scope: 'system/*.rs', person: 'nobody' }, 403],
    ['alone', { scope: 'system/*.rs' }, 200],
    ['no scope', { scope: '' }, 403],
    [
      'scopes that carry no data',
      { scope: 'openid fhirUser launch/patient offline_access', ...{ patient: '12' } },
      403,
    ],
    ['a word that is no scope', { scope: 'Reader Administrator system/* *', person: 'Patient/12' }, 403],
  ])('%s', async (_name, caller, expected) => {
    expect(await statusOf('Procedure/123-procedure', caller)).toBe(expected)
  })

  test('a mixed token gives what its own scopes give', async () => {
    const mixed: Caller = { ...person('12'), scope: 'system/*.rs patient/Procedure.rs' }
    expect([await statusOf('Procedure/12-procedure', mixed), await statusOf('Procedure/123-procedure', mixed)]).toEqual(
      [200, 404],
    )
    expect(await statusOf('CarePlan/12-careplan', mixed)).toBe(403)
  })
})

test('SEED-39: what asks around the patient brings nobody else', async () => {
  const searches = [
    'Practitioner?_id=wei&_revinclude=Patient:general-practitioner',
    'Organization?_has:Coverage:payor:status=active',
    'Patient?_has:Procedure:patient:status=completed',
    'Procedure?subject:Patient._id=123',
    'Procedure?patient=123',
    'Procedure?_id=123-procedure,1-procedure,4-procedure',
    'Appointment?actor=Practitioner/wei',
    'Patient/123/Procedure',
  ]
  for (const path of searches) {
    const answer = await world.get(path, person('12'))
    expect(answer.text).not.toMatch(/"(Patient|Procedure|Coverage|Appointment)\/(1|123|4)\b|"id":"(1|123|4)(-|")/)
  }
  for (const path of ['Procedure?_summary=count', 'Procedure?_count=0', 'Procedure?_total=accurate'])
    expect((await world.get(path, person('12'))).body.total).toBe(1)
})
