import { expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { compileAccess } from '../../smart/access/access.ts'
import { DEFAULT_RULES } from '../../smart/fhir/compartment.ts'
import { parseInteraction } from '../../smart/fhir/interaction.ts'
import { plan } from '../../smart/plan/plan.ts'
import { madeUpUpstream } from '../../test/testing/made-up-upstream.ts'
import { createProbe } from './probe.ts'
import type { Upstream, UpstreamAnswer } from './upstream.ts'

type Behaviour = 'honours' | 'ignores' | 'empty' | 'refuses' | 'down' | 'garbage'

/** A server that behaves as told, type by type; honouring is what it does else. */
function serverThat(behaviours: Record<string, Behaviour>, asked: string[] = []): Upstream {
  const bundle = (entries: number): UpstreamAnswer => ({
    kind: 'answer',
    status: 200,
    headers: new Map([['content-type', 'application/fhir+json']]),
    body: Buffer.from(JSON.stringify({ resourceType: 'Bundle', entry: Array(entries).fill({ resource: {} }) })),
  })
  return madeUpUpstream(({ method, target }) => {
    asked.push(`${method} ${target}`)
    const [type = '', query = ''] = target.split('?')
    const isConfined = /(patient|subject|_id|actor)=/.test(query)
    switch (behaviours[type] ?? 'honours') {
      case 'honours':
        return bundle(isConfined ? 0 : 1)
      case 'ignores':
        return bundle(1)
      case 'empty':
        return bundle(0)
      case 'refuses':
        return { kind: 'answer', status: 400, headers: new Map(), body: Buffer.from('') }
      case 'down':
        return { kind: 'failed', reason: 'unreachable' }
      case 'garbage':
        return {
          kind: 'answer',
          status: 200,
          headers: new Map([['content-type', 'text/html']]),
          body: Buffer.from('<'),
        }
    }
  })
}
const probeOf = (upstream: Upstream) =>
  createProbe({
    ...{ upstream, upstreamUrl: 'http://127.0.0.1:9/r4', log: pino({ level: 'silent' }), compartment: DEFAULT_RULES },
    ...{ everyMilliseconds: 3_600_000, timeoutMilliseconds: 1_000 },
  })

test('ENF-69: each type is found to be what the server makes of it', async () => {
  const probe = probeOf(
    serverThat({ Observation: 'ignores', Goal: 'empty', Flag: 'refuses', Task: 'down', Device: 'garbage' }),
  )
  await probe.run()
  const found = Object.fromEntries(
    ['Observation', 'Condition', 'Patient', 'Goal', 'Flag', 'Task', 'Device'].map((type) => [
      type,
      probe.profile().confinement.get(type),
    ]),
  )
  expect(found).toEqual({
    Observation: 'ignored',
    Condition: 'honoured',
    Patient: 'honoured',
    Goal: 'no-data',
    Flag: 'refused',
    Task: 'unknown',
    Device: 'unknown',
  })
  expect([...probe.unconfinable]).toEqual(['Observation'])
  const provenToo = ['Observation', 'Goal', 'Task', 'Condition', 'Patient'].filter((type) => probe.proven.has(type))
  expect(provenToo).toEqual(['Condition', 'Patient'])
})

test('it only reads, and names nobody who exists', async () => {
  const asked: string[] = []
  await probeOf(serverThat({}, asked)).run()
  const nobody = '(Patient%2F)?[0-9a-f-]{36}'
  const harmless = new RegExp(`^GET [A-Za-z]+\\?(([a-z_]+=${nobody}(%2C${nobody})?|no-such-parameter=x)&)?_count=[12]$`)
  expect(asked.filter((one) => !harmless.test(one))).toEqual([])
})

test('a server that mends its ways is trusted again; one that is away changes nothing', async () => {
  const behaviours: Record<string, Behaviour> = { Observation: 'ignores' }
  const probe = probeOf(serverThat(behaviours))
  await probe.run()
  behaviours.Observation = 'down'
  await probe.run()
  expect(probe.unconfinable.has('Observation')).toBe(true)
  behaviours.Observation = 'honours'
  await probe.run()
  expect(probe.unconfinable.has('Observation')).toBe(false)
})

test('a type of which others’ records were seen is closed at once, and asked for again within a minute', async () => {
  jest.useFakeTimers()
  try {
    const all: string[] = []
    const asked = () => all.filter((one) => !one.endsWith(' metadata')).length
    const probe = probeOf(serverThat({}, all))
    probe.distrust('Observation')
    expect([probe.unconfinable.has('Observation'), probe.proven.has('Observation')]).toEqual([true, false])
    probe.start()
    await jest.advanceTimersByTimeAsync(0)
    expect([probe.unconfinable.has('Observation'), probe.proven.has('Observation')]).toEqual([false, true])
    const rounds = asked()
    probe.distrust('Observation')
    expect(probe.unconfinable.has('Observation')).toBe(true)
    await jest.advanceTimersByTimeAsync(59_000)
    expect(asked()).toBe(rounds)
    await jest.advanceTimersByTimeAsync(1_000)
    expect([asked(), probe.unconfinable.has('Observation')]).toEqual([2 * rounds, false])
    await jest.advanceTimersByTimeAsync(120_000)
    expect(asked()).toBe(2 * rounds)
    probe.stop()
  } finally {
    jest.useRealTimers()
  }
})

test('a type that cannot be confined is refused to apps that are limited to certain patients, and to no others', async () => {
  const probe = probeOf(serverThat({ Observation: 'ignores' }))
  await probe.run()
  const settings = { panelLimit: 3, bases: ['https://smart.example/fhir'], unconfinable: probe.unconfinable }
  const decide = (scope: string, url: string, claims: object) => {
    const parsed = parseInteraction('GET', `/${url}`, '')
    if (!parsed.ok) throw new Error(parsed.message)
    return plan(compileAccess({ client_id: 'app', scope, ...claims }), { kind: 'none' }, parsed.interaction, settings)
  }
  const asAna = { patient: 'ana', person: 'Patient/ana' }
  expect(decide('patient/*.rs', 'Observation', asAna)).toMatchObject({ kind: 'deny', reason: 'not-confinable' })
  expect(decide('patient/*.rs', 'Observation/1', asAna).kind).toBe('forward')
  expect(decide('patient/*.rs', 'Condition', asAna).kind).toBe('forward')
  expect(decide('system/*.rs', 'Observation', {}).kind).toBe('forward')
})
