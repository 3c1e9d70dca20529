// _include and _revinclude through the proxy: what may be seen comes along, and nothing shows that more was there.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { madeUpUpstream } from './testing/made-up-upstream.ts'
import {
  ALICE,
  type Caller,
  entriesOf,
  FHIR_BASE,
  own,
  startProxy,
  startWorld,
  type World,
  withForeign,
} from './two-worlds.ts'

const nora: Caller = { scope: 'user/*.rs', person: 'Practitioner/nora' }
const wei: Caller = { scope: 'user/*.rs', person: 'Practitioner/wei' }

describe.each([
  ['strict', false],
  ['lenient', true],
])('before a %s server', (_name, lenient) => {
  let world: World
  beforeAll(async () => {
    world = await startWorld(withForeign(), lenient)
  })
  afterAll(() => world.close())

  test.each<[string, string, string[]]>([
    ['the medication of an order', 'MedicationRequest?_include=MedicationRequest:medication', ['Medication/aspirin']],
    ['the patient, once', 'Observation?_include=Observation:subject&_include=Observation:patient', ['Patient/alice']],
    [
      'of several types, in the order in which they are named',
      'Observation?_id=sugar&_include=Observation:encounter&_include=Observation:performer',
      ['Encounter/visit', 'Practitioner/wei'],
    ],
    [
      'only of the type that is asked for',
      'Observation?_include=Observation:performer:Practitioner',
      ['Practitioner/wei'],
    ],
    [
      'another patient as performer stays out',
      'Observation?_id=salt&_include=Observation:performer',
      ['Practitioner/wei'],
    ],
    ['a visit of another patient too', 'Observation?_id=salt&_include=Observation:encounter', []],
    ['members of another patient too', 'Observation?_id=sugar&_include=Observation:has-member', ['Observation/salt']],
    [
      ':iterate goes on from what was included',
      'Observation?_id=sugar&_include:iterate=Observation:has-member',
      ['Observation/salt', 'Observation/iron'],
    ],
    [
      ':iterate over another type',
      'MedicationRequest?_include=MedicationRequest:medication&_include:iterate=Medication:manufacturer',
      ['Medication/aspirin', 'Organization/ward'],
    ],
    ['what names a match', 'Patient?_revinclude=Encounter:patient', ['Encounter/visit']],
    [
      'what names a visit, of this patient alone',
      'Encounter?_revinclude=MedicationRequest:encounter&_revinclude=Observation:encounter',
      ['Observation/sugar'],
    ],
    [
      'of a shared record, of this patient alone',
      'Practitioner?_revinclude=Patient:general-practitioner',
      ['Patient/alice'],
    ],
    [
      '_elements keeps what is followed',
      'Observation?_id=sugar&_elements=code&_include=Observation:encounter',
      ['Encounter/visit'],
    ],
    [
      'a choice of types as well',
      'MedicationRequest?_elements=status&_include=MedicationRequest:medication',
      ['Medication/aspirin'],
    ],
    ['nothing for a count', 'Observation?_summary=count&_include=Observation:subject', []],
    ['a match is not included again', 'Observation?_include=Observation:has-member', []],
  ])('ENF-60, SEED-39: %s', async (_case, path, expected) => {
    const answer = await world.get(path)
    expect(answer.status).toBe(200)
    expect(entriesOf(answer, 'include')).toEqual(expected)
    expect(answer.text).not.toContain('"bob"')
  })

  test('ENF-65: the total stays that of the matches, and addresses are ours', async () => {
    const plain = await world.get('Observation?_count=2')
    const answer = await world.get('Observation?_count=2&_include=Observation:encounter')
    expect(answer.body.total).toBe(plain.body.total)
    expect(entriesOf(answer, 'match')).toEqual(entriesOf(plain, 'match'))
    expect(answer.body.entry.map(({ fullUrl }: { fullUrl: string }) => fullUrl)).toContain(
      `${FHIR_BASE}/Encounter/visit`,
    )
    expect(answer.text).not.toContain('127.0.0.1')
    const next = answer.body.link.find(({ relation }: { relation: string }) => relation === 'next').url as string
    const second = await world.get(next)
    expect([second.status, entriesOf(second, 'match').length]).toEqual([200, 1])
  })

  test('by POST as well', async () => {
    const answer = await world.post('MedicationRequest/_search', '_include=MedicationRequest:medication')
    expect(entriesOf(answer, 'include')).toEqual(['Medication/aspirin'])
  })

  test.each<[string, string, string, string[]]>([
    [
      'no scope for the type',
      'patient/MedicationRequest.rs',
      'MedicationRequest?_include=MedicationRequest:medication',
      [],
    ],
    [
      'reading is enough',
      'patient/MedicationRequest.rs patient/Medication.r',
      'MedicationRequest?_include=MedicationRequest:medication',
      ['Medication/aspirin'],
    ],
    [
      'reading is not searching backwards (SCP-04)',
      'patient/Patient.rs patient/Encounter.r',
      'Patient?_revinclude=Encounter:patient',
      [],
    ],
    [
      'a narrowed scope shows what it names',
      'patient/Patient.rs patient/Observation.rs?category=http://c|vital',
      'Patient?_revinclude=Observation:subject',
      ['Observation/salt'],
    ],
    [
      'scopes that one search cannot join',
      'patient/Patient.rs patient/Observation.rs?category=http://c|vital patient/Observation.rs?status=preliminary',
      'Patient?_revinclude=Observation:subject',
      ['Observation/salt'],
    ],
  ])('ENF-60, SEED-42: %s', async (_case, scope, path, expected) => {
    const answer = await world.get(path, { scope, patient: 'alice', person: 'Patient/alice' })
    expect([answer.status, entriesOf(answer, 'include')]).toEqual([200, expected])
  })

  test('ENF-86: provenance comes along when all that it is about may be seen', async () => {
    const path = 'Observation?_id=sugar&_revinclude=Provenance:target'
    expect(entriesOf(await world.get(path), 'include')).toEqual(['Provenance/of-sugar', 'Provenance/of-two'])
    const narrow = { scope: 'patient/Observation.rs patient/Provenance.rs', patient: 'alice', person: 'Patient/alice' }
    expect(entriesOf(await world.get(path, narrow), 'include')).toEqual(['Provenance/of-sugar'])
    expect(entriesOf(await world.get(path, { ...narrow, scope: 'patient/Observation.rs' }), 'include')).toEqual([])
    expect(entriesOf(await world.get(path, nora), 'include').length).toBe(4)
  })

  test('ENF-07, ENF-86: a patient scope shows no provenance of the panel', async () => {
    const path = 'Observation?_revinclude=Provenance:target'
    const mixed = { scope: 'patient/Provenance.rs user/Observation.rs', patient: 'alice', person: 'Practitioner/wei' }
    expect(entriesOf(await world.get(path, mixed), 'match')).toContain('Observation/of-bob')
    expect(entriesOf(await world.get(path, mixed), 'include')).toEqual(['Provenance/of-sugar'])
  })

  test.each<[string, string, Caller, number]>([
    ['of the patient’s own', 'of-sugar', ALICE, 200],
    ['of several of them', 'of-two', ALICE, 200],
    ['of another’s too', 'of-both', ALICE, 404],
    ['of another’s alone', 'of-bobs', ALICE, 404],
    ['of another patient', 'of-bob-himself', ALICE, 404],
    ['of what is not there', 'of-nothing-there', ALICE, 404],
    ['that is not there', 'unknown', ALICE, 404],
    ['of what no scope shows', 'of-two', { ...ALICE, scope: 'patient/Provenance.r patient/Observation.r' }, 404],
    ['of what a scope shows', 'of-sugar', { ...ALICE, scope: 'patient/Provenance.r patient/Observation.r' }, 200],
    ['without the scope', 'of-sugar', { ...ALICE, scope: 'patient/Observation.rs' }, 403],
    ['with a scope to search alone', 'of-sugar', { ...ALICE, scope: 'patient/*.s' }, 403],
    ['of the whole panel', 'of-both', wei, 200],
    [
      'ENF-07: of the panel, by a patient scope',
      'of-bobs',
      { scope: 'patient/Provenance.r user/Observation.r', patient: 'alice', person: 'Practitioner/wei' },
      404,
    ],
    ['of anyone', 'of-bobs', nora, 200],
    ['of anyone, for a client itself', 'of-nothing-there', { scope: 'system/*.rs' }, 200],
  ])('ENF-86: provenance by its id, %s: %s', async (_case, id, caller, status) => {
    const answer = await world.get(`Provenance/${id}`, caller)
    expect(answer.status).toBe(status)
    expect((await world.get(`Provenance/${id}/_history/1`, caller)).status).toBe(status)
    if (status === 404) expect(answer.text).toBe((await world.get('Provenance/unknown', caller)).text)
  })

  test('ENF-86: its history and a search for it are not for limited access', async () => {
    expect((await world.get('Provenance/of-sugar/_history')).status).toBe(403)
    expect((await world.get('Provenance?target=Observation/sugar')).status).toBe(403)
  })

  test('a clinician’s panel comes along, and not beyond', async () => {
    const answer = await world.get('Practitioner?_revinclude=Patient:general-practitioner', wei)
    expect(entriesOf(answer, 'include').sort()).toEqual(['Patient/alice', 'Patient/bob'])
    const parts = await world.get('MedicationRequest?_include=MedicationRequest:encounter', {
      scope: 'user/MedicationRequest.rs patient/Encounter.rs',
      person: 'Practitioner/wei',
      patient: 'bob',
    })
    expect(entriesOf(parts, 'include')).toEqual([])
  })

  test.each([
    ['_include=*', 403],
    ['_include=Observation:*', 403],
    ['_revinclude=*', 403],
    ['_revinclude:iterate=Provenance:*', 403],
    ['_include=Observation', 400],
    ['_include=Observation:code', 400],
    ['_include=Observation:subject:Encounter', 400],
    ['_include=Encounter:subject', 400],
    ['_include:missing=Observation:subject', 400],
    ['_revinclude=Encounter:patient', 400],
    ['_include=Observation:subject:Patient:x', 400],
    [Array(21).fill('_include=Observation:subject').join('&'), 400],
  ])('%s is refused with %d', async (query, status) => {
    const answer = await world.get(`Observation?${query}`)
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome'])
  })

  test('ENF-13: numbers come through as they were', async () => {
    const answer = await world.get('Encounter?_revinclude=Observation:encounter')
    expect(answer.text).toContain('70.1')
  })
})

