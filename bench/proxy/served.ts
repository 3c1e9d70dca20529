// What is measured, in a process of its own: this proxy with all that it checks, or one that passes everything on.
import { createServer, Agent as HttpAgent, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import httpProxy from 'http-proxy'
import { Pool } from 'undici'
import { alarmTo } from '../../proxy/answers/body.ts'
import { createAudit } from '../../proxy/audit/audit.ts'
import { logSink } from '../../proxy/audit/log-sink.ts'
import type { AuditSink } from '../../proxy/audit/sink.ts'
import { parseConfig } from '../../proxy/config.ts'
import { watchRevocations } from '../../proxy/identity/revocations.ts'
import { openLog } from '../../proxy/log.ts'
import { createProxy } from '../../proxy/server.ts'
import { openUpstream } from '../../proxy/upstream/open-upstream.ts'
import { createProbe } from '../../proxy/upstream/probe.ts'
import { watchUpstream } from '../../proxy/upstream/watched-upstream.ts'
import { drainOf } from '../../service/drain.ts'
import { openTelemetry } from '../../service/telemetry/open-telemetry.ts'
import type { Telemetry } from '../../service/telemetry/telemetry.ts'
import { answerParent, cpuMilliseconds } from '../child.ts'
import { FHIR_BASE, ISSUER } from './token.ts'

/** `audited`: ours, with its audit records written to the log. `traced`: ours, with telemetry on. */
export type What = 'ours' | 'audited' | 'traced' | 'http-proxy' | 'undici'
export type Question =
  | { ask: 'port' }
  /** Milliseconds of CPU that this process has used. */
  | { ask: 'cpu' }
  /** Most memory that it has held, in bytes. */
  | { ask: 'peak' }

async function startOurs(
  upstreamUrl: string,
  { sinks = [], telemetry }: { sinks?: readonly AuditSink[]; telemetry?: Telemetry } = {},
): Promise<Server> {
  const parsed = parseConfig({
    ISSUER,
    FHIR_BASE,
    UPSTREAM_URL: upstreamUrl,
    JWKS_URL: `${new URL(upstreamUrl).origin}/jwks`,
    TABLES_URL: 'http://127.0.0.1:9/none',
    RATE_LIMIT_PER_MINUTE: '1000000',
  })
  if (!parsed.ok) throw new Error(parsed.faults.join())
  const { config } = parsed
  // As it runs: each request is logged, and nobody reads it here.
  const log = openLog(config.logLevel)
  const opened = openUpstream(config, { alarm: alarmTo(log), clock: () => new Date() })
  const { upstream } = watchUpstream(opened, telemetry)
  const { compartment } = config
  const times = { everyMilliseconds: 3_600_000, timeoutMilliseconds: 5_000 }
  const probe = createProbe({ upstream, upstreamUrl, log, compartment, ...times })
  await probe.run()
  const tables = { revocationsSince: async () => [] }
  const revocations = watchRevocations({ ...config.revocations, tables, clock: () => new Date(), log })
  const audit = createAudit({ sinks, isRequired: true, limit: 10_000, log })
  const findToken = async () => undefined
  const server = createProxy(config, { log, revocations, findToken, upstream, probe, audit, telemetry })
  drainOf(server)
  return server
}

/** What it sends is answered where the FHIR server is, and read by nobody. */
function telemetryTo(upstreamUrl: string): Telemetry {
  const endpoint = `${new URL(upstreamUrl).origin}/otlp`
  return openTelemetry('proxy', { endpoint, headers: {}, metricsEveryMilliseconds: 60_000, sampled: 1 })
}

/** As its page says, with connections kept. */
function startHttpProxy(upstreamUrl: string): Server {
  const { origin } = new URL(upstreamUrl)
  const proxy = httpProxy.createProxyServer({
    target: origin,
    agent: new HttpAgent({ keepAlive: true, maxSockets: 64 }),
  })
  return createServer((request, response) => proxy.web(request, response))
}

function startUndici(upstreamUrl: string): Server {
  const pool = new Pool(new URL(upstreamUrl).origin, { connections: 64 })
  return createServer((request, response) => pass(pool, request, response))
}

function pass(pool: Pool, request: IncomingMessage, response: ServerResponse): void {
  const { method = 'GET', url: path = '/', headers } = request
  const { host: _host, connection: _connection, ...passed } = headers
  const body = method === 'GET' ? null : request
  pool.dispatch(
    { method, path, headers: passed, body },
    {
      onRequestStart: () => undefined,
      onResponseStart(controller, status, answered) {
        const { connection: _hop, 'keep-alive': _keep, ...kept } = answered
        response.writeHead(status, kept)
        response.on('drain', () => controller.resume())
      },
      onResponseData(controller, chunk) {
        if (!response.write(chunk)) controller.pause()
      },
      onResponseEnd: () => void response.end(),
      onResponseError: () => void response.destroy(),
    },
  )
}

function answer(server: Server, { ask }: Question): number {
  switch (ask) {
    case 'port':
      return (server.address() as AddressInfo).port
    case 'cpu':
      return cpuMilliseconds()
    case 'peak':
      return process.resourceUsage().maxRSS * 1024
  }
}

const [what = '', upstreamUrl = ''] = process.argv.slice(2)
const START: Record<What, (upstreamUrl: string) => Server | Promise<Server>> = {
  ours: (url) => startOurs(url),
  audited: (url) => startOurs(url, { sinks: [logSink(openLog('info', 'audit'))] }),
  traced: (url) => startOurs(url, { telemetry: telemetryTo(url) }),
  'http-proxy': startHttpProxy,
  undici: startUndici,
}
const server = await START[what as What](upstreamUrl)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
answerParent((question: Question) => answer(server, question))
