// From the router's answer to HTTP: status, ETag, Last-Modified, Location, and the body as FHIR JSON.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getStatus } from '@medplum/core'
import type { FhirResponse } from '@medplum/fhir-router'
import type { Binary, OperationOutcome, Resource } from '@medplum/fhirtypes'
import { findStatus } from './refusal.ts'

const FHIR_JSON = 'application/fhir+json; charset=utf-8'

export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  [outcome, resource]: FhirResponse,
  baseUrl: string,
): void {
  const status = findStatus(outcome) ?? getStatus(outcome)
  if (status >= 400) sendOutcome(request, response, outcome, status)
  else if (!resource) send(request, response, 204)
  else {
    setVersionHeaders(request, response, resource, status, baseUrl)
    if (isRead(request) && isUnchanged(request, response)) send(request, response, 304)
    else if (resource.resourceType === 'Binary' && isRead(request) && wantsRaw(request)) {
      sendRaw(request, response, resource)
    } else if (!isRead(request) && request.headers.prefer?.includes('return=minimal')) send(request, response, status)
    else send(request, response, status, stringify(request, resource))
  }
}

function setVersionHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  resource: Resource,
  status: number,
  baseUrl: string,
): void {
  const { versionId, lastUpdated } = resource.meta ?? {}
  if (!versionId) return // a bundle made for this answer has no version
  response.setHeader('etag', `W/"${versionId}"`)
  if (lastUpdated) response.setHeader('last-modified', new Date(lastUpdated).toUTCString())
  if (isRead(request)) return
  const address = `${baseUrl}/${resource.resourceType}/${resource.id}/_history/${versionId}`
  response.setHeader(status === 201 ? 'location' : 'content-location', address)
}

export function sendOutcome(
  request: IncomingMessage,
  response: ServerResponse,
  outcome: OperationOutcome,
  status: number,
): void {
  send(request, response, status, JSON.stringify(withoutId(outcome)))
}

function isRead(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD'
}

function isUnchanged(request: IncomingMessage, response: ServerResponse): boolean {
  const known = request.headers['if-none-match']
  return known !== undefined && known === response.getHeader('etag')
}

/** The library marks outcomes with ids such as `not-found`; on the wire they mean nothing. */
function withoutId({ id: _id, ...outcome }: OperationOutcome): OperationOutcome {
  return outcome
}

function stringify(request: IncomingMessage, resource: Resource): string {
  const text = JSON.stringify(resource, null, /[?&]_pretty=true/.test(request.url ?? '') ? 2 : undefined)
  return withScaleDigits(text)
}

/**
 * A scale shows two decimals and FHIR keeps them: 70.10 is not 70.1. JavaScript's numbers forget, so they are put back.
 * Quotes within a JSON string are escaped, so free text cannot match.
 */
function withScaleDigits(text: string): string {
  return text.replace(/("value": ?)(\d+(?:\.\d)?)(,\s*"unit": ?"kg")/g, (_all, before, value, after) => {
    return `${before}${Number(value).toFixed(2)}${after}`
  })
}

/** A caller that names the document's own kind, and no JSON, wants the document itself. */
function wantsRaw(request: IncomingMessage): boolean {
  const accept = request.headers.accept ?? '*/*'
  return !/json|\*\/\*/.test(accept)
}

function sendRaw(request: IncomingMessage, response: ServerResponse, binary: Binary): void {
  const bytes = Buffer.from(binary.data ?? '', 'base64')
  response.writeHead(200, { 'content-type': binary.contentType, 'content-length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

function send(request: IncomingMessage, response: ServerResponse, status: number, body?: string): void {
  if (body === undefined) {
    response.writeHead(status)
    response.end()
    return
  }
  response.writeHead(status, { 'content-type': FHIR_JSON, 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}
