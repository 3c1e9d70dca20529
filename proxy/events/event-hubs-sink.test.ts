// The real client of Event Hubs against a hub of ours, over real AMQP.
import { afterEach, expect, test } from '@jest/globals'
import { type AmqpHub, startAmqpHub } from '../../test/testing/amqp-hub.ts'
import { freePort } from '../../test/testing/free-port.ts'
import { eventHubsSink } from './event-hubs-sink.ts'
import type { Message, Sink } from './sink.ts'

const HUB = 'change-events'
const sinks: Sink[] = []
const hubs: AmqpHub[] = []
afterEach(async () => {
  // A client takes its time to part from a hub that is gone.
  for (const { close } of [...sinks.splice(0), ...hubs.splice(0)]) await close()
})

async function hubAt(port: number): Promise<AmqpHub> {
  const hub = await startAmqpHub({ port, hub: HUB })
  hubs.push(hub)
  return hub
}
function sinkTo({ connection }: AmqpHub): Sink {
  const sink = eventHubsSink({ hub: HUB, connection })
  sinks.push(sink)
  return sink
}
const message = (id: string, key: string): Message => ({
  id,
  key,
  contentType: 'application/cloudevents+json',
  body: JSON.stringify({ id, text: 'Gerät' }),
})

test('SEED-56: each event arrives as it was written, those of one patient in their order under one partition key', async () => {
  const hub = await hubAt(await freePort())
  const sink = sinkTo(hub)
  const sent = ['1', '2', '3', '4'].map((id) => message(id, Number(id) % 2 === 0 ? 'Patient/alice' : 'Patient/bob'))
  await Promise.all([...Map.groupBy(sent, ({ key }) => key).values()].map((ofKey) => sink.deliver(ofKey)))
  const of = (key: string) => hub.events.filter(({ partitionKey }) => partitionKey === key)
  const asSent = ({ id, key, contentType, body }: Message) => ({ messageId: id, partitionKey: key, contentType, body })
  expect(of('Patient/alice')).toEqual([sent[1], sent[3]].map((one) => asSent(one as Message)))
  expect(of('Patient/bob')).toEqual([sent[0], sent[2]].map((one) => asSent(one as Message)))
})

test('SEED-56: more than one batch holds goes out in several', async () => {
  const hub = await hubAt(await freePort())
  const large = Array.from({ length: 8 }, (_, at) => ({
    ...message(String(at), 'Patient/alice'),
    body: 'x'.repeat(200_000),
  }))
  await sinkTo(hub).deliver(large)
  expect(hub.events.map(({ messageId }) => messageId)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
}, 30_000)

test('SEED-56: a hub that is gone is told, and taken to again when it is back', async () => {
  const port = await freePort()
  const first = await hubAt(port)
  const sink = sinkTo(first)
  await sink.deliver([message('1', 'Patient/alice')])
  await first.close()
  await expect(sink.deliver([message('2', 'Patient/alice')])).rejects.toThrow()
  const second = await hubAt(port)
  await sink.deliver([message('2', 'Patient/alice')])
  expect(second.events.map(({ messageId }) => messageId)).toEqual(['2'])
}, 60_000)
