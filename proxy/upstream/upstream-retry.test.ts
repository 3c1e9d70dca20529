import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { listening } from '../../test/testing/listening.ts'
import { until } from '../../test/testing/until.ts'
import { createUpstream, type Upstream, type UpstreamCall } from './upstream.ts'
import { retryAfterMs } from './upstream-retry.ts'

const READ: UpstreamCall = { method: 'GET', target: 'Observation/1' }
const SEARCH: UpstreamCall = { method: 'POST', target: 'Observation/_search', form: 'code=1' }
const WRITES: UpstreamCall[] = [
  { method: 'POST', target: 'Observation', body: '{}' },
  { method: 'PUT', target: 'Observation/1', body: '{}' },
  { method: 'PATCH', target: 'Observation/1', body: '[]' },
  { method: 'DELETE', target: 'Observation/1' },
  { method: 'POST', target: 'ValueSet/$expand', body: '{}' },
  { method: 'GET', target: '$export', isAsync: true },
]
const forever = () => new AbortController().signal

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function over(url: string, timeoutMs = 5_000, connections = 64): Upstream {
  const alarm = () => undefined
  const upstream = createUpstream({ url: `${url}/r4`, timeoutMs, connections, maxBodyBytes: 100_000, alarm })
  closing.unshift(() => upstream.close())
  return upstream
}

async function before(listener: RequestListener, timeoutMs?: number): Promise<Upstream> {
  const { url, close } = await listening(listener)
  closing.push(close)
  return over(url, timeoutMs)
}

type Turn = (response: ServerResponse) => void
const turnedAway =
  (status: number, headers: Record<string, string> = {}): Turn =>
  (response) =>
    response.writeHead(status, headers).end('no')
const SOON = { 'x-ms-retry-after-ms': '5' }
const hungUp: Turn = (response) => response.destroy()
const answered: Turn = (response) => response.writeHead(200).end('yes')

/** An upstream that takes one turn a request, and the last of them from then on. */
async function taking(turns: Turn[], timeoutMs?: number) {
  const seen: { method: string; at: number }[] = []
  const upstream = await before((request, response) => {
    request.resume().on('end', () => {
      const turn = turns[Math.min(seen.length, turns.length - 1)]
      seen.push({ method: request.method ?? '', at: performance.now() })
      turn?.(response)
    })
  }, timeoutMs)
  return { upstream, seen }
}

const statusOf = (answer: Awaited<ReturnType<Upstream['send']>>) =>
  answer.kind === 'answer' ? answer.status : answer.reason

describe('SEED-64: what is asked again', () => {
  test.each<[string, Turn]>([
    ['429', turnedAway(429, SOON)],
    ['502', turnedAway(502, SOON)],
    ['503', turnedAway(503, SOON)],
    ['504', turnedAway(504, SOON)],
    ['a connection that ends without an answer', hungUp],
  ])('a read and a search, twice more at most: %s', async (_name, turn) => {
    for (const call of [READ, SEARCH]) {
      const [mended, broken] = [await taking([turn, turn, answered]), await taking([turn])]
      const answers = await Promise.all([mended, broken].map(({ upstream }) => upstream.send(call, forever())))
      expect(answers.map((answer) => statusOf(answer) === 200)).toEqual([true, false])
      expect([mended.seen.length, broken.seen.length]).toEqual([3, 3])
    }
  })

  test.each([400, 401, 403, 404, 410, 412, 422, 500, 501])('nothing after %i', async (status) => {
    const { upstream, seen } = await taking([turnedAway(status), answered])
    await upstream.send(READ, forever())
    expect(seen.length).toBe(1)
  })

  test.each(WRITES)('never $method $target, once it was sent', async (call) => {
    for (const turn of [turnedAway(429), turnedAway(500), turnedAway(502), turnedAway(503), hungUp]) {
      const { upstream, seen } = await taking([turn, answered])
      expect(statusOf(await upstream.send(call, forever()))).not.toBe(200)
      expect(seen.length).toBe(1)
    }
  })

  test('a write of which nothing was sent, since nobody listened yet', async () => {
    const place = await listening(() => undefined)
    await place.close()
    const upstream = over(place.url)
    const [, port] = /:(\d+)$/.exec(place.url) ?? []
    const late = createServer((_request, response) => answered(response))
    closing.push(() => new Promise((resolve) => late.close(resolve)))
    const sent = upstream.send({ method: 'PUT', target: 'Observation/1', body: '{}' }, forever())
    late.listen(Number(port), '127.0.0.1')
    expect(statusOf(await sent)).toBe(200)
  })

  test('an upstream that is not there: unreachable, after a few tries', async () => {
    const place = await listening(() => undefined)
    await place.close()
    expect(await over(place.url).send(READ, forever())).toEqual({ kind: 'failed', reason: 'unreachable' })
  })
})

