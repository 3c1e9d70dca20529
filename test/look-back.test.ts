// A limit in time, as the person chose it at consent: what is older is nowhere to be had, and another's data changes nothing.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import { limitedFrom } from '../smart/access/look-back.ts'
import { type Caller, entriesOf, observation, own, seenIn, startWorld, type World } from './two-worlds.ts'

const meta = { lastUpdated: '2026-01-01T00:00:00.000Z' }
const about = (patient: string) => ({ reference: `Patient/${patient}` })
const lab = [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] }]
const vital = [
  { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
]
const document = (id: string, patient: string, date: string | undefined) => ({
  resourceType: 'DocumentReference',
  id,
  meta,
  status: 'current',
  subject: about(patient),
  ...(date === undefined ? {} : { date }),
  content: [{ attachment: { url: `Binary/of-${id}` } }],
})
const file = (id: string, more: object = {}) => ({
  resourceType: 'Binary',
  id,
  meta,
  contentType: 'text/plain',
  data: 'YQ==',
  ...more,
})

const recordsOf = (patient: string) =>
  [
    observation(`${patient}-new-lab`, patient, { category: lab, effectiveDateTime: '2026-02-01' }),
    observation(`${patient}-new-vital`, patient, { category: vital, effectiveDateTime: '2026-02-02' }),
    observation(`${patient}-old-lab`, patient, { category: lab, effectiveDateTime: '2019-02-01' }),
    observation(`${patient}-lasting`, patient, { category: lab, effectivePeriod: { start: '2019-02-01' } }),
    observation(`${patient}-undated`, patient, { category: lab }),
    {
      resourceType: 'AllergyIntolerance',
      id: `${patient}-old-allergy`,
      meta,
      patient: about(patient),
      recordedDate: '1990',
    },
    document(`${patient}-new-note`, patient, '2026-03-01T10:00:00Z'),
    document(`${patient}-old-note`, patient, '2018-03-01T10:00:00Z'),
    document(`${patient}-undated-note`, patient, undefined),
    file(`of-${patient}-new-note`),
    file(`of-${patient}-old-note`, { securityContext: about(patient) }),
    file(`${patient}-loose-file`, { securityContext: about(patient) }),
  ] as Resource[]
const others = own.filter(({ resourceType }) => resourceType !== 'Observation')
const FROM = '2025-11-21'

describe.each([
  ['strict', false],
  ['lenient', true],
])('before a %s server', (_name, lenient) => {
  let world: World
  let without: World
  beforeAll(async () => {
    world = await startWorld([...recordsOf('bob'), ...others, ...recordsOf('alice')], lenient)
    without = await startWorld([...others, ...recordsOf('alice')], lenient)
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
  const whole = limited('patient/*.rs')
  const HL7 = 'http://terminology.hl7.org/CodeSystem/observation-category'
  const byCategory = limited(
    `patient/Observation.rs?category=${HL7}|laboratory patient/Observation.rs?category=${HL7}|vital-signs patient/Patient.rs`,
  )
  const isNew = ['alice-lasting', 'alice-new-lab', 'alice-new-vital'].map((id) => `Observation/${id}`)

  test.each([
    ['the whole record', whole],
    ['categories', byCategory],
  ])('AUTHZ-21: of %s only what is new is found, counted, included and read', async (_of, who) => {
    const found = await world.get('Observation', who)
    expect([found.status, found.body.total]).toEqual([200, isNew.length])
    expect(entriesOf(found, 'match').sort()).toEqual(isNew)
    expect((await world.get('Observation?_summary=count', who)).body.total).toBe(isNew.length)
    const included = await world.get('Patient?_revinclude=Observation:subject', who)
    expect(entriesOf(included, 'include').sort()).toEqual(isNew)
    for (const id of ['new-lab', 'new-vital', 'lasting', 'old-lab', 'undated']) {
      const status = ['old-lab', 'undated'].includes(id) ? 404 : 200
      expect((await world.get(`Observation/alice-${id}`, who)).status).toBe(status)
      expect((await world.get(`Observation/alice-${id}/_history`, who)).status).toBe(status)
      expect((await world.get(`Observation/bob-${id}`, who)).status).toBe(404)
    }
    expect(world.alarms).toEqual([])
  })

  test('AUTHZ-21: in everything at once old results are absent, old allergies are there', async () => {
    const all = JSON.stringify((await world.get('Patient/alice/$everything', whole)).body)
    for (const id of ['new-lab', 'lasting', 'new-note', 'old-allergy']) expect(all).toContain(`"alice-${id}"`)
    for (const id of ['old-lab', 'undated', 'old-note', 'undated-note']) expect(all).not.toContain(`"alice-${id}"`)
    expect(all).not.toContain('bob')
  })

  test('AUTHZ-21: a file comes with its note; one that names only its patient does not', async () => {
    const statusOf = async (id: string) => (await world.get(`Binary/${id}`, whole)).status
    expect(await statusOf('of-alice-new-note')).toBe(200)
    for (const id of ['of-alice-old-note', 'alice-loose-file', 'of-bob-new-note', 'of-bob-old-note']) {
      expect(await statusOf(id)).toBe(404)
    }
    // Without a limit the file's own word is enough.
    const unlimited = { ...whole, scope: 'patient/*.rs' }
    expect((await world.get('Binary/alice-loose-file', unlimited)).status).toBe(200)
  })

  test('AUTHZ-21: another patient’s records change nothing', async () => {
    for (const path of [
      'Observation',
      'Observation?_count=1&_sort=-date',
      'Observation/alice-old-lab',
      'Patient/alice/$everything',
      'DocumentReference?_summary=count',
    ]) {
      expect(seenIn(await world.get(path, whole), world)).toEqual(seenIn(await without.get(path, whole), without))
    }
  })
})
