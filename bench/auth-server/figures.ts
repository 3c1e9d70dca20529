// What a launch, a refresh and an introspection cost the authorization server on this machine.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atMost, middle, type Row, row } from '../row.ts'
import type { Counts } from './counting-store.ts'
import type { Tokens } from './flow.ts'
import { type Measured, ServerProcess } from './server-process.ts'

const WARM_UP = 400
const TIMES = 800
const ROUNDS = 3
const STORED = [1_000, 100_000]

const byCpu = ({ cpu }: Measured) => cpu

type Figures = { flow: Measured; refresh: Measured; introspection: Measured }

/** Each round measures all servers, so that what else the machine does falls on all alike; the middle one counts. */
async function figuresOf(servers: readonly ServerProcess[]): Promise<Figures[]> {
  const rounds: Figures[][] = []
  for (const server of servers) await server.measure(WARM_UP, () => server.target.flow())
  for (let round = 0; round < ROUNDS; round++) {
    const measured: Figures[] = []
    for (const server of servers) measured.push(await oneRound(server))
    rounds.push(measured)
  }
  return servers.map((_, i) => ({
    flow: middle(
      rounds.map((round) => round[i]!.flow),
      byCpu,
    ),
    refresh: middle(
      rounds.map((round) => round[i]!.refresh),
      byCpu,
    ),
    introspection: middle(
      rounds.map((round) => round[i]!.introspection),
      byCpu,
    ),
  }))
}

async function oneRound(server: ServerProcess): Promise<Figures> {
  const { target } = server
  const flow = await server.measure(TIMES, () => target.flow())
  const caller = await server.caller()
  const tokens = new Map<number, Tokens>()
  const tokensOf = async (worker: number): Promise<Tokens> => tokens.get(worker) ?? (await target.flow())
  const refreshOnce = async (worker: number): Promise<void> => {
    tokens.set(worker, await target.refresh((await tokensOf(worker)).refresh_token))
  }
  await server.measure(WARM_UP, refreshOnce)
  const refresh = await server.measure(TIMES, refreshOnce)
  // The library knows nothing of signed access tokens: it is asked about refresh tokens.
  const member = server.what === 'bare' ? 'refresh_token' : 'access_token'
  const introspectOnce = async (worker: number) => target.introspect((await tokensOf(worker))[member], caller)
  await server.measure(WARM_UP, introspectOnce)
  return { flow, refresh, introspection: await server.measure(TIMES, introspectOnce) }
}

/** What one of each takes of the storage, once clients are known. */
async function countsOf(server: ServerProcess): Promise<Record<'flow' | 'refresh' | 'introspection', Counts>> {
  const { target } = server
  const caller = await server.caller()
  await target.flow()
  await server.counts()
  const tokens = await target.flow()
  const flow = await server.counts()
  const renewed = await target.refresh(tokens.refresh_token)
  await server.counts()
  // The first refresh of a day also writes when the grant was used.
  const { access_token } = await target.refresh(renewed.refresh_token)
  const refresh = await server.counts()
  await target.introspect(access_token, caller)
  return { flow, refresh, introspection: await server.counts() }
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

const KINDS = [
  ['flow', 'code flow'],
  ['refresh', 'refresh'],
  ['introspection', 'introspection'],
] as const

/** A flow in 5 ms is 200 a second on one core. */
const CPU_GOALS = { flow: atMost(5), refresh: atMost(3), introspection: undefined }
const CALL_GOALS = { flow: atMost(20), refresh: undefined, introspection: undefined }
/** What the noise of a shared machine comes to. */
const GROWTH_GOAL = atMost(1.2, 'ratio')

async function rowsBesideLibrary(fhirUrl: string): Promise<Row[]> {
  const [ours, bare] = [await ServerProcess.start('ours', fhirUrl), await ServerProcess.start('bare', fhirUrl)]
  try {
    const counts = await countsOf(ours)
    for (const [kind, name] of KINDS) {
      const list = Object.entries(counts[kind]).map(([call, times]) => (times === 1 ? call : `${call} ×${times}`))
      console.log(`Storage calls of one ${name}: ${sum(counts[kind])} (${list.join(', ')})`)
    }
    const [figures, library] = (await figuresOf([ours, bare])) as [Figures, Figures]
    return KINDS.flatMap(([kind, name]) => [
      row(name, 'ms CPU', figures[kind].cpu, library[kind].cpu, CPU_GOALS[kind]),
      row(name, 'calls of the storage', sum(counts[kind]), undefined, CALL_GOALS[kind]),
    ])
  } finally {
    await ours.stop()
    await bare.stop()
  }
}

async function rowsOfGrowth(fhirUrl: string): Promise<Row[]> {
  const servers = await Promise.all(STORED.map(() => ServerProcess.start('ours', fhirUrl)))
  try {
    for (const [i, server] of servers.entries()) await server.fill(STORED[i]!)
    const [few, many] = (await figuresOf(servers)) as [Figures, Figures]
    const grown = `with ${STORED.map((count) => count.toLocaleString('en')).join(' → ')} grants stored`
    return KINDS.map(([kind, name]) => row(`${name}, ${grown}`, 'ms CPU', many[kind].cpu, few[kind].cpu, GROWTH_GOAL))
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** A launch, a refresh and an introspection, beside the library alone; and how they grow with what is stored. */
export async function authServerRows(): Promise<Row[]> {
  const fhir = createServer((request, response) => {
    const [, resourceType, id] = String(request.url).split('/')
    response.setHeader('content-type', 'application/fhir+json')
    response.end(JSON.stringify({ resourceType, id, name: [{ text: 'Ana Ruiz' }], birthDate: '1980-05-05' }))
  }).listen(0, '127.0.0.1')
  await once(fhir, 'listening')
  const fhirUrl = `http://127.0.0.1:${(fhir.address() as AddressInfo).port}`
  try {
    return [...(await rowsBesideLibrary(fhirUrl)), ...(await rowsOfGrowth(fhirUrl))]
  } finally {
    fhir.closeAllConnections()
    fhir.close()
  }
}
