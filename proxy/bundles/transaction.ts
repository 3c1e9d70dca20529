// A transaction: all of it or nothing (ENF-40). Every entry is judged before the FHIR server sees any; one that is refused
// refuses all. What goes upstream is built anew from what was judged, each change bound to the version that was.

import { type Answer, fhirAnswer, refusal } from '../answers/answer.ts'
import { type Alarm, readBody } from '../answers/body.ts'
import { denied } from '../answers/denied.ts'
import { entryAnswered, follow, onEntry } from '../audit/trail.ts'
import type { FhirRequest } from '../fhir.ts'
import type { Decide } from '../identity/decide.ts'
import { elementTexts, memberText } from '../json/json-text.ts'
import type { Begun, Chain } from '../processors/chain.ts'
import type { Upstream, UpstreamAnswer, UpstreamCall } from '../upstream/upstream.ts'
import type { Conditions, Resolved } from '../writes/conditional.ts'
import type { WriteRequest, Writer } from '../writes/write.ts'
import { type BatchRequest, entryText } from './batch.ts'
import { type Entry, interactionOf, isOwnName, resourceTextOf, writtenOf } from './bundle-entries.ts'
import { withLiteralReferences } from './transaction-references.ts'

/** The same as a batch, to be carried out as one. */
export type TransactionRequest = BatchRequest

type Entered = { begun: Begun; resolved: Resolved }

/** What an entry comes to: a write that was judged, or the answer for one whose record is there already. */
type Prepared = Write | { kind: 'found'; target: string; answer: Answer }
type Write = { kind: 'write'; request: WriteRequest; call: UpstreamCall; fullUrl: string | undefined }

