// Where an operator draws the line around a patient: which types all may see, and who has a part in a record.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import request from 'supertest'
import { type Caller, entriesOf, observation, own, startWorld, tokenOf, type World } from './two-worlds.ts'

const ALICE: Caller = { scope: 'patient/*.cruds', patient: 'alice', person: 'Patient/alice' }
const meta = { lastUpdated: '2026-01-01T00:00:00.000Z' }
const to = (reference: string) => ({ reference })
const record = (resource: object) => ({ meta, ...resource }) as unknown as Resource

/** Bob's; of some of them alice is a part. */
const OF_BOB: readonly Resource[] = [
  record({ resourceType: 'Patient', id: 'bob' }),
  observation('measured-by-alice', 'bob', { performer: [to('Patient/alice')], hasMember: [to('Observation/his-own')] }),
  observation('his-own', 'bob'),
  record({
    ...{ resourceType: 'Coverage', id: 'paid-by-alice', status: 'active', beneficiary: to('Patient/bob') },
    ...{ policyHolder: to('Patient/alice'), subscriber: to('Patient/alice'), payor: [to('Patient/alice')] },
  }),
  record({
    ...{ resourceType: 'Coverage', id: 'paid-by-bob', status: 'active', beneficiary: to('Patient/bob') },
    payor: [to('Patient/bob')],
  }),
  record({ resourceType: 'Library', id: 'rules', status: 'active', type: { text: 'logic' } }),
]

const worlds: World[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})
async function start(settings: Record<string, string>, resources: readonly Resource[] = [...own, ...OF_BOB]) {
  const world = await startWorld(resources, false, { settings })
  worlds.push(world)
  return world
}