describe('before an upstream that misbehaves', () => {
  const upstreamUrl = 'http://upstream.example/r4'
  type Reply = (target: string) => string | undefined
  const match =
    '{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/alice"},"encounter":{"reference":"Encounter/e"}}'
  const set = (resources: string[], more = '') =>
    `{"resourceType":"Bundle","type":"searchset"${more},"entry":[${resources.map((one) => `{"resource":${one},"search":{"mode":"match"}}`).join(',')}]}`
  const encounter = (id: string, patient: string, more = '') =>
    `{"resourceType":"Encounter","id":"${id}","subject":{"reference":"Patient/${patient}"}${more}}`
  let world: World
  let seen: string[]
  let reply: Reply = () => undefined
  const upstream = madeUpUpstream(({ target, form }) => {
    seen.push(`${target}${form === undefined ? '' : `?${form}`}`)
    const body = target.startsWith('Observation') ? set([match]) : reply(target)
    if (body === undefined) return { kind: 'failed', reason: 'unreachable' }
    const headers = new Map([['content-type', 'application/fhir+json']])
    return { kind: 'answer', status: 200, headers, body: Buffer.from(body) }
  })
  beforeAll(async () => {
    world = await startProxy(upstreamUrl, upstream)
  })
  afterAll(() => world.close())
  const ask = async (path: string, how: Reply) => {
    seen = []
    world.alarms.length = 0
    reply = how
    return world.get(path)
  }
  const FORWARD = 'Observation?_include=Observation:encounter'

  test('ENF-60: no include is ever sent, and what comes along is asked for confined', async () => {
    const answer = await ask(FORWARD, () => set([encounter('e', 'alice', ',"length":{"value":7.0E1}')]))
    expect(entriesOf(answer, 'include')).toEqual(['Encounter/e'])
    expect(answer.text).toContain('7.0E1')
    expect(seen.map(decodeURIComponent)).toEqual([
      'Observation?patient=Patient/alice',
      'Encounter?_id=e&_count=1&patient=Patient/alice',
    ])
  })
  test('a record of another patient under the id is absent, and nobody is told', async () => {
    const absent = await ask(FORWARD, () => '{"resourceType":"Bundle","type":"searchset"}')
    const answer = await ask(FORWARD, () => set([encounter('e', 'bob')]))
    expect(answer.text).toBe(absent.text)
    expect(world.alarms).toEqual([])
  })
  test.each<[string, Reply]>([
    ['records that were not asked for', () => set([encounter('e', 'alice'), encounter('f', 'alice')])],
    ['everybody’s', () => set([encounter('e', 'alice'), encounter('f', 'bob')])],
    ['another type', () => set(['{"resourceType":"Patient","id":"e"}'])],
    ['no searchset', () => encounter('e', 'alice')],
    ['a history', () => set([]).replace('searchset', 'history')],
    ['the same member twice', () => set([encounter('e', 'alice', ',"id":"f"')])],
    ['not JSON', () => '<html>'],
    ['a next page elsewhere', () => set([], ',"link":[{"relation":"next","url":"http://evil.example/r4/Encounter"}]')],
    ['an entry without a resource', () => '{"resourceType":"Bundle","type":"searchset","entry":[null]}'],
  ])('%s: refused with 502', async (_name, how) => {
    const answer = await ask(FORWARD, how)
    expect(answer.status).toBe(502)
    expect(answer.text).not.toMatch(/bob|alice|upstream\.example/)
    expect(world.alarms.length).toBe(1)
  })
  test('a foreign record among those that name a match: refused, as for a search', async () => {
    const both = () => set([encounter('e', 'alice'), encounter('f', 'bob')])
    expect((await ask('Observation?_revinclude:iterate=Encounter:diagnosis', both)).status).toBe(200)
    const practitioner: Reply = (target) =>
      target.startsWith('Practitioner') ? set(['{"resourceType":"Practitioner","id":"wei"}']) : both()
    expect((await ask('Practitioner?_revinclude=Encounter:practitioner', practitioner)).status).toBe(502)
  })
  test('the patient’s own among them that names no match: left out', async () => {
    const practitioner: Reply = (target) =>
      target.startsWith('Practitioner')
        ? set(['{"resourceType":"Practitioner","id":"wei"}'])
        : set([
            encounter('e', 'alice'),
            encounter('f', 'alice', ',"participant":[{"individual":{"reference":"Practitioner/wei"}}]'),
          ])
    const answer = await ask('Practitioner?_revinclude=Encounter:practitioner', practitioner)
    expect(entriesOf(answer, 'include')).toEqual(['Encounter/f'])
  })
  test('more than can come along: 422, and not some of it', async () => {
    const at = ',"participant":[{"individual":{"reference":"Practitioner/wei"}}]'
    const many = Array.from({ length: 1001 }, (_one, number) => encounter(`e${number}`, 'alice', at))
    const answerWith =
      (count: number): Reply =>
      (target) =>
        set(target.startsWith('Practitioner') ? ['{"resourceType":"Practitioner","id":"wei"}'] : many.slice(0, count))
    const path = 'Practitioner?_revinclude=Encounter:practitioner'
    expect(entriesOf(await ask(path, answerWith(1000)), 'include').length).toBe(1000)
    const answer = await ask(path, answerWith(1001))
    expect([answer.status, answer.body.issue[0].code]).toEqual([422, 'too-costly'])
  })
  test('ENF-86: provenance of everybody’s, where the parameter is ignored: refused', async () => {
    const of = (target: string) => `{"resourceType":"Provenance","id":"p","target":[{"reference":"${target}"}]}`
    const path = 'Observation?_revinclude=Provenance:target'
    expect(entriesOf(await ask(path, () => set([of('Observation/o')])), 'include')).toEqual(['Provenance/p'])
    expect((await ask(path, () => set([of('Observation/x')]))).status).toBe(502)
  })
  test('pages without an end: 422', async () => {
    const link = `,"link":[{"relation":"next","url":"${upstreamUrl}/Encounter?x"}]`
    expect((await ask(FORWARD, () => set([encounter('e', 'alice')], link))).status).toBe(422)
    expect(seen.length).toBeLessThan(15)
  })
  test('unreachable: 503, and nothing by halves', async () => {
    const answer = await ask(FORWARD, () => undefined)
    expect([answer.status, answer.text.includes('"o"')]).toEqual([503, false])
  })
})

test('the worlds differ', () => expect(withForeign().length).toBeGreaterThan(own.length))
