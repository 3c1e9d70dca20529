// The processor transaction-to-batch before the sandbox's FHIR server: what it carries out is decided entry by entry, for the
// caller's own records alone.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Audit, NO_AUDIT } from '../proxy/audit/audit.ts'
import type { AccessRecord } from '../smart/audit/audit.ts'
import { processorsFor } from './testing/processors-for.ts'
import { observation, type ProxiedServer, startProxiedServer } from './testing/proxied-server.ts'
import { until } from './testing/until.ts'

const taken: AccessRecord[] = []
const audit: Audit = { ...NO_AUDIT, isOn: true, take: (all) => void taken.push(...(all as AccessRecord[])) }
let server: ProxiedServer
beforeAll(async () => {
  // Its place in the file decides nothing: entries pass whatever else there is.
  const processors = await processorsFor([{ use: 'date-sort' }, { use: 'transaction-to-batch' }])
  server = await startProxiedServer({ processors, audit })
})
afterAll(() => server.close())
beforeEach(() => void taken.splice(0))

let made = 0
const coded = (patient: string, value: string, more: object = {}) =>
  observation(patient, { code: { coding: [{ system: 'http://test.example', code: value }] }, ...more })
const newCode = () => `b${++made}`
const name = () => `urn:uuid:${crypto.randomUUID()}`
const entry = (method: string, url: string, resource?: object, more: object = {}, fullUrl?: string) => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  ...(resource === undefined ? {} : { resource }),
  request: { method, url, ...more },
})
const send = async (entries: object[], patient = 'ana-ruiz', scope?: string) =>
  (await server.as(patient, scope)).bundle('transaction', entries)
type Answered = { response: { status: string }; resource?: { id: string; hasMember?: { reference: string }[] } }
const entriesOf = ({ body }: { body: { entry: Answered[] } }) => body.entry
const statusesOf = (answer: { body: { entry: Answered[] } }) => entriesOf(answer).map(({ response }) => response.status)
const heldWith = (value: string) => server.total(`Observation?code=${value}`)

test('SEED-55: records are made, and refer to each other by the ids that they got', async () => {
  const [value, mother, child] = [newCode(), name(), name()]
  const answer = await send([
    entry('POST', 'Observation', coded('ana-ruiz', value, { hasMember: [{ reference: child }] }), {}, mother),
    entry('POST', 'Observation', coded('ana-ruiz', value), {}, child),
    entry('GET', `Observation?code=${value}&_summary=count`),
  ])
  expect([answer.status, answer.body.type, statusesOf(answer)]).toEqual([200, 'batch-response', ['201', '201', '200']])
  const [first, second] = entriesOf(answer)
  expect(first?.resource?.hasMember).toEqual([{ reference: `Observation/${second?.resource?.id}` }])
  // Reads come last, as in a transaction.
  expect(answer.body.entry[2].resource.total).toBe(2)
})

describe('SEED-55: another patient’s records', () => {
  test('are neither written nor referred to, and what depends on that is not done; all else is', async () => {
    const [value, hers, his] = [newCode(), name(), name()]
    const foreign = await server.hold(coded('ben-okafor', newCode()))
    const answer = await send([
      entry('POST', 'Observation', coded('ben-okafor', value), {}, his),
      entry('POST', 'Observation', coded('ana-ruiz', value, { hasMember: [{ reference: his }] })),
      entry('POST', 'Observation', coded('ana-ruiz', value, { hasMember: [{ reference: `Observation/${foreign}` }] })),
      entry('DELETE', `Observation/${foreign}`),
      entry('POST', 'Observation', coded('ana-ruiz', value), {}, hers),
      entry('GET', `Observation/${foreign}`),
    ])
    expect(statusesOf(answer)).toEqual(['422', '424', '422', '404', '201', '404'])
    expect(await heldWith(value)).toBe(1)
    expect((await server.held(`Observation/${foreign}`)).status).toBe(200)
  })
  test('are not found by a condition, and do not make it fit several', async () => {
    const value = newCode()
    await server.hold(coded('ben-okafor', value))
    await server.hold(coded('carla-nowhere', value))
    const hers = await server.hold(coded('ana-ruiz', value))
    const known = name()
    const answer = await send([
      entry('POST', 'Observation', coded('ana-ruiz', value), { ifNoneExist: `code=${value}` }, known),
      entry('POST', 'Observation', coded('ana-ruiz', newCode(), { hasMember: [{ reference: known }] })),
      entry(
        'POST',
        'Observation',
        coded('ana-ruiz', newCode(), { hasMember: [{ reference: `Observation?code=${value}` }] }),
      ),
    ])
    expect(statusesOf(answer)).toEqual(['200', '201', '201'])
    for (const { resource } of entriesOf(answer).slice(1))
      expect(resource?.hasMember).toEqual([{ reference: `Observation/${hers}` }])
    await server.hold(coded('ana-ruiz', value))
    const several = await send([
      entry('POST', 'Observation', coded('ana-ruiz', newCode())),
      entry('PUT', `Observation?code=${value}`, coded('ana-ruiz', value)),
    ])
    expect([several.status, several.body.resourceType]).toEqual([412, 'OperationOutcome'])
  })
})

test('SEED-55: without the right to search a condition is refused before anything is written', async () => {
  const value = newCode()
  const answer = await send(
    [
      entry('POST', 'Observation', coded('ana-ruiz', value)),
      entry('PUT', 'Condition?code=x', { resourceType: 'Condition', subject: { reference: 'Patient/ana-ruiz' } }),
    ],
    'ana-ruiz',
    'patient/Observation.cruds patient/Condition.cu',
  )
  expect(answer.status).toBe(403)
  expect(await heldWith(value)).toBe(0)
})

test('SEED-66: each entry is recorded, in the order in which it was carried out', async () => {
  const child = name()
  await send([
    entry('POST', 'Observation', coded('ana-ruiz', newCode(), { hasMember: [{ reference: child }] })),
    entry('POST', 'Observation', coded('ana-ruiz', newCode()), {}, child),
    entry('POST', 'Observation', coded('ben-okafor', newCode())),
  ])
  await until(() => taken.length > 3)
  expect(taken.map(({ operation, statusCode, outcome }) => [operation, statusCode, outcome])).toEqual([
    ['batch', 200, 'allowed'],
    ['create', 201, 'allowed'],
    ['create', 422, 'failed'],
    ['create', 201, 'allowed'],
  ])
})
