// Histories through the proxy: each version is judged, and what may not be seen leaves no trace.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { madeUpUpstream } from './testing/made-up-upstream.ts'
import {
  ALICE,
  type Caller,
  FHIR_BASE,
  observation,
  startProxy,
  startWorld,
  type World,
  withForeign,
} from './two-worlds.ts'

const SYSTEM: Caller = { scope: 'system/*.rs' }
const wei: Caller = { scope: 'user/*.rs', person: 'Practitioner/wei' }
const LAB: Caller = { ...ALICE, scope: 'patient/Observation.rs?category=http://c|lab' }
const vital = { category: [{ coding: [{ system: 'http://c', code: 'vital' }] }] }

type Version = {
  fullUrl: string
  resource?: { id: string; subject: { reference: string }; meta: { versionId: string } }
  request: { method: string; url: string }
  response: { etag: string }
}
const versionsOf = ({ body }: { body: { entry?: Version[] } }) =>
  (body.entry ?? []).map(({ resource, request }) => resource?.meta.versionId ?? request.method)
const linkOf = ({ body }: { body: { link: { relation: string; url: string }[] } }, wanted: string) =>
  body.link.find(({ relation }) => relation === wanted)?.url

describe.each([
  ['strict', false],
  ['lenient', true],
])('before a %s server', (_name, lenient) => {
  let world: World
  beforeAll(async () => {
    world = await startWorld(withForeign(), lenient)
    const put = (id: string, patient: string, more?: object) =>
      world.direct('PUT', `Observation/${id}`, observation(id, patient, more))
    // Was Bob's, and is Alice's now; and the other way round.
    await put('came', 'bob')
    await put('came', 'alice')
    await put('came', 'alice', { valueString: 'third' })
    await put('went', 'alice')
    await put('went', 'bob')
    // Deleted and made anew, by one patient and by two.
    await put('again', 'alice')
    await world.direct('DELETE', 'Observation/again')
    await put('again', 'alice')
    await put('reused', 'bob')
    await world.direct('DELETE', 'Observation/reused')
    await put('reused', 'alice')
    await put('removed', 'alice')
    await world.direct('DELETE', 'Observation/removed')
    await put('removed-of-bob', 'bob')
    await world.direct('DELETE', 'Observation/removed-of-bob')
    await put('recoded', 'alice', vital)
    await put('recoded', 'alice')
  })
  afterAll(() => world.close())

  test.each<[string, string, Caller, string[] | number]>([
    ['one version', 'sugar', ALICE, ['1']],
    ['only what is about the patient', 'came', ALICE, ['3', '2']],
    ['a record that is another’s now', 'went', ALICE, 404],
    ['a record of another', 'of-bob', ALICE, 404],
    ['no record', 'nothing-here', ALICE, 404],
    ['a deletion among the patient’s own', 'again', ALICE, ['3', 'DELETE', '1']],
    ['a deletion that may have been another’s', 'reused', ALICE, ['3']],
    ['deleted, and always the patient’s', 'removed', ALICE, ['DELETE', '1']],
    ['deleted, and another’s', 'removed-of-bob', ALICE, 404],
    ['within the conditions of the scope', 'recoded', LAB, ['2']],
    ['a panel', 'came', wei, ['3', '2', '1']],
    ['a client for itself', 'removed-of-bob', SYSTEM, ['DELETE', '1']],
    ['no scope to read', 'sugar', { ...ALICE, scope: 'patient/Observation.s' }, 403],
  ])('ENF-22, SEED-41: %s', async (_case, id, caller, expected) => {
    const answer = await world.get(`Observation/${id}/_history`, caller)
    expect(answer.status === 200 ? versionsOf(answer) : answer.status).toEqual(expected)
    if (answer.status === 200) expect(answer.body).not.toHaveProperty('total')
    if (caller === ALICE) expect(answer.text).not.toMatch(/Patient\/bob|127\.0\.0\.1/)
  })

  test('ENF-22, ENF-09: missing, foreign and gone say the same', async () => {
    const texts = await Promise.all(
      ['went', 'of-bob', 'nothing-here', 'removed-of-bob'].map(
        async (id) => (await world.get(`Observation/${id}/_history`)).text,
      ),
    )
    expect(new Set(texts).size).toBe(1)
  })

  test('an entry says what happened, at our address', async () => {
    const { entry } = (await world.get('Observation/again/_history')).body as { entry: Version[] }
    expect(entry[1]).toMatchObject({
      fullUrl: `${FHIR_BASE}/Observation/again`,
      request: { method: 'DELETE', url: 'Observation/again' },
      response: { status: '204', etag: 'W/"2"' },
    })
  })

  test('_count pages over what may be seen, and the links are the caller’s own', async () => {
    const first = await world.get('Observation/came/_history?_count=1')
    expect(versionsOf(first)).toEqual(['3'])
    expect(linkOf(first, 'self')).toBe(`${FHIR_BASE}/Observation/came/_history?_count=1`)
    const next = linkOf(first, 'next') ?? ''
    const second = await world.get(next)
    expect([versionsOf(second), linkOf(second, 'next')]).toEqual([['2'], undefined])
    expect(versionsOf(await world.get(linkOf(second, 'previous') ?? ''))).toEqual(['3'])
    expect((await world.get(next, { ...ALICE, patient: 'bob', person: 'Patient/bob' })).status).toBe(410)
  })

  test('_since leaves older ones out', async () => {
    expect(versionsOf(await world.get('Observation/came/_history?_since=2999-01-01'))).toEqual([])
    expect(versionsOf(await world.get('Observation/came/_history?_since=2001-01-01T00:00:00Z'))).toEqual(['3', '2'])
  })

  test.each(['_count=0', '_count=x', '_since=yesterday', '_at=2020', '_sort=_lastUpdated', 'code=x', '_elements=id'])(
    '%s is refused with 400',
    async (query) => expect((await world.get(`Observation/came/_history?${query}`)).status).toBe(400),
  )

  test('ENF-23, ENF-24, SEED-41: all versions of a type, or of everything, only for clients that may see them all', async () => {
    for (const path of ['Observation/_history', '_history', 'Practitioner/_history']) {
      expect((await world.get(path, SYSTEM)).status).toBe(200)
      for (const caller of [ALICE, wei, { scope: 'user/*.rs', person: 'Practitioner/nora' }]) {
        const { status, body } = await world.get(path, caller)
        expect([status, body.issue[0].code, body.issue[0].diagnostics.length > 20]).toEqual([
          403,
          'not-supported',
          true,
        ])
      }
    }
    expect((await world.get('Observation/_history', { scope: 'system/Observation.s' })).status).toBe(200)
    expect((await world.get('Observation/_history', { scope: 'system/Observation.s?code=x' })).status).toBe(403)
    expect((await world.get('Observation/_history', { scope: 'system/Observation.r' })).status).toBe(403)
    const all = await world.get('_history', { scope: 'system/Observation.s' })
    expect([all.status, all.headers['www-authenticate']]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="system/*.s"',
    ])
  })

  test('ENF-23: pages of a type’s history are sealed', async () => {
    const first = await world.get('Observation/_history?_count=2', SYSTEM)
    expect([first.body.entry.length, first.body.type, first.text.includes('127.0.0.1')]).toEqual([2, 'history', false])
    const next = linkOf(first, 'next') ?? ''
    expect(next).toContain('/_page/')
    const second = await world.get(next, SYSTEM)
    expect([second.status, second.body.entry.length]).toEqual([200, 2])
    expect(second.body.entry[0]).not.toEqual(first.body.entry[0])
    expect((await world.get(next)).status).toBe(410)
  })

  test('ENF-28: several types at once, for clients that may see them all', async () => {
    const answer = await world.get('?_type=Patient,Practitioner', SYSTEM)
    expect(answer.body.entry.map(({ resource }: { resource: { id: string } }) => resource.id).sort()).toEqual([
      'alice',
      'bob',
      'wei',
    ])
    expect(linkOf(answer, 'self')).toContain(`${FHIR_BASE}?_type=`)
    expect((await world.post('_search', '_type=Patient,Practitioner', SYSTEM)).body.total).toBe(3)
    expect((await world.get('?_type=Patient&_summary=count', SYSTEM)).body.total).toBe(2)
    const first = await world.get('?_type=Patient,Practitioner&_count=2', SYSTEM)
    const second = await world.get(linkOf(first, 'next') ?? '', SYSTEM)
    expect([first.body.entry.length, second.body.entry.length]).toEqual([2, 1])
  })

  test.each<[string, Caller, number]>([
    ['?_type=Patient,Practitioner', ALICE, 403],
    ['?_type=Practitioner,Organization', ALICE, 403],
    ['?_type=Patient', wei, 403],
    ['?_type=Patient', { scope: 'user/*.rs', person: 'Practitioner/nora' }, 403],
    ['?_type=Patient,Encounter', { scope: 'system/Patient.s' }, 403],
    ['?_type=Patient,Observation', { scope: 'system/Patient.s system/Observation.s?category=lab' }, 403],
    ['', SYSTEM, 403],
    ['?_lastUpdated=gt2020', SYSTEM, 403],
    ['?_type=Unicorn', SYSTEM, 400],
    ['?_type=Patient,', SYSTEM, 400],
    ['?_type=Patient&_type=Practitioner', SYSTEM, 400],
    ['?_type=Patient,Practitioner&birthdate=2000', SYSTEM, 400],
    ['?_type=Patient&_include=Patient:link', SYSTEM, 403],
    ['?_type=Patient&_has:Observation:patient:code=x', SYSTEM, 403],
  ])('ENF-28: %s is refused for %j with %d', async (query, caller, status) => {
    const answer = await world.get(query, caller)
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome'])
  })
})

