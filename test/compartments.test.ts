// Searches in a patient's compartment: a search on the type with the patient as one more condition.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ALICE, type Caller, entriesOf, FHIR_BASE, startWorld, type World, withForeign } from './two-worlds.ts'

const wei: Caller = { scope: 'user/*.rs', person: 'Practitioner/wei' }

describe.each([
  ['strict', false],
  ['lenient', true],
])('ENF-27, before a %s server', (_name, lenient) => {
  let world: World
  beforeAll(async () => {
    world = await startWorld(withForeign(), lenient)
  })
  afterAll(() => world.close())

  test('is the search that names the patient', async () => {
    const answer = await world.get('Patient/alice/Observation?code:text=x')
    expect(answer.status).toBe(403)
    const inCompartment = await world.get('Patient/alice/Observation?_include=Observation:encounter')
    const byPatient = await world.get('Observation?patient=Patient/alice&_include=Observation:encounter')
    expect(inCompartment.text).toBe(byPatient.text)
    expect(entriesOf(inCompartment, 'match').length).toBe(3)
    expect(inCompartment.body.link[0].url).toContain(`${FHIR_BASE}/Observation?patient=Patient%2Falice`)
  })
  test('by POST as well', async () => {
    const answer = await world.post('Patient/alice/Encounter/_search', '_id=visit')
    expect(entriesOf(answer, 'match')).toEqual(['Encounter/visit'])
  })
  test('on the next pages too', async () => {
    const first = await world.get('Patient/bob/Observation?_count=1', wei)
    const next = first.body.link.find(({ relation }: { relation: string }) => relation === 'next').url as string
    const second = await world.get(next, wei)
    expect([entriesOf(first, 'match'), entriesOf(second, 'match')]).toEqual([
      ['Observation/of-bob'],
      ['Observation/gone'],
    ])
  })
  test('the patient’s own record', async () => {
    expect(entriesOf(await world.get('Patient/alice/Patient'), 'match')).toEqual(['Patient/alice'])
  })
  test('of another patient and of none: empty, and the same', async () => {
    const answers = await Promise.all(['bob', 'nobody'].map((id) => world.get(`Patient/${id}/Observation`)))
    for (const { status, body } of answers) expect([status, body.total, body.entry]).toEqual([200, 0, undefined])
  })
  test('a clinician: the one patient of the panel', async () => {
    expect(entriesOf(await world.get('Patient/bob/Encounter', wei), 'match')).toEqual(['Encounter/visit-of-bob'])
  })
  test.each([
    ['Practitioner/wei/Observation', 'of Practitioner'],
    ['Encounter/visit/Observation', 'of Encounter'],
    ['Patient/alice/Practitioner', 'Practitioner records'],
  ])('%s is refused, with a reason', async (path, reason) => {
    const { status, body } = await world.get(path)
    expect([status, body.issue[0].code]).toEqual([403, 'not-supported'])
    expect(body.issue[0].diagnostics).toContain(reason)
  })
  test.each([
    ['Patient/alice/Unicorn', 403],
    ['Patient/alice/Observation/_search', 403],
    ['Patient/../Observation', 400],
    ['Patient/alice,bob/Observation', 400],
    ['Patient/alice/Condition', 403],
  ])('%s with a scope for observations only: %d', async (path, status) => {
    expect((await world.get(path, { ...ALICE, scope: 'patient/Observation.rs' })).status).toBe(status)
  })
})
