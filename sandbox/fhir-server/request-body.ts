// Reading a request's body: bounded, UTF-8, JSON or a search form; anything else is refused by name.
import type { IncomingMessage } from 'node:http'
import type { Binary } from '@medplum/fhirtypes'
import { refusal } from './refusal.ts'

const MAX_BODY_BYTES = 10_000_000

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw refusal(413, 'too-long', `The body is larger than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw refusal(400, 'structure', 'The body is not UTF-8')
  }
}

function checkEncoding(request: IncomingMessage): string {
  const encoding = request.headers['content-encoding']
  if (encoding && encoding !== 'identity') throw refusal(415, 'not-supported', 'Send the body without compression')
  return (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
}

/** A file as its own bytes becomes the Binary around it. */
export async function readBinary(request: IncomingMessage, id: string | undefined): Promise<Binary> {
  const contentType = checkEncoding(request)
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const data = Buffer.concat(chunks).toString('base64')
  return { resourceType: 'Binary', ...(id === undefined ? {} : { id }), contentType, data }
}

/** Whether the body is the file itself. */
export function bringsFile({ method = '', headers }: IncomingMessage, path: readonly string[]): boolean {
  const isWrite = ['POST', 'PUT'].includes(method) && path[0] === 'Binary' && path.length <= 2
  return isWrite && !/json/i.test(headers['content-type'] ?? 'json')
}

export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const type = checkEncoding(request)
  if (type !== '' && !/^application\/([a-z0-9.-]+\+)?json$/.test(type)) {
    throw refusal(415, 'not-supported', 'The body must be application/fhir+json')
  }
  const text = await readText(request)
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw refusal(400, 'structure', 'The body is not well-formed JSON')
  }
}

/** The parameters of a POSTed search. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const type = checkEncoding(request)
  const text = await readText(request)
  if (text === '') return new URLSearchParams()
  if (type !== 'application/x-www-form-urlencoded') {
    throw refusal(415, 'not-supported', 'A search is posted as application/x-www-form-urlencoded')
  }
  return new URLSearchParams(text)
}
