// Writes through the proxy to the sandbox's FHIR server: what gets through is judged before the server acts.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { statusesOf } from './testing/bundles.ts'
import {
  type App,
  FHIR,
  type Held,
  observation,
  type ProxiedServer,
  startProxiedServer,
} from './testing/proxied-server.ts'

let server: ProxiedServer
let ana: App
let ben: App
beforeAll(async () => {
  server = await startProxiedServer()
  ana = await server.as('ana-ruiz')
  ben = await server.as('ben-okafor')
})
afterAll(() => server.close())

const as = (patient: string, scope?: string, claims?: object): Promise<App> => server.as(patient, scope, claims)
const held = (path: string): Promise<Held> => server.held(path)
const total = (query: string): Promise<number> => server.total(query)
describe('create', () => {
  test('ENF-30: of the own patient: 201, where it is, and what it is', async () => {
    const body = JSON.stringify(observation('ana-ruiz'))
    const answer = await ana.post('Observation', body)
    expect(answer.status).toBe(201)
    expect(answer.headers.location).toMatch(/^http:\/\/127\.0\.0\.2:4000\/fhir\/Observation\/[^/]+\/_history\/\S+$/)
    expect(answer.body).toMatchObject({ resourceType: 'Observation', subject: { reference: 'Patient/ana-ruiz' } })
    const id = String(answer.body.id)
    expect((await ana.get(`Observation/${id}`)).status).toBe(200)
    expect((await ben.get(`Observation/${id}`)).status).toBe(404)
  })
  test('ENF-30: of another patient, or of nobody: 422, and nothing is written', async () => {
    const before = await total('Observation?patient=ben-okafor')
    for (const content of [observation('ben-okafor'), { ...observation('ana-ruiz'), subject: undefined }]) {
      expect((await ana.post('Observation', content)).status).toBe(422)
    }
    expect(await total('Observation?patient=ben-okafor')).toBe(before)
  })
  test('ENF-30: what is referred to must be the patient’s own; missing and foreign are not told apart', async () => {
    const encounterOf = async (patient: string) =>
      String(JSON.parse((await held(`Encounter?patient=${patient}&_count=1`)).text).entry[0].resource.id)
    const refer = async (id: string) =>
      ana.post('Observation', observation('ana-ruiz', { encounter: { reference: `Encounter/${id}` } }))
    expect((await refer(await encounterOf('ana-ruiz'))).status).toBe(201)
    const foreign = await refer(await encounterOf('ben-okafor'))
    const missing = await refer('not-there')
    expect([foreign.status, foreign.text]).toEqual([422, missing.text])
  })
  test('ENF-30: nor is it told what the scopes do not show of the own patient', async () => {
    const create = async (scope: string, id: string, claims: object = {}) =>
      (await as('ana-ruiz', scope, claims)).post(
        'Observation',
        observation('ana-ruiz', { encounter: { reference: `Encounter/${id}` } }),
      )
    const visitOf = (patient: string) =>
      server.hold({ resourceType: 'Encounter', status: 'finished', subject: { reference: `Patient/${patient}` } })
    const id = await visitOf('ana-ruiz')
    for (const hidden of ['patient/Observation.cruds', 'patient/*.cruds?_tag=x|y patient/Observation.cruds']) {
      const [there, missing] = [await create(hidden, id), await create(hidden, 'not-there')]
      expect([there.status, there.text]).toEqual([422, missing.text])
    }
    for (const letter of ['r', 's'])
      expect((await create(`patient/Observation.c patient/Encounter.${letter}`, id)).status).toBe(201)
    // The app was launched with this visit.
    expect((await create('patient/Observation.c', id, { encounter: id })).status).toBe(201)
    expect((await create('patient/Observation.c', id, { encounter: 'another' })).status).toBe(422)
    const ofBen = await visitOf('ben-okafor')
    expect((await create('patient/Observation.c', ofBen, { encounter: ofBen })).status).toBe(422)
  })
  test.each<[string, unknown]>([
    ['a list of texts', ['Patient/ben-okafor']],
    ['a number', 1],
    ['nothing', null],
  ])('ENF-30: a reference that is %s cannot be judged: 422', async (_name, reference) => {
    const content = observation('ana-ruiz', { performer: [{ reference }] })
    expect((await ana.post('Observation', content)).status).toBe(422)
  })
  test('what cannot be made a text is refused, and nothing breaks', async () => {
    const odd = { toString: 1, valueOf: 1 }
    const bodies: [string, object][] = [
      ['Observation', observation('ana-ruiz', { contained: [{ id: odd }], performer: [{ reference: '#x' }] })],
      ['Observation', { ...observation('ana-ruiz'), id: odd }],
      ['Observation', { resourceType: odd }],
      ['Person', { resourceType: 'Person', link: [{ target: { reference: odd } }] }],
      ['Appointment', { resourceType: 'Appointment', participant: [{ actor: { reference: odd, type: odd } }] }],
    ]
    for (const [path, body] of bodies) expect((await ana.post(path, body)).status).toBeLessThan(500)
    for (const request of [
      { method: odd, url: odd },
      { method: 'GET', url: odd },
      { method: 'PUT', url: 'Observation/x', ifMatch: odd },
    ]) {
      const answer = await ana.bundle('batch', [{ request, fullUrl: odd, resource: odd }])
      expect([answer.status, statusesOf(answer)]).toEqual([200, ['400']])
    }
    const { id } = await ownObservation()
    for (const operation of [
      { op: odd },
      { op: 'add', path: odd, value: 1 },
      { op: 'replace', path: '/id', value: odd },
      { op: 'replace', path: '/subject', value: odd },
    ]) {
      const sent = ana.patch(`Observation/${id}`, [operation])
      expect((await sent).status).toBeLessThan(500)
    }
  })
  test.each<[string, unknown]>([
    ['a text', 'Patient/ben-okafor'],
    ['a text with our address', 'http://127.0.0.2:4000/fhir/Patient/ben-okafor'],
    ['a text in a list', ['Patient/ben-okafor']],
    ['a text under another name', { value: 'Patient/ben-okafor' }],
    ['a text below', { reference: { value: 'Patient/ben-okafor' } }],
  ])(
    'ENF-30: another patient named by %s instead of a reference: 422, and no search of theirs breaks',
    async (_name, actor) => {
      const before = await total('Appointment?patient=ben-okafor')
      const participant = [
        { actor: { reference: 'Patient/ana-ruiz' }, status: 'accepted' },
        { actor, status: 'accepted' },
      ]
      const appointment = { resourceType: 'Appointment', status: 'booked', participant }
      expect((await ana.post('Appointment', appointment)).status).toBe(422)
      const performer = observation('ana-ruiz', { performer: actor })
      expect((await ana.post('Observation', performer)).status).toBe(422)
      expect([await total('Appointment?patient=ben-okafor'), (await ben.get('Appointment')).status]).toEqual([
        before,
        200,
      ])
    },
  )
  test('ENF-30: another patient by identifier alone: 422', async () => {
    const participant = [
      { actor: { reference: 'Patient/ana-ruiz' }, status: 'accepted' },
      { actor: { type: 'Patient', identifier: { value: 'ben' } }, status: 'accepted' },
    ]
    const appointment = { resourceType: 'Appointment', status: 'booked', participant }
    const answer = await ana.post('Appointment', appointment)
    expect(answer.status).toBe(422)
  })
  test.each([
    'Binary/scan',
    './x/../Binary/scan',
    '%42inary%2Fscan',
    'http://127.0.0.2:4000/fhir/Binary/scan',
    'HTTP://127.0.0.2:4000/r4/Binary/scan',
  ])('ENF-47: a new record does not lead to a file of ours: %s', async (url) => {
    const content = [{ attachment: { url } }]
    const subject = { reference: 'Patient/ana-ruiz' }
    const document = { resourceType: 'DocumentReference', status: 'current', subject, content }
    expect((await ana.post('DocumentReference', document)).status).toBe(422)
    const elsewhere = JSON.stringify(document).replace(url, 'https://files.example/Binary/1')
    expect((await ana.post('DocumentReference', elsewhere)).status).toBe(201)
    // What is there already may stay.
    const id = await server.hold(document)
    const amended = JSON.stringify({ ...document, id, status: 'superseded' })
    expect((await ana.put(`DocumentReference/${id}`, amended)).status).toBe(200)
  })
  test('SCP-11: without the right to read nothing of the record comes back', async () => {
    const writer = await as('ana-ruiz', 'patient/Observation.c')
    const answer = await writer.post('Observation', observation('ana-ruiz'))
    expect([answer.status, answer.text]).toEqual([201, ''])
  })
  test.each<[string, string, string, number]>([
    ['another type', FHIR, JSON.stringify({ resourceType: 'Condition' }), 400],
    ['an id of its own', FHIR, JSON.stringify(observation('ana-ruiz', { id: 'mine' })), 400],
    [
      'a member twice',
      FHIR,
      '{"resourceType":"Observation","subject":{"reference":"Patient/ben-okafor"},"subject":{"reference":"Patient/ana-ruiz"}}',
      400,
    ],
    ['no JSON', FHIR, '{', 400],
    ['XML', 'application/fhir+xml', '<Observation/>', 415],
    ['no type at all', 'text/plain', JSON.stringify(observation('ana-ruiz')), 415],
  ])('refuses %s', async (_name, type, body, status) => {
    const answer = await ana.post('Observation').set('content-type', type).send(body)
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome'])
  })
})

