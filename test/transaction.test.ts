// Transactions through the proxy: all or nothing, and judged before the FHIR server sees any of it (ENF-40).
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { FHIR, FHIR_BASE, type ProxiedServer, startProxiedServer } from './testing/proxied-server.ts'

let server: ProxiedServer
beforeAll(async () => {
  server = await startProxiedServer()
})
afterAll(() => server.close())

let made = 0
const code = () => `t${++made}`
const observation = (patient: string, value: string, more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://test.example', code: value }] },
  subject: { reference: `Patient/${patient}` },
  ...more,
})
const entry = (method: string, url: string, resource?: object, more: object = {}) => ({
  ...(resource === undefined ? {} : { resource }),
  request: { method, url },
  ...more,
})
const send = async (entries: object[], patient = 'ana-ruiz', scope?: string) =>
  (await server.as(patient, scope))
    .post('')
    .type(FHIR)
    .send(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: entries }))
const heldWith = (value: string) => server.total(`Observation?code=${value}`)
const put = async (patient: string, value: string) =>
  (
    await (
      await server.as(patient)
    )
      .post('Observation')
      .type(FHIR)
      .send(JSON.stringify(observation(patient, value)))
  ).body.id as string

test('ENF-40: makes, changes and removes the own records, with references between them', async () => {
  const [one, two, three] = [code(), code(), code()]
  const [changed, removed] = [await put('ana-ruiz', one), await put('ana-ruiz', two)]
  const name = `urn:uuid:${crypto.randomUUID()}`
  const answer = await send([
    entry('POST', 'Observation', observation('ana-ruiz', three), { fullUrl: name }),
    entry('POST', 'Observation', observation('ana-ruiz', three, { hasMember: [{ reference: name }] })),
    entry('PUT', `Observation/${changed}`, observation('ana-ruiz', one, { id: changed, status: 'amended' })),
    entry('DELETE', `Observation/${removed}`),
  ])
  expect([answer.status, answer.body.type]).toEqual([200, 'transaction-response'])
  const [first, second] = answer.body.entry as { resource: { id: string; hasMember?: { reference: string }[] } }[]
  expect(second?.resource.hasMember?.[0]?.reference).toBe(`Observation/${first?.resource.id}`)
  expect(answer.body.entry.map(({ response }: { response: { status: string } }) => response.status)).toEqual([
    '201',
    '201',
    '200',
    '204',
  ])
  expect(answer.body.entry[0].response.location).toMatch(new RegExp(`^${FHIR_BASE}/Observation/`))
  expect(answer.text).not.toContain('127.0.0.1')
  expect([await heldWith(three), await heldWith(two)]).toEqual([2, 0])
})

describe('ENF-40: one entry that is refused refuses all, and nothing is written', () => {
  const foreign = () => put('ben-okafor', code())
  test.each<[string, () => Promise<object>, number]>([
    ['a record of another patient', async () => entry('POST', 'Observation', observation('ben-okafor', 'x')), 422],
    [
      'another patient’s record changed',
      async () => {
        const id = await foreign()
        return entry('PUT', `Observation/${id}`, observation('ana-ruiz', 'x', { id }))
      },
      404,
    ],
    ['another patient’s record removed', async () => entry('DELETE', `Observation/${await foreign()}`), 404],
    [
      'a reference to another patient’s record',
      async () => {
        const hasMember = [{ reference: `Observation/${await foreign()}` }]
        return entry('POST', 'Observation', observation('ana-ruiz', 'x', { hasMember }))
      },
      422,
    ],
    [
      'a name that nothing here has',
      async () => {
        const hasMember = [{ reference: 'urn:uuid:00000000-0000-4000-8000-000000000000' }]
        return entry('POST', 'Observation', observation('ana-ruiz', 'x', { hasMember }))
      },
      422,
    ],
    [
      'a new patient under a name',
      async () => entry('POST', 'Patient', { resourceType: 'Patient' }, { fullUrl: 'urn:uuid:1' }),
      422,
    ],
    ['a read', async () => entry('GET', 'Patient/ana-ruiz'), 403],
    ['a condition', async () => entry('PUT', 'Observation?code=x', observation('ana-ruiz', 'x')), 403],
    ['another host', async () => entry('DELETE', 'https://evil.test/Observation/1'), 400],
    ['a type beyond the scope', async () => entry('POST', 'Subscription', { resourceType: 'Subscription' }), 403],
  ])('%s', async (_name, bad, status) => {
    const value = code()
    const answer = await send([entry('POST', 'Observation', observation('ana-ruiz', value)), await bad()])
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome'])
    expect(await heldWith(value)).toBe(0)
  })
  test('a record written twice', async () => {
    const id = await put('ana-ruiz', code())
    const write = entry('DELETE', `Observation/${id}`)
    expect((await send([write, write])).status).toBe(400)
    const again = entry('PUT', `${FHIR_BASE}/Observation/${id}`, observation('ana-ruiz', code(), { id }))
    expect((await send([write, again])).status).toBe(400)
  })
})

test('ENF-40: a name that stands for an address is no name', async () => {
  const id = await put('ben-okafor', code())
  const fullUrl = `${FHIR_BASE}/Observation/${id}`
  const answer = await send([
    entry('POST', 'Observation', observation('ana-ruiz', code()), { fullUrl }),
    entry('POST', 'Observation', observation('ana-ruiz', code(), { hasMember: [{ reference: fullUrl }] })),
  ])
  expect(answer.status).toBe(422)
})

test('SCP-11: what may not be read is not shown in the answer', async () => {
  const answer = await send([entry('POST', 'Observation', observation('ana-ruiz', code()))], 'ana-ruiz', 'patient/*.c')
  expect(answer.status).toBe(200)
  expect(answer.body.entry[0]).not.toHaveProperty('resource')
})
