// Operations through the proxy: what they bring is what the same searches would, and another patient's records change nothing.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import {
  ALICE,
  type Caller,
  entriesOf,
  FHIR_BASE,
  observation,
  own,
  seenIn,
  startWorld,
  tokenOf,
  type World,
  withForeign,
} from './two-worlds.ts'

const nora: Caller = { scope: 'user/*.rs', person: 'Practitioner/nora' }
const FHIR = 'application/fhir+json'

async function post(world: World, path: string, body: object, caller: Caller = ALICE): Promise<request.Response> {
  return request(world.proxy)
    .post(`/fhir/${path}`)
    .set('Authorization', `Bearer ${await tokenOf(caller)}`)
    .type(FHIR)
    .send(JSON.stringify(body))
}

const nextOf = (answer: request.Response): string | undefined =>
  answer.body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url

/** All pages, as one list of `Type/id`. */
async function gathered(world: World, path: string, caller?: Caller): Promise<{ pages: number; keys: string[] }> {
  const keys: string[] = []
  let pages = 0
  for (let next: string | undefined = path; next !== undefined; pages += 1) {
    const answer = await world.get(next, caller)
    expect(answer.status).toBe(200)
    keys.push(...entriesOf(answer, 'match'))
    next = nextOf(answer)
  }
  return { pages, keys }
}

const ALL = [
  'Encounter/visit',
  'MedicationRequest/tablets',
  'Observation/iron',
  'Observation/salt',
  'Observation/sugar',
  'Patient/alice',
]