describe('ENF-83: the full compartment', () => {
  const OTHERS = ['Observation/measured-by-alice', 'Coverage/paid-by-alice']

  test.each([
    ['subject', 404],
    ['full', 200],
  ])('records in which she takes part are read: %s', async (COMPARTMENT, status) => {
    const world = await start({ COMPARTMENT })
    for (const path of OTHERS) {
      expect((await world.get(path, ALICE)).status).toBe(status)
      expect((await world.get(`${path}/_history`, ALICE)).status).toBe(status)
    }
    for (const path of ['Observation/his-own', 'Coverage/paid-by-bob', 'Patient/bob'])
      expect((await world.get(path, ALICE)).status).toBe(404)
  })

  test('and searched for, with a search for each part, each record once, counted and paged as one list', async () => {
    const [narrow, full] = [await start({}), await start({ COMPARTMENT: 'full' })]
    const hers = ['Observation/iron', 'Observation/salt', 'Observation/sugar']
    expect(entriesOf(await narrow.get('Observation', ALICE), 'match').sort()).toEqual(hers)
    const answer = await full.get('Observation', ALICE)
    expect([entriesOf(answer, 'match').sort(), answer.body.total]).toEqual([
      ['Observation/iron', 'Observation/measured-by-alice', 'Observation/salt', 'Observation/sugar'],
      4,
    ])
    const coverage = await full.get('Coverage', ALICE)
    expect([entriesOf(coverage, 'match'), coverage.body.total]).toEqual([['Coverage/paid-by-alice'], 1])
    const pages = [await full.get('Observation?_count=3&_sort=_id', ALICE)]
    const next = pages[0]?.body.link.find(({ relation }: { relation: string }) => relation === 'next').url
    pages.push(await full.get(next, ALICE))
    expect(pages.flatMap((page) => entriesOf(page, 'match'))).toEqual(entriesOf(answer, 'match').sort())
    expect(full.alarms).toEqual([])
  })

  test('what comes along follows the same line', async () => {
    const full = await start({ COMPARTMENT: 'full' })
    const members = 'Observation?_id=measured-by-alice&_include=Observation:has-member&_include=Observation:subject'
    const answer = await full.get(members, ALICE)
    expect([entriesOf(answer, 'match'), entriesOf(answer, 'include')]).toEqual([['Observation/measured-by-alice'], []])
    const performed = await full.get('Patient?_revinclude=Observation:performer', ALICE)
    expect(entriesOf(performed, 'include')).toEqual(['Observation/measured-by-alice'])
  })

  test('but not changed, and nothing is about her that was not', async () => {
    const full = await start({ COMPARTMENT: 'full' })
    const call = async (method: 'put' | 'delete' | 'post', path: string, body: object) =>
      request(full.proxy)
        [method](`/fhir/${path}`)
        .set('Authorization', `Bearer ${await tokenOf(ALICE)}`)
        .type('application/fhir+json')
        .send(JSON.stringify(body))
    const changed = observation('measured-by-alice', 'bob', { performer: [to('Patient/alice')], status: 'amended' })
    const { id: _id, ...made } = changed as Resource & { id: string }
    const answers = [
      await call('put', 'Observation/measured-by-alice', changed),
      await call('delete', 'Observation/measured-by-alice', {}),
      await call('post', 'Observation', made),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 422])
    const everything = await full.get('Patient/alice/$everything', ALICE)
    expect(entriesOf(everything, 'match')).not.toContain('Observation/measured-by-alice')
  })

  test('what others keep to themselves stays unnoticed', async () => {
    const unnoticed = [
      observation('of-bob-1', 'bob', { performer: [to('Patient/bob')] }),
      observation('of-bob-2', 'bob'),
    ]
    const [without, with_] = [
      await start({ COMPARTMENT: 'full' }),
      await start({ COMPARTMENT: 'full' }, [...own, ...unnoticed, ...OF_BOB]),
    ]
    for (const path of [
      'Observation?_sort=-_id&_count=2',
      'Observation?_summary=count',
      'Observation?_elements=code',
    ]) {
      const strip = (text: string) => text.replace(/_page\/[A-Za-z0-9_-]+/g, '')
      const [one, other] = [await without.get(path, ALICE), await with_.get(path, ALICE)]
      expect([other.status, strip(other.text)]).toEqual([200, strip(one.text)])
    }
  })

  test('SEED-51: a patient who has the records withheld has them withheld here too', async () => {
    const consent = record({
      ...{ resourceType: 'Consent', id: 'no', status: 'active', patient: to('Patient/bob'), scope: { text: 'x' } },
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
      provision: { type: 'deny' },
    })
    const settings = { COMPARTMENT: 'full', CONSENT_OPT_OUT_CATEGORY: 'http://loinc.org|59284-0' }
    const world = await start(settings, [...own, ...OF_BOB, consent])
    expect((await world.get('Observation/measured-by-alice', ALICE)).status).toBe(404)
    expect(entriesOf(await world.get('Observation', ALICE), 'match')).not.toContain('Observation/measured-by-alice')
  })
})

describe('ENF-82: types that all may see', () => {
  const asked = (world: World, path: string) => world.get(path, ALICE).then(({ status }) => status)

  test('are read and searched for, and no others; none is written', async () => {
    const [usual, changed] = [await start({}), await start({ SHARED_TYPES: 'Library,Practitioner' })]
    expect([await asked(usual, 'Library/rules'), await asked(usual, 'Organization/ward')]).toEqual([403, 200])
    expect([await asked(changed, 'Library/rules'), await asked(changed, 'Organization/ward')]).toEqual([200, 403])
    expect(entriesOf(await changed.get('Library', ALICE), 'match')).toEqual(['Library/rules'])
    const written = await request(changed.proxy)
      .put('/fhir/Library/rules')
      .set('Authorization', `Bearer ${await tokenOf(ALICE)}`)
      .type('application/fhir+json')
      .send({ resourceType: 'Library', id: 'rules', status: 'retired' })
    expect(written.status).toBe(403)
  })

  test('SEED-42: and come along with what names them', async () => {
    const path = 'MedicationRequest?_include=MedicationRequest:medication'
    const [usual, changed] = [await start({}), await start({ SHARED_TYPES: 'none' })]
    expect(entriesOf(await usual.get(path, ALICE), 'include')).toEqual(['Medication/aspirin'])
    expect(entriesOf(await changed.get(path, ALICE), 'include')).toEqual([])
    const everything = entriesOf(await changed.get('Patient/alice/$everything', ALICE), 'include')
    expect(everything.filter((key) => /^(Medication|Practitioner|Organization)\//.test(key))).toEqual([])
  })
})
