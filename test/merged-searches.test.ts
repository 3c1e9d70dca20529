// Scopes that no one search of the FHIR server can say together: the list is put together here, and is a list like any other.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Response } from 'supertest'
import { madeUpUpstream } from './testing/made-up-upstream.ts'
import {
  ALICE,
  type Caller,
  entriesOf,
  FHIR_BASE,
  observation,
  own,
  seenIn,
  startProxy,
  startWorld,
  type World,
  withForeign,
} from './two-worlds.ts'

const wei = [{ reference: 'Practitioner/wei' }]
const vital = [{ coding: [{ system: 'http://c', code: 'vital' }] }]
/** Beside `sugar` (lab, by wei), `salt` (vital, by wei) and `iron` (lab). */
const more = [
  observation('pulse', 'alice', { category: vital, effectiveDateTime: '2026-03-01' }),
  observation('zinc', 'alice', { performer: wei, effectiveDateTime: '2026-01-01' }),
]
const ofBob = [
  observation('a-bobs', 'bob', { performer: wei, effectiveDateTime: '2026-02-01' }),
  observation('z-bobs', 'bob', { category: vital, performer: wei }),
]
const LAB_OR_WEI = 'patient/Observation.rs?category=http://c|lab patient/Observation.rs?performer=Practitioner/wei'
const alice: Caller = { ...ALICE, scope: `${LAB_OR_WEI} patient/Patient.rs patient/Encounter.rs` }
const panel: Caller = {
  person: 'Practitioner/wei',
  patient: 'alice',
  scope: 'patient/Observation.rs?category=http://c|vital user/Observation.rs?performer=Practitioner/wei',
}

async function allPages(world: World, first: Response, caller: Caller): Promise<Response[]> {
  const pages = [first]
  for (let next = linkOf(first, 'next'); next !== undefined; next = linkOf(pages.at(-1)!, 'next'))
    pages.push(await world.get(next, caller))
  return pages
}

function linkOf({ body }: Response, relation: string): string | undefined {
  return (body.link as { relation: string; url: string }[]).find((one) => one.relation === relation)?.url
}