export function createTransaction(parts: {
  fhirBase: string
  upstream: Upstream
  decide: Decide
  conditions: Conditions
  writer: Writer
  /** Each entry passes it as if it had come alone. */
  chain: Chain
  alarm: Alarm
}): (request: TransactionRequest) => Promise<Answer> {
  const { fhirBase, upstream, decide, conditions, writer, chain, alarm } = parts

  /** The entries without conditions, in their order, as processors made them. */
  async function resolveAll({ entries, ...who }: TransactionRequest): Promise<Entered[] | Answer> {
    const entered: Entered[] = []
    for (const [at, entry] of entries.entries()) {
      const one = await onEntry(at, () => resolve(entry, who))
      if ('status' in one) return one
      entered.push(one)
    }
    return entered
  }

  async function resolve(
    entry: Entry,
    { returns, ...who }: Omit<TransactionRequest, 'entries'>,
  ): Promise<Entered | Answer> {
    if (entry.refused !== undefined) return entry.refused
    const interaction = interactionOf(entry, fhirBase)
    if ('status' in interaction) return interaction
    follow(interaction)
    const begun = await chain.begin({ ...who, interaction, written: writtenOf(entry, returns) })
    if (begun.stopped !== undefined) return refusing(begun.stopped)
    const resolved = await conditions.resolve(begun.request)
    return 'status' in resolved ? resolved : { begun, resolved }
  }

  async function answered(found: Extract<Resolved, { kind: 'found' }>, request: TransactionRequest): Promise<Prepared> {
    const answer = await conditions.answerFound(found, request)
    return { kind: 'found', target: `${found.type}/${found.id}`, answer }
  }

  async function prepare(
    { access, interaction, written, signal }: FhirRequest,
    made: ReadonlySet<string>,
    fullUrl: string | undefined,
  ): Promise<Prepared | Answer> {
    follow(interaction)
    const decided = await decide(access, interaction)
    if ('status' in decided) return decided
    if (decided.kind === 'deny') return denied(decided)
    if (decided.kind !== 'write' || written === undefined)
      return refusal(403, 'not-supported', 'A transaction holds writes alone here.')
    // Names within a patch are replaced by some servers, and stay as they are with others.
    const plan = decided.interaction === 'patch' ? decided : { ...decided, made }
    const request: WriteRequest = { plan, ...written, signal }
    const call = await writer.prepare(request)
    return 'status' in call ? call : { kind: 'write', request, call, fullUrl }
  }

  return async (request) => {
    const fullUrls = request.entries.map(({ fullUrl }) => (isOwnName(fullUrl) ? fullUrl : undefined))
    const names = fullUrls.filter((name) => name !== undefined)
    if (new Set(names).size < names.length)
      return refusal(400, 'invalid', 'Two entries of a transaction have the same fullUrl.')
    const entered = await resolveAll(request)
    if ('status' in entered) return entered
    const resolved = entered.map((one) => one.resolved)
    const begun = entered.map((one) => one.begun)

    // Only what this transaction makes or finds may be referred to by a name of the app's own.
    const made = new Set<string>()
    const found = new Map<string, string>()
    for (const [at, one] of resolved.entries()) {
      const name = fullUrls[at]
      if (name === undefined) continue
      if (one.kind === 'found') found.set(name, `${one.type}/${one.id}`)
      else if (one.request.interaction.kind === 'create') made.add(name)
    }
    const literal = await withLiteralReferences(resolved, found, { caller: request, findOne: conditions.findOne })
    if ('status' in literal) return literal

    const prepared: Prepared[] = []
    for (const [at, one] of literal.entries()) {
      const outcome = await onEntry(at, () =>
        one.kind === 'found' ? answered(one, request) : prepare(one.request, made, fullUrls[at]),
      )
      if ('status' in outcome) return outcome
      prepared.push(outcome)
    }
    return carryOut(prepared, begun, request.signal)
  }

  async function carryOut(
    prepared: readonly Prepared[],
    begun: readonly Begun[],
    signal: AbortSignal,
  ): Promise<Answer> {
    const writes = prepared.filter((one) => one.kind === 'write')
    // However it was addressed: servers order deletes before all else, and each was judged on what is there now.
    const changed = writes.flatMap(({ call }) => (call.method === 'POST' ? [] : [call.target]))
    const isFound = (target: string) => prepared.some((one) => one.kind === 'found' && one.target === target)
    if (new Set(changed).size < changed.length || changed.some(isFound))
      return refusal(400, 'invalid', 'A transaction writes a record once at most.')
    if (writes.length === 0) return answerOf(prepared, begun, [])
    const call: UpstreamCall = {
      method: 'POST',
      target: '',
      body: `{"resourceType":"Bundle","type":"transaction","entry":[${writes.map(upstreamEntry).join(',')}]}`,
      contentType: 'application/fhir+json',
      returns: 'representation',
      parts: writes.map(({ call: part }) => part),
    }
    const texts = readAnswer(await upstream.send(call, signal), writes.length)
    return 'status' in texts ? texts : answerOf(prepared, begun, texts)
  }

  /** The entries of the upstream's answer. */
  function readAnswer(answer: UpstreamAnswer, asked: number): string[] | Answer {
    if (answer.kind === 'answer' && [409, 412].includes(answer.status))
      return refusal(412, 'conflict', 'A record has changed since.')
    if (answer.kind === 'answer' && [400, 404, 422].includes(answer.status))
      return refusal(422, 'invalid', 'The FHIR server does not accept this transaction.')
    const body = readBody(answer, alarm)
    if (body.kind === 'refused') return body.answer
    const texts = elementTexts(body.text, 'entry')
    if (texts.length === asked) return texts
    alarm('transaction-answer', { entries: texts.length, asked })
    return refusal(502, 'exception', 'The transaction was carried out, and the FHIR server’s answer cannot be read.')
  }

  async function answerOf(
    prepared: readonly Prepared[],
    begun: readonly Begun[],
    texts: readonly string[],
  ): Promise<Answer> {
    const ofUpstream = texts.values()
    const answers = prepared.map((one) =>
      one.kind === 'found' ? one.answer : writer.answerOf(one.request, entryAnswer(ofUpstream.next().value ?? '')),
    )
    for (const [at, answer] of answers.entries()) entryAnswered(at, answer)
    const entries: string[] = []
    for (const [at, answer] of answers.entries()) {
      const finished = await chain.finish(begun[at] as Begun, answer)
      // All of it was done, whatever becomes of the answer: no entry may look as if it had been refused.
      if (finished.status >= 400 && answer.status < 400) return finished
      entries.push(entryText(finished))
    }
    return fhirAnswer(200, `{"resourceType":"Bundle","type":"transaction-response","entry":[${entries.join(',')}]}`)
  }
}

/** What a processor answers by itself is no write that the FHIR server could make together with the others. */
function refusing(answer: Answer): Answer {
  return answer.status >= 400 ? answer : refusal(403, 'not-supported', 'An entry cannot be part of a transaction here.')
}

function upstreamEntry({ call, fullUrl }: Write): string {
  const { method, target: url, ifMatch, ifNoneExist } = call
  const resource = resourceTextOf(call)
  const request = JSON.stringify({ method, url, ifMatch, ifNoneExist })
  const name = fullUrl === undefined ? '' : `"fullUrl":${JSON.stringify(fullUrl)},`
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
