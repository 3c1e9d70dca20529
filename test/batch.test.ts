// Batches through the proxy: each entry is decided by itself, and no entry opens what it would not open alone (ENF-39).
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { FHIR, FHIR_BASE, type ProxiedServer, startProxiedServer } from './testing/proxied-server.ts'

let server: ProxiedServer
beforeAll(async () => {
  server = await startProxiedServer()
})
afterAll(() => server.close())

type Request = { method: string; url: string; [member: string]: unknown }
const entry = (method: string, url: string, resource?: object, more: object = {}) => ({
  request: { method, url, ...more } as Request,
  ...(resource === undefined ? {} : { resource }),
})
const bundle = (entries: object[], type = 'batch') => ({ resourceType: 'Bundle', type, entry: entries })
const observation = (patient: string) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'steps' },
  subject: { reference: `Patient/${patient}` },
})
const send = async (body: object, patient = 'ana-ruiz', scope?: string) =>
  (await server.as(patient, scope)).post('').type(FHIR).send(JSON.stringify(body))
type Answered = { response: { status: string; location?: string; outcome?: object }; resource?: { id?: string } }
const statusesOf = ({ body }: { body: { entry: Answered[] } }) => body.entry.map(({ response }) => response.status)

test('ENF-39: each entry is answered in its place as if it had come alone; a refused one stops no other', async () => {
  const ana = await server.as('ana-ruiz')
  const answer = await send(
    bundle([
      entry('GET', 'Patient/ana-ruiz'),
      entry('GET', 'Patient/ben-okafor'),
      entry('GET', 'Observation?patient=ben-okafor'),
      entry('POST', 'Observation', observation('ana-ruiz')),
      entry('POST', 'Observation', observation('ben-okafor')),
      entry('GET', `${FHIR_BASE}/Patient/ana-ruiz`),
      entry('DELETE', 'Patient/ana-ruiz'),
    ]),
  )
  expect([answer.status, answer.body.type]).toEqual([200, 'batch-response'])
  expect(statusesOf(answer)).toEqual(['200', '404', '200', '201', '422', '200', '422'])
  const [own, foreign, search, made] = answer.body.entry as Answered[]
  expect(own?.resource).toEqual((await ana.get('Patient/ana-ruiz')).body)
  expect(foreign).not.toHaveProperty('resource')
  expect(search?.resource).toMatchObject({ total: 0 })
  expect(made?.response.location).toMatch(new RegExp(`^${FHIR_BASE}/Observation/`))
  expect(answer.text).not.toContain('127.0.0.1')
})

test('SEED-40: the right to write bundles is no right to write what is in them', async () => {
  const before = await server.total('Observation?patient=ana-ruiz')
  const answer = await send(
    bundle([entry('POST', 'Observation', observation('ana-ruiz'))]),
    'ana-ruiz',
    'patient/Bundle.cruds',
  )
  expect(statusesOf(answer)).toEqual(['403'])
  expect(await server.total('Observation?patient=ana-ruiz')).toBe(before)
})

describe('ENF-39: an entry leads nowhere else', () => {
  test.each<[string, Request, string]>([
    ['another host', { method: 'GET', url: 'https://evil.test/Patient/ben-okafor' }, '400'],
    ['a host like ours', { method: 'GET', url: `${FHIR_BASE}.evil.test/Patient/1` }, '400'],
    ['up the path', { method: 'GET', url: '../Patient/ben-okafor' }, '400'],
    ['an encoded slash', { method: 'GET', url: 'Patient%2Fben-okafor' }, '400'],
    ['a batch in a batch', { method: 'POST', url: '' }, '403'],
    ['an unknown method', { method: 'TRACE', url: 'Patient/ana-ruiz' }, '403'],
    ['no method', { url: 'Patient/ana-ruiz' } as unknown as Request, '400'],
    ['a condition on a change', { method: 'PUT', url: 'Observation/1', ifNoneExist: 'code=1' }, '400'],
    ['no condition', { method: 'DELETE', url: 'Observation' }, '412'],
    ['metadata', { method: 'GET', url: 'metadata' }, '403'],
    ['an operation', { method: 'GET', url: 'Patient/ana-ruiz/$everything' }, '200'],
    ['an operation without a rule', { method: 'GET', url: 'Patient/ana-ruiz/$graphql' }, '403'],
  ])('%s', async (_name, request, status) => {
    expect(statusesOf(await send(bundle([{ request }])))).toEqual([status])
  })
})

describe('the whole is refused', () => {
  test.each<[string, string, number]>([
    ['no Bundle', JSON.stringify({ resourceType: 'Patient' }), 400],
    ['no entries', JSON.stringify({ resourceType: 'Bundle', type: 'batch' }), 400],
    ['a member twice', '{"resourceType":"Bundle","type":"batch","type":"batch","entry":[]}', 400],
    ['too many entries', JSON.stringify(bundle(Array.from({ length: 201 }, () => entry('GET', 'Patient/x')))), 413],
    ['a history', JSON.stringify(bundle([], 'history')), 400],
  ])('%s', async (_name, body, status) => {
    const answer = await (await server.as('ana-ruiz')).post('').type(FHIR).send(body)
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome'])
  })
})

test('answers that together are too large end: the rest is not carried out', async () => {
  const note = [{ text: 'x'.repeat(3_900_000) }]
  const id = await server.hold({ ...observation('ana-ruiz'), note })
  const reads = Array.from({ length: 12 }, () => entry('GET', `Observation/${id}`))
  const writes = Array.from({ length: 6 }, () => entry('POST', 'Observation', observation('ana-ruiz')))
  const before = await server.total('Observation?patient=ana-ruiz')
  const statuses = statusesOf(await send(bundle([...reads, ...writes])))
  expect(statuses).toEqual([...reads.map(() => '200'), ...writes.map(() => '422')])
  expect(await server.total('Observation?patient=ana-ruiz')).toBe(before)
  await (await server.as('ana-ruiz')).delete(`Observation/${id}`)
})

test('non-interference: what another patient’s records hold changes no byte of a batch', async () => {
  const read = bundle([entry('GET', 'Observation?_count=3'), entry('GET', 'Observation?_summary=count')])
  const before = (await send(read)).text.replaceAll(/_page\/[\w.-]+/g, '_page/…')
  const ben = await server.as('ben-okafor')
  for (let at = 0; at < 3; at++)
    await ben
      .post('Observation')
      .type(FHIR)
      .send(JSON.stringify(observation('ben-okafor')))
  expect((await send(read)).text.replaceAll(/_page\/[\w.-]+/g, '_page/…')).toBe(before)
})