describe.each([
  ['strict', false],
  ['lenient', true],
])('before a %s server', (_name, lenient) => {
  let world: World
  let without: World
  beforeAll(async () => {
    world = await startWorld([...ofBob, ...withForeign(), ...more], lenient)
    without = await startWorld([...own, ...more], lenient)
  })
  afterAll(async () => {
    await world.close()
    await without.close()
  })

  test.each<[string, string, string[]]>([
    ['all that one of the scopes allows, once', 'Observation', ['iron', 'salt', 'sugar', 'zinc']],
    ['the app’s own condition too', 'Observation?category=http://c|lab&_id=salt,sugar,pulse', ['sugar']],
    ['none', 'Observation?_id=pulse,a-bobs', []],
    ['sorted by id', 'Observation?_sort=-_id', ['zinc', 'sugar', 'salt', 'iron']],
    ['sorted by date, what has none last', 'Observation?_sort=date', ['zinc', 'iron', 'salt', 'sugar']],
    ['trimmed', 'Observation?_elements=status&_sort=-date', ['zinc', 'iron', 'salt', 'sugar']],
    ['in the compartment', 'Patient/alice/Observation', ['iron', 'salt', 'sugar', 'zinc']],
    ['in another one', 'Patient/bob/Observation', []],
  ])('ENF-67, ENF-65: %s', async (_case, path, expected) => {
    const answer = await world.get(path, alice)
    expect([answer.status, answer.body.total]).toEqual([200, expected.length])
    expect(entriesOf(answer, 'match')).toEqual(expected.map((id) => `Observation/${id}`))
    expect(answer.body.link).toEqual([{ relation: 'self', url: `${FHIR_BASE}/${decoded(path)}` }])
    expect(seenIn(answer, world)).toEqual(seenIn(await without.get(path, alice), without))
    const count = await world.get(`${path}${path.includes('?') ? '&' : '?'}_summary=count`, alice)
    expect([count.body.total, count.body.entry]).toEqual([expected.length, undefined])
    expect(world.alarms).toEqual([])
  })
  function decoded(path: string): string {
    const [type, query] = path
      .replace(/^Patient\/(alice|bob)\/Observation/, 'Observation?patient=Patient/$1')
      .split('?')
    const pairs = query?.split('&').map((pair) => pair.split('=').map(encodeURIComponent).join('='))
    return pairs === undefined ? `${type}` : `${type}?${pairs.join('&')}`
  }

  test('ENF-07: of the patient in context by one scope, of the panel by another', async () => {
    const answer = await world.get('Observation', panel)
    expect(entriesOf(answer, 'match').map((key) => key.split('/')[1])).toEqual([
      ...['a-bobs', 'of-bob', 'pulse', 'salt', 'sugar', 'z-bobs', 'zinc'],
    ])
    for (const [id, status] of [
      ['iron', 404],
      ['gone', 404],
      ['z-bobs', 200],
      ['pulse', 200],
    ] as const)
      expect((await world.get(`Observation/${id}`, panel)).status).toBe(status)
  })

  test.each([1, 2, 3, 4, 5])('ENF-71: pages of %d have no gaps, and lead back', async (count) => {
    const path = `Observation?_count=${count}&_sort=-_lastUpdated`
    const pages = await allPages(world, await world.get(path, alice), alice)
    expect(pages.length).toBe(Math.ceil(4 / count))
    const ids = pages.flatMap((page) => entriesOf(page, 'match'))
    expect(ids).toEqual(['iron', 'salt', 'sugar', 'zinc'].map((id) => `Observation/${id}`))
    expect(pages.map((page) => page.body.total)).toEqual(pages.map(() => 4))
    const others = await allPages(without, await without.get(path, alice), alice)
    expect(pages.map((page) => seenIn(page, world))).toEqual(others.map((page) => seenIn(page, without)))
    if (pages.length > 1) {
      const back = await world.get(linkOf(pages[1]!, 'previous')!, alice)
      expect(entriesOf(back, 'match')).toEqual(entriesOf(pages[0]!, 'match'))
    }
  })

  test('ENF-10: a page is for whoever searched, and only while the scopes allow the same', async () => {
    const next = linkOf(await world.get('Observation?_count=1', alice), 'next')!
    expect((await world.get(next, alice)).status).toBe(200)
    expect((await world.get(next, { ...alice, person: 'Patient/bob' })).status).toBe(410)
    expect((await world.get(next, { ...alice, scope: LAB_OR_WEI.replace('lab', 'vital') })).status).toBe(410)
    expect((await world.get(next, { ...alice, scope: 'patient/Observation.rs' })).status).toBe(410)
    expect((await world.get(next, { ...alice, scope: 'patient/Patient.rs' })).status).toBe(403)
  })

  test('ENF-60: what comes along, of the page', async () => {
    const answer = await world.get('Observation?_sort=-_id&_count=2&_include=Observation:encounter', alice)
    expect(entriesOf(answer, 'include')).toEqual(['Encounter/visit'])
    const byPost = await world.post('Observation/_search', '_id=salt&_include=Observation:encounter', alice)
    expect([entriesOf(byPost, 'match'), entriesOf(byPost, 'include')]).toEqual([['Observation/salt'], []])
  })

  test('ENF-13: numbers come through as they were', async () => {
    await world.direct('PUT', 'Observation/iron', { ...observation('iron', 'alice'), valueQuantity: { value: 70.5 } })
    expect((await world.get('Observation', alice)).text).toContain('70.5')
  })

  test.each([1, 2, 100])('ENF-43: everything of a patient, %d at a time, each record once', async (count) => {
    const first = await world.get(`Patient/alice/$everything?_type=Observation&_count=${count}`, alice)
    const pages = await allPages(world, first, alice)
    expect(pages.flatMap((page) => entriesOf(page, 'match')).sort()).toEqual(
      ['iron', 'salt', 'sugar', 'zinc'].map((id) => `Observation/${id}`),
    )
  })

  test('ENF-46: the latest of each code', async () => {
    const ids = (answer: Response) => entriesOf(answer, 'match').map((key) => key.split('/')[1])
    for (const id of ['a-bobs', 'pulse', 'zinc']) {
      const at = { a: '2026-02-01', p: '2026-03-01', z: '2026-01-01' }[id[0] as 'a' | 'p' | 'z']
      const stored = (await world.direct('GET', `Observation/${id}`)) as object
      await world.direct('PUT', `Observation/${id}`, { ...stored, effectiveDateTime: at, code: { text: 'same' } })
    }
    expect(ids(await world.get('Observation/$lastn', alice))).toEqual(['zinc', 'iron', 'salt', 'sugar'])
    expect(ids(await world.get('Observation/$lastn?patient=Patient/alice', panel))).toEqual(['pulse', 'salt', 'sugar'])
    expect(ids(await world.get('Observation/$lastn?max=2&patient=Patient/alice', panel))).toEqual([
      ...['pulse', 'zinc', 'salt', 'sugar'],
    ])
  })

  test('another order: 422, whatever is there', async () => {
    for (const one of [world, without]) expect((await one.get('Observation?_sort=code', alice)).status).toBe(422)
  })
})

