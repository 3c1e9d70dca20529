// Starts the proxy from the environment.

import { authorityUnder } from '../smart/access/authority.ts'
import { alarmTo } from './answers/body.ts'
import { policySettings } from './audit/decision-log.ts'
import { openAudit } from './audit/open-audit.ts'
import { parseConfig } from './config.ts'
import { openEvents } from './events/open-events.ts'
import { watchRevocations } from './identity/revocations.ts'
import { openSharedTables } from './identity/shared-tables.ts'
import { openLog } from './log.ts'
import { loadProcessors } from './processors/load.ts'
import { createProxy } from './server.ts'
import { openUpstream } from './upstream/open-upstream.ts'
import { createProbe } from './upstream/probe.ts'

function refuseStart(faults: readonly string[]): never {
  for (const fault of faults) process.stderr.write(`proxy: ${fault}\n`)
  process.exit(1)
}

const parsed = parseConfig(process.env)
if (!parsed.ok) refuseStart(parsed.faults)

const { config } = parsed
const { processorsFile } = config
const log = openLog(config.logLevel)
const clock = () => new Date()
const loaded =
  processorsFile === undefined
    ? { ok: true as const, processors: [] }
    : await loadProcessors(processorsFile, { fhirBase: config.fhirBase, log, clock })
if (!loaded.ok) refuseStart(loaded.faults.map((fault) => `PROCESSORS_FILE: ${fault}`))
const { processors } = loaded
const tables = openSharedTables(config.tables)
const revocations = watchRevocations({ ...config.revocations, tables, clock, log })
const upstream = openUpstream(config, { alarm: alarmTo(log), clock })
const events =
  config.events === undefined ? undefined : await openEvents(config.events, { config, upstream, clock, log })
const probe = createProbe({
  upstream,
  upstreamUrl: config.upstreamUrl,
  log,
  compartment: config.compartment,
  everyMilliseconds: config.probeEveryMinutes * 60_000,
  timeoutMilliseconds: config.upstreamTimeoutMs,
})
if (config.probeEveryMinutes > 0) probe.start()
const { audit, ...forPatients } = await openAudit(config, { upstream, clock, log })
const server = createProxy(config, {
  log,
  revocations,
  findToken: tables.findToken,
  personLinks: tables.personLinks,
  upstream: events?.upstream ?? upstream,
  probe,
  processors,
  audit,
  ...forPatients,
})

server.on('error', (error: NodeJS.ErrnoException) => {
  const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : (error.code ?? error.message)
  process.stderr.write(`proxy: cannot listen on ${config.host}:${config.port}: ${reason}\n`)
  process.exit(1)
})
server.listen(config.port, config.host, () => {
  if (config.pagingSecret === undefined) log.warn('PAGING_SECRET is not set: paging links end with this process')
  if (config.logsDecisions)
    log.info({ policy: policySettings(config) }, 'decisions are logged, made under these settings')
  const named = processors.map(({ name }) => name)
  const authority = authorityUnder({ ...config, withholds: config.optOut !== undefined })
  log.info(
    { authority },
    'rights follow from these records, which access that is limited to certain patients cannot change',
  )
  log.info({ host: config.host, port: config.port, fhirBase: config.fhirBase, processors: named }, 'ready')
})

/** Requests under way are finished; none is waited for longer than this. */
const DRAIN_MS = 10_000

function stop(): void {
  server.close(() => {
    // What they still have under way, such as a copy that is being written.
    const closing = [events?.close(), ...processors.map(({ processor }) => processor.close?.())]
    Promise.allSettled([...closing, audit.drained(AbortSignal.timeout(DRAIN_MS))]).then(() => process.exit(0))
  })
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), DRAIN_MS).unref()
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
