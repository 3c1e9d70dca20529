// Batches through the proxy: each entry is decided by itself, and no entry opens what it would not open alone (ENF-39).
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Answered, entry, statusesOf } from './testing/bundles.ts'
import { type App, FHIR_BASE, observation, type ProxiedServer, startProxiedServer } from './testing/proxied-server.ts'

let server: ProxiedServer
let ana: App
beforeAll(async () => {
  server = await startProxiedServer()
  ana = await server.as('ana-ruiz')
})
afterAll(() => server.close())

test('ENF-39, SEED-40: each entry is answered in its place as if it had come alone; a refused one stops no other', async () => {
  const answer = await ana.bundle('batch', [
    entry('GET', 'Patient/ana-ruiz'),
    entry('GET', 'Patient/ben-okafor'),
    entry('GET', 'Observation?patient=ben-okafor'),
    entry('POST', 'Observation', observation('ana-ruiz')),
    entry('POST', 'Observation', observation('ben-okafor')),
    entry('GET', `${FHIR_BASE}/Patient/ana-ruiz`),
    entry('DELETE', 'Patient/ana-ruiz'),
  ])
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
  const app = await server.as('ana-ruiz', 'patient/Bundle.cruds')
  const answer = await app.bundle('batch', [entry('POST', 'Observation', observation('ana-ruiz'))])
  expect(statusesOf(answer)).toEqual(['403'])
  expect(await server.total('Observation?patient=ana-ruiz')).toBe(before)
})

describe('ENF-39: an entry leads nowhere else', () => {
  test.each<[string, object, string]>([
    ['another host', { method: 'GET', url: 'https://evil.test/Patient/ben-okafor' }, '400'],
    ['a host like ours', { method: 'GET', url: `${FHIR_BASE}.evil.test/Patient/1` }, '400'],
    ['up the path', { method: 'GET', url: '../Patient/ben-okafor' }, '400'],
    ['an encoded slash', { method: 'GET', url: 'Patient%2Fben-okafor' }, '400'],
    ['a batch in a batch', { method: 'POST', url: '' }, '403'],
    ['an unknown method', { method: 'TRACE', url: 'Patient/ana-ruiz' }, '403'],
    ['no method', { url: 'Patient/ana-ruiz' }, '400'],
    ['a condition on a change', { method: 'PUT', url: 'Observation/1', ifNoneExist: 'code=1' }, '400'],
    ['no condition', { method: 'DELETE', url: 'Observation' }, '412'],
    ['metadata', { method: 'GET', url: 'metadata' }, '403'],
    ['an operation', { method: 'GET', url: 'Patient/ana-ruiz/$everything' }, '200'],
    ['an operation without a rule', { method: 'GET', url: 'Patient/ana-ruiz/$graphql' }, '403'],
  ])('%s', async (_name, request, status) => {
    expect(statusesOf(await ana.bundle('batch', [{ request }]))).toEqual([status])
  })
})

describe('the whole is refused', () => {
  const bundle = (type: string, entry: object[]) => JSON.stringify({ resourceType: 'Bundle', type, entry })
  test.each<[string, string, number]>([
    ['no Bundle', JSON.stringify({ resourceType: 'Patient' }), 400],
    ['no entries', JSON.stringify({ resourceType: 'Bundle', type: 'batch' }), 400],
    ['a member twice', '{"resourceType":"Bundle","type":"batch","type":"batch","entry":[]}', 400],
    [
      'too many entries',
      bundle(
        'batch',
        Array.from({ length: 201 }, () => entry('GET', 'Patient/x')),
      ),
      413,
    ],
    ['a history', bundle('history', []), 400],
  ])('%s', async (_name, body, status) => {
    const answer = await ana.post('', body)
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome'])
  })
})

test('answers that together are too large end: the rest is not carried out', async () => {
  const note = [{ text: 'x'.repeat(3_900_000) }]
  const id = await server.hold({ ...observation('ana-ruiz'), note })
  const reads = Array.from({ length: 12 }, () => entry('GET', `Observation/${id}`))
  const writes = Array.from({ length: 6 }, () => entry('POST', 'Observation', observation('ana-ruiz')))
  const before = await server.total('Observation?patient=ana-ruiz')
  const statuses = statusesOf(await ana.bundle('batch', [...reads, ...writes]))
  expect(statuses).toEqual([...reads.map(() => '200'), ...writes.map(() => '422')])
  expect(await server.total('Observation?patient=ana-ruiz')).toBe(before)
  await ana.delete(`Observation/${id}`)
})

test('non-interference: what another patient’s records hold changes no byte of a batch', async () => {
  const reads = [entry('GET', 'Observation?_count=3'), entry('GET', 'Observation?_summary=count')]
  const read = async () => (await ana.bundle('batch', reads)).text.replaceAll(/_page\/[\w.-]+/g, '_page/…')
  const before = await read()
  for (let at = 0; at < 3; at++) await server.hold(observation('ben-okafor'))
  expect(await read()).toBe(before)
})
