// The proxy before a FHIR server that is slow, busy, or wants to know who asks: what apps are told, and what it is sent.
import type { IncomingMessage, RequestListener } from 'node:http'
import { afterEach, expect, test } from '@jest/globals'
import { listening } from './testing/listening.ts'
import { until } from './testing/until.ts'
import { ALICE, observation, startProxy, type World } from './two-worlds.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function before(listener: RequestListener, settings: Record<string, string> = {}): Promise<World> {
  const upstream = await listening(listener)
  const world = await startProxy(`${upstream.url}/r4`, undefined, [], { settings })
  closing.push(world.close, upstream.close)
  return world
}

const SUGAR = JSON.stringify(observation('sugar', 'alice'))

test.each([
  ['429', { 'Retry-After': '42' }, 429, 'throttled', '42'],
  ['429', { 'x-ms-retry-after-ms': '15500' }, 429, 'throttled', '16'],
  ['503', { 'Retry-After': '42' }, 503, 'transient', '42'],
])('SEED-64: %s with %j is passed on, with when to come back', async (given, headers, status, code, seconds) => {
  const world = await before((_request, response) => response.writeHead(Number(given), headers).end('secret'))
  for (const path of ['Observation/sugar', 'Observation', 'Observation/sugar/_history', 'Patient/alice/$everything']) {
    const answer = await world.get(path)
    expect([answer.status, answer.body.issue?.[0].code, answer.headers['retry-after']]).toEqual([status, code, seconds])
    expect(answer.text).not.toContain('secret')
  }
})

test('SEED-64: one that mends itself within the deadline is not noticed', async () => {
  let asked = 0
  const world = await before((_request, response) => {
    asked += 1
    if (asked === 1) response.writeHead(503, { 'x-ms-retry-after-ms': '10' }).end()
    else response.writeHead(200, { 'Content-Type': 'application/fhir+json' }).end(SUGAR)
  })
  expect([(await world.get('Observation/sugar')).text, asked]).toEqual([SUGAR, 2])
})

test('SEED-64: a request as a whole has a deadline, whatever it needs of the FHIR server', async () => {
  let isOpen = false
  const world = await before(
    (_request, response) => {
      isOpen = true
      response.on('close', () => {
        isOpen = false
      })
    },
    { REQUEST_TIMEOUT_MS: '100', UPSTREAM_TIMEOUT_MS: '60000' },
  )
  const answer = await world.get('Observation?_include=Observation:subject')
  expect([answer.status, answer.body.issue[0].code]).toEqual([504, 'timeout'])
  await until(() => !isOpen)
})

test('SEED-63, ENF-03: what it is asked with is ours, and never the caller’s token', async () => {
  const seen: IncomingMessage['headers'][] = []
  const world = await before((request, response) => {
    seen.push(request.headers)
    response.writeHead(401, { 'WWW-Authenticate': 'Bearer realm="secret"' }).end('secret')
  })
  const answer = await world.get('Observation/sugar', ALICE)
  expect([answer.status, answer.headers['www-authenticate'], answer.body.issue[0].code]).toEqual([
    503,
    undefined,
    'transient',
  ])
  expect(answer.text).not.toContain('secret')
  expect(seen.map(({ authorization }) => authorization)).toEqual([undefined])
  expect(world.alarms.map((line) => JSON.parse(line).event)).toEqual(['upstream-unauthorized'])
})
