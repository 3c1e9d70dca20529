// What the probe finds of the sandbox's FHIR server, strict and lenient, and of one with faults planted; and what becomes of
// requests for it.
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import { pino } from 'pino'
import request from 'supertest'
import { createProbe, type Probe } from '../proxy/upstream/probe.ts'
import { createUpstream, type Upstream, type UpstreamAnswer, type UpstreamCall } from '../proxy/upstream/upstream.ts'
import { createFhirServer } from '../sandbox/fhir-server/fhir-server.ts'
import { syntheticPeople } from '../sandbox/people/synthetic-people.ts'
import { DEFAULT_RULES } from '../smart/fhir/compartment.ts'
import { madeUpUpstream } from './testing/made-up-upstream.ts'
import { until } from './testing/until.ts'
import { type Caller, entriesOf, startProxy, type World } from './two-worlds.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function before(lenient: boolean, resources: readonly Resource[] = syntheticPeople()) {
  const port = await freePort()
  const upstreamUrl = `http://127.0.0.1:${port}/r4`
  const server: Server = createFhirServer({ baseUrl: upstreamUrl, lenient, resources })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const alarm = () => undefined
  const upstream = createUpstream({ url: upstreamUrl, timeoutMs: 5_000, maxBodyBytes: 1e7, alarm })
  closing.push(
    () => upstream.close(),
    () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  )
  return { upstream, upstreamUrl }
}

function probeOf(upstream: Upstream, upstreamUrl: string, lookMilliseconds?: number): Probe {
  const probe = createProbe({
    ...{
      upstream,
      upstreamUrl,
      log: pino({ level: 'silent' }),
      timeoutMilliseconds: 5_000,
      compartment: DEFAULT_RULES,
    },
    everyMilliseconds: 1e9,
    ...(lookMilliseconds === undefined ? {} : { lookMilliseconds }),
  })
  closing.unshift(() => probe.stop())
  return probe
}

/** What the server was found to be, a line each. */
function summaryOf({ profile }: Probe) {
  const { confinement, alternatives, modifiers, server } = profile()
  const kinds = (findings: ReadonlyMap<string, string>) => [...new Set(findings.values())].sort()
  return {
    confinement: kinds(confinement),
    alternatives: kinds(alternatives),
    modifiers: Object.fromEntries(modifiers),
    server: Object.fromEntries(server),
  }
}

type Fault = (call: UpstreamCall, send: (call: UpstreamCall) => Promise<UpstreamAnswer>) => Promise<UpstreamAnswer>

function withFault(upstream: Upstream, fault: Fault): Upstream {
  return madeUpUpstream((call, signal) => fault(call, (one) => upstream.send(one, signal)))
}

/** Changes the parameters of a search, told by name and value as they stand in the URL. */
const parameters =
  (change: (name: string, value: string) => [string, string] | undefined): Fault =>
  (call, send) => {
    const [path = '', query] = call.target.split('?')
    if (query === undefined) return send(call)
    const changed = [...new URLSearchParams(query)].flatMap(([name, value]) => {
      const kept = change(name, value)
      return kept === undefined ? [] : [kept]
    })
    return send({ ...call, target: `${path}?${new URLSearchParams(changed)}` })
  }
const changingLinks =
  (change: (url: string) => string): Fault =>
  async (call, send) => {
    const answer = await send(call)
    if (answer.kind !== 'answer') return answer
    const body = answer.body
      .toString()
      .replace(/"relation":"next","url":"([^"]+)"/, (_all, url) => `"relation":"next","url":"${change(url)}"`)
    return { ...answer, body: Buffer.from(body) }
  }

const NEEDED = { modifiers: { missing: 'honoured', not: 'honoured' }, confinement: ['honoured', 'no-data'] }

