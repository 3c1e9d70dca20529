// Opens the sinks that an operator names, and the log that patients read.

import type { Logger } from 'pino'
import { AUDIT_TABLE } from '../../smart/audit/audit-rows.ts'
import type { ProxyConfig } from '../config.ts'
import { openLog } from '../log.ts'
import { openTable } from '../table.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { type AccessLog, createAccessLog } from './access-log.ts'
import { type Audit, createAudit } from './audit.ts'
import { eventHubsAuditSink } from './event-hubs-sink.ts'
import { logSink } from './log-sink.ts'
import { tableSink } from './table-sink.ts'
import { upstreamSink } from './upstream-sink.ts'

/** Records that may wait for a sink: some seconds of a busy service. */
const MAX_WAITING = 10_000

export async function openAudit(
  config: Pick<ProxyConfig, 'audit' | 'tables' | 'fhirBase' | 'upstreamTimeoutMs'>,
  { upstream, clock, log }: { upstream: Upstream; clock: () => Date; log: Logger },
): Promise<{ audit: Audit; accessLog?: AccessLog }> {
  const { audit, fhirBase } = config
  const { sinks, isRequired, keptDays, hub } = audit
  const table = openTable(config.tables, AUDIT_TABLE)
  const opened = [
    // Whatever the level of other lines.
    ...(sinks.has('log') ? [logSink(openLog('info', 'audit'))] : []),
    ...(sinks.has('table') ? [tableSink(table)] : []),
    ...(sinks.has('upstream') ? [upstreamSink({ upstream, fhirBase, timeoutMs: config.upstreamTimeoutMs })] : []),
    // Loaded only where it is used: the client of Event Hubs is large.
    ...(hub === undefined
      ? []
      : [eventHubsAuditSink((await import('../events/event-hubs-sink.ts')).eventHubsSink(hub))]),
  ]
  return {
    audit: createAudit({ sinks: opened, isRequired, limit: MAX_WAITING, log }),
    ...(sinks.has('table') ? { accessLog: createAccessLog({ table, keptDays, clock, log }) } : {}),
  }
}
