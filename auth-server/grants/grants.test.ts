// What is kept of a grant that is over: for its person to see, and for nothing else.
import { expect, test } from '@jest/globals'
import { memoryStore } from '../storage/memory.ts'
import { ENDED_DAYS, type GrantRecord, gidOf, grantStore } from './grants.ts'

const DAY = 24 * 3600
const START = Date.parse('2026-05-01T08:00:00Z')

function stored() {
  let now = START
  const store = memoryStore(() => now)
  const grants = grantStore(store, () => now)
  const after = (seconds: number) => {
    now = START + seconds * 1000
  }
  return { grants, after }
}
const grantTo = (record: string, grantId = 'g'): GrantRecord => ({
  grantId,
  clientId: 'app',
  sub: 'ana',
  persona: { record, source: 'links' },
  context: { person: record, patient: 'ana', fhirUser: record } as GrantRecord['context'],
  scopes: ['patient/Patient.rs'],
  since: '2026-05-01T08:00:00.000Z',
})
const gid = gidOf('g')

test('SEED-22: access that was ended is found no more, and is shown for a while', async () => {
  const { grants, after } = stored()
  const grant = grantTo('Patient/ana')
  await grants.save(grant, 100 * DAY)
  after(DAY)
  await grants.end('ana', gid)
  expect([await grants.find('ana', gid), await grants.of('ana')]).toEqual([undefined, []])
  expect(await grants.renew(grant, { lastUsed: '2026-05-03T00:00:00Z' }, 100 * DAY)).toBe(false)
  expect(await grants.endedOf('ana')).toMatchObject([{ clientId: 'app', ended: '2026-05-02T08:00:00.000Z' }])
  expect(await grants.endedOf('ben')).toEqual([])
  after((1 + ENDED_DAYS) * DAY)
  expect(await grants.endedOf('ana')).toEqual([])
})

test('SEED-22: access that is over by itself counts as ended then, however long its row is kept', async () => {
  const { grants, after } = stored()
  const grant = grantTo('RelatedPerson/of-ana')
  await grants.save(grant, DAY)
  after(DAY - 1)
  expect(await grants.find('ana', gid)).toMatchObject({ clientId: 'app' })
  after(DAY)
  expect([await grants.find('ana', gid), await grants.of('ana')]).toEqual([undefined, []])
  expect(await grants.renew(grant, {}, DAY)).toBe(false)
  expect(await grants.endedOf('ana')).toMatchObject([{ ended: '2026-05-02T08:00:00.000Z' }])
})

test('a change leaves the end where it was', async () => {
  const { grants, after } = stored()
  const grant = grantTo('Patient/ana')
  await grants.save(grant, 2 * DAY)
  after(DAY)
  expect(await grants.change(grant, () => ({ scopes: [] }))).toMatchObject({ scopes: [] })
  expect(await grants.find('ana', gid)).toMatchObject({ scopes: [] })
  after(2 * DAY)
  expect(await grants.change(grant, () => ({ scopes: ['patient/*.rs'] }))).toBeUndefined()
  expect(await grants.endedOf('ana')).toMatchObject([{ scopes: [] }])
})

test('SEED-22, INT-01: access with an end that its person chose is over then, and shown as ended then', async () => {
  const { grants, after } = stored()
  const grant = grantTo('Patient/ana')
  await grants.save(grant, 100 * DAY)
  await grants.change(grant, () => ({ until: '2026-05-08T08:00:00Z' }))
  after(7 * DAY - 1)
  expect(await grants.find('ana', gid)).toBeDefined()
  after(7 * DAY)
  expect([await grants.find('ana', gid), await grants.of('ana')]).toEqual([undefined, []])
  expect(await grants.renew(grant, {}, DAY)).toBe(false)
  expect(await grants.endedOf('ana')).toMatchObject([{ ended: '2026-05-08T08:00:00.000Z', wasStopped: false }])
})

test('of the charts that a clinician’s apps opened nothing is kept for longer than an hour', async () => {
  const { grants, after } = stored()
  await grants.save(grantTo('Practitioner/wei'), DAY)
  await grants.save(grantTo('Practitioner/wei', 'other'), DAY)
  await grants.end('ana', gid)
  expect(await grants.endedOf('ana')).toMatchObject([{ grantId: 'g', wasStopped: true }])
  after(DAY)
  expect(await grants.endedOf('ana')).toEqual([])
})
