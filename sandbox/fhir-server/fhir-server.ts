// An R4 server in memory behind node:http: what stands upstream of the proxy in the sandbox and in tests.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { OperationOutcomeError } from '@medplum/core'
import type { FhirRouter, HttpMethod } from '@medplum/fhir-router'
import type { Resource } from '@medplum/fhirtypes'
import { type AnswerExport, createBulkExport } from './bulk-export.ts'
import { loadDefinitions } from './definitions.ts'
import { sendAnswer, sendOutcome } from './http-answer.ts'
import { findStatus, refusal, refusalOutcome } from './refusal.ts'
import { bringsFile, readBinary, readForm, readJsonBody } from './request-body.ts'
import { ResourceRepository } from './resource-repository.ts'
import { fhirRoutes } from './routes.ts'
import { withToldFaults } from './told-faults.ts'

export type FhirServerOptions = {
  /** Absolute, without a closing slash: what links, fullUrls and Location begin with. */
  baseUrl: string
  /** Ignore unknown search parameters, as many servers do; else they are answered with 400. */
  lenient?: boolean
  /** Records to start with, each with its own id. */
  resources?: readonly Resource[]
}

/** A server that does not listen yet. */
export function createFhirServer({ baseUrl, lenient = false, resources = [] }: FhirServerOptions): Server {
  const repository = new ResourceRepository()
  for (const resource of resources) repository.seed(resource)
  const context = { definitions: loadDefinitions(), repository, baseUrl }
  const router = fhirRoutes(context, lenient, new Date())
  const answerExport = createBulkExport(context)
  return createServer(
    withToldFaults((request, response) => {
      answer({ router, repository, baseUrl, answerExport }, request, response).catch((error: unknown) => {
        if (response.headersSent) {
          response.destroy()
          return
        }
        const outcome =
          error instanceof OperationOutcomeError
            ? error.outcome
            : refusalOutcome(500, 'exception', 'The server failed to answer')
        sendOutcome(request, response, outcome, findStatus(outcome) ?? 400)
      })
    }),
  )
}

type Parts = { router: FhirRouter; repository: ResourceRepository; baseUrl: string; answerExport: AnswerExport }

async function answer(
  { router, repository, baseUrl, answerExport }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const address = parseAddress(request, new URL(baseUrl).pathname)
  if (answerExport(request, response, address)) return
  checkAccept(request, address.query)
  const isPostedSearch = request.method === 'POST' && address.path.at(-1) === '_search'
  if (isPostedSearch) for (const [name, value] of await readForm(request)) address.query.append(name, value)
  const path = (isPostedSearch ? address.path.slice(0, -1) : address.path).join('/')
  const method = (isPostedSearch || request.method === 'HEAD' ? 'GET' : request.method) as HttpMethod
  if (!router.find(method, path)) throw notRouted(router, path)
  const hasBody = !isPostedSearch && ['POST', 'PUT', 'PATCH'].includes(request.method ?? '')
  const readBody = () =>
    bringsFile(request, address.path) ? readBinary(request, address.path[1]) : readJsonBody(request)
  const body: unknown = hasBody ? await readBody() : undefined
  const query = queryRecord(address.query)
  const result = await router.handleRequest(
    {
      method,
      url: path,
      pathname: '',
      params: {},
      query,
      body,
      headers: request.headers,
      config: { transactions: true },
    },
    repository,
  )
  sendAnswer(request, response, result, baseUrl)
}

function parseAddress(request: IncomingMessage, prefix: string): { path: string[]; query: URLSearchParams } {
  const text = request.url ?? '/'
  const mark = text.indexOf('?')
  const path = mark < 0 ? text : text.slice(0, mark)
  if (path !== prefix && !path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)) {
    throw refusal(404, 'not-found', 'The FHIR base is elsewhere')
  }
  const segments = path.slice(prefix.length).split('/').filter(Boolean).map(decodeSegment)
  return { path: segments, query: new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1)) }
}

function decodeSegment(segment: string): string {
  let text = ''
  try {
    text = decodeURIComponent(segment)
  } catch {
    throw refusal(400, 'invalid', 'The address is not well encoded')
  }
  if (!/^[A-Za-z0-9._$*-]+$/.test(text)) throw refusal(404, 'not-found', 'There is nothing at that address')
  return text
}

function queryRecord(pairs: URLSearchParams): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>
  for (const name of new Set(pairs.keys())) {
    const values = pairs.getAll(name)
    record[name] = values.length === 1 ? values[0]! : values
  }
  return record
}

/** Only JSON is served: another `_format`, or an Accept that leaves no room for it, is 406. */
function checkAccept(request: IncomingMessage, query: URLSearchParams): void {
  const format = query.get('_format')
  const isXml =
    format === null ? /^(application|text)\/(fhir\+)?xml$/.test(request.headers.accept ?? '') : !/json/.test(format)
  if (isXml) throw refusal(406, 'not-supported', 'Only application/fhir+json is served')
}

function notRouted(router: FhirRouter, path: string): OperationOutcomeError {
  const others = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).filter((method) => router.find(method, path))
  return others.length > 0
    ? refusal(405, 'not-supported', `Here only ${others.join(', ')} can be used`)
    : refusal(404, 'not-found', 'There is nothing at that address')
}
