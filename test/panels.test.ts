// A clinician limited to own patients, by every source of a panel, in every way of asking.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { type Caller, entriesOf, startWorld, tokenOf, type World, withForeign } from './two-worlds.ts'

const ann: Caller = { scope: 'user/*.cruds', person: 'Practitioner/ann' }
const FHIR = 'application/fhir+json'
const GROUP = {
  resourceType: 'Group',
  id: 'panel',
  type: 'person',
  actual: true,
  managingEntity: { reference: 'Practitioner/ann' },
  member: [{ entity: { reference: 'Patient/bob' } }],
}
const LIST = {
  resourceType: 'List',
  id: 'panel',
  status: 'current',
  mode: 'working',
  source: { reference: 'Practitioner/ann' },
  entry: [{ item: { reference: 'Patient/bob' } }],
}

describe.each([
  ['group', GROUP],
  ['list', LIST],
])('SEED-50: a panel by %s', (source, record) => {
  let world: World
  let before: World
  beforeAll(async () => {
    const resources = [...withForeign(), record] as ReturnType<typeof withForeign>
    world = await startWorld(resources, false, { settings: { PANEL_SOURCES: source } })
    before = await startWorld(resources, false)
  })
  afterAll(() => Promise.all([world.close(), before.close()]))

  test('her patients, and nobody else', async () => {
    expect(entriesOf(await world.get('Patient', ann), 'match')).toEqual(['Patient/bob'])
    expect((await world.get('Patient/alice', ann)).status).toBe(404)
    expect(entriesOf(await world.post('Observation/_search', '_count=9', ann), 'match').sort()).toEqual([
      'Observation/gone',
      'Observation/of-bob',
    ])
    expect((await world.get('Patient/alice/$everything', ann)).status).toBe(404)
  })
  test('writes and batches as well', async () => {
    const send = async (body: object, path = '') =>
      request(world.proxy)
        .post(`/fhir${path}`)
        .set('Authorization', `Bearer ${await tokenOf(ann)}`)
        .type(FHIR)
        .send(JSON.stringify(body))
    const of = (patient: string) => ({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: `Patient/${patient}` },
    })
    expect((await send(of('bob'), '/Observation')).status).toBe(201)
    expect((await send(of('alice'), '/Observation')).status).toBe(422)
    const entry = ['Patient/bob', 'Patient/alice'].map((url) => ({ request: { method: 'GET', url } }))
    const batch = await send({ resourceType: 'Bundle', type: 'batch', entry })
    expect(batch.body.entry.map((one: { response: { status: string } }) => one.response.status)).toEqual(['200', '404'])
  })
  test('ENF-48: nobody who is limited puts a patient on it', async () => {
    const { id: _id, ...panel } = record
    const member = { entity: { reference: 'Patient/alice' } }
    const item = { item: { reference: 'Patient/alice' } }
    const larger = { ...panel, ...('member' in panel ? { member: [...panel.member, member] } : { entry: [item] }) }
    const token = await tokenOf(ann)
    const made = await request(world.proxy)
      .post(`/fhir/${record.resourceType}`)
      .set('Authorization', `Bearer ${token}`)
      .type(FHIR)
      .send(JSON.stringify(larger))
    expect([403, 422]).toContain(made.status)
    const changed = await request(world.proxy)
      .put(`/fhir/${record.resourceType}/panel`)
      .set('Authorization', `Bearer ${token}`)
      .type(FHIR)
      .send(JSON.stringify({ ...larger, id: 'panel' }))
    expect([403, 404, 422]).toContain(changed.status)
  })
  test('it counts only where it was chosen', async () => {
    expect(entriesOf(await before.get('Patient', ann), 'match')).toEqual(['Patient/alice'])
  })
})