describe('the sandbox’s FHIR server', () => {
  test.each([false, true])('ENF-69: lenient: %s', async (lenient) => {
    const { upstream, upstreamUrl } = await before(lenient)
    const probe = probeOf(upstream, upstreamUrl)
    await probe.run()
    expect(summaryOf(probe)).toEqual({
      ...NEEDED,
      alternatives: ['honoured', 'no-data'],
      // Either mode gives way to what we prefer.
      server: { paging: 'honoured', strict: 'honoured' },
    })
    expect(probe.proven.has('Observation')).toBe(true)
    expect([...probe.unconfinable, ...probe.oneByOne, ...probe.ignoredModifiers]).toEqual([])
  })
})

describe('ENF-69: faults are found', () => {
  test.each<[string, Fault, object]>([
    [
      'values with commas are one name',
      parameters((name, value) => [name, value.replaceAll(',', '-')]),
      { alternatives: ['ignored', 'no-data'] },
    ],
    [
      'a parameter with commas is left out',
      parameters((name, value) => (value.includes(',') ? undefined : [name, value])),
      { alternatives: ['ignored', 'no-data'] },
    ],
    [
      'only the first value counts',
      parameters((name, value) => [name, value.split(',')[0] ?? '']),
      { alternatives: ['ignored', 'no-data'] },
    ],
    [
      'modifiers are left out',
      parameters((name, value) => [name.split(':')[0] ?? '', value === 'true' || value === 'false' ? '' : value]),
      { modifiers: { missing: 'refused', not: 'ignored' } },
    ],
    [
      'parameters with modifiers are left out',
      parameters((name, value) => (name.includes(':') ? undefined : [name, value])),
      { modifiers: { missing: 'ignored', not: 'ignored' } },
    ],
    [
      'the patient is left out',
      parameters((name, value) => (name === 'patient' ? undefined : [name, value])),
      { confinement: ['honoured', 'ignored', 'no-data'], alternatives: ['honoured', 'ignored', 'no-data'] },
    ],
    [
      'the next page is elsewhere',
      changingLinks((url) => url.replace('127.0.0.1', 'elsewhere.example')),
      { server: { paging: 'broken', strict: 'honoured' } },
    ],
    [
      'the next page is the same',
      changingLinks((url) => url.replace(/_offset=1\b/, '_offset=0')),
      { server: { paging: 'broken', strict: 'honoured' } },
    ],
    [
      'all come at once',
      parameters((name, value) => (name === '_count' ? undefined : [name, value])),
      { server: { paging: 'ignored', strict: 'honoured' } },
    ],
  ])('%s', async (_name, fault, expected) => {
    const { upstream, upstreamUrl } = await before(false)
    const probe = probeOf(withFault(upstream, fault), upstreamUrl)
    await probe.run()
    expect(summaryOf(probe)).toMatchObject(expected)
  })
})

