// Change events end to end: a proxy in its own process, real tables, a real queue, the sandbox's FHIR server.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { entriesOf, entry, statusesOf } from './testing/bundles.ts'
import { type ChangeEvent, type EventWorld, startEventWorld } from './testing/event-world.ts'
import { type App, FHIR_BASE, observation } from './testing/proxied-server.ts'

let world: EventWorld
let ana: App
let ben: App
beforeAll(async () => {
  world = await startEventWorld()
  ana = await world.as('ana-ruiz')
  ben = await world.as('ben-okafor')
}, 60_000)
afterAll(() => world?.close())

let made = 0
/** Like no other one. */
const note = (patient = 'ana-ruiz') => {
  made += 1
  return observation(patient, { code: { coding: [{ system: 'http://test.example', code: `c${made}` }] } })
}
const codeOf = (one: object) => (one as { code: { coding: { code: string }[] } }).code.coding[0]?.code ?? ''
const create = async (app: App, body: object) => (await app.post('Observation', body)).body.id as string
const put = (app: App, id: string, body: object) => app.put(`Observation/${id}`, { ...body, id })
const about = (id: string, action: string) => (event: ChangeEvent) =>
  event.subject === `Observation/${id}` && event.data.action === action
/** Whatever was to come has come by the event of a write that is made now: those of one patient keep their order. */
async function settled(app = ana, patient = 'ana-ruiz'): Promise<void> {
  await world.events.next(about(await create(app, note(patient)), 'created'))
}
const actionsOf = (id: string) => world.events.of(`Observation/${id}`).map(({ data }) => data.action)

describe('SEED-56: one event a changed record', () => {
  test('create: who, what, whose, in the form of CloudEvents; nothing of its content', async () => {
    const answer = await ana.post('Observation', { ...note(), note: [{ text: 'secret words' }] })
    const { id, meta } = answer.body
    const event = await world.events.next(about(id, 'created'))
    expect(event).toEqual({
      specversion: '1.0',
      id: `Observation/${id}/_history/1`,
      source: FHIR_BASE,
      type: 'org.hl7.fhir.resource.created',
      subject: `Observation/${id}`,
      time: meta.lastUpdated,
      datacontenttype: 'application/json',
      data: {
        schemaVersion: '1',
        action: 'created',
        interaction: 'create',
        resourceType: 'Observation',
        id,
        versionId: '1',
        lastUpdated: meta.lastUpdated,
        patient: 'Patient/ana-ruiz',
        client: 'app',
        person: 'Patient/ana-ruiz',
        requestId: answer.headers['x-request-id'],
      },
    })
  })

  test('update, patch and delete, in their order, each with its version', async () => {
    const body = note()
    const id = await create(ana, body)
    await put(ana, id, { ...body, status: 'amended' })
    await ana.patch(`Observation/${id}`, [{ op: 'replace', path: '/status', value: 'corrected' }])
    expect((await ana.delete(`Observation/${id}`)).status).toBe(204)
    await world.events.next(about(id, 'deleted'))
    const told = world.events.of(`Observation/${id}`).map(({ data }) => data)
    expect(
      told.map(({ action, interaction, versionId, patient }) => [action, interaction, versionId, patient]),
    ).toEqual([
      ['created', 'create', '1', 'Patient/ana-ruiz'],
      ['updated', 'update', '2', 'Patient/ana-ruiz'],
      ['updated', 'patch', '3', 'Patient/ana-ruiz'],
      ['deleted', 'delete', undefined, 'Patient/ana-ruiz'],
    ])
  })

  test('with return=minimal, when no body comes back', async () => {
    const answer = await ana.post('Observation', note()).set('Prefer', 'return=minimal')
    expect([answer.status, answer.text]).toEqual([201, ''])
    const [, id = ''] = /Observation\/([^/]+)\/_history/.exec(answer.headers.location ?? '') ?? []
    const { data } = await world.events.next(about(id, 'created'))
    expect(data).toMatchObject({ versionId: '1', lastUpdated: expect.stringMatching(/^\d{4}-.*Z$/) })
  })

  test('conditional: of what was made or found, and none where nothing was', async () => {
    const body = note()
    const search = `code=http://test.example|${codeOf(body)}`
    const unless = () => ana.post('Observation', body).set('If-None-Exist', search)
    const { id } = (await unless()).body
    expect((await unless()).status).toBe(200)
    await ana.put(`Observation?${search}`, { ...body, status: 'amended' })
    expect((await ana.delete(`Observation?${search}`)).status).toBe(204)
    await settled()
    expect(actionsOf(id)).toEqual(['created', 'updated', 'deleted'])
  })

  test('a mixed batch: each entry that changed something, and no other', async () => {
    const body = note()
    const [changed, removed] = [await create(ana, body), await create(ana, note())]
    const foreign = await create(ben, note('ben-okafor'))
    await Promise.all([settled(), settled(ben, 'ben-okafor')])
    const before = world.events.seen.length
    const answer = await ana.bundle('batch', [
      entry('POST', 'Observation', note()),
      entry('GET', `Observation/${changed}`),
      entry('PUT', `Observation/${changed}`, { ...body, id: changed, status: 'amended' }),
      entry('DELETE', `Observation/${removed}`),
      entry('DELETE', `Observation/${foreign}`),
      entry('GET', 'Observation?_count=1'),
    ])
    expect(statusesOf(answer)).toEqual(['201', '200', '200', '204', '404', '200'])
    await settled()
    const told = world.events.seen.slice(before, -1).map(({ subject, data }) => `${data.action} ${subject}`)
    const expected = [
      `created Observation/${entriesOf(answer)[0]?.resource?.id}`,
      `updated Observation/${changed}`,
      `deleted Observation/${removed}`,
    ]
    expect(told.toSorted()).toEqual(expected.toSorted())
  })

  test('a transaction: each entry; and none of one that is refused', async () => {
    const body = note()
    const [changed, removed] = [await create(ana, body), await create(ana, note())]
    await settled()
    const before = world.events.seen.length
    const entries = () => [
      entry('POST', 'Observation', note()),
      entry('PUT', `Observation/${changed}`, { ...body, id: changed, status: 'amended' }),
      entry('DELETE', `Observation/${removed}`),
    ]
    const refused = await ana.bundle('transaction', [...entries(), entry('POST', 'Observation', note('ben-okafor'))])
    expect(refused.status).toBe(422)
    const answer = await ana.bundle('transaction', entries())
    await settled()
    const told = world.events.seen.slice(before, -1)
    expect(told.map(({ subject, data }) => [data.action, subject, data.versionId])).toEqual([
      ['created', `Observation/${entriesOf(answer)[0]?.resource?.id}`, '1'],
      ['updated', `Observation/${changed}`, '2'],
      ['deleted', `Observation/${removed}`, undefined],
    ])
  })

  test('what changes nothing tells nothing: reads, searches by POST, $validate, writes that are refused', async () => {
    const body = note()
    const id = await create(ana, body)
    const foreign = await create(ben, note('ben-okafor'))
    await Promise.all([settled(), settled(ben, 'ben-okafor')])
    const answers = [
      await ana.get(`Observation/${id}`),
      await ana.post('Observation/_search').type('form').send('_count=1'),
      await ana.post('Observation/$validate', note()),
      await ana.post('Observation', note('ben-okafor')),
      await put(ana, foreign, note()),
      await ana.delete(`Observation/${foreign}`),
      await put(ana, id, body).set('If-Match', 'W/"7"'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 422, 404, 404, 412])
    await Promise.all([settled(), settled(ben, 'ben-okafor')])
    expect([actionsOf(id), actionsOf(foreign)]).toEqual([['created'], ['created']])
  })

  test('of two patients, each event says whose', async () => {
    const [ofAna, ofBen] = [await create(ana, note()), await create(ben, note('ben-okafor'))]
    const events = [await world.events.next(about(ofAna, 'created')), await world.events.next(about(ofBen, 'created'))]
    expect(events.map(({ data }) => [data.patient, data.person])).toEqual([
      ['Patient/ana-ruiz', 'Patient/ana-ruiz'],
      ['Patient/ben-okafor', 'Patient/ben-okafor'],
    ])
  })
})