describe.each([
  ['strict', false],
  ['lenient', true],
])('before a %s server', (_name, lenient) => {
  let world: World
  let without: World
  beforeAll(async () => {
    ;[world, without] = await Promise.all([startWorld(withForeign(), lenient), startWorld(own, lenient)])
  })
  afterAll(() => Promise.all([world.close(), without.close()]))

  describe('ENF-43, SEED-41, SEED-54: $everything', () => {
    test('the patient, what is about her, and what it names of what all share', async () => {
      const answer = await world.get('Patient/alice/$everything')
      expect(answer.status).toBe(200)
      expect(entriesOf(answer, 'match').sort()).toEqual(ALL)
      expect(entriesOf(answer, 'include').sort()).toEqual([
        'Medication/aspirin',
        'Organization/ward',
        'Practitioner/wei',
        'Provenance/of-sugar',
        'Provenance/of-two',
      ])
      expect(answer.text).not.toContain('"bob"')
      expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' })
      expect(answer.body.total).toBeUndefined()
      expect(answer.body.entry[0].fullUrl).toBe(`${FHIR_BASE}/Patient/alice`)
    })
    test.each([1, 2, 3])('in pages of about %d: each record once', async (count) => {
      const { pages, keys } = await gathered(world, `Patient/alice/$everything?_count=${count}`)
      expect(keys.toSorted()).toEqual(ALL)
      expect(pages).toBeGreaterThan(1)
    })
    test('by POST, with parameters in the body', async () => {
      const parameter = [{ name: '_type', valueString: 'Observation' }]
      const answer = await post(world, 'Patient/alice/$everything', { resourceType: 'Parameters', parameter })
      expect(entriesOf(answer, 'match').sort()).toEqual(['Observation/iron', 'Observation/salt', 'Observation/sugar'])
      const complex = [{ name: '_type', valueCoding: { code: 'Observation' } }]
      const refused = await post(world, 'Patient/alice/$everything', { resourceType: 'Parameters', parameter: complex })
      expect(refused.status).toBe(400)
    })
    test('only as far as the scopes go, type by type and condition by condition', async () => {
      const scope = 'patient/Patient.r patient/Observation.rs?category=http://c|lab'
      const answer = await world.get('Patient/alice/$everything', { ...ALICE, scope })
      expect(entriesOf(answer, 'match').sort()).toEqual(['Observation/iron', 'Observation/sugar', 'Patient/alice'])
      expect(entriesOf(answer, 'include')).toEqual([])
    })
    test('another patient and nobody: the same 404', async () => {
      const [bob, nobody] = await Promise.all(['bob', 'nobody'].map((id) => world.get(`Patient/${id}/$everything`)))
      expect([bob?.status, bob?.text]).toEqual([404, nobody?.text])
    })
    test('a clinician who may open all: of the one patient alone', async () => {
      const { keys } = await gathered(world, 'Patient/bob/$everything', nora)
      expect(keys.toSorted()).toEqual([
        'Encounter/visit-of-bob',
        'MedicationRequest/drops',
        'Observation/gone',
        'Observation/of-bob',
        'Patient/bob',
      ])
    })
    test('a page is for its holder, and for the scopes that it was made under', async () => {
      const next = nextOf(await world.get('Patient/alice/$everything?_count=1')) ?? ''
      expect((await world.get(next, nora)).status).toBe(410)
      expect((await world.get(next, { ...ALICE, scope: 'patient/Patient.r patient/Observation.rs' })).status).toBe(410)
      expect((await world.get(next)).status).toBe(200)
    })
  })

  describe('SEED-54: $everything by GET and by POST alike', () => {
    const at = (id: string, patient: string, effectiveDateTime: string, lastUpdated: string) =>
      observation(id, patient, { effectiveDateTime, meta: { lastUpdated: `${lastUpdated}T00:00:00.000Z` } })
    const visit = (id: string, patient: string, start: string) => ({
      resourceType: 'Encounter',
      id,
      status: 'finished',
      class: { code: 'AMB' },
      subject: { reference: `Patient/${patient}` },
      period: { start, end: start },
      meta: { lastUpdated: '2026-01-01T00:00:00.000Z' },
    })
    const condition = {
      resourceType: 'Condition',
      id: 'asthma',
      subject: { reference: 'Patient/alice' },
      meta: { lastUpdated: '2026-01-01T00:00:00.000Z' },
    }
    const records = [
      at('then', 'alice', '2020-06-01', '2020-06-02'),
      at('of-bob', 'bob', '2024-06-01', '2024-06-02'),
      at('since', 'alice', '2024-06-01', '2024-06-02'),
      at('lately', 'alice', '2025-06-01', '2026-06-02'),
      visit('visit-then', 'alice', '2020-06-01'),
      visit('visit-of-bob', 'bob', '2024-06-01'),
      visit('visit-since', 'alice', '2024-06-01'),
      condition,
    ]
    const everyones = [...own.slice(3, 4), { resourceType: 'Patient', id: 'bob' }, ...records] as typeof own
    let dated: World
    beforeAll(async () => {
      dated = await startWorld(everyones, lenient)
    })
    afterAll(() => dated.close())

    const DATED = ['Encounter/visit-since', 'Observation/lately', 'Observation/since']
    const OLDER = ['Encounter/visit-then', 'Observation/then']
    const UNDATED = ['Condition/asthma', 'Patient/alice']
    test.each<[string, Record<string, string>, string[]]>([
      ['all of it', {}, [...DATED, ...OLDER, ...UNDATED]],
      // What has no date of care comes whatever the time.
      ['start', { start: '2022-01-01' }, [...DATED, ...UNDATED]],
      ['end', { end: '2022-01-01' }, [...OLDER, ...UNDATED]],
      [
        'start and end',
        { start: '2024-01-01', end: '2024-12-31' },
        ['Encounter/visit-since', 'Observation/since', ...UNDATED],
      ],
      ['_since', { _since: '2026-03-01' }, ['Observation/lately', 'Patient/alice']],
      ['_type', { _type: 'Encounter' }, ['Encounter/visit-since', 'Encounter/visit-then']],
      [
        '_count',
        { _count: '1000', _type: 'Observation', start: '2022-01-01' },
        ['Observation/lately', 'Observation/since'],
      ],
    ])('%s', async (_name, parameters, expected) => {
      const byGet = await dated.get(`Patient/alice/$everything?${new URLSearchParams(parameters)}`)
      const parameter = Object.entries(parameters).map(([name, valueString]) => ({ name, valueString }))
      const byPost = await post(dated, 'Patient/alice/$everything', { resourceType: 'Parameters', parameter })
      for (const answer of [byGet, byPost]) {
        expect(answer.status).toBe(200)
        expect(entriesOf(answer, 'match').sort()).toEqual(expected.toSorted())
        expect(answer.text).not.toContain('bob')
      }
    })
    test.each(['GET', 'POST'])(
      '%s: 404 for a patient who is absent, and in the same words for another',
      async (method) => {
        const ask = (id: string) =>
          method === 'GET'
            ? dated.get(`Patient/${id}/$everything`)
            : post(dated, `Patient/${id}/$everything`, { resourceType: 'Parameters' })
        const [absent, another] = [await ask('nobody'), await ask('bob')]
        expect([absent.status, absent.text]).toEqual([404, another.text])
      },
    )
    test('each entry has its own scope', async () => {
      const scope = 'patient/Patient.r patient/Encounter.rs'
      const answer = await post(dated, 'Patient/alice/$everything', { resourceType: 'Parameters' }, { ...ALICE, scope })
      expect(entriesOf(answer, 'match').sort()).toEqual([
        'Encounter/visit-since',
        'Encounter/visit-then',
        'Patient/alice',
      ])
    })
  })

  test('ENF-27: a whole compartment is the same without what comes along', async () => {
    const answer = await world.get('Patient/alice/*')
    expect(entriesOf(answer, 'match').sort()).toEqual(ALL)
    expect(entriesOf(answer, 'include')).toEqual([])
    expect(entriesOf(await world.get('Patient/alice/*?_type=Encounter'), 'match')).toEqual(['Encounter/visit'])
  })

  describe('ENF-46: $lastn and $docref', () => {
    const at = (id: string, patient: string, date: string, code: object) =>
      observation(id, patient, { effectiveDateTime: date, code })
    const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] })
    let other: World
    beforeAll(async () => {
      const weights = [
        at('w1', 'alice', '2026-01-01', loinc('weight')),
        at('of-bob', 'bob', '2026-03-01', loinc('weight')),
        at('w2', 'alice', '2026-02-01', loinc('weight')),
        at('h1', 'alice', '2025-01-01', loinc('height')),
        at('b1', 'alice', '2024-01-01', {
          coding: [...loinc('height').coding, { system: 'http://local', code: 'H' }],
        }),
      ]
      const document = (id: string, patient: string, date: string) => ({
        resourceType: 'DocumentReference',
        id,
        status: 'current',
        date: `${date}T00:00:00Z`,
        type: loinc('34133-9'),
        context: { period: { start: date, end: date } },
        subject: { reference: `Patient/${patient}` },
        content: [{ attachment: { url: 'http://files.example/1' } }],
      })
      const documents = [
        document('old', 'alice', '2020-01-01'),
        document('new', 'alice', '2026-01-01'),
        document('his', 'bob', '2026-02-01'),
      ]
      other = await startWorld([own[3], ...weights, ...documents] as typeof own, lenient)
    })
    afterAll(() => other.close())

    test('the latest of each code, hers alone', async () => {
      const answer = await other.get('Observation/$lastn')
      expect([answer.status, answer.body.total]).toEqual([200, 2])
      expect(entriesOf(answer, 'match')).toEqual(['Observation/w2', 'Observation/h1'])
      expect(entriesOf(await other.get('Observation/$lastn?max=2&code=weight'), 'match')).toEqual([
        'Observation/w2',
        'Observation/w1',
      ])
    })
    test('of another patient: none', async () => {
      const answer = await other.get('Observation/$lastn?patient=Patient/bob')
      expect([answer.status, answer.body.total]).toEqual([200, 0])
    })
    test('a clinician names whom', async () => {
      expect((await other.get('Observation/$lastn', nora)).status).toBe(400)
      expect(entriesOf(await other.get('Observation/$lastn?patient=Patient/bob', nora), 'match')).toEqual([
        'Observation/of-bob',
      ])
    })
    test('$docref: the most recent document, or those of a time', async () => {
      expect(entriesOf(await other.get('DocumentReference/$docref?patient=alice'), 'match')).toEqual([
        'DocumentReference/new',
      ])
      const ofTime = await other.get('DocumentReference/$docref?patient=Patient/alice&end=2021-01-01')
      expect(entriesOf(ofTime, 'match')).toEqual(['DocumentReference/old'])
      expect(entriesOf(await other.get('DocumentReference/$docref?patient=bob'), 'match')).toEqual([])
    })
  })

  describe('ENF-45: $validate', () => {
    const writer: Caller = { ...ALICE, scope: 'patient/Observation.crs patient/Encounter.rs' }
    const of = (more: object) => ({ resourceType: 'Observation', code: { text: 'x' }, status: 'final', ...more })
    const subject = { reference: 'Patient/alice' }
    test('what is well formed, and what is not', async () => {
      const good = await post(world, 'Observation/$validate', of({ subject }), writer)
      expect([good.status, good.body.resourceType]).toEqual([200, 'OperationOutcome'])
      expect(good.body.issue[0].severity).toBe('information')
      const bad = await post(world, 'Observation/$validate', of({ subject, status: 7 }), writer)
      expect([bad.status, bad.body.issue[0].severity]).toEqual([200, 'error'])
      expect(bad.text).not.toContain(new URL(world.upstreamUrl).port)
    })
    test('in Parameters, with an id, and nothing is stored', async () => {
      const resource = of({ subject, id: 'sugar' })
      const before = (await world.get('Observation/sugar')).text
      const parameter = [{ name: 'resource', resource }]
      const answer = await post(world, 'Observation/$validate', { resourceType: 'Parameters', parameter }, writer)
      expect([answer.status, answer.body.resourceType]).toEqual([200, 'OperationOutcome'])
      expect((await world.get('Observation/sugar')).text).toBe(before)
    })
    test('a reference to another’s record and to none are refused alike', async () => {
      const answers = await Promise.all(
        ['Encounter/visit-of-bob', 'Encounter/none'].map((reference) =>
          post(world, 'Observation/$validate', of({ subject, encounter: { reference } }), writer),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual([422, 422])
      expect(answers[0]?.text).toBe(answers[1]?.text)
      const hers = of({ subject, encounter: { reference: 'Encounter/visit' } })
      expect((await post(world, 'Observation/$validate', hers, writer)).status).toBe(200)
    })
    test.each([
      ['of another patient', of({ subject: { reference: 'Patient/bob' } }), 422],
      ['of another type', { resourceType: 'Encounter' }, 400],
      ['no resource', { resourceType: 'Parameters', parameter: [] }, 400],
      [
        'two resources',
        {
          resourceType: 'Parameters',
          parameter: [
            { name: 'resource', resource: of({ subject }) },
            { name: 'resource', resource: of({ subject }) },
          ],
        },
        400,
      ],
    ])('%s', async (_case, body, status) => {
      expect((await post(world, 'Observation/$validate', body, writer)).status).toBe(status)
    })
    test('without the right to create', async () => {
      const answer = await post(world, 'Observation/$validate', of({ subject }))
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        403,
        'Bearer error="insufficient_scope", scope="patient/Observation.c"',
      ])
    })
  })

  test.each([
    'Patient/alice/$everything',
    'Patient/alice/$everything?_count=2',
    'Patient/alice/*',
    'Patient/bob/$everything',
    'Patient/bob/*',
    'Patient/alice/$everything?_type=Observation,Provenance&_since=2020',
    'Observation/$lastn',
    'Observation/$lastn?patient=Patient/bob',
    'Observation/$lastn?max=5&category=lab',
    'DocumentReference/$docref?patient=alice',
    'Patient/$everything',
    'Patient/bob/$meta',
    'ValueSet/$expand?url=http://nowhere',
  ])('non-interference, SEED-39: %s', async (path) => {
    expect(seenIn(await world.get(path), world)).toEqual(seenIn(await without.get(path), without))
  })
  test('nothing of it was an alarm', () => {
    expect(world.alarms).toEqual([])
  })
})
