// Against the sandbox's FHIR server; what it does not do is taken away from it where a server is meant that keeps less.
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createFhirServer } from '../../sandbox/fhir-server/fhir-server.ts'
import { freePort } from '../../test/testing/free-port.ts'
import { createUpstream, type Upstream, type UpstreamCall } from '../upstream/upstream.ts'
import { attemptsOf, type Change } from './change.ts'
import { createReconcile, type Reconcile } from './reconcile.ts'
import { createServerHistory, NotAnswered } from './server-history.ts'

let upstream: Upstream
let server: Server
let reconcile: Reconcile
/** Addresses that the server does not know, and with what it says so. */
let withheld: { pattern: RegExp; status: number } | undefined

beforeAll(async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/r4`
  const fhirServer = createFhirServer({ baseUrl: url, lenient: false, resources: [] })
  server = createServer((request, response) => {
    const isWithheld = request.method === 'GET' && withheld?.pattern.test(request.url ?? '') === true
    if (isWithheld) response.writeHead(withheld?.status ?? 0).end()
    else fhirServer.emit('request', request, response)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  upstream = createUpstream({ url, timeoutMs: 2_000, maxBodyBytes: 1_000_000, alarm: () => {} })
  const history = createServerHistory({ upstream, upstreamUrl: url, timeoutMs: 2_000 })
  reconcile = createReconcile({ history, bases: [url] })
})
afterAll(async () => {
  await upstream.close()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  withheld = undefined
})

let made = 0
const observation = (more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: `test ${++made}` },
  subject: { reference: 'Patient/alice' },
  ...more,
})
const createOf = (body: object): UpstreamCall => ({
  method: 'POST',
  target: 'Observation',
  body: JSON.stringify(body),
  contentType: 'application/fhir+json',
  patient: 'alice',
})
const updateOf = (id: string, body: object, version?: string): UpstreamCall => ({
  ...createOf({ ...body, id }),
  method: 'PUT',
  target: `Observation/${id}`,
  ...(version === undefined ? {} : { ifMatch: `W/"${version}"` }),
})
const deleteOf = (id: string, version?: string): UpstreamCall => ({
  method: 'DELETE',
  target: `Observation/${id}`,
  ...(version === undefined ? {} : { ifMatch: `W/"${version}"` }),
})
/** Carries it out; gives the id of what it is about. */
async function done(call: UpstreamCall): Promise<string> {
  const answer = await upstream.send(call, AbortSignal.timeout(2_000))
  if (answer.kind !== 'answer' || answer.status > 299) throw new Error(`not done: ${JSON.stringify(answer)}`)
  return call.target.split('/')[1] ?? (JSON.parse(answer.body.toString()) as { id: string }).id
}
/** What is found out about a call that began a moment ago. */
const found = async (...calls: UpstreamCall[]) =>
  (await reconcile(calls.flatMap(attemptsOf), new Date().toISOString())).map(summary)
const summary = ({ action, id, versionId, isReconciled }: Change) =>
  `${action} ${id} ${versionId}${isReconciled ? '' : ' as it may be'}`

const WITHOUT_HISTORY = [
  ['that knows no histories', 404],
  ['that refuses histories', 405],
  ['that has not got round to histories', 501],
] as const

describe('SEED-56: a lost create', () => {
  test('is found by what it looks like, with the id that the server gave', async () => {
    const call = createOf(observation())
    const id = await done(call)
    await done(createOf(observation()))
    expect(await found(call)).toEqual([`created ${id} 1`])
  })

  test('is found at its first version, when it was changed since', async () => {
    const body = observation()
    const id = await done(createOf(body))
    await done(updateOf(id, { ...body, status: 'amended' }))
    expect(await found(createOf(body))).toEqual([`created ${id} 1`])
  })

  test('that was not carried out is none', async () => {
    const body = { ...observation(), resourceType: 'Condition' }
    expect(await found({ ...createOf(body), target: 'Condition' })).toEqual([])
  })

  test('among others’ records of the type it is none, and with another one of the same patient it may be', async () => {
    const of = (patient: string) => ({
      ...createOf({
        resourceType: 'Flag',
        status: 'active',
        code: { text: `${++made}` },
        subject: { reference: `Patient/${patient}` },
      }),
      target: 'Flag',
      patient,
    })
    await done(of('bob'))
    expect(await found(of('alice'))).toEqual([])
    await done(of('alice'))
    expect(await found(of('alice'))).toEqual(['unknown undefined undefined as it may be'])
  })

  test.each(WITHOUT_HISTORY)('on a server %s is found by a search', async (_name, status) => {
    withheld = { pattern: /_history/, status }
    const call = createOf(observation())
    const id = await done(call)
    expect(await found(call)).toEqual([`created ${id} 1`])
  })

  test('of a file, by which nothing is known again, may be where there is one', async () => {
    const file = { method: 'POST', target: 'Binary' } as const
    expect(await found(file)).toEqual([])
    await done({ ...createOf({ resourceType: 'Binary', contentType: 'text/plain', data: 'YQ==' }), target: 'Binary' })
    expect(await found(file)).toEqual(['unknown undefined undefined as it may be'])
  })

  test('on a server that tells neither may be', async () => {
    withheld = { pattern: /_history|_lastUpdated/, status: 400 }
    expect(await found(createOf(observation()))).toEqual(['unknown undefined undefined as it may be'])
  })
})

describe('SEED-56: a lost update', () => {
  test('is the version after the one that was judged', async () => {
    const body = observation()
    const id = await done(createOf(body))
    const call = updateOf(id, { ...body, status: 'amended' }, '1')
    await done(call)
    await done(updateOf(id, { ...body, status: 'corrected' }, '2'))
    expect(await found(call)).toEqual([`updated ${id} 2`])
  })

  test('that was not carried out is none, also when the record was removed instead', async () => {
    const id = await done(createOf(observation()))
    const call = updateOf(id, observation(), '1')
    expect(await found(call)).toEqual([])
    await done(deleteOf(id))
    expect(await found(call)).toEqual([])
  })

  test('of what was not there is a creation, also after a deletion', async () => {
    const id = `made-${++made}`
    expect(await found(updateOf(id, observation()))).toEqual([])
    await done(updateOf(id, observation()))
    expect(await found(updateOf(id, observation()))).toEqual([`created ${id} 1`])
    await done(deleteOf(id))
    await done(updateOf(id, observation()))
    expect(await found(updateOf(id, observation()))).toEqual([`created ${id} 1`, `created ${id} 3`])
  })

  test.each(WITHOUT_HISTORY)('on a server %s is told by the version that is there', async (_name, status) => {
    withheld = { pattern: /_history/, status }
    const id = await done(createOf(observation()))
    const call = updateOf(id, observation(), '1')
    expect(await found(call)).toEqual([])
    await done(call)
    expect(await found(call)).toEqual([`updated ${id} 2`])
    await done(deleteOf(id))
    expect(await found(call)).toEqual([`unknown ${id} undefined as it may be`])
  })
})

describe('SEED-56: a lost delete', () => {
  test('is the deletion after the version that was judged', async () => {
    const id = await done(createOf(observation()))
    const call = deleteOf(id, '1')
    expect(await found(call)).toEqual([])
    await done(call)
    expect(await found(call)).toEqual([`deleted ${id} 2`])
  })

  test.each(WITHOUT_HISTORY)('on a server %s is that it is not there any more', async (_name, status) => {
    withheld = { pattern: /_history/, status }
    const id = await done(createOf(observation()))
    const call = deleteOf(id, '1')
    expect(await found(call)).toEqual([])
    await done(call)
    expect(await found(call)).toEqual([`deleted ${id} undefined`])
  })
})

test('SEED-56: a lost transaction is found entry by entry, with the names that its entries had for each other', async () => {
  const kept = await done(createOf(observation()))
  const name = `urn:uuid:${crypto.randomUUID()}`
  const [first, second] = [observation(), observation({ hasMember: [{ reference: name }] })]
  const parts = [createOf(first), createOf(second), deleteOf(kept, '1')]
  const entry = [
    { fullUrl: name, resource: first, request: { method: 'POST', url: 'Observation' } },
    { resource: second, request: { method: 'POST', url: 'Observation' } },
    { request: { method: 'DELETE', url: `Observation/${kept}` } },
  ]
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })
  await done({ method: 'POST', target: '', body, contentType: 'application/fhir+json' })
  expect(await found({ method: 'POST', target: '', parts })).toEqual([
    expect.stringMatching(/^created \S+ 1$/),
    expect.stringMatching(/^created \S+ 1$/),
    `deleted ${kept} 2`,
  ])
})

test('SEED-56: a lost operation may have changed what it names', async () => {
  expect(await found({ method: 'POST', target: 'Observation/1/$meta-add' })).toEqual([
    'unknown 1 undefined as it may be',
  ])
})

test.each([500, 503, 429])('SEED-56: a server that answers %i is asked again later', async (status) => {
  const id = await done(createOf(observation()))
  withheld = { pattern: /_history/, status }
  await expect(found(updateOf(id, observation(), '1'))).rejects.toThrow(NotAnswered)
})
