// A FHIR server that holds records of Alice, and of Bob, whom nobody here may see; and that gets everything wrong that it is
// told to. It speaks to the socket itself, so that it can say what no HTTP library would.
import { createServer, type Server, type Socket } from 'node:net'

export type Asked = { method: string; target: string; body: string }
export type Said = { status: number; headers: readonly [string, string][]; body: string | Buffer }
/** What goes out in place of the right answer: another answer, exactly these bytes, or these one by one. */
export type Misbehaviour = (right: Said, asked: Asked) => Said | Buffer | { drip: Buffer }

export type MisbehavingUpstream = {
  url: string
  /** All that was asked. */
  asked: Asked[]
  /** From now on. `from`: the first answer that is wrong, counted from now; undefined: it behaves. */
  misbehave(how: Misbehaviour | undefined, from?: number): void
  close(): Promise<void>
}

const FHIR = 'application/fhir+json'
const record = (resourceType: string, id: string, of: string, more: object = {}) => ({
  resourceType,
  id,
  meta: { versionId: '1', lastUpdated: '2026-01-01T00:00:00Z' },
  ...(resourceType === 'Patient' ? {} : { subject: { reference: `Patient/${of}` } }),
  ...more,
})

/** Of Bob: each under the id at which Alice has one of her own. */
export const FOREIGN: Readonly<Record<string, object>> = {
  Observation: record('Observation', '1', 'bob', { note: [{ text: 'secret of bob' }] }),
  Encounter: record('Encounter', 'e', 'bob', { reasonCode: [{ text: 'secret of bob' }] }),
  Patient: record('Patient', 'bob', 'bob', { name: [{ text: 'bob' }] }),
}
const OWN: Readonly<Record<string, object>> = {
  Observation: record('Observation', '1', 'alice', { encounter: { reference: 'Encounter/e' } }),
  Encounter: record('Encounter', 'e', 'alice'),
  Patient: record('Patient', 'alice', 'alice'),
}

export const json = (value: unknown, headers: readonly [string, string][] = []): Said => ({
  status: 200,
  headers: [['Content-Type', FHIR], ['ETag', 'W/"1"'], ...headers],
  body: JSON.stringify(value),
})

export const searchset = (target: string, resources: readonly object[], more: object = {}) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: resources.length,
  link: [{ relation: 'self', url: decodeURIComponent(target) }],
  entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  ...more,
})

export function typeOf({ target }: Asked): string {
  return /^[A-Za-z]*/.exec(target)?.[0] ?? ''
}

function rightAnswer(asked: Asked): Said {
  const { method, target } = asked
  const type = typeOf(asked)
  const own = OWN[type]
  if (target === 'metadata') return json({ resourceType: 'CapabilityStatement', status: 'active', rest: [] })
  if (method === 'DELETE') return { status: 204, headers: [], body: '' }
  if (method === 'POST' && target === '')
    return json({ resourceType: 'Bundle', type: 'transaction-response', entry: [] })
  if (method === 'POST' && !target.includes('_search'))
    return { ...json(own, [['Location', `${type}/1/_history/1`]]), status: 201 }
  if (target.includes('_history')) {
    const isOne = /_history\/[^/?]/.test(target)
    const entry = [
      { resource: own, request: { method: 'PUT', url: `${type}/1` }, response: { status: '200', etag: 'W/"1"' } },
    ]
    return json(isOne ? own : { resourceType: 'Bundle', type: 'history', entry })
  }
  if (own === undefined) return json(searchset(target, []))
  return json(/[?]|_search/.test(target) || !target.includes('/') ? searchset(target, [own]) : own)
}

export function bytesOf({ status, headers, body }: Said): Buffer {
  const content = Buffer.from(body as string)
  const hasLength = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const all = hasLength ? headers : [...headers, ['Content-Length', String(content.length)] as const]
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} x\r\n${lines}\r\n`), content])
}

export async function startMisbehavingUpstream(): Promise<MisbehavingUpstream> {
  let misbehaviour: Misbehaviour | undefined
  let answersLeft = 0
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  const answer = (one: Asked): ReturnType<Misbehaviour> => {
    const right = rightAnswer(one)
    answersLeft -= 1
    return misbehaviour === undefined || answersLeft >= 0 ? right : misbehaviour(right, one)
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    let waiting = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      waiting = Buffer.concat([waiting, chunk])
      for (let next = firstOf(waiting); next !== undefined; next = firstOf(waiting)) {
        waiting = waiting.subarray(next.length)
        asked.push(next)
        const said = answer(next)
        if ('drip' in said) drip(socket, said.drip)
        else say(socket, Buffer.isBuffer(said) ? said : bytesOf(said))
      }
    })
  })
  const port = await listening(server)
  return {
    url: `http://127.0.0.1:${port}/r4`,
    asked,
    misbehave(how, from = 0) {
      misbehaviour = how
      answersLeft = from
      // A connection that went wrong is not for what comes next.
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The first request in the bytes, once all of it is there. */
function firstOf(bytes: Buffer): (Asked & { length: number }) | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const [, method = '', path = ''] = /^([A-Z]+) (\S+) /.exec(head) ?? []
  const length = headEnd + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
  if (bytes.length < length) return undefined
  const target = path.replace(/^\/r4\/?/, '')
  return { method, target, body: bytes.toString('utf8', headEnd + 4, length), length }
}

/** What does not say how long it is ends the connection, as does what says too much. */
function say(socket: Socket, bytes: Buffer): void {
  socket.write(bytes)
  if (!isWhole(bytes)) socket.end()
}

function drip(socket: Socket, bytes: Buffer, at = 0): void {
  if (at < bytes.length && !socket.destroyed)
    socket.write(bytes.subarray(at, at + 1), () => setImmediate(() => drip(socket, bytes, at + 1)))
}

function isWhole(bytes: Buffer): boolean {
  const headEnd = bytes.indexOf('\r\n\r\n')
  const length = /^content-length: *(\d+)\r$/im.exec(bytes.toString('latin1', 0, headEnd + 2))?.[1]
  return headEnd !== -1 && length !== undefined && bytes.length === headEnd + 4 + Number(length)
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