describe('SEED-64: when it is asked again', () => {
  test.each([
    [{ 'x-ms-retry-after-ms': '150', 'retry-after': '9' }, 150, 900],
    [{ 'retry-after': '1' }, 1_000, 1_800],
    [{}, 100, 900],
  ])('with %j not before %i ms', async (headers, least, most) => {
    const { upstream, seen } = await taking([turnedAway(429, headers as Record<string, string>), answered])
    expect(statusOf(await upstream.send(READ, forever()))).toBe(200)
    const waited = (seen[1]?.at ?? 0) - (seen[0]?.at ?? 0)
    expect(waited).toBeGreaterThanOrEqual(least - 5)
    expect(waited).toBeLessThan(most)
  })

  test.each([
    ['longer than the upstream may take', '3', 2_000],
    ['longer than anyone waits here', '11', 60_000],
  ])('%s: not at all, and its word is passed on', async (_name, seconds, timeoutMs) => {
    const { upstream, seen } = await taking([turnedAway(429, { 'retry-after': seconds }), answered], timeoutMs)
    const answer = await upstream.send(READ, forever())
    expect([statusOf(answer), seen.length]).toEqual([429, 1])
    expect(answer.kind === 'answer' && answer.headers.get('retry-after')).toBe(seconds)
  })

  test.each([
    ['who leaves while it waits', new Error('left'), 'cancelled'],
    ['a request whose time is over', new DOMException('late', 'TimeoutError'), 'timeout'],
  ])('%s: not at all', async (_name, reason, expected) => {
    const { upstream, seen } = await taking([turnedAway(503, { 'retry-after': '4' }), answered])
    const left = new AbortController()
    const answer = upstream.send(READ, left.signal)
    await until(() => seen.length === 1)
    left.abort(reason)
    expect([await answer, seen.length]).toEqual([{ kind: 'failed', reason: expected }, 1])
  })

  test.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'x-ms-retry-after-ms': '20' }, 20],
    [{ 'retry-after-ms': '30', 'retry-after': '7' }, 30],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'x-ms-retry-after-ms': '1e9' }, undefined],
    [{}, undefined],
  ])('%j is %s ms', (headers, expected) => {
    expect(retryAfterMs(new Map(Object.entries(headers)))).toBe(expected)
  })
})

test('SEED-64: requests beyond the limit of connections wait, and who leaves the queue is let go at once', async () => {
  const waiting: ServerResponse[] = []
  const { url, close } = await listening((_request, response) => void waiting.push(response))
  closing.push(close)
  const upstream = over(url, 5_000, 1)
  const first = upstream.send(READ, forever())
  await until(() => waiting.length === 1)
  const left = new AbortController()
  const second = upstream.send(READ, left.signal)
  left.abort()
  expect(await second).toEqual({ kind: 'failed', reason: 'cancelled' })
  answered(waiting[0] as ServerResponse)
  expect([statusOf(await first), waiting.length]).toEqual([200, 1])
})
