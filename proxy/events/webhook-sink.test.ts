import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { listening } from '../../test/testing/listening.ts'
import type { Message, Sink } from './sink.ts'
import { type WebhookSettings, webhookSink } from './webhook-sink.ts'

const SECRET = 'a-secret-of-at-least-32-characters'
type Seen = { url: string | undefined; headers: IncomingHttpHeaders; body: string }
let seen: Seen[]
/** What the receiver says to the next one. */
let status: (seen: Seen) => number
let receiver: Awaited<ReturnType<typeof listening>>
const sinks: Sink[] = []

beforeEach(async () => {
  seen = []
  status = () => 204
  receiver = await listening(async (request, response) => {
    const one = { url: request.url, headers: request.headers, body: await text(request) }
    seen.push(one)
    response.writeHead(status(one), { location: '/elsewhere' }).end()
  })
})
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close()
  await receiver.close()
})

const sinkTo = (settings: Partial<WebhookSettings> = {}): Sink => {
  const sink = webhookSink({ url: `${receiver.url}/events`, secret: SECRET, isPrivate: true, ...settings })
  sinks.push(sink)
  return sink
}
const message = (id: string): Message => ({
  id,
  key: 'Patient/alice',
  contentType: 'application/cloudevents+json',
  body: `{"id":"${id}","text":"Gerät"}`,
})

test('SEED-56: each event is posted as it was written, with a signature that the receiver can check', async () => {
  await sinkTo().deliver([message('1'), message('2')])
  expect(seen.map(({ url, body }) => [url, body])).toEqual([
    ['/events', message('1').body],
    ['/events', message('2').body],
  ])
  for (const { headers, body } of seen) {
    const signature = createHmac('sha256', SECRET).update(Buffer.from(body)).digest('hex')
    expect(headers).toMatchObject({
      'content-type': 'application/cloudevents+json',
      'x-signature': `sha256=${signature}`,
      'x-event-id': JSON.parse(body).id,
    })
  }
})

test.each([200, 202, 204])('SEED-56: %i says that it was taken', async (code) => {
  status = () => code
  await expect(sinkTo().deliver([message('1')])).resolves.toBeUndefined()
})

test.each([301, 307, 400, 410, 500, 503])('SEED-56: %i does not, and is followed nowhere', async (code) => {
  status = () => code
  await expect(sinkTo().deliver([message('1')])).rejects.toThrow(`the webhook answered ${code}`)
  expect(seen.map(({ url }) => url)).toEqual(['/events'])
})

test('SEED-56: what follows one that was not taken waits', async () => {
  status = ({ body }) => (JSON.parse(body).id === '1' ? 500 : 204)
  await expect(sinkTo().deliver([message('1'), message('2')])).rejects.toThrow()
  expect(seen.map(({ body }) => JSON.parse(body).id)).toEqual(['1'])
})

test('SEED-56: a receiver that is not there is told', async () => {
  await receiver.close()
  await expect(sinkTo().deliver([message('1')])).rejects.toThrow()
})

test.each([
  ['an address', (url: string) => url],
  ['a name', (url: string) => url.replace('127.0.0.1', 'localhost')],
])('SEED-56: a private host is not posted to unless that was allowed: by %s', async (_name, of) => {
  const sink = sinkTo({ url: of(receiver.url), isPrivate: false })
  await expect(sink.deliver([message('1')])).rejects.toThrow(/not a public/)
  expect(seen).toEqual([])
})
