// What the audit trail says of requests to the proxy: who asked for what, what came of it, and whose records went out.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Audit, NO_AUDIT } from '../proxy/audit/audit.ts'
import type { AccessRecord, AuditRecord } from '../smart/audit/audit.ts'
import { FHIR, observation, type ProxiedServer, startProxiedServer } from './testing/proxied-server.ts'
import { until } from './testing/until.ts'

let server: ProxiedServer
const taken: AccessRecord[] = []
const audit: Audit = { ...NO_AUDIT, isOn: true, take: (records) => void taken.push(...(records as AccessRecord[])) }
beforeAll(async () => {
  server = await startProxiedServer({ audit })
})
afterAll(() => server.close())
beforeEach(() => void taken.splice(0))

/** The record of a request that has just been answered. */
async function recorded(): Promise<AccessRecord> {
  await until(() => taken.length > 0)
  return taken[0] as AccessRecord
}
const countsOf = ({ disclosed }: AccessRecord) =>
  Object.fromEntries(disclosed.map(({ patient = '', types }) => [patient, { ...types }]))

test('SEED-66: a read: who, what, whose', async () => {
  const ana = await server.as('ana-ruiz')
  await ana.get('Patient/ana-ruiz').set('X-Request-Id', '0f8fad5b-d9cb-469f-a165-70867728950e')
  expect(await recorded()).toEqual({
    kind: 'access',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    operation: 'read',
    outcome: 'allowed',
    requestId: expect.any(String),
    correlationId: '0f8fad5b-d9cb-469f-a165-70867728950e',
    address: expect.stringContaining('127.0.0.1'),
    actor: {
      clientId: 'app',
      subject: 's',
      person: 'Patient/ana-ruiz',
      patient: 'ana-ruiz',
      issuer: 'http://127.0.0.2:4000',
    },
    statusCode: 200,
    milliseconds: expect.any(Number),
    type: 'Patient',
    uri: 'Patient/[id]',
    record: 'Patient/ana-ruiz',
    disclosed: [{ patient: 'ana-ruiz', types: { Patient: 1 }, record: 'Patient/ana-ruiz' }],
  })
})

describe('SEED-66: refusals have their reason, and disclose nothing', () => {
  test.each([
    ['another’s record', 'patient/*.rs', 'Patient/ben-okafor', { statusCode: 404, reason: 'not-found' }],
    ['nobody’s record', 'patient/*.rs', 'Patient/no-such-person', { statusCode: 404, reason: 'not-found' }],
    ['no scope', 'patient/Patient.rs', 'Observation', { statusCode: 403, reason: 'insufficient-scope' }],
    ['no way to confine', 'patient/*.rs', 'AuditEvent', { statusCode: 403, reason: 'not-confinable' }],
    ['a parameter', 'patient/*.rs', 'Observation?_filter=x', { statusCode: 403, reason: 'unsupported-parameter' }],
  ])('%s', async (_name, scope, path, expected) => {
    await (await server.as('ana-ruiz', scope)).get(path)
    expect(await recorded()).toMatchObject({ ...expected, outcome: 'denied', disclosed: [] })
  })

  test('a token that is none, without a word of it', async () => {
    const ana = await server.as('ana-ruiz')
    await ana.get('Patient/ana-ruiz').set('Authorization', 'Bearer not-a-token')
    expect(await recorded()).toMatchObject({ statusCode: 401, reason: 'invalid-token', outcome: 'denied', actor: {} })
    expect(JSON.stringify(taken)).not.toContain('not-a-token')
  })

  test('what has no meaning', async () => {
    await (await server.as('ana-ruiz')).get('Patient/ana-ruiz/_history/1/2/3')
    expect(await recorded()).toMatchObject({ operation: 'unknown', statusCode: 403, uri: '' })
  })
})

