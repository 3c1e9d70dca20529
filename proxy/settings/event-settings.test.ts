import { describe, expect, test } from '@jest/globals'
import { parseConfig } from '../config.ts'

const needed = {
  ISSUER: 'https://smart.example',
  FHIR_BASE: 'https://smart.example/fhir',
  UPSTREAM_URL: 'https://fhir.example',
  TABLES_URL: 'https://account.table.core.windows.net',
}
const SECRET = 'a-secret-of-at-least-32-characters'
function eventsOf(settings: Record<string, string>) {
  const parsed = parseConfig({ ...needed, ...settings })
  return parsed.ok ? parsed.config.events : parsed.faults
}

describe('SEED-56: where change events go', () => {
  test('nowhere until it is said', () => {
    expect(eventsOf({})).toBeUndefined()
    expect(eventsOf({ EVENTS_QUEUE_URL: 'https://account.queue.core.windows.net/changes' })).toBeUndefined()
  })

  test.each<[Record<string, string>, object]>([
    [
      { EVENTS: 'event-hubs', EVENTS_HUB_NAME: 'changes', EVENTS_HUB_NAMESPACE: 'contoso.servicebus.windows.net' },
      { kind: 'event-hubs', hub: 'changes', namespace: 'contoso.servicebus.windows.net' },
    ],
    [
      { EVENTS: 'event-hubs', EVENTS_HUB_NAME: 'changes', EVENTS_HUB_CONNECTION: 'Endpoint=sb://localhost' },
      { kind: 'event-hubs', hub: 'changes', connection: 'Endpoint=sb://localhost' },
    ],
    [
      { EVENTS: 'storage-queue', EVENTS_QUEUE_URL: 'https://account.queue.core.windows.net/changes' },
      { kind: 'storage-queue', url: 'https://account.queue.core.windows.net/changes' },
    ],
    [
      {
        EVENTS: 'storage-queue',
        EVENTS_QUEUE_URL: 'http://127.0.0.1/account/changes',
        TABLES_ACCOUNT: 'account',
        TABLES_KEY: 'key',
      },
      {
        kind: 'storage-queue',
        url: 'http://127.0.0.1/account/changes',
        namedKey: { account: 'account', key: 'key' },
      },
    ],
    [
      { EVENTS: 'webhook', EVENTS_WEBHOOK_URL: 'https://receiver.example/events', EVENTS_WEBHOOK_SECRET: SECRET },
      { kind: 'webhook', url: 'https://receiver.example/events', secret: SECRET, isPrivate: false },
    ],
  ])('%j', (settings, sink) => {
    expect(eventsOf(settings)).toEqual({ form: 'cloudevents', sink })
  })

  test('SEED-57: in the form of six fields', () => {
    const queue = { EVENTS: 'storage-queue', EVENTS_QUEUE_URL: 'https://account.queue.core.windows.net/changes' }
    expect(eventsOf({ ...queue, EVENTS_FORM: 'six-fields' })).toMatchObject({ form: 'six-fields' })
  })

  test.each<[Record<string, string>, string[]]>([
    [{ EVENTS: 'kafka' }, ['EVENTS']],
    [{ EVENTS: 'event-hubs' }, ['EVENTS_HUB_NAME', 'EVENTS_HUB_NAMESPACE']],
    [{ EVENTS: 'storage-queue' }, ['EVENTS_QUEUE_URL']],
    [{ EVENTS: 'webhook' }, ['EVENTS_WEBHOOK_URL', 'EVENTS_WEBHOOK_SECRET']],
    [
      { EVENTS: 'webhook', EVENTS_WEBHOOK_URL: 'http://receiver.example', EVENTS_WEBHOOK_SECRET: SECRET },
      ['EVENTS_WEBHOOK_URL'],
    ],
    [
      { EVENTS: 'webhook', EVENTS_WEBHOOK_URL: 'https://receiver.example', EVENTS_WEBHOOK_SECRET: 'short' },
      ['EVENTS_WEBHOOK_SECRET'],
    ],
  ])('%j is refused, and each fault is named', (settings, faults) => {
    expect((eventsOf(settings) as string[]).map((fault) => fault.split(':')[0])).toEqual(faults)
  })
})
