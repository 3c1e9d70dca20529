// The FHIR server of the benchmark: its answers are made beforehand, so that it costs as little as can be. It also shows the
// key that tokens are signed with.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerParent } from '../child.ts'
import { bundleHead, encounter, entryOf, observation, PATIENT, page, smallObservation } from './records.ts'

/** The base, below which records are. */
export type Question = { ask: 'base' }

const MATCHES = 30
const ENCOUNTERS = 7
const [jwks = '', longBytes = '0'] = process.argv.slice(2)

const server = createServer((request, response) => {
  const target = String(request.url).slice('/r4/'.length)
  if (request.url === '/jwks') json(response, jwks)
  else if (request.method === 'PUT') request.resume().on('end', () => json(response, small, { ETag: 'W/"2"' }))
  else if (target.startsWith('Observation/')) json(response, small, { ETag: 'W/"1"' })
  else if (target.startsWith('Encounter/'))
    json(response, JSON.stringify(encounter(Number(target.slice('Encounter/e-'.length)))))
  else answerSearch(target, response)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`

const small = smallObservation()
const pages = new Map<string, string>()

function answerSearch(target: string, response: ServerResponse): void {
  const query = new URLSearchParams(target.split('?')[1])
  if (query.has('code', 'long')) {
    sendLong(response, target)
    return
  }
  let body = pages.get(target)
  if (body === undefined) {
    body = searchAnswer(target, query)
    pages.set(target, body)
  }
  json(response, body)
}

function searchAnswer(target: string, query: URLSearchParams): string {
  const around = { base, self: decodeURIComponent(target) }
  const of = (entries: readonly string[]) => `${bundleHead(around, entries.length)}${entries.join(',')}]}`
  // What the proxy asks to find out what becomes of its searches.
  if (query.has('_count')) return of(target.startsWith('Observation') ? probed(query) : [])
  const encounters = (mode: 'match' | 'include') =>
    Array.from({ length: ENCOUNTERS }, (_one, at) => entryOf(encounter(at), mode, base))
  if (target.startsWith('Encounter')) return of(encounters('match'))
  if (!query.has('code', 'few')) return page(around)
  const matches = Array.from({ length: MATCHES }, (_one, at) => entryOf(observation(at), 'match', base))
  return of(query.has('_include') ? [...matches, ...encounters('include')] : matches)
}

/** Records of one patient, whoever else is asked for. */
function probed(query: URLSearchParams): string[] {
  const patients = query.get('patient')?.split(',') ?? [`Patient/${PATIENT}`]
  const ids = query.get('_id')?.split(',') ?? ['o-0', 'o-1']
  if (!patients.includes(`Patient/${PATIENT}`)) return []
  const numbers = ids.filter((id) => id.startsWith('o-')).map((id) => Number(id.slice(2)))
  return numbers.slice(0, Number(query.get('_count'))).map((at) => entryOf(observation(at), 'match', base))
}

/** A megabyte of entries, again and again. */
function sendLong(response: ServerResponse, target: string): void {
  const entries: string[] = []
  for (let length = 0; length < 1_000_000; length += entries.at(-1)?.length ?? 0)
    entries.push(entryOf(observation(entries.length), 'match', base))
  const piece = Buffer.from(`,${entries.join(',')}`)
  let left = Number(longBytes)
  response.writeHead(200, { 'Content-Type': 'application/fhir+json' })
  response.write(`${bundleHead({ base, self: decodeURIComponent(target) }, 1)}${piece.subarray(1)}`)
  const push = () => {
    for (let goesOn = true; goesOn && left > 0; left -= piece.length) goesOn = response.write(piece)
    if (left <= 0) response.end(']}')
  }
  response.on('drain', push)
  push()
}

function json(response: ServerResponse, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(200, {
    'Content-Type': 'application/fhir+json',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

answerParent((_question: Question) => base)
