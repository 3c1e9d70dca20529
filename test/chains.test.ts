// Chains and _has through the proxy: they match by what the app may find, and tell nothing of what else is there.
import { randomUUID } from 'node:crypto'
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

const wei: Caller = { scope: 'user/*.rs', person: 'Practitioner/wei' }
const nora: Caller = { scope: 'user/*.rs', person: 'Practitioner/nora' }
const narrow = (scope: string): Caller => ({ ...ALICE, scope })

describe.each([
  ['strict', false],
  ['lenient', true],
])('before a %s server', (_name, lenient) => {
  let world: World
  let without: World
  beforeAll(async () => {
    world = await startWorld(withForeign(), lenient)
    without = await startWorld(own, lenient)
  })
  afterAll(async () => {
    await world.close()
    await without.close()
  })

  test.each<[string, string, string[]]>([
    ['of the visit; that of another patient does not count', 'Observation?encounter.status=finished', ['sugar']],
    ['with its type', 'Observation?encounter:Encounter.status=finished', ['sugar']],
    ['that nothing meets', 'Observation?encounter.status=planned', []],
    ['with a modifier', 'Observation?encounter.status:not=planned', ['sugar']],
    ['through two references', 'Observation?encounter.service-provider.name=Ward', ['sugar']],
    ['to what all share', 'Observation?performer:Practitioner.family=Chen', ['sugar', 'salt']],
    ['to several types at once', 'Observation?performer.family=Chen', ['sugar', 'salt']],
    ['to another patient, named by the own record', 'Observation?performer:Patient._id=bob', []],
    ['to the own one', 'Observation?patient._id=alice', ['sugar', 'salt', 'iron']],
    ['to another one', 'Observation?patient._id=bob', []],
    [
      'to the own one by who treats her',
      'Observation?patient.general-practitioner.family=Chen',
      [...['sugar', 'salt', 'iron']],
    ],
    ['to the same type', 'Observation?has-member.category=http://c|vital', ['sugar']],
    ['to the same type of another patient', 'Observation?has-member._id=of-bob', []],
    ['two, which both must meet', 'Observation?has-member._id=salt&encounter._id=visit', ['sugar']],
    ['two, of which one meets nothing', 'Observation?has-member._id=salt&encounter._id=visit-of-bob', []],
    ['beside another condition', 'Observation?_id=salt&performer:Practitioner.family=Chen', ['salt']],
    ['in the compartment', 'Patient/alice/Observation?encounter.status=finished', ['sugar']],
    ['in another one', 'Patient/bob/Observation?encounter.status=finished', []],
    ['backwards', 'Patient?_has:Observation:patient:category=http://c|vital', ['alice']],
    ['backwards, by what is another’s', 'Patient?_has:Observation:patient:_id=of-bob', []],
    ['backwards, to another patient', 'Patient?_has:Observation:performer:_id=salt', []],
    ['backwards, from what all share', 'Practitioner?_has:Observation:performer:_id=sugar', ['wei']],
    ['the same by what is another’s', 'Practitioner?_has:Observation:performer:_id=of-bob', []],
    ['who treats her', 'Practitioner?_has:Patient:general-practitioner:_id=alice', ['wei']],
    ['who treats another', 'Practitioner?_has:Patient:general-practitioner:_id=bob', []],
    ['a visit by what was seen there', 'Encounter?_has:Observation:encounter:_id=sugar', ['visit']],
    ['a visit by another’s record of it', 'Encounter?_has:Observation:encounter:_id=gone', []],
    ['backwards twice', 'Organization?_has:Encounter:service-provider:_has:Observation:encounter:_id=sugar', ['ward']],
    [
      'backwards twice, by another’s',
      'Organization?_has:Encounter:service-provider:_has:Observation:encounter:_id=gone',
      [],
    ],
    ['backwards and on', 'Medication?_has:MedicationRequest:medication:patient._id=alice', ['aspirin']],
    ['on and backwards', 'Observation?patient._has:MedicationRequest:patient:status=active', ['sugar', 'salt', 'iron']],
  ])('ENF-61, SEED-42: %s: %s', async (_case, path, expected) => {
    const answer = await world.get(path)
    expect([answer.status, answer.body.total]).toEqual([200, expected.length])
    expect(entriesOf(answer, 'match').map((key) => key.split('/')[1])).toEqual(expected)
    for (const more of ['', '&_summary=count', '&_count=1', '&_sort=-_id&_elements=id'])
      expect(seenIn(await world.get(path + more), world)).toEqual(seenIn(await without.get(path + more), without))
    expect(world.alarms).toEqual([])
  })

  test('no match looks like any other no match', async () => {
    const chained = await world.get('Observation?encounter.status=planned')
    const plain = await world.get('Observation?_id=nobody')
    const links = /"link":\[[^\]]*\]/
    expect(chained.text.replace(links, '')).toBe(plain.text.replace(links, ''))
    expect(chained.body.link).toEqual([{ relation: 'self', url: `${FHIR_BASE}/Observation?encounter.status=planned` }])
  })

  test('by POST, with what comes along', async () => {
    const answer = await world.post('Observation/_search', 'encounter.status=finished&_include=Observation:encounter')
    expect([entriesOf(answer, 'match'), entriesOf(answer, 'include')]).toEqual([
      ['Observation/sugar'],
      ['Encounter/visit'],
    ])
  })

  test.each<[string, Caller, string, string[]]>([
    ['of the panel', wei, 'Observation?patient._id=bob', ['of-bob', 'gone']],
    ['of anyone', nora, 'Observation?encounter.part-of._id=visit', ['salt']],
    ['of a client itself', { scope: 'system/*.rs' }, 'Patient?_has:Observation:patient:_id=of-bob', ['bob']],
    [
      'through what a narrowed scope shows',
      narrow('patient/Observation.rs patient/Encounter.rs?status=finished'),
      'Observation?encounter._id=visit',
      ['sugar'],
    ],
    [
      'not through what it hides',
      narrow('patient/Observation.rs patient/Encounter.rs?status=planned'),
      'Observation?encounter._id=visit',
      [],
    ],
    [
      'through what any of several scopes shows',
      narrow('patient/Observation.rs patient/Encounter.s?status=planned patient/Encounter.s?_id=visit'),
      'Observation?encounter.status=finished',
      ['sugar'],
    ],
    [
      'from what any of several scopes shows',
      narrow('patient/Encounter.rs patient/Observation.s?code=none patient/Observation.s?_id=sugar,iron'),
      'Observation?encounter.status=finished',
      ['sugar'],
    ],
    [
      'ENF-07: through the own visits by one scope, not by that of the panel',
      { ...wei, patient: 'alice', scope: 'user/Observation.rs patient/Encounter.rs' },
      'Observation?encounter.status=finished',
      ['gone', 'sugar'],
    ],
  ])('ENF-61: %s', async (_case, caller, path, expected) => {
    const answer = await world.get(path, caller)
    expect([answer.status, entriesOf(answer, 'match').map((key) => key.split('/')[1])]).toEqual([200, expected])
  })

  test.each<[string, string, string, string]>([
    ['forwards', 'patient/Observation.rs', 'Observation?encounter.status=finished', 'patient/Encounter.s'],
    [
      'with the right to read alone',
      'patient/Observation.rs patient/Encounter.r',
      'Observation?encounter.status=x',
      'patient/Encounter.s',
    ],
    ['backwards', 'patient/Patient.rs', 'Patient?_has:Observation:patient:code=x', 'patient/Observation.s'],
    [
      'further on',
      'patient/Observation.rs patient/Encounter.rs',
      'Observation?encounter.service-provider.name=x',
      'patient/Organization.s',
    ],
    [
      'of one of several types',
      'patient/Observation.rs patient/Practitioner.rs',
      'Observation?performer.name=x',
      'patient/Organization.s',
    ],
  ])('ENF-61: without a scope, %s: 403 that names it, whatever is there', async (_case, scope, path, needed) => {
    for (const one of [world, without]) {
      const answer = await one.get(path, narrow(scope))
      expect(answer.status).toBe(403)
      expect(answer.headers['www-authenticate']).toContain(`scope="${needed}"`)
    }
  })

  test('ENF-10: pages of what a chain leads to, until it leads elsewhere', async () => {
    const first = await world.get('Observation?performer:Practitioner.family=Chen&_count=1')
    const second = await world.get(nextOf(first)!)
    expect([first, second].flatMap((page) => entriesOf(page, 'match'))).toEqual([
      'Observation/sugar',
      'Observation/salt',
    ])
    const another = { resourceType: 'Practitioner', id: 'another', name: [{ family: 'Chen' }] }
    await world.direct('PUT', 'Practitioner/another', another)
    expect((await world.get(nextOf(first)!)).status).toBe(410)
    await world.direct('DELETE', 'Practitioner/another')
    // What only another patient's records lead to ends no page.
    const page = await world.get('Observation?encounter.status=finished,planned&_count=1')
    await world.direct('PUT', 'Encounter/more-of-bob', {
      ...{ resourceType: 'Encounter', id: 'more-of-bob', status: 'planned', class: { code: 'AMB' } },
      subject: { reference: 'Patient/bob' },
    })
    expect(seenIn(await world.get('Observation?encounter.status=finished,planned&_count=1'), world)).toEqual(
      seenIn(page, world),
    )
  })
})