describe('before an upstream that misbehaves', () => {
  const set = (resources: object[], links: object[] = []) =>
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'searchset',
      link: links,
      entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
    })
  const lab = (id: string, patient = 'alice') => observation(id, patient)
  let world: World
  let reply: (target: string) => string | undefined = () => undefined
  const upstream = madeUpUpstream(({ target }) => {
    const body = reply(target)
    if (body === undefined) return { kind: 'failed', reason: 'unreachable' }
    const headers = new Map([['content-type', 'application/fhir+json']])
    return { kind: 'answer', status: 200, headers, body: Buffer.from(body) }
  })
  beforeAll(async () => {
    world = await startProxy('http://upstream.example/r4', upstream)
  })
  afterAll(() => world.close())
  const ask = async (how: typeof reply) => {
    world.alarms.length = 0
    reply = how
    return world.get('Observation?_count=1', alice)
  }
  const isFirst = (target: string) => target.includes('category')

  test.each<[string, typeof reply, number]>([
    ['one search answers with another patient’s', (target) => set([lab('x', isFirst(target) ? 'bob' : 'alice')]), 502],
    ['one gives what only the other allows', () => set([lab('x')]), 502],
    ['one is no searchset', (target) => (isFirst(target) ? JSON.stringify(lab('x')) : set([])), 502],
    ['one leads elsewhere', () => set([], [{ relation: 'next', url: 'http://evil.example/r4/x' }]), 502],
    ['one is unreachable', (target) => (isFirst(target) ? set([]) : undefined), 503],
    ['one has no end', () => set([], [{ relation: 'next', url: 'http://upstream.example/r4/Observation?x' }]), 422],
  ])('%s: nothing by halves', async (_name, how, status) => {
    const answer = await ask(how)
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome'])
    expect(answer.text).not.toMatch(/bob|alice|upstream\.example/)
    expect(world.alarms.length).toBe(status === 502 ? 1 : 0)
  })

  test('more than can be put together: 422, and not some of it', async () => {
    const many = (count: number) => Array.from({ length: count }, (_one, at) => lab(`o${at}`))
    const answerWith = (count: number) => (target: string) => set(isFirst(target) ? many(count) : [])
    const whole = await ask(answerWith(2_000))
    expect([whole.status, whole.body.total, whole.body.entry.length]).toEqual([200, 2_000, 1])
    const answer = await ask(answerWith(2_001))
    expect([answer.status, answer.body.issue[0].code]).toEqual([422, 'too-costly'])
  })
})
