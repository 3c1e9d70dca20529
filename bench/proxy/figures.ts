// What the proxy costs on this machine, with a signed token and every record judged, beside proxies that pass everything on.
import { Child } from '../child.ts'
import { atLeast, atMost, below, type Goal, middle, type Row, row } from '../row.ts'
import { decisionsASecond } from './decisions.ts'
import type { Flooded, Question as LoadQuestion, Paced, Work } from './load.ts'
import { startNginx } from './nginx.ts'
import { smallObservation } from './records.ts'
import type { Question as ServedQuestion, What } from './served.ts'
import { createToken } from './token.ts'
import type { Question as UpstreamQuestion } from './upstream.ts'

const ROUNDS = 3
const PACED_ROUNDS = 5
const LONG_BYTES = 1_000_000_000
const MEGABYTE = 1_000_000

type Case = { name: string; path: string; body?: string; times: number; goal?: Goal }

const CASES: readonly Case[] = [
  { name: 'read, 2 KB', path: '/r4/Observation/o-1', times: 4_000, goal: below(1) },
  { name: 'search, 200 KB', path: '/r4/Observation?code=2339-0', times: 600, goal: atMost(3, 'ratio') },
  { name: 'search with _include', path: '/r4/Observation?code=few&_include=Observation:encounter', times: 1_000 },
  { name: 'update, 2 KB', path: '/r4/Observation/o-1', body: smallObservation(), times: 2_000 },
]

/** As in package.json: what is behind after a moment is collected sooner. */
const AS_NPM_RUN_PROXY = ['--max-semi-space-size=8']

/** Ours with more switched on: what each is called. */
const BESIDES: Partial<Record<string, string>> = { audited: 'recorded in the log', traced: 'with telemetry' }

/** Something to send requests to, whose CPU can be asked for. */
type Served = { what: string; port: number; cpu(): Promise<number>; peak?(): Promise<number>; stop(): Promise<void> }

async function start(what: What, upstreamUrl: string): Promise<Served> {
  const isOurs = what === 'ours' || what in BESIDES
  const flags = isOurs ? AS_NPM_RUN_PROXY : []
  const child = new Child<ServedQuestion>('proxy/served.ts', [what, upstreamUrl], { isQuiet: !isOurs, flags })
  return {
    what,
    port: await child.ask<number>({ ask: 'port' }),
    cpu: () => child.ask<number>({ ask: 'cpu' }),
    peak: () => child.ask<number>({ ask: 'peak' }),
    stop: () => child.stop(),
  }
}

type Bench = { load: Child<LoadQuestion>; upstreamUrl: string; token: string }

/** Milliseconds of CPU for one request. */
async function cpuOf({ load }: Bench, { cpu }: Served, work: Work, times: number): Promise<number> {
  const before = await cpu()
  await load.ask<Flooded>({ ask: 'flood', work, times })
  return ((await cpu()) - before) / times
}

/** The servers take turns, so that what else the machine does falls on all alike; the middle round counts. */
async function cpuRows(bench: Bench, servers: readonly Served[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name, path, body, times, goal } of CASES) {
    const workFor = ({ port }: Served): Work => ({
      port,
      path,
      token: bench.token,
      ...(body === undefined ? {} : { body }),
    })
    // A server that runs for days has its code compiled.
    for (const server of servers) await cpuOf(bench, server, workFor(server), 2 * times)
    const rounds: number[][] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const measured: number[] = []
      for (const server of servers) measured.push(await cpuOf(bench, server, workFor(server), times))
      rounds.push(measured)
    }
    const [ours = Number.NaN, ...others] = servers.map((_server, at) =>
      middle(
        rounds.map((round) => round[at] ?? Number.NaN),
        (one) => one,
      ),
    )
    for (const [at, other] of others.entries()) {
      const what = servers[at + 1]?.what
      const more = BESIDES[what ?? '']
      if (more !== undefined) {
        const baseline = others[servers.findIndex((one) => one.what === 'http-proxy') - 1]
        rows.push(row(`${name}, ${more}, beside http-proxy`, 'µs CPU', other * 1000, (baseline ?? Number.NaN) * 1000))
        continue
      }
      const isGoal = what === 'http-proxy'
      const nginxGoal = what === 'nginx' && name.startsWith('read') ? atMost(2.5, 'ratio') : undefined
      rows.push(row(`${name}, beside ${what}`, 'µs CPU', ours * 1000, other * 1000, isGoal ? goal : nginxGoal))
    }
  }
  return rows
}

