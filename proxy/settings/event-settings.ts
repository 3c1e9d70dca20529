// Settings of change events, which are off until somebody says where they go.

import { z } from 'zod'
import type { EventHubsSettings } from '../events/event-hubs-sink.ts'
import type { Form } from '../events/form.ts'
import type { StorageQueueSettings } from '../events/storage-queue-sink.ts'
import type { WebhookSettings } from '../events/webhook-sink.ts'
import type { TableSettings } from '../table.ts'

const url = z.url({ protocol: /^https?$/ }).optional()
const text = z.string().min(1).optional()

export const eventSettings = {
  /** Where change events go: off, event-hubs, storage-queue or webhook. Default off. */
  EVENTS: z.enum(['off', 'event-hubs', 'storage-queue', 'webhook']).default('off'),
  /** How they are written: cloudevents, or six-fields as the FHIR Proxy wrote them. Default cloudevents. */
  EVENTS_FORM: z.enum(['cloudevents', 'six-fields']).default('cloudevents'),
  /** The event hub, and its namespace such as contoso.servicebus.windows.net: the managed identity signs in. */
  EVENTS_HUB_NAME: text,
  EVENTS_HUB_NAMESPACE: text,
  /** Instead of the namespace: a connection string, as an emulator needs it. */
  EVENTS_HUB_CONNECTION: text,
  /** URL of the queue itself. The managed identity signs in, or the key of the tables where there is one. */
  EVENTS_QUEUE_URL: url,
  /** Where events are posted, one at a time. */
  EVENTS_WEBHOOK_URL: url,
  /** Shared with the receiver, which checks X-Signature with it; at least 32 characters. */
  EVENTS_WEBHOOK_SECRET: z.string().min(32).optional(),
  /** Whether the receiver may have a private address, and plain http. Default false. */
  EVENTS_WEBHOOK_PRIVATE: z.enum(['true', 'false']).default('false'),
}

type Given = z.infer<z.ZodObject<typeof eventSettings>>

export type SinkSettings =
  | ({ kind: 'event-hubs' } & EventHubsSettings)
  | ({ kind: 'storage-queue' } & StorageQueueSettings)
  | ({ kind: 'webhook' } & WebhookSettings)

export type EventsConfig = { form: Form; sink: SinkSettings }

const NEEDED = {
  off: [],
  'event-hubs': ['EVENTS_HUB_NAME'],
  'storage-queue': ['EVENTS_QUEUE_URL'],
  webhook: ['EVENTS_WEBHOOK_URL', 'EVENTS_WEBHOOK_SECRET'],
} as const

/** What is wrong with the settings together, each with the setting to look at. */
export function faultsOfEvents(given: Given): { path: string; message: string }[] {
  const { EVENTS: events, EVENTS_HUB_NAMESPACE: namespace, EVENTS_HUB_CONNECTION: connection } = given
  const faults = NEEDED[events]
    .filter((name) => given[name] === undefined)
    .map((path) => ({ path: String(path), message: `is needed for EVENTS=${events}` }))
  if (events === 'event-hubs' && (namespace === undefined) === (connection === undefined))
    faults.push({ path: 'EVENTS_HUB_NAMESPACE', message: 'either this or EVENTS_HUB_CONNECTION is needed' })
  const isOpen = given.EVENTS_WEBHOOK_URL?.startsWith('http:') && given.EVENTS_WEBHOOK_PRIVATE === 'false'
  if (events === 'webhook' && isOpen)
    faults.push({ path: 'EVENTS_WEBHOOK_URL', message: 'must be https, or EVENTS_WEBHOOK_PRIVATE be true' })
  return faults
}

/** @param tables whose key signs in at the queue too, since both lie in one account; undefined: events are off */
export function eventsOf(given: Given, { namedKey }: TableSettings): EventsConfig | undefined {
  const sink = sinkOf(given, namedKey)
  return sink === undefined ? undefined : { form: given.EVENTS_FORM, sink }
}

function sinkOf(given: Given, namedKey: TableSettings['namedKey']): SinkSettings | undefined {
  const { EVENTS_HUB_NAME: hub = '', EVENTS_HUB_NAMESPACE: namespace = '', EVENTS_HUB_CONNECTION: connection } = given
  switch (given.EVENTS) {
    case 'off':
      return undefined
    case 'event-hubs':
      return { kind: 'event-hubs', hub, ...(connection === undefined ? { namespace } : { connection }) }
    case 'storage-queue':
      return {
        kind: 'storage-queue',
        url: given.EVENTS_QUEUE_URL ?? '',
        ...(namedKey === undefined ? {} : { namedKey }),
      }
    case 'webhook':
      return {
        kind: 'webhook',
        url: given.EVENTS_WEBHOOK_URL ?? '',
        secret: given.EVENTS_WEBHOOK_SECRET ?? '',
        isPrivate: given.EVENTS_WEBHOOK_PRIVATE === 'true',
      }
  }
}
