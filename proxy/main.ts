// Starts the proxy from the environment.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Logger } from 'pino'
import { drainOf } from '../service/drain.ts'
import { type Running, runService } from '../service/run-service.ts'
import { telemetryFor } from '../service/telemetry/settings.ts'
import { authorityUnder } from '../smart/access/authority.ts'
import { alarmTo } from './answers/body.ts'
import { policySettings } from './audit/decision-log.ts'
import { openAudit } from './audit/open-audit.ts'
import { readBrands } from './brands/brands-file.ts'
import { serviceBase } from './brands/service-base.ts'
import { parseConfig } from './config.ts'
import { openEvents } from './events/open-events.ts'
import { watchRevocations } from './identity/revocations.ts'
import { openSharedTables } from './identity/shared-tables.ts'
import { openLog } from './log.ts'
import { loadProcessors } from './processors/load.ts'
import { createProxy } from './server.ts'
import { openUpstream } from './upstream/open-upstream.ts'
import { createProbe } from './upstream/probe.ts'
import { watchUpstream } from './upstream/watched-upstream.ts'

function refuseStart(faults: readonly string[]): never {
  for (const fault of faults) process.stderr.write(`proxy: ${fault}\n`)
  process.exit(1)
}

const parsed = parseConfig(process.env)
if (!parsed.ok) refuseStart(parsed.faults)

const { config } = parsed
/** Of the start, and of a process that answers nothing itself. */
const ownLog = openLog(config.logLevel)

/** How long it is waited for what has ended to be read; whatever came of it, requests are taken then, and answered with 503. */
const BEGIN_MS = 5_000
/** What is still to be written when the last answer is out is waited for no longer than this. */
const CLOSING_MS = 10_000

async function start(): Promise<Running> {
  const telemetry = await telemetryFor('proxy', config.telemetry)
  const log = openLog(config.logLevel, 'proxy', telemetry?.log)
  const clock = () => new Date()
  const { processorsFile } = config
  const loaded =
    processorsFile === undefined
      ? { ok: true as const, processors: [] }
      : await loadProcessors(processorsFile, { fhirBase: config.fhirBase, log, clock })
  if (!loaded.ok) refuseStart(loaded.faults.map((fault) => `PROCESSORS_FILE: ${fault}`))
  const { processors } = loaded
  const brands = config.brandsFile === undefined ? undefined : await readBrands(config.brandsFile)
  if (brands?.ok === false) refuseStart(brands.faults.map((fault) => `BRANDS_FILE: ${fault}`))
  const tables = openSharedTables(config.tables)
  const revocations = watchRevocations({ ...config.revocations, tables, clock, log })
  const { upstream, state } = watchUpstream(openUpstream(config, { alarm: alarmTo(log), clock }), telemetry)
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
    serviceBase: brands?.ok ? serviceBase(brands.brands, config.fhirBase) : undefined,
    audit,
    telemetry,
    facts: { upstream: state, events: events?.state },
    ...forPatients,
  })
  const drain = drainOf(server)
  // One that takes the place of another at a restart must not refuse what that one would have answered.
  await Promise.race([revocations.begun, once(AbortSignal.timeout(BEGIN_MS), 'abort')])
  await listening(server)
  sayWhatCounts(
    log,
    processors.map(({ name }) => name),
  )
  return {
    async end() {
      await drain(config.drainSeconds * 1000)
      const deadline = AbortSignal.timeout(CLOSING_MS)
      // What they still have under way, such as a copy that is being written.
      const closing = [events?.close(), ...processors.map(({ processor }) => processor.close?.())]
      const closed = Promise.allSettled([...closing, audit.drained(deadline)])
      await Promise.race([closed, once(deadline, 'abort')])
      await telemetry?.close()
    },
  }
}

async function listening(server: Server): Promise<void> {
  server.listen(config.port, config.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'EADDRINUSE' ? 'the port is in use' : (code ?? message)
    refuseStart([`cannot listen on ${config.host}:${config.port}: ${reason}`])
  }
}

/** @param named processors, in their order */
function sayWhatCounts(log: Logger, named: readonly string[]): void {
  if (config.pagingSecret === undefined) log.warn('PAGING_SECRET is not set: paging links end with this process')
  if (config.logsDecisions)
    log.info({ policy: policySettings(config) }, 'decisions are logged, made under these settings')
  const authority = authorityUnder({ ...config, withholds: config.optOut !== undefined })
  log.info(
    { authority },
    'rights follow from these records, which access that is limited to certain patients cannot change',
  )
  log.info({ host: config.host, port: config.port, fhirBase: config.fhirBase, processors: named }, 'ready')
}

// Links to further pages must open in every worker, and after a restart of one.
const shared = config.pagingSecret === undefined ? { PAGING_SECRET: randomBytes(32).toString('base64') } : {}
await runService(start, { ...config, shared, log: ownLog })
