// Narrowed scopes through the proxy: what their conditions name is found, counted and read, and nothing else is there.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Caller, entriesOf, observation, own, seenIn, startWorld, type World } from './two-worlds.ts'

const by = (name: string) => ({ reference: name })
const ofAlice = [
  observation('may', 'alice', { effectiveDateTime: '2026-05-04', performer: [by('Practitioner/wei')] }),
  observation('june', 'alice', { effectivePeriod: { start: '2026-06-01', end: '2026-06-30' } }),
  observation('open', 'alice', { effectivePeriod: { start: '2026-06-20T10:00:00Z' } }),
  observation('year', 'alice', { effectiveDateTime: '2026', performer: [by('Practitioner/ann')] }),
  observation('old', 'alice', { effectiveDateTime: '1999-12-31', meta: { lastUpdated: '2020-01-01T00:00:00Z' } }),
]
const ofBob = ['may', 'june', 'year'].map((id) =>
  observation(`bobs-${id}`, 'bob', { effectiveDateTime: '2026-06-10', performer: [by('Practitioner/wei')] }),
)
const withoutObservations = own.filter(({ resourceType }) => resourceType !== 'Observation')

describe.each([
  ['strict', false],
  ['lenient', true],
])('before a %s server', (_name, lenient) => {
  let world: World
  let without: World
  beforeAll(async () => {
    world = await startWorld([...ofBob, ...withoutObservations, ...ofAlice], lenient)
    without = await startWorld([...withoutObservations, ...ofAlice], lenient)
  })
  afterAll(async () => {
    await world.close()
    await without.close()
  })
  const caller = (scope: string): Caller => ({ scope, patient: 'alice', person: 'Patient/alice' })

  test.each<[string, string[]]>([
    ['date=2026-06', ['june']],
    ['date=ge2026-06', ['june', 'open', 'year']],
    ['date=sa2026-05-04', ['june', 'open']],
    ['date=lt2026-05', ['year', 'old']],
    ['date=le2026-05', ['may', 'year', 'old']],
    ['date=eb2026', ['old']],
    ['date=gt2026-06', ['open', 'year']],
    ['date=ne2026', ['open', 'old']],
    ['date=2026-05-04,1999', ['may', 'old']],
    ['date=ge2026-05&date=le2026-06', ['may', 'june', 'year']],
    ['_lastUpdated=lt2021', ['old']],
    ['_lastUpdated=2026-01-01T00:00:00Z', ['may', 'june', 'open', 'year']],
    ['_id=may,bobs-may', ['may']],
    ['performer=Practitioner/wei', ['may']],
    ['performer=Practitioner/wei,Practitioner/ann', ['may', 'year']],
    ['patient=alice&date=eb2026', ['old']],
    ['patient=Patient/bob', []],
    ['subject=Patient/bob', []],
    ['category=http://c|lab&performer=Practitioner/ann', ['year']],
  ])('SCP-07, SCP-08: ?%s', async (filter, expected) => {
    const who = caller(`patient/Observation.rs?${filter} patient/Patient.rs`)
    const answer = await world.get('Observation', who)
    expect([answer.status, answer.body.total]).toEqual([200, expected.length])
    expect(entriesOf(answer, 'match').sort()).toEqual(expected.map((id) => `Observation/${id}`).sort())
    expect((await world.get('Observation?_summary=count', who)).body.total).toBe(expected.length)
    expect(entriesOf(await world.get('Patient?_revinclude=Observation:subject', who), 'include').sort()).toEqual(
      entriesOf(answer, 'match').sort(),
    )
    for (const { id = '' } of [...ofAlice, ...ofBob])
      expect((await world.get(`Observation/${id}`, who)).status).toBe(expected.includes(id) ? 200 : 404)
    for (const path of ['Observation', 'Observation?_count=1&_sort=-date', 'Observation?_elements=status'])
      expect(seenIn(await world.get(path, who), world)).toEqual(seenIn(await without.get(path, who), without))
    expect(world.alarms).toEqual([])
  })

  test.each(['date=ap2026', 'date=soon', 'value-quantity=5', 'performer=wei', '_profile=http://x'])(
    'SCP-08: ?%s, which cannot be judged, gives nothing',
    async (filter) => {
      const who = caller(`patient/Observation.rs?${filter}`)
      expect((await world.get('Observation', who)).status).toBe(403)
      expect((await world.get('Observation/may', who)).status).toBe(403)
    },
  )
})
