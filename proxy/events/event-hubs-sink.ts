// Azure Event Hubs: the partition key is the patient, else the record, so that a hub keeps the order of each.

import { type EventDataBatch, EventHubProducerClient } from '@azure/event-hubs'
import { DefaultAzureCredential } from '@azure/identity'
import type { Message, Sink } from './sink.ts'

export type EventHubsSettings =
  /** By managed identity; host name such as `contoso.servicebus.windows.net`. */
  | { hub: string; namespace: string }
  /** With a key in the connection string, as an emulator needs it. */
  | { hub: string; connection: string }

const OPTIONS = { retryOptions: { maxRetries: 1, retryDelayInMs: 500, timeoutInMs: 10_000 } }

export function eventHubsSink(settings: EventHubsSettings): Sink {
  const producer =
    'connection' in settings
      ? new EventHubProducerClient(settings.connection, settings.hub, OPTIONS)
      : new EventHubProducerClient(settings.namespace, settings.hub, new DefaultAzureCredential(), OPTIONS)

  async function deliver(messages: readonly Message[]): Promise<void> {
    let batch: EventDataBatch | undefined
    for (const message of messages) {
      const event = { body: Buffer.from(message.body), contentType: message.contentType, messageId: message.id }
      if (batch?.tryAdd(event)) continue
      if (batch !== undefined) await producer.sendBatch(batch)
      batch = await producer.createBatch({ partitionKey: message.key })
      if (!batch.tryAdd(event)) throw new Error('an event is larger than the hub takes')
    }
    if (batch !== undefined) await producer.sendBatch(batch)
  }

  return { deliver, close: () => producer.close() }
}
