// Amounts on the consent page: what servers say, what they do not say, and what nobody is told.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { decodeJwt, generateKeyPair } from 'jose'
import { FHIR_BASE, ISSUER } from '../testing/auth-server-fixture.ts'
import { AMOUNT_LIMITS, type AmountLimits, amounts, type Counting } from './amounts.ts'
import { fhirReaders } from './person-reader.ts'

type Asked = { type: string; query: URLSearchParams; claims: Record<string, unknown> }
/** A resource, or a status. */
type Reply = object | number

let server: Server
afterEach(() => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})

async function started(reply: (asked: Asked) => Reply | Promise<Reply>, limits: Partial<AmountLimits> = {}) {
  const asked: Asked[] = []
  server = createServer(async (request, response) => {
    const one = askedIn(request)
    asked.push(one)
    const answer = await reply(one)
    response.statusCode = typeof answer === 'number' ? answer : 200
    response.end(JSON.stringify(typeof answer === 'number' ? {} : answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { privateKey } = await generateKeyPair('ES256')
  const keys = { jwks: { keys: [] }, accessToken: { key: privateKey, kid: 'k' } }
  const fhirUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const readers = fhirReaders({ issuer: ISSUER, fhirBase: FHIR_BASE, fhirUrl, keys })
  return { asked, amounts: amounts(readers, { ...AMOUNT_LIMITS, ...limits }) }
}

function askedIn(request: IncomingMessage): Asked {
  const { pathname, searchParams } = new URL(request.url ?? '', ISSUER)
  const token = String(request.headers.authorization).slice('Bearer '.length)
  return { type: pathname.slice(1), query: searchParams, claims: decodeJwt(token) }
}

const counting = (more: Partial<Counting> = {}): Counting => ({
  person: 'RelatedPerson/maria',
  patient: 'mateo',
  scopes: ['patient/Observation.rs', 'patient/Encounter.rs'],
  counts: ['Observation', 'Encounter'],
  spans: [],
  ...more,
})
const bundle = (total: number | undefined, ...resources: object[]) => ({
  resourceType: 'Bundle',
  ...(total === undefined ? {} : { total }),
  entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
})
const result = (id: string, day: string) => ({ resourceType: 'Observation', id, effectiveDateTime: day })

test('AUTHZ-21: counted as the person, for the patient, under the scopes in question, for a minute at most', async () => {
  const { asked, amounts: counter } = await started(() => bundle(7))
  const counted = await counter.patiently(counting())
  expect(counted).toEqual(
    new Map([
      ['Observation', { count: 7 }],
      ['Encounter', { count: 7 }],
    ]),
  )
  for (const { claims, query } of asked) {
    expect(claims).toMatchObject({
      scope: 'patient/Observation.rs patient/Encounter.rs',
      person: 'RelatedPerson/maria',
      patient: 'mateo',
      // Not the app's: in the audit it is ours.
      client_id: ISSUER,
    })
    expect(Number(claims.exp) - Number(claims.iat)).toBeLessThanOrEqual(60)
    expect(query.get('_summary')).toBe('count')
  }
})

describe('what is not known is not nothing', () => {
  test.each<[string, Reply]>([
    ['a server that does not count', bundle(undefined)],
    ['a total that is none', { resourceType: 'Bundle', total: -1 }],
    ['something else', { resourceType: 'OperationOutcome', total: 3 }],
    ['a refusal', 403],
    ['a failing server', 500],
  ])('%s', async (_name, reply) => {
    const { amounts: counter } = await started(({ type }) => (type === 'Encounter' ? bundle(0) : reply))
    const counted = await counter.patiently(counting())
    expect(counted).toEqual(
      new Map([
        ['Observation', undefined],
        ['Encounter', { count: 0 }],
      ]),
    )
  })

  test('a lenient server that sends all in place of a count is believed for its total alone', async () => {
    const all = bundle(2, result('a', '2011-02-03'), result('b', '2024-05-06'))
    const { amounts: counter } = await started(() => all)
    const counted = await counter.patiently(counting({ counts: ['Observation'], spans: ['Observation'] }))
    expect(counted).toEqual(new Map([['Observation', { count: 2 }]]))
  })
})

describe('from when to when', () => {
  const sorted = ({ query }: Asked): Reply => {
    if (query.get('_summary') === 'count') return bundle(2)
    return bundle(2, query.get('_sort') === 'date' ? result('a', '2011-02-03T10:00:00Z') : result('b', '2024-05'))
  }
  test('of the first and the last record', async () => {
    const { amounts: counter } = await started(sorted)
    const counted = await counter.patiently(counting({ counts: ['Observation'], spans: ['Observation'] }))
    expect(counted).toEqual(new Map([['Observation', { count: 2, first: '2011-02-03', last: '2024-05-01' }]]))
  })
  test('not of a server that does not sort', async () => {
    const { amounts: counter } = await started(({ query }) =>
      query.has('_summary') ? bundle(2) : bundle(2, result('a', '2011-02-03')),
    )
    const counted = await counter.patiently(counting({ counts: ['Observation'], spans: ['Observation'] }))
    expect(counted).toEqual(new Map([['Observation', { count: 2 }]]))
  })
})

describe('limits', () => {
  test('a slow server holds up no page, and who waits sees what it said', async () => {
    let release: (reply: Reply) => void = () => {}
    const held = new Promise<Reply>((resolve) => {
      release = resolve
    })
    const { asked, amounts: counter } = await started(() => held, { soonMilliseconds: 20 })
    expect(await counter.soon(counting())).toBe('waiting')
    release(bundle(3))
    const counted = await counter.patiently(counting())
    expect(counted).toEqual(
      new Map([
        ['Observation', { count: 3 }],
        ['Encounter', { count: 3 }],
      ]),
    )
    // Asked once for both pages.
    expect(asked).toHaveLength(2)
  })
  test('kept for the same person, patient and scopes, and no other', async () => {
    const { asked, amounts: counter } = await started(() => bundle(1))
    await counter.patiently(counting())
    await counter.patiently(counting())
    expect(asked).toHaveLength(2)
    const others: Partial<Counting>[] = [
      { person: 'Patient/mateo' },
      { patient: 'lucia' },
      { scopes: ['patient/Observation.rs'] },
    ]
    for (const [at, other] of others.entries()) {
      await counter.patiently(counting(other))
      expect(asked).toHaveLength(4 + 2 * at)
    }
  })
  test('what failed is tried again', async () => {
    let isDown = true
    const { amounts: counter } = await started(() => (isDown ? 500 : bundle(1)))
    await counter.patiently(counting())
    isDown = false
    expect(await counter.patiently(counting())).toEqual(
      new Map([
        ['Observation', { count: 1 }],
        ['Encounter', { count: 1 }],
      ]),
    )
  })
  test('beyond the budget nothing is asked, and nothing is known', async () => {
    const { asked, amounts: counter } = await started(() => bundle(1), { requests: 1 })
    const counted = await counter.patiently(counting())
    expect(counted).toEqual(
      new Map([
        ['Observation', { count: 1 }],
        ['Encounter', undefined],
      ]),
    )
    expect(asked).toHaveLength(1)
  })
  test('only so many at once', async () => {
    let running = 0
    let most = 0
    const { amounts: counter } = await started(
      async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        return bundle(1)
      },
      { atOnce: 2 },
    )
    await counter.patiently(counting({ counts: ['A', 'B', 'C', 'D', 'E', 'F'] }))
    expect(most).toBeLessThanOrEqual(2)
  })
})
