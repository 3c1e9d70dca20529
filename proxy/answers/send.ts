// Puts an answer on the wire, with the headers that every answer carries, at the pace of whoever takes it.

import type { ServerResponse } from 'node:http'
import type { Answer } from './answer.ts'

const EXPOSED =
  'Location, Content-Location, ETag, Last-Modified, WWW-Authenticate, Retry-After, Content-Range, X-Progress, X-Request-Id'

/** `cut`: a part of it is out, and nobody can take that for the whole. `left`: nobody was there any more. */
export type Sent = 'whole' | 'cut' | 'left'

/**
 * Sends once; an answer after the client left is dropped.
 * @param stallMilliseconds how long a client may take nothing of what is there for it
 * @throws what kept an answer in pieces from its end, after the connection was cut
 */
export async function send(
  response: ServerResponse,
  { status, headers, body }: Answer,
  { requestId, stallMilliseconds }: { requestId: string; stallMilliseconds: number },
): Promise<Sent> {
  const pieces = typeof body === 'string' || Buffer.isBuffer(body) ? undefined : body
  const hasBody = status !== 204 && status !== 304
  const whole = pieces === undefined && hasBody ? (body as string | Buffer) : undefined
  if (response.headersSent || response.destroyed) {
    if (pieces !== undefined) await leave(pieces)
    return 'left'
  }
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': EXPOSED,
    Vary: 'Authorization, Accept',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    ...headers,
    ...(whole === undefined ? {} : { 'Content-Length': Buffer.byteLength(whole) }),
  })
  if (pieces !== undefined && hasBody && response.req.method !== 'HEAD') {
    response.setTimeout(stallMilliseconds, () => cut(response))
    return sendPieces(response, pieces)
  }
  // Node leaves the body of a HEAD answer out by itself.
  response.end(whole)
  // What is short is with the client already.
  if (response.writableLength > 0) response.setTimeout(stallMilliseconds, () => cut(response))
  if (pieces !== undefined) await leave(pieces)
  return 'whole'
}

async function sendPieces(response: ServerResponse, pieces: AsyncIterable<Buffer>): Promise<Sent> {
  try {
    for await (const piece of pieces) {
      if (!response.destroyed) await written(response, piece)
      if (response.destroyed) return 'cut'
    }
    response.end()
    return 'whole'
  } catch (error) {
    cut(response)
    throw error
  }
}

/** Never a clean end: a client of HTTP/1.0 would take it for the end of the answer. */
function cut(response: ServerResponse): void {
  if (response.socket === null) response.destroy()
  else response.socket.resetAndDestroy()
}

/** Until the network has it all, or nobody is there: whoever made the piece may use its memory again. */
function written(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done)
      resolve()
    }
    response.on('close', done)
    response.write(piece, done)
  })
}

/** So that whoever makes the pieces goes no further: a generator that was never begun cannot be told. */
async function leave(pieces: AsyncIterable<Buffer>): Promise<void> {
  const iterator = pieces[Symbol.asyncIterator]()
  // What breaks off here breaks nothing.
  await iterator.next().catch(() => undefined)
  await iterator.return?.()
}
