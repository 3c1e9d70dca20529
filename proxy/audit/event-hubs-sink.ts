// Audit records to Azure Event Hubs, as JSON: those of one client in their order.

import { auditFields } from '../../smart/audit/audit.ts'
import type { Sink } from '../events/sink.ts'
import type { AuditSink } from './sink.ts'

/** @param hub opened for audit records alone */
export function eventHubsAuditSink(hub: Sink): AuditSink {
  return {
    name: 'event-hubs',
    batch: 200,
    async write(records) {
      const messages = records.map((record) => ({
        id: record.id,
        key: record.actor.clientId ?? 'unknown',
        contentType: 'application/json',
        body: JSON.stringify(auditFields(record)),
      }))
      await Promise.all([...Map.groupBy(messages, ({ key }) => key).values()].map((ofKey) => hub.deliver(ofKey)))
      return 0
    },
  }
}