describe('what follows from it', () => {
  const CLINICIAN: Caller = { scope: 'user/*.rs', person: 'Practitioner/wei-chen' }
  const ANA: Caller = { scope: 'patient/*.rs', patient: 'ana-ruiz', person: 'Patient/ana-ruiz' }
  const CLIENT: Caller = { scope: 'system/*.rs' }

  async function behind(fault: Fault): Promise<World> {
    const { upstream, upstreamUrl } = await before(false)
    const faulty = withFault(upstream, fault)
    const probe = probeOf(faulty, upstreamUrl)
    await probe.run()
    const world = await startProxy(upstreamUrl, faulty, [], { deps: { probe } })
    closing.unshift(world.close)
    return world
  }

  test('several patients or values are asked for one at a time, never with a shorter list for an answer', async () => {
    const world = await behind(parameters((name, value) => [name, value.split(',')[0] ?? '']))
    const told = async (path: string, caller: Caller) => {
      const { status, body } = await world.get(path, caller)
      return [status, body.issue?.[0].diagnostics ?? body.resourceType]
    }
    const oneAtATime = (parameter: string) => [
      422,
      `The FHIR server takes one value of ${parameter} at a time for Observation; name one.`,
    ]
    expect(await told('Observation', CLINICIAN)).toEqual(oneAtATime('patient'))
    expect(await told('Observation?patient=ana-ruiz', CLINICIAN)).toEqual([200, 'Bundle'])
    expect(await told('Observation', ANA)).toEqual([200, 'Bundle'])
    expect(await told('Observation?status=final,amended', ANA)).toEqual(oneAtATime('status'))
    expect(await told('Observation?status=final,amended', CLIENT)).toEqual(oneAtATime('status'))
    expect(await told('?_type=Observation&_id=a,b', CLIENT)).toEqual(oneAtATime('_id'))
    const brought = 'Practitioner?_id=wei-chen&_revinclude=Observation:performer'
    expect(await told(brought, CLINICIAN)).toEqual(oneAtATime('patient'))
  })

  test('what comes along does so as before, by as many searches', async () => {
    const path = 'MedicationRequest?_include=MedicationRequest:medication&_include=MedicationRequest:requester'
    const sound = await behind((call, send) => send(call))
    const world = await behind(parameters((name, value) => [name, value.split(',')[0] ?? '']))
    const [expected, given] = [await sound.get(path, ANA), await world.get(path, ANA)]
    expect(entriesOf(expected, 'include').length).toBeGreaterThan(1)
    expect(entriesOf(given, 'include').sort()).toEqual(entriesOf(expected, 'include').sort())
  })

  test('modifiers that do nothing are refused', async () => {
    const world = await behind(parameters((name, value) => (name.includes(':') ? undefined : [name, value])))
    for (const [caller, path] of [
      [ANA, 'Observation?status:not=final'],
      [CLIENT, 'Observation?code:missing=true'],
      [CLIENT, '?_type=Observation,Condition&code:missing=true'],
    ] as const)
      expect((await world.get(path, caller)).status).toBe(403)
    expect((await world.get('Patient?name:exact=x', CLIENT)).status).toBe(200)
  })

  test('the profile stands at /health', async () => {
    const world = await behind(parameters((name, value) => (name === 'subject' ? undefined : [name, value])))
    const { body } = await request(world.proxy).get('/health')
    expect(body).toMatchObject({
      status: 'ok',
      upstream: {
        confinement: { honoured: expect.arrayContaining(['Observation', 'Patient']) },
        alternatives: { honoured: expect.arrayContaining(['Patient', 'Practitioner']) },
        modifiers: { honoured: ['missing', 'not'] },
        paging: 'honoured',
        strict: 'honoured',
      },
    })
  })
})

describe('when it is asked again', () => {
  /** Tells how often each was asked. */
  async function watched() {
    const seen = { statements: 0, rounds: 0 }
    let statement = (text: string) => text
    const { upstream, upstreamUrl } = await before(false, [])
    const probe = probeOf(
      withFault(upstream, async (call, send) => {
        const answer = await send(call)
        if (call.target.startsWith('Patient?no-such-parameter')) seen.rounds += 1
        if (call.target !== 'metadata' || answer.kind !== 'answer') return answer
        seen.statements += 1
        return { ...answer, body: Buffer.from(statement(answer.body.toString())) }
      }),
      upstreamUrl,
      1,
    )
    const looks = async (more: number) => {
      const from = seen.statements
      await until(() => seen.statements > from + more)
    }
    return { probe, seen, looks, say: (change: typeof statement) => (statement = change) }
  }

  test('when the CapabilityStatement changes, but for its date', async () => {
    const { probe, seen, looks, say } = await watched()
    probe.start()
    await until(() => seen.rounds === 1)
    await looks(3)
    say((text) => text.replace(/"date":"[^"]*"/, `"date":"2030-01-01"`))
    await looks(3)
    expect(seen.rounds).toBe(1)
    say((text) => text.replace('"versioned-update"', '"no-version"'))
    await until(() => seen.rounds === 2)
    await looks(3)
    expect(seen.rounds).toBe(2)
    say(() => 'nonsense')
    await looks(3)
    expect(seen.rounds).toBe(2)
  })

  test('when others’ records were seen', async () => {
    const { probe, seen, looks } = await watched()
    probe.start()
    await until(() => seen.rounds === 1)
    probe.distrust('Observation')
    expect(probe.unconfinable.has('Observation')).toBe(true)
    await until(() => seen.rounds === 2)
    await looks(2)
    expect([seen.rounds, probe.unconfinable.has('Observation')]).toEqual([2, false])
  })
})
