// Whatever is stored, whatever an app may do and whatever it asks: it sees what a naive oracle over all data says, and is
// told of nothing else. Through the real proxy, before the sandbox's FHIR server.

import { expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import fc from 'fast-check'
import { type Caller, type Oracle, oracleOf } from './testing/oracle.ts'
import { type SmallRequest, someCaller, someRequest, someWorld } from './testing/small-worlds.ts'
import { entriesOf, startWorld, type World } from './two-worlds.ts'

const RUNS = 120
const MOST_MILLISECONDS = 45_000
const CALLERS = 4
const REQUESTS = 12

async function readBy(world: World, caller: Caller, { type, id }: { type: string; id: string }) {
  const { status, body } = await world.get(`${type}/${id}`, caller)
  if (status === 200) expect([body.resourceType, body.id]).toEqual([type, id])
  return { 200: true, 404: false, 403: undefined }[status as number] ?? (status === 403 ? undefined : status)
}

/** Of all pages; undefined when it is refused. */
async function searchBy(world: World, caller: Caller, request: Extract<SmallRequest, { kind: 'search' }>) {
  const query = [...request.criteria, ['_count', request.count]].map((pair) => pair.join('=')).join('&')
  let answer = await world.get(`${request.type}?${query}`, caller)
  const count = await world.get(`${request.type}?${query}&_summary=count`, caller)
  expect(count.status).toBe(answer.status)
  if (answer.status !== 200) return answer.status === 403 ? undefined : answer.status
  expect(count.body.total).toBe(answer.body.total)
  const { total } = answer.body
  const keys = entriesOf(answer, 'match')
  for (let next = nextOf(answer.body); next !== undefined; next = nextOf(answer.body)) {
    answer = await world.get(next, caller)
    expect(answer.status).toBe(200)
    keys.push(...entriesOf(answer, 'match'))
  }
  expect(keys.length).toBe(total)
  return keys
}

function nextOf({ link }: { link: { relation: string; url: string }[] }): string | undefined {
  return link.find(({ relation }) => relation === 'next')?.url
}

async function compare(world: World, oracle: Oracle, caller: Caller, request: SmallRequest): Promise<string> {
  if (request.kind === 'read') {
    const expected = oracle.read(caller, request.type, request.id)
    expect([request, caller, await readBy(world, caller, request)]).toEqual([request, caller, expected])
    return `read ${expected}`
  }
  const expected = oracle.search(caller, request.type, request.criteria)?.map((id) => `${request.type}/${id}`)
  const found = await searchBy(world, caller, request)
  expect([request, caller, Array.isArray(found) ? found.toSorted() : found]).toEqual([
    request,
    caller,
    expected?.toSorted(),
  ])
  return `search ${expected === undefined ? 'refused' : expected.length > 0}`
}

test(
  'ENF-07, ENF-08, ENF-25, ENF-61, SCP-07: an app sees what its scopes allow, over any data, and nothing else',
  async () => {
    const outcomes = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(
        someWorld,
        fc.array(fc.tuple(someCaller, fc.array(someRequest, { minLength: REQUESTS, maxLength: REQUESTS })), {
          minLength: CALLERS,
          maxLength: CALLERS,
        }),
        fc.boolean(),
        async (things, asked, lenient) => {
          const world = await startWorld(things as unknown as Resource[], lenient)
          try {
            const oracle = oracleOf(things, 'Practitioner/nora')
            for (const [caller, requests] of asked)
              for (const request of requests) {
                const outcome = await compare(world, oracle, caller, request)
                outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
              }
            expect(world.alarms).toEqual([])
          } finally {
            await world.close()
          }
        },
      ),
      // A slow machine sees fewer worlds, never none.
      { numRuns: RUNS, interruptAfterTimeLimit: MOST_MILLISECONDS },
    )
    // Where all is refused, or nothing found, nothing is shown.
    for (const outcome of [
      'read true',
      'read false',
      'read undefined',
      'search true',
      'search false',
      'search refused',
    ])
      expect(outcomes.get(outcome) ?? 0).toBeGreaterThan(10)
  },
  2 * MOST_MILLISECONDS,
)