/** Beside the FHIR server asked directly, at half of what the proxy can do. */
async function paceRows({ load, upstreamUrl, token }: Bench, ours: Served, passing: Served): Promise<Row[]> {
  const { path } = CASES[0] as Case
  const flooded = await load.ask<Flooded>({ ask: 'flood', work: { port: ours.port, path, token }, times: 8_000 })
  const aSecond = Math.floor(flooded.aSecond / 2)
  const rounds: Record<'ours' | 'passing' | 'direct', Paced>[] = []
  for (let round = 0; round < PACED_ROUNDS; round += 1) {
    const at = (port: number) => load.ask<Paced>({ ask: 'pace', work: { port, path, token }, aSecond, seconds: 3 })
    rounds.push({
      direct: await at(Number(new URL(upstreamUrl).port)),
      ours: await at(ours.port),
      passing: await at(passing.port),
    })
  }
  // What else the machine does can only add to it: of each the quietest round counts.
  const quietest = (what: keyof (typeof rounds)[number], which: keyof Paced) =>
    Math.min(...rounds.map((round) => round[what][which]))
  const added = (what: 'ours' | 'passing', which: keyof Paced) => quietest(what, which) - quietest('direct', which)
  const name = `read, 2 KB, ${aSecond} a second, beside ${passing.what}`
  return [
    row(name, 'ms added at the median', added('ours', 'p50'), added('passing', 'p50')),
    row(name, 'ms added at p99', added('ours', 'p99'), added('passing', 'p99'), atMost(2)),
  ]
}

/** In processes that did nothing before. */
async function longRows({ load, upstreamUrl, token }: Bench): Promise<Row[]> {
  const path = '/r4/Observation?code=long'
  const measured: Record<string, { speed: number; peak: number }> = {}
  for (const what of ['http-proxy', 'ours'] as const) {
    const served = await start(what, upstreamUrl)
    const { bytesASecond } = await load.ask<Flooded>({
      ask: 'flood',
      work: { port: served.port, path, token },
      times: 1,
    })
    measured[what] = { speed: bytesASecond / MEGABYTE, peak: ((await served.peak?.()) ?? Number.NaN) / MEGABYTE }
    await served.stop()
  }
  const { ours, 'http-proxy': passing } = measured
  const name = 'search, 1 GB, beside http-proxy'
  return [
    row(name, 'MB/s', ours?.speed ?? Number.NaN, passing?.speed, atLeast(100)),
    row(name, 'MB held at most', ours?.peak ?? Number.NaN, passing?.peak, atMost(200)),
  ]
}

export async function proxyRows(): Promise<Row[]> {
  const { token, jwks } = await createToken('patient/*.cruds')
  const upstream = new Child<UpstreamQuestion>('proxy/upstream.ts', [jwks, String(LONG_BYTES)])
  const load = new Child<LoadQuestion>('proxy/load.ts', [])
  const upstreamUrl = await upstream.ask<string>({ ask: 'base' })
  const bench = { load, upstreamUrl, token }
  const nginx = await startNginx(upstreamUrl)
  const [ours, ...others] = await Promise.all(
    (['ours', 'http-proxy', 'undici', 'audited', 'traced'] as const).map((what) => start(what, upstreamUrl)),
  )
  const passing = [...others, ...(nginx === undefined ? [] : [{ what: 'nginx', ...nginx }])]
  const servers = [ours as Served, ...passing]
  try {
    return [
      ...(await cpuRows(bench, servers)),
      ...(await paceRows(bench, servers[0] as Served, servers[1] as Served)),
      ...(await longRows(bench)),
      row('decision alone', 'a second on one core', decisionsASecond(), undefined, atLeast(500_000)),
    ]
  } finally {
    for (const server of servers) await server.stop()
    await load.stop()
    await upstream.stop()
  }
}
