// A file: as its own bytes, or as the Binary around them. What leads to it is looked up first, within what the caller may see.

import type { Access } from '../../smart/access/access.ts'
import type { Interaction } from '../../smart/fhir/interaction.ts'
import { allowsFile, documentsOf, type FileGuard, leadsTo, securityContextOf } from '../../smart/plan/file.ts'
import type { Plan } from '../../smart/plan/plan.ts'
import { isListPlan, searchesOf } from '../../smart/plan/plan-search.ts'
import { type Answer, fhirAnswer, notFound, refusal, textOf } from '../answers/answer.ts'
import { type Alarm, type JsonBody, parseJsonBody, readBody, unlessBusy, versionHeaders } from '../answers/body.ts'
import { wantsResource } from '../answers/format.ts'
import { aside, disclosed } from '../audit/trail.ts'
import type { Decide } from '../identity/decide.ts'
import type { FindAll } from '../lists/find-all.ts'
import type { Upstream, UpstreamAnswer } from '../upstream/upstream.ts'
import { collect } from '../upstream/upstream-body.ts'
import { callOf } from '../upstream/upstream-call.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'
import type { createRead } from './read.ts'

export type FileDeps = {
  upstream: Upstream
  upstreamUrl: string
  maxBodyBytes: number
  decide: Decide
  read: ReturnType<typeof createRead>
  findAll: FindAll
  rewriteUrls: RewriteUrls
  alarm: Alarm
}

export type FileRequest = {
  access: Access
  interaction: Extract<Interaction, { kind: 'read' }>
  forward: Extract<Plan, { kind: 'forward' }>
  guard: FileGuard
  /** Undefined within a batch: then it is always the resource. */
  streams: { accept: string | undefined } | undefined
  signal: AbortSignal
}

type ReadBinary = JsonBody & { answer: UpstreamAnswer }

export function createFile(deps: FileDeps): (request: FileRequest) => Promise<Answer> {
  return async (request) => {
    const { interaction, guard, streams } = request
    const formats = interaction.parameters.filter(([name]) => name === '_format').map(([, value]) => value)
    const asResource = streams === undefined || wantsResource(streams.accept, formats)
    const records = await documents(request)
    if ('status' in records) return records
    const isReached = allowsFile(guard, { records })
    const file = { resourceType: guard.type, id: guard.id }
    if (isReached) disclosed(file, records)
    if (isReached && !asResource) return asBytes(request)

    const binary = await readBinary(request)
    // Whether it is too large, or cannot be read, is for those who may see it.
    if ('status' in binary) return isReached ? binary : unlessBusy(binary)
    if (!isReached) {
      const context = await securityContext(request, binary.value)
      const known = context === undefined ? records : [...records, context]
      if (!allowsFile(guard, { records: known, binary: binary.value })) return notFound()
      disclosed(file, known)
    }
    return asResource ? fhirAnswer(200, deps.rewriteUrls(binary.text), versionHeaders(binary.answer)) : asBytes(request)
  }

  /** That name the file, and that the caller may see. */
  async function documents({ access, guard, signal }: FileRequest): Promise<readonly unknown[] | Answer> {
    // Where records are withheld, a file is seen only through one that is not.
    if (guard.allowances.every(({ patients, withheld }) => patients === 'any' && withheld === undefined)) return []
    const decided = await deps.decide(access, documentsOf(guard.id, deps.upstreamUrl))
    if ('status' in decided) return decided
    if (!isListPlan(decided)) return []
    const found = await deps.findAll(searchesOf(decided), signal)
    // A server that cannot search by the address of a file leaves the file's own record to say whose it is.
    if ('status' in found) return found.status === 400 ? [] : found
    return found.map(({ resource }) => resource).filter((resource) => leadsTo(guard, resource))
  }

  async function readBinary({ forward, guard, signal }: FileRequest): Promise<ReadBinary | Answer> {
    const answer = await deps.upstream.send(callOf(forward.request), signal)
    const body = readBody(answer, deps.alarm)
    if (body.kind === 'refused') return body.answer
    const { resourceType, id } = body.value as { resourceType?: unknown; id?: unknown }
    return resourceType === 'Binary' && id === guard.id ? { ...body, answer } : notFound()
  }

  /** The record that says whose the file is, if the caller may read it. */
  async function securityContext({ access, guard, signal }: FileRequest, binary: unknown): Promise<unknown> {
    const target = securityContextOf(guard, binary)
    if (target === undefined) return undefined
    const interaction = { kind: 'read' as const, ...target, parameters: [] }
    const forward = await deps.decide(access, interaction)
    if ('status' in forward || forward.kind !== 'forward' || forward.guard.kind !== 'resource') return undefined
    const { guard: of } = forward
    const answer = await aside(() => deps.read({ access, interaction, forward, guard: of, signal }))
    return answer.status === 200 ? JSON.parse(textOf(answer)) : undefined
  }

  async function asBytes({ forward, guard, signal }: FileRequest): Promise<Answer> {
    const streamed = await deps.upstream.stream({ ...callOf(forward.request), accept: ANY_BYTES }, signal)
    if (streamed.kind === 'failed' || streamed.status !== 200) {
      const body = readBody(await collect(streamed, deps.maxBodyBytes), deps.alarm)
      return body.kind === 'refused' ? body.answer : notFound()
    }
    const contentType = streamed.headers.get('content-type') ?? ''
    // A server that knows no other form than the resource.
    if (/^application\/(fhir\+)?json\b/i.test(contentType)) {
      const answer = await collect(streamed, deps.maxBodyBytes)
      const body = answer.kind === 'answer' ? bytesIn(answer, guard.id) : undefined
      if (body !== undefined) return { status: 200, headers: headersOf(body.contentType, answer), body: body.bytes }
      if (answer.kind === 'failed') return refusal(502, 'exception', 'The file could not be read.')
      return { status: 200, headers: headersOf(contentType, answer), body: answer.body }
    }
    const length = streamed.headers.get('content-length') ?? ''
    const headers = {
      ...headersOf(contentType, streamed),
      ...(/^\d+$/.test(length) ? { 'Content-Length': length } : {}),
    }
    return { status: 200, headers, body: streamed.body }
  }
}

/** Whoever answers with JSON to this has nothing else. */
const ANY_BYTES = 'application/octet-stream'

function bytesIn(answer: Extract<UpstreamAnswer, { kind: 'answer' }>, id: string) {
  const { value } = parseJsonBody(answer) ?? {}
  const binary = (value ?? {}) as { resourceType?: unknown; id?: unknown; contentType?: unknown; data?: unknown }
  if (binary.resourceType !== 'Binary' || binary.id !== id) return undefined
  const data = typeof binary.data === 'string' ? binary.data : ''
  return { contentType: String(binary.contentType), bytes: Buffer.from(data, 'base64') }
}

/** A file of a stranger's must not run as a page of ours. */
function headersOf(contentType: string, answer: Parameters<typeof versionHeaders>[0]): Record<string, string> {
  const isPlain = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+( *; *[a-z0-9-]+=("[^"\\\r\n]*"|[a-z0-9_.+-]+))*$/i.test(
    contentType,
  )
  return {
    'Content-Type': isPlain ? contentType : 'application/octet-stream',
    'Content-Disposition': 'attachment',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    ...versionHeaders(answer),
  }
}