test('SEED-66: nothing is recorded of what is open to everyone', async () => {
  const ana = await server.as('ana-ruiz')
  await ana.get('metadata')
  await ana.get('.well-known/smart-configuration')
  await ana.get('Patient/ana-ruiz').unset('Authorization')
  await ana.get('Patient/ana-ruiz')
  expect([(await recorded()).operation, taken.length]).toEqual(['read', 1])
})

describe('SEED-66: lists count what went out, by patient and type', () => {
  test('a search, and names of parameters without what people searched for', async () => {
    const ana = await server.as('ana-ruiz')
    const { body } = await ana.get('Patient?name=Ruiz&birthdate=ge1900-01-01&Ana-Ruiz=1&_count=5')
    expect(body.resourceType).toBe('OperationOutcome')
    expect(await recorded()).toMatchObject({ operation: 'search-type', uri: 'Patient?name&birthdate&*&_count' })
    expect(JSON.stringify({ ...taken[0], actor: {} })).not.toMatch(/Ruiz|1900/)
    taken.splice(0)
    const found = await ana.post('Observation/_search').type('form').send({ patient: 'ana-ruiz', _count: '5' })
    expect(countsOf(await recorded())).toEqual({ 'ana-ruiz': { Observation: found.body.entry.length } })
  })

  test('further pages too, under the name of the search', async () => {
    const ana = await server.as('ana-ruiz')
    const { body } = await ana.get('Observation?_count=2')
    const next = (body.link as { relation: string; url: string }[]).find(({ relation }) => relation === 'next')
    await until(() => taken.length === 1)
    await ana.get(String(next?.url.split('/fhir/')[1]))
    await until(() => taken.length === 2)
    expect(taken[1]).toMatchObject({ operation: 'search-type', uri: 'Observation?_count', type: 'Observation' })
    expect(countsOf(taken[1] as AccessRecord)).toEqual({ 'ana-ruiz': { Observation: 2 } })
  })

  test('what comes along, with records of nobody apart', async () => {
    const ana = await server.as('ana-ruiz')
    const { body } = await ana.get(
      'Encounter?_count=3&_include=Encounter:participant&_revinclude=Observation:encounter',
    )
    const types = (body.entry as { resource: { resourceType: string } }[]).map(({ resource }) => resource.resourceType)
    const numberOf = (type: string) => types.filter((one) => one === type).length
    expect(numberOf('Practitioner')).toBeGreaterThan(0)
    expect(countsOf(await recorded())).toEqual({
      'ana-ruiz': { Encounter: 3, ...(numberOf('Observation') > 0 ? { Observation: numberOf('Observation') } : {}) },
      '': { Practitioner: numberOf('Practitioner') },
    })
  })

  test('everything, of which her own record is read once and counted once', async () => {
    const ana = await server.as('ana-ruiz')
    const { body } = await ana.get('Patient/ana-ruiz/$everything?_count=500&_type=Patient,Observation,Condition')
    const counts: Record<string, number> = {}
    for (const { resource } of body.entry as { resource: { resourceType: string } }[])
      counts[resource.resourceType] = (counts[resource.resourceType] ?? 0) + 1
    const record = await recorded()
    expect(record).toMatchObject({ operation: '$everything', record: 'Patient/ana-ruiz', type: 'Patient' })
    expect(countsOf(record)).toEqual({ 'ana-ruiz': counts })
    expect(counts.Patient).toBe(1)
  })

  test('the latest of each code, histories, and scopes that take two searches', async () => {
    const ana = await server.as('ana-ruiz')
    const latest = await ana.get('Observation/$lastn?patient=ana-ruiz&category=vital-signs')
    expect(countsOf(await recorded())).toEqual({ 'ana-ruiz': { Observation: latest.body.entry.length } })
    taken.splice(0)
    const history = await ana.get('Patient/ana-ruiz/_history')
    expect((await recorded()).operation).toBe('history-instance')
    expect(countsOf(await recorded())).toEqual({ 'ana-ruiz': { Patient: history.body.entry.length } })
    taken.splice(0)
    const narrow = await server.as(
      'ana-ruiz',
      'patient/Observation.rs?category=laboratory patient/Observation.rs?status=amended',
    )
    const merged = await narrow.get('Observation?_count=4')
    expect(countsOf(await recorded())).toEqual({ 'ana-ruiz': { Observation: merged.body.entry.length } })
  })

  test('a clinician’s list names each patient in it, and nobody else', async () => {
    const wei = await server.as('ana-ruiz', 'user/Patient.rs', { person: 'Practitioner/wei-chen' })
    const { body } = await wei.get('Patient?_count=50')
    const ids = (body.entry as { resource: { id: string } }[]).map(({ resource }) => resource.id)
    expect(ids.length).toBeGreaterThan(1)
    const record = await recorded()
    expect(record.disclosed.map(({ patient }) => patient).sort()).toEqual([...ids].sort())
    expect(record.actor).toMatchObject({ person: 'Practitioner/wei-chen' })
  })
})

