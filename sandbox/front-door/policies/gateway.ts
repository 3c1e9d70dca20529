// The policies of apim-policies/ as API Management would carry them out, for the front door. What is not understood stops the
// start.

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { z } from 'zod'
import { type Element, parsePolicies } from './document.ts'
import { type Answer, type Exchange, Refusal, run, type Step } from './exchange.ts'
import { SECTIONS, type Section } from './shapes.ts'
import { type Cache, stepsOf } from './steps.ts'

export const POLICIES = join(import.meta.dirname, '../../../apim-policies')

const apisSchema = z.array(
  z.strictObject({
    name: z.string(),
    title: z.string(),
    path: z.string(),
    policy: z.string(),
    documents: z.array(z.strictObject({ id: z.string(), path: z.string().startsWith('/') })),
  }),
)

type Sections = Readonly<Record<Section, readonly Step[]>>
type Api = { prefix: string; whole: Sections; documents: ReadonlyMap<string, Sections> }

export type Gateway = {
  /** @returns where the request goes on; undefined when it was answered here */
  before(request: IncomingMessage, response: ServerResponse): Promise<string | undefined>
  /** What becomes of the service's headers. */
  after(answer: IncomingMessage, request: IncomingMessage): void
}

/**
 * @param named values of `{{…}}`
 * @throws Error naming the file and what in it is not understood
 */
export function openGateway(named: Readonly<Record<string, string>>, folder: string = POLICIES): Gateway {
  const cache: Cache = new Map()
  const read = (file: string) => {
    try {
      return parsePolicies(readFileSync(join(folder, file), 'utf8'), named)
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`)
    }
  }
  const apis = apisSchema.parse(JSON.parse(readFileSync(join(folder, 'apis.json'), 'utf8'))).map((one): Api => {
    const whole = sectionsOf(read(one.policy), undefined, cache)
    const document = read('document.xml')
    const prefix = one.path === '' ? '' : `/${one.path}`
    return {
      prefix,
      whole,
      documents: new Map(one.documents.map(({ path }) => [prefix + path, sectionsOf(document, whole, cache)])),
    }
  })
  const underWay = new WeakMap<IncomingMessage, { exchange: Exchange; sections: Sections }>()

  return {
    async before(request, response) {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
      const api = apis.find(({ prefix }) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`))
      if (api === undefined) throw new Error('no API has this path')
      const isDocument = request.method === 'GET' || request.method === 'HEAD'
      const sections = (isDocument ? api.documents.get(path) : undefined) ?? api.whole
      const exchange: Exchange = { request, context: contextOf(request, path), given: {} }
      const answer = await answerOf(sections, exchange)
      if (answer !== undefined) {
        response.writeHead(answer.status, { ...answer.headers, ...exchange.given }).end(answer.body)
        return undefined
      }
      underWay.set(request, { exchange, sections })
      if (exchange.target === undefined) throw new Error('no backend is set')
      return new URL(exchange.target).origin
    },
    after(answer, request) {
      const known = underWay.get(request)
      if (known === undefined) return
      const { exchange, sections } = known
      exchange.response = answer
      // None of these waits for anything: headers are written when this returns.
      for (const step of sections.outbound) void step(exchange)
      Object.assign(answer.headers, exchange.given)
    },
  }
}

async function answerOf({ inbound, backend, 'on-error': onError }: Sections, exchange: Exchange) {
  try {
    return (await run(inbound, exchange)) ?? (await run(backend, exchange))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    exchange.context.lastErrorSource = error.source
    const otherwise: Answer = { status: error.status, headers: {}, body: '' }
    return (await run(onError, exchange)) ?? otherwise
  }
}

function sectionsOf(root: Element, base: Sections | undefined, cache: Cache): Sections {
  const steps = SECTIONS.map((section, place) => [
    section,
    stepsOf(root.children[place]?.children ?? [], base?.[section] ?? [], cache),
  ])
  return Object.fromEntries(steps) as Sections
}

function contextOf(request: IncomingMessage, path: string): Exchange['context'] {
  return {
    requestId: randomUUID(),
    request: {
      method: request.method ?? '',
      path,
      address: request.socket.remoteAddress ?? '',
      header(name) {
        const value = request.headers[name.toLowerCase()]
        return value === undefined ? undefined : String(value)
      },
    },
  }
}