describe('before an upstream that misbehaves', () => {
  let current: { status: number; body: string }
  let history: (target: string) => string
  let world: World
  const upstream = madeUpUpstream(({ target }) => {
    const isHistory = target.includes('_history') || target.includes('?')
    const { status, body } = isHistory ? { status: 200, body: history(target) } : current
    const headers = new Map([['content-type', 'application/fhir+json']])
    return { kind: 'answer', status, headers, body: Buffer.from(body) }
  })
  beforeAll(async () => {
    world = await startProxy('http://upstream.example/r4', upstream)
  })
  afterAll(() => world.close())

  const of = (patient: string, more = '', id = 'o') =>
    `{"resourceType":"Observation","id":"${id}","subject":{"reference":"Patient/${patient}"}${more}}`
  const bundle = (entries: string[], more = '', type = 'history') =>
    `{"resourceType":"Bundle","type":"${type}"${more},"entry":[${entries.join(',')}]}`
  const version = (resource: string, more = '') => `{"resource":${resource}${more}}`
  const ask = async (caller = ALICE, path = 'Observation/o/_history') => {
    world.alarms.length = 0
    return world.get(path, caller)
  }
  const live = () => {
    current = { status: 200, body: of('alice') }
  }

  test('ENF-13: a version keeps its characters; what else is in an entry stays behind', async () => {
    live()
    const extra =
      ',"request":{"method":"PUT","url":"Patient?identifier=bob"},"response":{"status":"200","outcome":{"x":"bob"}}'
    history = () => bundle([version(of('alice', ',"valueQuantity":{"value":70.10}'), extra)], ',"total":7')
    const answer = await ask()
    expect(answer.text).toContain('70.10')
    expect(answer.text).not.toContain('bob')
    expect(answer.body).not.toHaveProperty('total')
  })
  test('versions of other records and of other patients are absent', async () => {
    live()
    history = () =>
      bundle([
        version(of('alice')),
        version(of('bob')),
        version(of('alice', '', 'p')),
        version('{"resourceType":"Patient","id":"o"}'),
      ])
    expect((await ask()).body.entry.length).toBe(1)
  })
  test('ENF-21: a current record of another: nothing is asked further', async () => {
    current = { status: 200, body: of('bob') }
    history = () => {
      throw new Error('asked')
    }
    expect((await ask()).status).toBe(404)
  })
  test('a deletion alone tells nothing', async () => {
    current = { status: 410, body: '' }
    history = () => bundle(['{"request":{"method":"DELETE","url":"Observation/o"}}'])
    expect((await ask()).status).toBe(404)
  })
  test.each<[string, string]>([
    ['a searchset', bundle([version(of('alice'))], '', 'searchset')],
    ['a record', of('alice')],
    ['an entry that is none', bundle(['null'])],
    ['two lists of entries', bundle([], ',"entry":[]')],
    ['an escaped second list', bundle([], ',"\\u0065ntry":[]')],
    ['not JSON', '<html>'],
    ['a next page elsewhere', bundle([], ',"link":[{"relation":"next","url":"http://evil.example/r4/x"}]')],
  ])('%s: 502 and an alarm', async (_name, body) => {
    live()
    history = () => body
    expect([(await ask()).status, world.alarms.length]).toEqual([502, 1])
  })
  test('pages without an end: 422', async () => {
    live()
    const link = ',"link":[{"relation":"next","url":"http://upstream.example/r4/Observation/o/_history?x"}]'
    history = () => bundle([version(of('alice'))], link)
    expect((await ask()).status).toBe(422)
  })
  test.each<[string, string, string]>([
    [
      'another type in a type’s history',
      'Observation/_history',
      bundle([version('{"resourceType":"Patient","id":"o"}')]),
    ],
    [
      'a deletion of another type',
      'Observation/_history',
      bundle(['{"request":{"method":"DELETE","url":"Patient/o"}}']),
    ],
    ['a deletion of what cannot be read', '_history', bundle(['{"request":{"method":"DELETE","url":"x"}}'])],
    ['a searchset for a history', '_history', bundle([], '', 'searchset')],
    ['a type that was not asked for', '?_type=Patient', bundle([version(of('alice'))], '', 'searchset')],
    [
      'an include',
      '?_type=Observation',
      bundle([version(of('alice'), ',"search":{"mode":"include"}')], '', 'searchset'),
    ],
  ])('%s: 502 and an alarm', async (_name, path, body) => {
    history = () => body
    expect([(await ask(SYSTEM, path)).status, world.alarms.length]).toEqual([502, 1])
  })
})