test('SEED-66: a list of everybody’s records, for a client that acts for itself, names each patient', async () => {
  const backend = await server.as('nobody', 'system/Observation.rs', { person: undefined, patient: undefined })
  const { body } = await backend.get('Observation?_count=200')
  const counts: Record<string, object> = {}
  for (const { resource } of body.entry as { resource: { subject: { reference: string } } }[]) {
    const [, patient = ''] = resource.subject.reference.split('/')
    const { Observation = 0 } = (counts[patient] ?? {}) as { Observation?: number }
    counts[patient] = { Observation: Observation + 1 }
  }
  expect(Object.keys(counts).length).toBeGreaterThan(1)
  expect(countsOf(await recorded())).toEqual(counts)
})

describe('SEED-66: writes', () => {
  test('a create names what it made; an update and a delete what they changed', async () => {
    const ana = await server.as('ana-ruiz')
    const { headers } = await ana
      .post('Observation')
      .type(FHIR)
      .set('Prefer', 'return=minimal')
      .send(JSON.stringify(observation('ana-ruiz')))
    const [, key = ''] = /(Observation\/[^/]+)/.exec(String(headers.location)) ?? []
    const made = await recorded()
    expect(made).toMatchObject({ operation: 'create', statusCode: 201, record: key, uri: 'Observation' })
    expect(countsOf(made)).toEqual({ 'ana-ruiz': { Observation: 1 } })
    for (const [operation, call] of [
      [
        'update',
        ana
          .put(key)
          .type(FHIR)
          .send(JSON.stringify({ ...observation('ana-ruiz'), id: key.split('/')[1] })),
      ],
      ['delete', ana.delete(key)],
    ] as const) {
      taken.splice(0)
      await call
      expect(await recorded()).toMatchObject({
        operation,
        outcome: 'allowed',
        record: key,
        disclosed: [{ patient: 'ana-ruiz', types: { Observation: 1 }, record: key }],
      })
    }
  })

  test('one that is refused says nothing of whose record it would have been', async () => {
    const ana = await server.as('ana-ruiz')
    await ana
      .post('Observation')
      .type(FHIR)
      .send(JSON.stringify(observation('ben-okafor')))
    expect(await recorded()).toMatchObject({ operation: 'create', statusCode: 422, disclosed: [] })
    expect(JSON.stringify(taken)).not.toContain('ben-okafor')
  })

  test('a conditional one is what it came to; what was searched for on the way is not shown', async () => {
    const ana = await server.as('ana-ruiz')
    const identifier = [{ system: 'urn:audit', value: 'one' }]
    const id = await server.hold({ ...observation('ana-ruiz'), identifier })
    const body = JSON.stringify({ ...observation('ana-ruiz'), identifier })
    await ana.put('Observation?identifier=urn:audit|one').type(FHIR).send(body)
    expect(await recorded()).toMatchObject({ operation: 'update', record: `Observation/${id}` })
    expect(countsOf(await recorded())).toEqual({ 'ana-ruiz': { Observation: 1 } })
  })
})

