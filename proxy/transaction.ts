// A transaction: all of it or nothing (ENF-40). Every entry is judged before the FHIR server sees any; one that is refused
// refuses all. What goes upstream is built anew from what was judged, each change bound to the version that was.

import type { Access } from '../smart/access.ts'
import { type Answer, fhirAnswer, refusal } from './answer.ts'
import { entryText } from './batch.ts'
import { type Alarm, readBody } from './body.ts'
import { type Entry, interactionOf, resourceTextOf, writtenOf } from './bundle-entries.ts'
import type { Decide } from './decide.ts'
import { denied } from './denied.ts'
import { elementTexts, memberText } from './json-text.ts'
import type { Upstream, UpstreamAnswer, UpstreamCall } from './upstream.ts'
import type { WriteRequest, Writer } from './write.ts'

export type TransactionRequest = { access: Access; entries: readonly Entry[]; signal: AbortSignal }

type Prepared = { request: WriteRequest; call: UpstreamCall; fullUrl?: string }

export function createTransaction(parts: {
  fhirBase: string
  upstream: Upstream
  decide: Decide
  writer: Writer
  alarm: Alarm
}): (request: TransactionRequest) => Promise<Answer> {
  const { fhirBase, upstream, decide, writer, alarm } = parts

  async function prepare(
    entry: Entry,
    made: ReadonlySet<string>,
    request: TransactionRequest,
  ): Promise<Prepared | Answer> {
    if (entry.refused !== undefined) return entry.refused
    const interaction = interactionOf(entry, fhirBase)
    if ('status' in interaction) return interaction
    if (entry.condition !== undefined || interaction.kind === 'conditional')
      return refusal(403, 'not-supported', 'Conditional entries are not supported in a transaction.')
    const decided = await decide(request.access, interaction)
    if ('status' in decided) return decided
    if (decided.kind === 'deny') return denied(decided)
    if (decided.kind !== 'write') return refusal(403, 'not-supported', 'A transaction holds writes alone here.')
    // Names within a patch are replaced by some servers, and stay as they are with others.
    const plan = decided.interaction === 'patch' ? decided : { ...decided, made }
    const write: WriteRequest = { plan, ...writtenOf(entry), signal: request.signal }
    const call = await writer.prepare(write)
    if ('status' in call) return call
    return { request: write, call, ...(entry.fullUrl === undefined ? {} : { fullUrl: entry.fullUrl }) }
  }

  return async (request) => {
    const { entries } = request
    // Only what this transaction makes may be referred to by a name of the app's own.
    const made = new Set(
      entries.flatMap(({ method, fullUrl }) => (method === 'POST' && isOwnName(fullUrl) ? [fullUrl] : [])),
    )
    const prepared: Prepared[] = []
    for (const entry of entries) {
      const one = await prepare(entry, made, request)
      if ('status' in one) return one
      prepared.push(one)
    }
    // However it was addressed: servers order deletes before all else, and each was judged on what is there now.
    const targets = prepared.flatMap(({ call }) => (call.method === 'POST' ? [] : [call.target]))
    if (new Set(targets).size < targets.length)
      return refusal(400, 'invalid', 'A transaction writes a record once at most.')
    const body = `{"resourceType":"Bundle","type":"transaction","entry":[${prepared.map(upstreamEntry).join(',')}]}`
    const call: UpstreamCall = {
      method: 'POST',
      target: '',
      body,
      contentType: 'application/fhir+json',
      returns: 'representation',
    }
    return answerOf(prepared, await upstream.send(call, request.signal))
  }

  function answerOf(prepared: readonly Prepared[], answer: UpstreamAnswer): Answer {
    if (answer.kind === 'answer' && [409, 412].includes(answer.status))
      return refusal(412, 'conflict', 'A record has changed since.')
    if (answer.kind === 'answer' && [400, 404, 422].includes(answer.status))
      return refusal(422, 'invalid', 'The FHIR server does not accept this transaction.')
    const body = readBody(answer, alarm)
    if (body.kind === 'refused') return body.answer
    const texts = elementTexts(body, 'entry')
    if (texts.length !== prepared.length) {
      alarm('transaction-answer', { entries: texts.length, asked: prepared.length })
      return refusal(502, 'exception', 'The transaction was carried out, and the FHIR server’s answer cannot be read.')
    }
    const entries = prepared.map(({ request }, at) => entryText(writer.answerOf(request, entryAnswer(texts[at] ?? ''))))
    return fhirAnswer(200, `{"resourceType":"Bundle","type":"transaction-response","entry":[${entries.join(',')}]}`)
  }
}

/** `urn:` names alone: an address could be taken for a record that is there. */
function isOwnName(fullUrl: string | undefined): fullUrl is string {
  return fullUrl !== undefined && /^urn:(uuid|oid):[A-Za-z0-9.-]{1,64}$/.test(fullUrl)
}

function upstreamEntry({ call, fullUrl }: Prepared): string {
  const { method, target, ifMatch } = call
  const resource = resourceTextOf(call)
  const request = JSON.stringify({ method, url: target, ...(ifMatch === undefined ? {} : { ifMatch }) })
  const name = isOwnName(fullUrl) ? `"fullUrl":${JSON.stringify(fullUrl)},` : ''
  return `{${name}${resource === undefined ? '' : `"resource":${resource},`}"request":${request}}`
}

/** One entry of the server's answer, as if it had been the answer to its own request. */
function entryAnswer(text: string): UpstreamAnswer {
  const { response } = (JSON.parse(text) ?? {}) as { response?: Record<string, unknown> }
  const headers = new Map([['content-type', 'application/fhir+json']])
  for (const name of ['location', 'etag'] as const) {
    const value = response?.[name]
    if (typeof value === 'string') headers.set(name, value)
  }
  const body = Buffer.from(memberText(text, 'resource') ?? '')
  return { kind: 'answer', status: Number.parseInt(String(response?.status), 10), headers, body }
}