async function ownObservation(): Promise<{ id: string; etag: string }> {
  const answer = await ana.post('Observation', observation('ana-ruiz'))
  return { id: String(answer.body.id), etag: String(answer.headers.etag) }
}

describe('update and delete', () => {
  test('ENF-32: the own record changes, and stays with its patient', async () => {
    const { id } = await ownObservation()
    const put = (content: object) => ana.put(`Observation/${id}`, content)
    expect((await put(observation('ana-ruiz', { id, status: 'amended' }))).status).toBe(200)
    expect((await put(observation('ben-okafor', { id }))).status).toBe(422)
    expect(JSON.parse((await held(`Observation/${id}`)).text)).toMatchObject({
      status: 'amended',
      subject: { reference: 'Patient/ana-ruiz' },
    })
  })
  test('ENF-32, ENF-33: a foreign record and one that is not there answer alike, and stay as they are', async () => {
    const { id } = await ownObservation()
    const before = await held(`Observation/${id}`)
    const answers = async (path: string, own: string) => [
      await ben.put(`Observation/${path}`, observation('ben-okafor', { id: own })),
      await ben.delete(`Observation/${path}`),
      await ben
        .patch(`Observation/${path}`)
        .type('application/json-patch+json')
        .send('[{"op":"remove","path":"/code"}]'),
    ]
    const [foreign, missing] = [await answers(id, id), await answers('not-there', 'not-there')]
    expect(foreign.map(({ status, text }) => [status, text])).toEqual(missing.map(({ text }) => [404, text]))
    expect(await held(`Observation/${id}`)).toEqual(before)
    expect((await held('Observation/not-there')).status).toBe(404)
  })
  test('If-Match: only the version that was seen is replaced', async () => {
    const { id, etag } = await ownObservation()
    const put = (version: string) =>
      ana.put(`Observation/${id}`, observation('ana-ruiz', { id })).set('if-match', version)
    expect((await put(etag)).status).toBe(200)
    expect((await put(etag)).status).toBe(412)
    expect((await put('anything')).status).toBe(400)
  })
  test('ENF-32: of fifty who change one version at once, one wins', async () => {
    const { id, etag } = await ownObservation()
    const statuses = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const sent = ana.put(`Observation/${id}`, observation('ana-ruiz', { id })).set('if-match', etag)
        return (await sent).status
      }),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(new Set(statuses)).toEqual(new Set([200, 412]))
  })
  test('ENF-37: what is about several patients is not for one of them to remove', async () => {
    const participant = ['ana-ruiz', 'ben-okafor'].map((patient) => ({
      actor: { reference: `Patient/${patient}` },
      status: 'accepted',
    }))
    const path = `Appointment/${await server.hold({ resourceType: 'Appointment', status: 'booked', participant })}`
    expect((await ana.get(path)).status).toBe(200)
    expect((await ana.delete(path)).status).toBe(422)
    expect((await ben.get(path)).status).toBe(200)
  })
  test('ENF-37: the own record is removed; again: 404', async () => {
    const { id } = await ownObservation()
    expect((await ana.delete(`Observation/${id}`)).status).toBe(204)
    expect((await ana.get(`Observation/${id}`)).status).toBe(404)
    expect((await ana.delete(`Observation/${id}`)).status).toBe(404)
  })
  test('ENF-48: a visit that was called off, with whom it was, is not brought back', async () => {
    const visit = {
      resourceType: 'Encounter',
      status: 'cancelled',
      class: { code: 'AMB' },
      subject: { reference: 'Patient/ana-ruiz' },
      participant: [{ individual: { reference: 'Practitioner/tomas-silva' } }],
    }
    const id = await server.hold(visit)
    const put = async (status: string) => ana.put(`Encounter/${id}`, { ...visit, id, status })
    expect([(await put('entered-in-error')).status, (await put('finished')).status]).toEqual([200, 422])
  })
  test('ENF-48: security labels stay as they are, however the record is changed', async () => {
    const meta = { security: [{ system: 'http://c', code: 'R' }], tag: [{ code: 'x' }] }
    const id = await server.hold(observation('ana-ruiz', { meta }))
    const put = async (more: object) =>
      (await ana.put(`Observation/${id}`, observation('ana-ruiz', { id, ...more }))).status
    const patch = async (operation: object) => (await ana.patch(`Observation/${id}`, [operation])).status
    expect([await put({}), await put({ meta: { security: [] } }), await put({ meta: { tag: meta.tag } })]).toEqual([
      422, 422, 422,
    ])
    expect(await patch({ op: 'remove', path: '/meta/security' })).toBe(422)
    expect(await patch({ op: 'replace', path: '/meta/security/0/code', value: 'N' })).toBe(422)
    expect(JSON.parse((await held(`Observation/${id}`)).text).meta).toMatchObject({ ...meta, versionId: '1' })
    expect(await patch({ op: 'remove', path: '/meta/tag' })).toBe(200)
    expect(await put({ meta: { security: meta.security }, status: 'amended' })).toBe(200)
  })
  test('ENF-48: a patient does not choose who may see her', async () => {
    const { text } = await held('Patient/ana-ruiz')
    const patient = { ...JSON.parse(text), generalPractitioner: [{ reference: 'Practitioner/nora-hale' }] }
    expect((await ana.put('Patient/ana-ruiz', patient)).status).toBe(422)
    expect((await held('Patient/ana-ruiz')).text).toBe(text)
  })
})