test('SEED-56: while the broker is down writes go on, and once it is back each event comes', async () => {
  await world.broker.stop()
  const [one, other] = [await create(ana, note()), await create(ana, note())]
  expect((await ana.delete(`Observation/${one}`)).status).toBe(204)
  await world.broker.start()
  await world.events.next(about(one, 'created'))
  await world.events.next(about(other, 'created'))
  await world.events.next(about(one, 'deleted'))
}, 60_000)

describe('SEED-56: killed after the server has carried it out and before that is journalled, each comes after the restart', () => {
  let single: string
  let removed: string
  let batched: { id: string; action: string; versionId: string }[]
  const idOf = async (body: object) => {
    const found = (await world.held(`Observation?code=${codeOf(body)}`)).body as {
      entry: { resource: { id: string } }[]
    }
    return String(found.entry[0]?.resource.id)
  }

  beforeAll(async () => {
    const [body, alone, together] = [note(), note(), note()]
    removed = await create(ana, note())
    const changed = await create(ana, body)
    await settled()
    world.hop.hold()
    const lost = [
      ana.post('Observation', alone),
      ana.delete(`Observation/${removed}`),
      ana.bundle('batch', [
        entry('POST', 'Observation', together),
        entry('PUT', `Observation/${changed}`, { ...body, id: changed, status: 'amended' }),
      ]),
    ].map((answer) => expect(answer.then(({ status }) => status)).rejects.toThrow())
    await world.hop.isHolding(4)
    await world.proxy.kill()
    world.hop.release()
    await Promise.all(lost)
    single = await idOf(alone)
    batched = [
      { id: await idOf(together), action: 'created', versionId: '1' },
      { id: changed, action: 'updated', versionId: '2' },
    ]
    await world.proxy.start()
  }, 60_000)

  test('a single write', async () => {
    const { data } = await world.events.next(about(single, 'created'))
    expect(data).toMatchObject({ versionId: '1', patient: 'Patient/ana-ruiz', client: 'app', reconciled: true })
  }, 60_000)

  test('the entries of a batch', async () => {
    for (const { id, action, versionId } of batched) {
      const { data } = await world.events.next(about(id, action))
      expect(data).toMatchObject({ versionId, reconciled: true })
    }
  }, 60_000)

  test('a delete', async () => {
    const { data } = await world.events.next(about(removed, 'deleted'))
    expect(data).toMatchObject({ versionId: '2', interaction: 'delete', reconciled: true })
  }, 60_000)

  test('and what comes later goes on as before', async () => {
    await settled()
  }, 60_000)
})

test('SEED-56: a write that cannot be journalled is not made', async () => {
  const body = note()
  const id = await create(ana, body)
  await world.tables.stop()
  expect((await put(ana, id, { ...body, status: 'amended' })).status).toBe(503)
  expect((await ana.get(`Observation/${id}`)).status).toBe(200)
  expect((await world.held(`Observation/${id}`)).body).toMatchObject({ status: 'final', meta: { versionId: '1' } })
})
