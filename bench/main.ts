// npm run bench: what a launch, a refresh and an introspection cost on this machine, beside the library alone. Prints
// figures and judges nothing.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus } from 'node:os'
import type { Counts } from './counting-store.ts'
import type { Tokens } from './flow.ts'
import { type Measured, ServerProcess } from './server-process.ts'
import { table } from './table.ts'

const WARM_UP = 400
const TIMES = 800
const ROUNDS = 3
const STORED = [1_000, 100_000]

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
    flow: middle(rounds.map((round) => round[i]!.flow)),
    refresh: middle(rounds.map((round) => round[i]!.refresh)),
    introspection: middle(rounds.map((round) => round[i]!.introspection)),
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

function middle(measured: Measured[]): Measured {
  return measured.toSorted((a, b) => a.cpu - b.cpu)[Math.floor(measured.length / 2)]!
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

function printFigures(ours: Figures, bare: Figures): void {
  const row = (name: string, key: keyof Figures) => {
    const [a, b] = [ours[key], bare[key]]
    return [
      name,
      a.cpu.toFixed(2),
      (1000 / a.cpu).toFixed(0),
      b.cpu.toFixed(2),
      (1000 / b.cpu).toFixed(0),
      (a.cpu / b.cpu).toFixed(2),
    ]
  }
  const head = ['', 'ms CPU', 'a second, one core', 'library: ms CPU', 'a second', 'ratio']
  console.log(table([head, row('code flow', 'flow'), row('refresh', 'refresh'), row('introspection', 'introspection')]))
}

async function printGrowth(fhirUrl: string): Promise<void> {
  const servers = await Promise.all(STORED.map(() => ServerProcess.start('ours', fhirUrl)))
  try {
    for (const [i, server] of servers.entries()) await server.fill(STORED[i]!)
    const [few, many] = (await figuresOf(servers)) as [Figures, Figures]
    const row = (name: string, key: keyof Figures) => [
      name,
      few[key].cpu.toFixed(2),
      many[key].cpu.toFixed(2),
      (many[key].cpu / few[key].cpu).toFixed(2),
    ]
    const head = ['ms CPU with grants stored', ...STORED.map((count) => count.toLocaleString('en')), 'ratio']
    console.log(
      table([head, row('code flow', 'flow'), row('refresh', 'refresh'), row('introspection', 'introspection')]),
    )
  } finally {
    for (const server of servers) await server.stop()
  }
}

const fhir = createServer((request, response) => {
  const [, resourceType, id] = String(request.url).split('/')
  response.setHeader('content-type', 'application/fhir+json')
  response.end(JSON.stringify({ resourceType, id, name: [{ text: 'Ana Ruiz' }], birthDate: '1980-05-05' }))
}).listen(0, '127.0.0.1')
await once(fhir, 'listening')
const fhirUrl = `http://127.0.0.1:${(fhir.address() as AddressInfo).port}`

console.log(`Node ${process.version} on ${cpus()[0]?.model ?? process.arch}\n`)
const [ours, bare] = [await ServerProcess.start('ours', fhirUrl), await ServerProcess.start('bare', fhirUrl)]
const counts = await countsOf(ours)
const [figures, baseline] = (await figuresOf([ours, bare])) as [Figures, Figures]
await ours.stop()
await bare.stop()
printFigures(figures, baseline)
for (const [name, one] of Object.entries(counts)) {
  const list = Object.entries(one).map(([call, times]) => (times === 1 ? call : `${call} ×${times}`))
  console.log(`Storage calls of one ${name}: ${sum(one)} (${list.join(', ')})\n`)
}
await printGrowth(fhirUrl)
fhir.closeAllConnections()
fhir.close()