test('pages go on where an address would be too long for what a chain came to', async () => {
  const ids = Array.from({ length: 480 }, () => randomUUID())
  const held = ids.flatMap((id) => [
    { resourceType: 'Practitioner' as const, id, active: true },
    observation(`by-${id}`, 'alice', { performer: [{ reference: `Practitioner/${id}` }] }),
  ])
  const world = await startWorld([...own, ...held], false)
  let answer = await world.get('Observation?performer:Practitioner.active=true&_count=200')
  const found = entriesOf(answer, 'match')
  for (let next = nextOf(answer); next !== undefined; next = nextOf(answer)) {
    answer = await world.get(next)
    found.push(...entriesOf(answer, 'match'))
  }
  await world.close()
  expect(new Set(found)).toEqual(new Set(ids.map((id) => `Observation/by-${id}`)))
  expect(world.alarms).toEqual([])
})

function nextOf({ body }: Response): string | undefined {
  return (body as Links).link?.find(({ relation }) => relation === 'next')?.url
}
type Links = { link?: { relation: string; url: string }[] }

describe('before an upstream that misbehaves', () => {
  const set = (resources: object[]) =>
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'searchset',
      entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
    })
  const encounter = (id: string, patient = 'alice') => ({
    resourceType: 'Encounter',
    id,
    subject: { reference: `Patient/${patient}` },
  })
  let world: World
  let seen: string[] = []
  let encounters: () => string | undefined = () => undefined
  const upstream = madeUpUpstream(({ target, form }) => {
    seen.push(decodeURIComponent(`${target}${form === undefined ? '' : `?${form}`}`))
    const body = target.startsWith('Encounter') ? encounters() : set([observation('o', 'alice')])
    if (body === undefined) return { kind: 'failed', reason: 'unreachable' }
    const headers = new Map([['content-type', 'application/fhir+json']])
    return { kind: 'answer', status: 200, headers, body: Buffer.from(body) }
  })
  beforeAll(async () => {
    world = await startProxy('http://upstream.example/r4', upstream)
  })
  afterAll(() => world.close())
  const ask = async (how: typeof encounters) => {
    seen = []
    world.alarms.length = 0
    encounters = how
    return world.get('Observation?encounter.status=finished')
  }

  test('ENF-61: no chain is ever sent; what it goes through is searched for, confined', async () => {
    expect((await ask(() => set([encounter('b'), encounter('a')]))).status).toBe(200)
    expect(seen).toEqual([
      'Encounter?status=finished&_count=1000&_elements=id,subject&patient=Patient/alice',
      'Observation?encounter=Encounter/a,Encounter/b&patient=Patient/alice',
    ])
  })
  test('a visit of another patient among them: 502, and the search is not made', async () => {
    const answer = await ask(() => set([encounter('a'), encounter('b', 'bob')]))
    expect([answer.status, seen.length, world.alarms.length]).toEqual([502, 1, 1])
  })
  test('unreachable: 503', async () => expect((await ask(() => undefined)).status).toBe(503))
  test('through more than can be asked for: 422, and not some of it', async () => {
    const many = (count: number) => () => set(Array.from({ length: count }, (_one, at) => encounter(`e${at}`)))
    expect((await ask(many(500))).status).toBe(200)
    expect(seen[1]?.startsWith('Observation/_search?')).toBe(true)
    const answer = await ask(many(501))
    expect([answer.status, answer.body.issue[0].code, seen.length]).toEqual([422, 'too-costly', 1])
  })
})
