// What is older than a person chose to share, asked for by every other way there is: a world in which it was never recorded
// answers the same, byte for byte.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import request from 'supertest'
import { limitedFrom } from '../smart/access/look-back.ts'
import { type Caller, observation, own, seenIn, startWorld, tokenOf, type World } from './two-worlds.ts'

const meta = { lastUpdated: '2026-01-01T00:00:00.000Z' }
const alice = { reference: 'Patient/alice' }
const FROM = '2025-11-21'

const recent = [
  observation('new', 'alice', {
    effectiveDateTime: '2026-02-01',
    hasMember: [{ reference: 'Observation/old' }],
    derivedFrom: [{ reference: 'DocumentReference/old-note' }],
    encounter: { reference: 'Encounter/old-visit' },
  }),
  {
    resourceType: 'DiagnosticReport',
    id: 'report',
    meta,
    status: 'final',
    code: { text: 'r' },
    subject: alice,
    effectiveDateTime: '2026-02-01',
    result: [{ reference: 'Observation/old' }, { reference: 'Observation/new' }],
    encounter: { reference: 'Encounter/old-visit' },
  },
  {
    resourceType: 'Condition',
    id: 'problem',
    meta,
    subject: alice,
    code: { text: 'c' },
    encounter: { reference: 'Encounter/old-visit' },
    evidence: [{ detail: [{ reference: 'Observation/old' }] }],
  },
] as Resource[]
const old = [
  observation('old', 'alice', {
    identifier: [{ system: 'http://i', value: 'old' }],
    effectiveDateTime: '2019-02-01',
    valueString: 'OLD-SECRET',
    hasMember: [{ reference: 'Observation/new' }],
  }),
  observation('old-instant', 'alice', { effectiveInstant: '2019-02-01T00:00:00Z', valueString: 'OLD-SECRET' }),
  observation('old-period', 'alice', {
    effectivePeriod: { start: '2018', end: '2019-02' },
    valueString: 'OLD-SECRET',
    partOf: [{ reference: 'Observation/new' }],
  }),
  observation('undated', 'alice', { valueString: 'OLD-SECRET' }),
  {
    resourceType: 'Encounter',
    id: 'old-visit',
    meta,
    status: 'finished',
    class: { code: 'AMB' },
    subject: alice,
    period: { start: '2017-01-01', end: '2017-01-02' },
    serviceProvider: { reference: 'Organization/ward' },
  },
  {
    resourceType: 'DocumentReference',
    id: 'old-note',
    meta,
    status: 'current',
    subject: alice,
    date: '2018-01-01T00:00:00Z',
    description: 'OLD-SECRET',
    content: [{ attachment: { url: 'Binary/old-file' } }],
  },
  { resourceType: 'Binary', id: 'old-file', meta, contentType: 'text/plain', securityContext: alice, data: 'YQ==' },
  {
    resourceType: 'Provenance',
    id: 'of-old',
    meta,
    target: [{ reference: 'Observation/old' }],
    recorded: '2019-01-01T00:00:00Z',
    agent: [{ who: { reference: 'Practitioner/wei' } }],
  },
] as Resource[]
const others = own.filter(({ resourceType }) => !['Observation', 'Encounter', 'Provenance'].includes(resourceType))

const PATHS = [
  ...['Observation/old', 'Observation/old-instant', 'Observation/old-period', 'Observation/undated'].flatMap((path) => [
    path,
    `${path}/_history`,
    `${path}/_history/1`,
  ]),
  'Encounter/old-visit',
  'DocumentReference/old-note',
  'Binary/old-file',
  'Binary/old-file/_history/1',
  'Provenance/of-old',
  'Provenance?target=Observation/old',
  'Provenance?_include=Provenance:target',
  'Observation?_id=old',
  'Observation?_id=old,new',
  'Observation?date=lt2020',
  'Observation?date=ge2000&date=le2019',
  'Observation?date=eq2019-02-01',
  'Observation?date:missing=true',
  'Observation?_lastUpdated=ge2000',
  'Observation?_sort=date&_count=1',
  'Observation?_sort=-date&_count=1',
  'Observation?_count=1',
  'Observation?_summary=count',
  'Observation?_total=accurate&_count=1',
  'Observation?_elements=valueString',
  'Observation?has-member=Observation/old',
  'Observation?has-member._id=old',
  'Observation?encounter.status=finished',
  'Observation?encounter.date=lt2020',
  'Observation?_has:Observation:has-member:_id=old',
  'Observation?_include=Observation:has-member',
  'Observation?_include:iterate=Observation:has-member&_include=Observation:derived-from',
  'Observation?_revinclude=Observation:has-member',
  'Observation?_include=Observation:encounter',
  'Observation?_include=*',
  'DiagnosticReport?_include=DiagnosticReport:result',
  'DiagnosticReport?result=Observation/old',
  'DiagnosticReport?result._id=old',
  'DiagnosticReport?result.date=lt2020',
  'DiagnosticReport?result.code:text=old',
  'DiagnosticReport?_include=DiagnosticReport:encounter',
  'Condition?encounter=Encounter/old-visit',
  'Condition?encounter._id=old-visit',
  'Condition?encounter.date=lt2018',
  'Condition?_include=Condition:encounter',
  'Condition?evidence-detail.date=lt2020',
  'Encounter?_revinclude=Observation:encounter',
  'Encounter?date=lt2018',
  'Patient?_has:Observation:patient:date=lt2020',
  'Patient?_has:Observation:patient:_id=old',
  'Patient?_has:Encounter:patient:status=finished',
  'Patient?_has:DocumentReference:patient:date=lt2020',
  'Patient?_revinclude=Observation:subject',
  'Patient?_revinclude=Encounter:patient&_revinclude:iterate=Condition:encounter',
  'Organization?_has:Encounter:service-provider:status=finished',
  'Organization?_revinclude=Encounter:service-provider',
  'Patient/alice/Observation',
  'Patient/alice/Observation?date=lt2020',
  'Patient/alice/Encounter',
  'Patient/alice/DocumentReference',
  'Patient/alice/*',
  'Encounter/old-visit/Observation',
  'Patient/alice/$everything',
  'Patient/alice/$everything?_since=2000-01-01T00:00:00Z',
  'Patient/alice/$everything?start=2015&end=2020',
  'Patient/alice/$everything?_type=Observation',
  'Encounter/old-visit/$everything',
  'Observation/$lastn?patient=alice',
  'DocumentReference/$docref?patient=alice&start=2015&end=2020',
  'DocumentReference/$docref?patient=alice',
  'Observation/_history',
  '_history',
  'Patient/alice/_history',
  'Bundle',
  'Binary',
  '?_type=Observation,Encounter',
]
const BATCH = JSON.stringify({
  resourceType: 'Bundle',
  type: 'batch',
  entry: PATHS.slice(0, 40).map((url) => ({ request: { method: 'GET', url } })),
})
const SEARCHES = [
  ['Observation/_search', 'date=lt2020'],
  ['Observation/_search?date=ge2000', '_id=old'],
  ['Patient/alice/Observation/_search', 'date=lt2020'],
  ['Patient/_search', '_revinclude=Observation:subject'],
] as const

