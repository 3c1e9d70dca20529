// Change events as they are configured: the FHIR server with its journal, and what delivers from it.

import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { ProxyConfig } from '../config.ts'
import type { EventsConfig, SinkSettings } from '../settings/event-settings.ts'
import { openTable } from '../table.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { createCompleteAbandoned } from './abandoned.ts'
import { type DeliveryState, startDelivery } from './delivery.ts'
import { messagesOf } from './form.ts'
import { CHANGES_TABLE, createJournal } from './journal.ts'
import { withJournal } from './journalled-upstream.ts'
import { createLease } from './lease.ts'
import { createReconcile } from './reconcile.ts'
import { createServerHistory } from './server-history.ts'
import type { Sink } from './sink.ts'

export type ChangeEvents = {
  /** For whatever is done on behalf of callers. */
  upstream: Upstream
  state(): DeliveryState
  close(): Promise<void>
}

/** Begins to deliver what earlier processes left. */
export async function openEvents(
  events: EventsConfig,
  { config, upstream, clock, log }: { config: ProxyConfig; upstream: Upstream; clock: () => Date; log: Logger },
): Promise<ChangeEvents> {
  const { fhirBase, upstreamUrl, upstreamTimeoutMs } = config
  const table = openTable(config.tables, CHANGES_TABLE)
  const journal = createJournal(table)
  const history = createServerHistory({ upstream, upstreamUrl, timeoutMs: upstreamTimeoutMs })
  const reconcile = createReconcile({ history, bases: [fhirBase, upstreamUrl] })
  const delivery = startDelivery({
    journal,
    lease: createLease({ table, holder: randomUUID(), clock }),
    sink: await openSink(events.sink),
    completeAbandoned: createCompleteAbandoned({ journal, reconcile, clock, log }),
    messagesOf: (row) => messagesOf(row, { form: events.form, fhirBase }),
    clock,
    log,
  })
  const journalled = withJournal({
    upstream,
    journal,
    // For an answer to begin, and to end; a file on its way in may take as long as the caller's request.
    patienceMs: Math.max(2 * upstreamTimeoutMs, config.requestTimeoutMs),
    clock,
    log,
    onChange: delivery.wake,
  })
  return { upstream: journalled, state: delivery.state, close: delivery.close }
}

/** Loaded only where it is used: the client of Event Hubs is large. */
async function openSink(settings: SinkSettings): Promise<Sink> {
  switch (settings.kind) {
    case 'event-hubs':
      return (await import('./event-hubs-sink.ts')).eventHubsSink(settings)
    case 'storage-queue':
      return (await import('./storage-queue-sink.ts')).storageQueueSink(settings)
    case 'webhook':
      return (await import('./webhook-sink.ts')).webhookSink(settings)
  }
}
