// An OTLP receiver on loopback that keeps what it is sent: as it came, and read.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { count, double, type Message, messageOf, parts, text } from './protobuf.ts'

type Attributes = Record<string, string | number | boolean>
type Told = { service: string; attributes: Attributes }
export type Span = Told & { name: string; traceId: string; spanId: string; parentId: string; isError: boolean }
export type Point = Told & { metric: string; unit: string; value: number }
export type Line = Told & { severity: string; body: string }

export type Receiver = {
  url: string
  /** As they came, all signals. */
  bodies: Buffer[]
  headers: NodeJS.Dict<string | string[]>[]
  spans: Span[]
  points: Point[]
  lines: Line[]
  stop(): Promise<void>
}

export async function startReceiver(port = 0): Promise<Receiver> {
  const bodies: Buffer[] = []
  const headers: Receiver['headers'] = []
  const spans: Span[] = []
  const points: Point[] = []
  const lines: Line[] = []
  const readers: Record<string, (message: Message) => void> = {
    '/v1/traces': (message) => void spans.push(...each(message, spanOf)),
    '/v1/metrics': (message) => void points.push(...each(message, pointsOf).flat()),
    '/v1/logs': (message) => void lines.push(...each(message, lineOf)),
  }
  const server: Server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const body = Buffer.concat(pieces)
    bodies.push(body)
    headers.push(request.headers)
    readers[request.url ?? '']?.(messageOf(body))
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, bodies, headers, spans, points, lines, stop }
}

/** Resource, then scope, then what was told of: the same for all three signals. */
function each<T>(message: Message, read: (one: Message, service: string) => T): T[] {
  return parts(message, 1).flatMap((ofResource) => {
    const [resource] = parts(ofResource, 1)
    const service = String(attributesOf(resource as Message, 1)['service.name'])
    return parts(ofResource, 2).flatMap((ofScope) => parts(ofScope, 2).map((one) => read(one, service)))
  })
}

function spanOf(span: Message, service: string): Span {
  const hex = (field: number) => (span.get(field)?.[0] as Buffer | undefined)?.toString('hex') ?? ''
  const [status] = parts(span, 15)
  return {
    service,
    name: text(span, 5),
    traceId: hex(1),
    spanId: hex(2),
    parentId: hex(4),
    attributes: attributesOf(span, 9),
    isError: status !== undefined && count(status, 3) === 2,
  }
}

function pointsOf(metric: Message, service: string): Point[] {
  const of = { service, metric: text(metric, 1), unit: text(metric, 3) }
  const numbers = [5, 7].flatMap((kind) => parts(metric, kind)).flatMap((data) => parts(data, 1))
  const histograms = parts(metric, 9).flatMap((data) => parts(data, 1))
  return [
    ...numbers.map((point) => ({
      ...of,
      attributes: attributesOf(point, 7),
      value: double(point, 4) ?? count(point, 6),
    })),
    // How many values it holds.
    ...histograms.map((point) => ({ ...of, attributes: attributesOf(point, 9), value: count(point, 4) })),
  ]
}

function lineOf(line: Message, service: string): Line {
  return {
    service,
    severity: text(line, 3),
    body: String(plainOf(parts(line, 5)[0])),
    attributes: attributesOf(line, 6),
  }
}

function attributesOf(message: Message, field: number): Attributes {
  return Object.fromEntries(parts(message, field).map((pair) => [text(pair, 1), plainOf(parts(pair, 2)[0])]))
}

function plainOf(value: Message | undefined): string | number | boolean {
  if (value === undefined) return ''
  if (value.has(2)) return count(value, 2) === 1
  if (value.has(3)) return count(value, 3)
  return double(value, 4) ?? text(value, 1)
}