describe.each([
  ['strict', false],
  ['lenient', true],
])('before a %s server', (_name, lenient) => {
  let world: World
  let without: World
  beforeAll(async () => {
    world = await startWorld([...old.slice(0, 3), ...others, ...recent, ...old.slice(3)], lenient)
    without = await startWorld([...others, ...recent], lenient)
  })
  afterAll(async () => {
    await world.close()
    await without.close()
  })
  const limited = (scope: string): Caller => ({
    scope: limitedFrom(scope.split(' '), FROM).join(' '),
    patient: 'alice',
    person: 'Patient/alice',
  })

  test('without a limit these ways do lead to it', async () => {
    const unlimited = { ...limited('openid'), scope: 'patient/*.rs' }
    const answers = await Promise.all(PATHS.map((path) => world.get(path, unlimited)))
    expect(answers.filter(({ text }) => text.includes('OLD-SECRET')).length).toBeGreaterThan(25)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(55)
  })

  test.each([
    ['create', 'POST', 'Observation', { 'If-None-Exist': 'identifier=http://i|old' }],
    ['create by its id', 'POST', 'Observation', { 'If-None-Exist': '_id=old' }],
    ['create by its day', 'POST', 'Observation', { 'If-None-Exist': 'date=lt2020' }],
    ['update', 'PUT', 'Observation?identifier=http://i|old', {}],
    ['delete', 'DELETE', 'Observation?identifier=http://i|old', {}],
    ['patch', 'PATCH', 'Observation?identifier=http://i|old', {}],
  ] as const)('AUTHZ-21: a conditional %s does not tell of it', async (_of, method, path, headers) => {
    const who = limited('patient/*.cruds')
    const answer = async ({ proxy }: World) => {
      const asked = request(proxy)
        [method.toLowerCase() as 'post'](`/fhir/${path}`)
        .set({ Authorization: `Bearer ${await tokenOf(who)}`, ...headers })
      const body =
        method === 'PATCH'
          ? [{ op: 'add', path: '/note', value: [{ text: 'x' }] }]
          : { resourceType: 'Observation', status: 'final', code: { text: 'new' }, subject: alice }
      const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json'
      const { status, text } = method === 'DELETE' ? await asked : await asked.type(type).send(JSON.stringify(body))
      return [status, text.replace(/"id":"[^"]+"/, '')]
    }
    const worlds = [await startWorld([...old, ...others], lenient), await startWorld(others, lenient)] as const
    const [with_, plain] = [await answer(worlds[0]), await answer(worlds[1])]
    await Promise.all(worlds.map((one) => one.close()))
    expect(with_).toEqual(plain)
  })

  test.each([
    ['the whole record', 'patient/*.rs'],
    ['the whole record in v1 words', 'patient/*.read'],
    ['with changes', 'patient/*.cruds'],
    ['two scopes on one type', 'patient/*.rs patient/Observation.rs?category=lab patient/Observation.read'],
    ['reading and searching apart', 'patient/*.r patient/*.s'],
    ['as the user too', 'patient/*.rs user/*.rs user/Observation.read'],
  ])('AUTHZ-21: %s', async (_of, scope) => {
    const who = limited(scope)
    for (const path of PATHS) {
      const [with_, plain] = await Promise.all([world.get(path, who), without.get(path, who)])
      expect([path, with_.text.includes('OLD-SECRET')]).toEqual([path, false])
      expect([path, seenIn(with_, world)]).toEqual([path, seenIn(plain, without)])
    }
    for (const [path, form] of SEARCHES) {
      const [with_, plain] = await Promise.all([world.post(path, form, who), without.post(path, form, who)])
      expect([path, seenIn(with_, world)]).toEqual([path, seenIn(plain, without)])
    }
    const batch = async ({ proxy }: World) =>
      request(proxy)
        .post('/fhir')
        .set('Authorization', `Bearer ${await tokenOf(who)}`)
        .type('application/fhir+json')
        .send(BATCH)
    expect(seenIn(await batch(world), world)).toEqual(seenIn(await batch(without), without))
    expect(world.alarms).toEqual(without.alarms)
  })
})
