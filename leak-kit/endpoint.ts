// One of the two worlds, and how it is asked: over plain node:http, which sends a request line as it is given.

import http from 'node:http'
import https from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { addressed, type KitRequest } from './request.ts'

export type Endpoint = {
  /** Where it is asked, without a closing slash. */
  base: string
  token: string
  /** What its own links begin with, when that is another address. */
  publicBase?: string
}

/** `status` 0: no answer, and the body says why. Headers as they came, in their order. */
export type Answer = { status: number; headers: readonly (readonly [string, string])[]; body: string }

export type Ask = { (request: KitRequest): Promise<Answer>; close(): void }

const TIMEOUT_MS = 30_000
/** A server that limits how often it is asked says when to go on. */
const MAX_WAITS = 5
const MAX_WAIT_SECONDS = 60

export function createAsk({ base, token, publicBase = base }: Endpoint): Ask {
  const { protocol, hostname, port, pathname } = new URL(base)
  const { Agent, request: open } = protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const basePath = pathname.replace(/\/+$/, '')

  function attempt({ method, target, headers = {}, body }: KitRequest, isLast: boolean): Promise<Answer> {
    return new Promise((resolve) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const outgoing = open({
        ...{ agent, hostname: hostname.replace(/^\[|\]$/g, ''), port, method, timeout: TIMEOUT_MS },
        path: `${basePath}${target}` || '/',
        headers: { accept: 'application/fhir+json', ...headers, ...length, authorization: `Bearer ${token}` },
      })
      outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')))
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The server may close an idle connection at the moment we use it.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET' && !isLast)
          attempt({ method, target, headers, ...(body === undefined ? {} : { body }) }, true).then(resolve)
        else resolve({ status: 0, headers: [], body: error.code ?? error.message })
      })
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', () => resolve({ status: 0, headers: [], body: 'the answer was cut off' }))
        incoming.on('end', () => {
          const { rawHeaders, statusCode = 0 } = incoming
          const pairs = rawHeaders.flatMap((name, at) =>
            at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] ?? ''] as const] : [],
          )
          resolve({ status: statusCode, headers: pairs, body: Buffer.concat(chunks).toString('latin1') })
        })
      })
      outgoing.end(body)
    })
  }

  async function patiently(request: KitRequest): Promise<Answer> {
    for (let waits = 0; ; waits += 1) {
      const answer = await attempt(request, false)
      const told = Number(answer.headers.find(([name]) => name === 'retry-after')?.[1])
      if (answer.status !== 429 || !(told >= 0 && told <= MAX_WAIT_SECONDS) || waits === MAX_WAITS) return answer
      await setTimeout(told * 1000)
    }
  }

  return Object.assign((request: KitRequest) => patiently(addressed(request, publicBase)), {
    close: () => agent.destroy(),
  })
}