describe('SEED-66: a bundle has a record of its own, and one for each entry', () => {
  const entry = (method: string, url: string, resource?: object) => ({ request: { method, url }, resource })
  const send = async (type: string, entries: object[]) =>
    (await server.as('ana-ruiz'))
      .post('')
      .type(FHIR)
      .send(JSON.stringify({ resourceType: 'Bundle', type, entry: entries }))
  const summaries = () =>
    taken.map(({ entry, operation, statusCode, disclosed }) => [
      entry,
      operation,
      statusCode,
      disclosed.map(({ patient }) => patient),
    ])

  test('a batch', async () => {
    await send('batch', [
      entry('GET', 'Patient/ana-ruiz'),
      entry('GET', 'Patient/ben-okafor'),
      entry('POST', 'Observation', observation('ana-ruiz')),
      entry('BREW', 'Coffee'),
    ])
    await recorded()
    expect(summaries()).toEqual([
      [undefined, 'batch', 200, []],
      [0, 'read', 200, ['ana-ruiz']],
      [1, 'read', 404, []],
      [2, 'create', 201, ['ana-ruiz']],
      [3, 'unknown', 403, []],
    ])
    expect(taken[3]?.record).toMatch(/^Observation\/./)
    expect(new Set(taken.map(({ requestId }) => requestId)).size).toBe(1)
    expect(new Set(taken.map(({ id }) => id)).size).toBe(5)
  })

  test('a transaction, carried out or refused as a whole', async () => {
    const own = entry('POST', 'Observation', observation('ana-ruiz'))
    await send('transaction', [own, own])
    await recorded()
    expect(summaries()).toEqual([
      [undefined, 'transaction', 200, []],
      [0, 'create', 201, ['ana-ruiz']],
      [1, 'create', 201, ['ana-ruiz']],
    ])
    taken.splice(0)
    await send('transaction', [own, entry('POST', 'Observation', observation('ben-okafor'))])
    await recorded()
    expect(summaries()).toEqual([
      [undefined, 'transaction', 422, []],
      [0, 'create', 422, ['ana-ruiz']],
      [1, 'create', 422, []],
    ])
  })
})

test('SEED-66: a file is of whom its documents are', async () => {
  const ana = await server.as('ana-ruiz')
  const id = await server.hold({ resourceType: 'Binary', contentType: 'text/plain', data: 'eA==' })
  await server.hold({
    resourceType: 'DocumentReference',
    status: 'current',
    subject: { reference: 'Patient/ana-ruiz' },
    content: [{ attachment: { url: `Binary/${id}` } }],
  })
  await ana.get(`Binary/${id}`).set('Accept', FHIR)
  expect(await recorded()).toMatchObject({
    operation: 'read',
    statusCode: 200,
    disclosed: [{ patient: 'ana-ruiz', types: { Binary: 1 }, record: `Binary/${id}` }],
  })
})

test('SEED-66: requests that cannot be recorded are refused where records are required, and counted at /health', async () => {
  const states = { table: { waiting: 7, lost: 0, isFailing: true } }
  const refusing = await startProxiedServer({ audit: { ...NO_AUDIT, isWritable: () => false, state: () => states } })
  try {
    const ana = await refusing.as('ana-ruiz')
    const answer = await ana.get('Patient/ana-ruiz')
    expect([answer.status, answer.headers['retry-after'], answer.body.resourceType]).toEqual([
      503,
      '5',
      'OperationOutcome',
    ])
    expect((await ana.get('metadata')).status).toBe(200)
    const health = await refusing.health()
    expect([health.status, health.body]).toEqual([503, { status: 'requests cannot be recorded', audit: states }])
  } finally {
    await refusing.close()
  }
})

test('a record never holds a scope: its conditions may name a record', async () => {
  const ana = await server.as('ana-ruiz', 'patient/Observation.rs?_id=secret-record')
  await ana.get('Observation')
  await recorded()
  const all: readonly AuditRecord[] = taken
  expect(JSON.stringify(all)).not.toContain('secret-record')
})
