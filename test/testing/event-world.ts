// A proxy in a process of its own that tells of changes: real tables and a real queue, the sandbox's FHIR server, and between
// the two a hop that can keep back what the server answers.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables'
import { QueueClient, RestError, StorageSharedKeyCredential } from '@azure/storage-queue'
import { exportJWK, generateKeyPair } from 'jose'
import { createFhirServer } from '../../sandbox/fhir-server/fhir-server.ts'
import { syntheticPeople } from '../../sandbox/people/synthetic-people.ts'
import { Service } from '../../sandbox/service.ts'
import { startTables, TABLES_ACCOUNT, TABLES_KEY, type Tables } from '../../sandbox/tables/azurite.ts'
import { REVOCATIONS_TABLE } from '../../smart/revocation.ts'
import { freePort } from './free-port.ts'
import { listening } from './listening.ts'
import { appsAt, FHIR, FHIR_BASE, ISSUER, type ProxiedServer } from './proxied-server.ts'
import { until } from './until.ts'

export type ChangeEvent = {
  specversion: string
  id: string
  source: string
  type: string
  subject: string
  time: string
  data: Record<string, unknown>
}

export type EventWorld = Pick<ProxiedServer, 'as'> & {
  /** Past the proxy. */
  held(path: string): Promise<{ status: number; body: Record<string, unknown> }>
  /** Writes that the FHIR server has carried out, and whose answers are kept back until `release`. */
  hop: { hold(): void; isHolding(count: number): Promise<void>; release(): void }
  events: EventQueue
  broker: { stop(): Promise<void>; start(): Promise<void> }
  tables: Tables
  /** Ends it without a word, as a crash does; and starts it again. */
  proxy: { kill(): Promise<void>; start(): Promise<void> }
  close(): Promise<void>
}

/** A write is taken for abandoned after three times this. */
const UPSTREAM_TIMEOUT_MS = 4_000

export async function startEventWorld(): Promise<EventWorld> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] }
  const keys = await listening((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks))
  })
  const hop = await startHop()
  const tables = await startTables({ port: await freePort() })
  const credential = new AzureNamedKeyCredential(TABLES_ACCOUNT, TABLES_KEY)
  await new TableClient(tables.url, REVOCATIONS_TABLE, credential, { allowInsecureConnection: true }).createTable()
  const ports = { port: await freePort(), queuePort: await freePort() }
  let broker = await startTables(ports)
  const queueUrl = `${broker.queuesUrl}/change-events`
  const url = `http://127.0.0.1:${await freePort()}`
  const proxy = new Service(
    {
      name: 'proxy',
      file: 'proxy/main.ts',
      env: {
        PORT: new URL(url).port,
        ISSUER,
        FHIR_BASE,
        JWKS_URL: `${keys.url}/jwks`,
        UPSTREAM_URL: hop.url,
        UPSTREAM_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS),
        REQUEST_TIMEOUT_MS: String(2 * UPSTREAM_TIMEOUT_MS),
        TABLES_URL: tables.url,
        TABLES_ACCOUNT,
        TABLES_KEY,
        PROBE_EVERY_MINUTES: '0',
        RATE_LIMIT_PER_MINUTE: '0',
        EVENTS: 'storage-queue',
        EVENTS_QUEUE_URL: queueUrl,
      },
      readyUrl: `${url}/health`,
      after: [],
    },
    () => {},
  )
  await proxy.start()
  // It reads the definitions when it is first asked, which takes longer than a write may.
  await fetch(`${hop.url}/Observation/$validate`, {
    method: 'POST',
    headers: { 'content-type': FHIR },
    body: JSON.stringify({ resourceType: 'Observation' }),
  })
  return {
    as: appsAt(url, privateKey),
    async held(path) {
      const answer = await fetch(`${hop.url}/${path}`)
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    },
    hop,
    events: new EventQueue(queueUrl),
    broker: {
      stop: () => broker.stop(),
      start: async () => {
        broker = await startTables(ports)
      },
    },
    tables,
    proxy: { kill: () => proxy.stop('SIGKILL'), start: () => proxy.start() },
    async close() {
      hop.release()
      await proxy.stop('SIGKILL')
      await Promise.all([broker.stop(), tables.stop(), hop.close(), keys.close()])
    },
  }
}

/** The consumer's end of the queue. */
export class EventQueue {
  /** All that came, in the order in which it came. */
  readonly seen: ChangeEvent[] = []
  readonly #queue: QueueClient

  constructor(url: string) {
    const credential = new StorageSharedKeyCredential(TABLES_ACCOUNT, TABLES_KEY)
    this.#queue = new QueueClient(url, credential, { retryOptions: { maxTries: 1 } })
  }

  /** Takes events until one fits. @throws when none came within half a minute */
  async next(isWanted: (event: ChangeEvent) => boolean): Promise<ChangeEvent> {
    const deadline = Date.now() + 30_000
    for (;;) {
      const found = this.seen.find(isWanted)
      if (found !== undefined) return found
      if (Date.now() > deadline) throw new Error(`it did not come; these did: ${JSON.stringify(this.seen)}`)
      await this.#take()
    }
  }

  of(subject: string): ChangeEvent[] {
    return this.seen.filter((event) => event.subject === subject)
  }

  async #take(): Promise<void> {
    try {
      const { receivedMessageItems } = await this.#queue.receiveMessages({ numberOfMessages: 32 })
      for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
        this.seen.push(JSON.parse(Buffer.from(messageText, 'base64').toString()) as ChangeEvent)
        await this.#queue.deleteMessage(messageId, popReceipt)
      }
    } catch (error) {
      // Made with the first event; or the broker is down.
      if (!(error instanceof RestError)) throw error
    }
  }
}

async function startHop() {
  const port = await freePort()
  const hopPort = await freePort()
  const url = `http://127.0.0.1:${hopPort}/r4`
  // It prints the address by which it is known: that of the hop.
  const fhirServer = createFhirServer({ baseUrl: url, lenient: true, resources: syntheticPeople() })
  await listen(fhirServer, port)
  let isHeld = false
  const waiting: (() => void)[] = []

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET' } = request
    const body = await buffer(request)
    const headers = Object.entries(request.headers).filter(([name]) => PASSED.has(name)) as [string, string][]
    const sent = method === 'GET' ? {} : { body }
    const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, { method, headers, ...sent })
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (isHeld && method !== 'GET') await new Promise<void>((resolve) => waiting.push(resolve))
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(bytes)
  }

  const hop = createServer((request, response) => void pass(request, response))
  await listen(hop, hopPort)
  return {
    url,
    hold() {
      isHeld = true
    },
    isHolding: (count: number) => until(() => waiting.length >= count),
    release() {
      isHeld = false
      for (const resolve of waiting.splice(0)) resolve()
    },
    async close() {
      for (const server of [hop, fhirServer]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

const PASSED = new Set(['accept', 'content-type', 'if-match', 'if-none-exist', 'prefer'])

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
}
