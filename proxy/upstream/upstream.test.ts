import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Server as SocketServer } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { until } from '../../test/testing/until.ts'
import { createUpstream, type Upstream, type UpstreamStream } from './upstream.ts'
import { BrokenOff } from './upstream-body.ts'

const LIMIT = 100_000
const READ = { method: 'GET', target: 'Binary/1' } as const
const alarm = () => undefined
const closing: (() => Promise<unknown> | undefined)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function before(server: Server | SocketServer): Promise<Upstream> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const upstream = createUpstream({ url: `http://127.0.0.1:${port}/r4`, timeoutMs: 1_000, maxBodyBytes: LIMIT, alarm })
  closing.push(
    () => upstream.close(),
    () => new Promise((resolve) => server.close(resolve)),
  )
  return upstream
}

const answering = (listener: RequestListener) => before(createServer(listener))
/** Says exactly these bytes, and hangs up. */
const saying = (text: string) =>
  before(
    createSocketServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(text))
    }),
  )

const forever = () => new AbortController().signal

async function opened(stream: Promise<UpstreamStream>) {
  const answer = await stream
  if (answer.kind === 'failed') throw new Error(answer.reason)
  return answer
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('an answer in pieces', () => {
  test('the head is there before the body, and each piece when it comes', async () => {
    let response: ServerResponse | undefined
    const upstream = await answering((_request, incoming) => {
      response = incoming
      response.writeHead(201, { ETag: 'W/"1"' }).write('first')
    })
    const { status, headers, body } = await opened(upstream.stream(READ, forever()))
    expect([status, headers.get('etag')]).toEqual([201, 'W/"1"'])
    const pieces = body[Symbol.asyncIterator]()
    expect(String((await pieces.next()).value)).toBe('first')
    response?.end('second')
    expect(String((await pieces.next()).value)).toBe('second')
    expect((await pieces.next()).done).toBe(true)
  })

  test('who does not read on holds the upstream back', async () => {
    const [piece, total] = [Buffer.alloc(16 * 1024), 64 * 1024 * 1024]
    let sent = 0
    let turnsWaited = 0
    const upstream = await answering((_request, response) => {
      const push = () => {
        turnsWaited = 0
        for (let goesOn = true; goesOn && sent < total; sent += piece.length) goesOn = response.write(piece)
        if (sent === total) response.end()
      }
      response.on('drain', push)
      push()
    })
    const { body } = await opened(upstream.stream(READ, forever()))
    let length = 0
    for await (const chunk of body) {
      if (length === 0) await until(() => sent === total || ++turnsWaited > 1_000)
      expect(sent - length).toBeLessThan(total / 2)
      length += chunk.length
    }
    expect(length).toBe(total)
  })

  test.each<[string, (upstream: Upstream) => Promise<unknown>]>([
    [
      'who leaves off',
      async (upstream) => {
        for await (const _piece of (await opened(upstream.stream(READ, forever()))).body) break
      },
    ],
    [
      'a signal, while nobody reads',
      async (upstream) => {
        const left = new AbortController()
        await opened(upstream.stream(READ, left.signal))
        left.abort()
      },
    ],
    [
      'a signal, while somebody reads',
      async (upstream) => {
        const left = new AbortController()
        const { body } = await opened(upstream.stream(READ, left.signal))
        const reading = textOf(body)
        left.abort()
        await expect(reading).rejects.toMatchObject({ reason: 'cancelled' })
      },
    ],
    ['an answer beyond the limit of a whole one', (upstream) => upstream.send(READ, forever())],
  ])('%s ends the request at the upstream', async (_name, act) => {
    let closed = false
    const upstream = await answering((_request, response) => {
      response.on('close', () => {
        closed = true
      })
      response.write(Buffer.alloc(LIMIT + 1))
    })
    await act(upstream)
    await until(() => closed)
  })

  const CUT: [string, string][] = [
    ['shorter than it says', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
    ['without its last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['with a chunk that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n'],
  ]
  test.each(CUT)('an answer %s is never taken for a whole one', async (_name, bytes) => {
    const upstream = await saying(bytes)
    const { body } = await opened(upstream.stream(READ, forever()))
    const failure: unknown = await textOf(body).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(BrokenOff)
    expect(failure).toMatchObject({ reason: 'cut-off' })
    expect(await upstream.send(READ, forever())).toEqual({ kind: 'failed', reason: 'cut-off' })
  })

  test.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['no HTTP', 'hello'],
    ['nothing', ''],
  ])('an answer with %s is none', async (_name, bytes) => {
    const upstream = await saying(bytes)
    expect(await upstream.stream(READ, forever())).toEqual({ kind: 'failed', reason: 'unanswered' })
  })

  test('an answer of HTTP/1.0 ends where the connection does', async () => {
    const upstream = await saying('HTTP/1.0 200 OK\r\n\r\nbody')
    expect(await textOf((await opened(upstream.stream(READ, forever()))).body)).toBe('body')
  })

  test('interim answers are passed over', async () => {
    const upstream = await saying(
      'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody',
    )
    const { status, headers, body } = await opened(upstream.stream(READ, forever()))
    expect([status, headers.has('link'), await textOf(body)]).toEqual([200, false, 'body'])
  })

  test('an upstream that falls silent in the middle: timeout', async () => {
    const upstream = await answering((_request, response) => void response.write('half'))
    const { body } = await opened(upstream.stream(READ, forever()))
    await expect(textOf(body)).rejects.toMatchObject({ reason: 'timeout' })
  })
})
