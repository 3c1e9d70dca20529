// Bulk export: the FHIR server's job behind addresses of ours. Its status and files are for the client that began it, while
// that may still have the types in them; each line of a file is judged as it passes.

import type { Access } from '../../smart/access/access.ts'
import {
  type ExportFile,
  type ExportPlan,
  type ExportTypes,
  judgeLine,
  type LineVerdict,
  mayExport,
} from '../../smart/plan/plan-export.ts'
import { type Answer, NDJSON, notFound, refusal } from '../answers/answer.ts'
import { type Alarm, isMissing, parseJsonBody, readBody, unusable } from '../answers/body.ts'
import { gzipped } from '../answers/gzip.ts'
import { disclosing } from '../audit/trail.ts'
import type { Streams } from '../fhir.ts'
import type { ReachFor } from '../identity/decide.ts'
import { targetBelow } from '../lists/bundle-pages.ts'
import { encodeQuery } from '../upstream/query.ts'
import type { Upstream, UpstreamAnswer } from '../upstream/upstream.ts'
import { collect } from '../upstream/upstream-body.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'
import { lengthOf, partOf, rangeIn } from './byte-range.ts'
import type { ExportLinks, File } from './export-links.ts'
import { judgedLines } from './ndjson.ts'

export type ExportDeps = {
  upstream: Upstream
  upstreamUrl: string
  /** Where the upstream keeps files, if not below its own address. */
  storage: { url: string; upstream: Upstream } | undefined
  fhirBase: string
  maxBodyBytes: number
  bases: readonly string[]
  reachFor: ReachFor
  links: ExportLinks
  rewriteUrls: RewriteUrls
  alarm: Alarm
}

export type Export = {
  begin(request: { access: Access; plan: ExportPlan; signal: AbortSignal }): Promise<Answer>
  job(request: { access: Access; handle: string; method: 'GET' | 'DELETE'; signal: AbortSignal }): Promise<Answer>
  /** In pieces of whole lines, unless compressed or a part. */
  file(request: { access: Access; handle: string; streams: Streams | undefined; signal: AbortSignal }): Promise<Answer>
}

export function createExport(deps: ExportDeps): Export {
  const { upstream, upstreamUrl, links } = deps

  function failed(answer: UpstreamAnswer): Answer {
    const body = readBody(answer, deps.alarm)
    return body.kind === 'refused' ? body.answer : unusable('request')
  }

  function placeOf(url: string): Pick<File, 'at' | 'target'> | undefined {
    const target = targetBelow(upstreamUrl, url)
    if (target !== undefined) return { at: 'upstream', target }
    const stored = deps.storage === undefined ? undefined : targetBelow(deps.storage.url, url)
    return stored === undefined ? undefined : { at: 'storage', target: stored }
  }

  /** Ours of a manifest: the files that were asked for, at addresses of ours. */
  function manifest(
    given: unknown,
    { types, request, counts }: { types: ExportTypes; request: string; counts: boolean },
    clientId: string,
  ): string | undefined {
    const { transactionTime, output, error, deleted } = (given ?? {}) as Record<string, unknown>
    if (typeof transactionTime !== 'string' || Number.isNaN(Date.parse(transactionTime))) return undefined
    const filesOf = (files: unknown, as: ExportFile['as']) =>
      (Array.isArray(files) ? files : []).map((file: { type?: unknown; url?: unknown; count?: unknown } | null) => {
        const place = typeof file?.url === 'string' ? placeOf(file.url) : undefined
        const type = typeof file?.type === 'string' ? file.type : ''
        const isAsked = as !== 'output' || types === 'any' || types.has(type)
        if (place === undefined || !isAsked) return undefined
        const count = counts && Number.isSafeInteger(file?.count) ? { count: file?.count } : {}
        return { type, url: links.fileUrl({ ...place, as, type, types }, clientId), ...count }
      })
    const files = {
      output: filesOf(output, 'output'),
      error: filesOf(error, 'error'),
      deleted: filesOf(deleted, 'deleted'),
    }
    if (Object.values(files).flat().includes(undefined)) return undefined
    return JSON.stringify({ transactionTime, request, requiresAccessToken: true, ...files })
  }

  return {
    async begin({ access, plan, signal }) {
      const { path, query } = plan.request
      const asked = `${path}?${encodeQuery(query)}`
      const answer = await upstream.send({ method: 'GET', target: asked, isAsync: true }, signal)
      if (isMissing(answer)) return notFound()
      if (answer.kind === 'failed' || answer.status !== 202) return failed(answer)
      const target = targetBelow(upstreamUrl, answer.headers.get('content-location') ?? '')
      if (target === undefined) {
        deps.alarm('export-status-elsewhere', {})
        return unusable('request')
      }
      const job = { target, types: plan.types, request: `${deps.fhirBase}/${asked}` }
      return { status: 202, headers: { 'Content-Location': links.jobUrl(job, access.who.clientId) }, body: '' }
    },

    async job({ access, handle, method, signal }) {
      const { clientId } = access.who
      const job = links.openJob(handle, clientId)
      if (job === undefined || !mayExport(access, job.types)) return notFound()
      const answer = await upstream.send({ method, target: job.target }, signal)
      if (isMissing(answer)) return notFound()
      if (method === 'DELETE' && answer.kind === 'answer' && [200, 202, 204].includes(answer.status))
        return { status: 202, headers: {}, body: '' }
      if (answer.kind === 'answer' && answer.status === 202)
        return { status: 202, headers: progressOf(answer), body: '' }
      if (method === 'DELETE' || answer.kind === 'failed' || answer.status !== 200) return failed(answer)
      const reach = await deps.reachFor(access, { kind: 'export-job', handle, method })
      if ('status' in reach) return reach
      const given = parseJsonBody(answer)?.value
      // What is left out of the files is not counted either.
      const counts = reach.withheld === undefined
      const body = manifest(given, { ...job, counts }, clientId)
      if (body === undefined) {
        deps.alarm('export-manifest', {})
        return unusable('request')
      }
      return { status: 200, headers: { 'Content-Type': 'application/json', ...expiresOf(answer) }, body }
    },

    async file({ access, handle, streams, signal }) {
      const file = links.openFile(handle, access.who.clientId)
      if (file === undefined || !mayExport(access, file.types)) return notFound()
      const reach = await deps.reachFor(access, { kind: 'export-file', handle })
      if ('status' in reach) return reach
      const judge = (line: unknown) => judgeLine(file, reach, deps.bases, line)
      const disclosed = disclosing()
      const show = (line: unknown) => {
        const verdict = judge(line)
        if (verdict === 'fit') disclosed(line)
        return verdict
      }
      const { range, takesGzip = false } = streams ?? {}
      const lines = await linesOf(file, range === undefined ? show : judge, signal)
      if ('status' in lines) return lines
      if (range !== undefined) return partly(range, lines, () => linesOf(file, show, signal))
      const answer = { status: 200, headers: FILE_HEADERS, body: lines }
      return takesGzip ? gzipped(answer) : answer
    },
  }

  async function linesOf(
    { at, target }: File,
    judge: (line: unknown) => LineVerdict,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Buffer> | Answer> {
    const from = at === 'storage' ? deps.storage?.upstream : upstream
    if (from === undefined) return notFound()
    const streamed = await from.stream({ method: 'GET', target, accept: NDJSON }, signal)
    if (streamed.kind === 'stream' && streamed.status === 200)
      return alarmed(judgedLines(streamed.body, judge, deps.rewriteUrls), deps.alarm)
    const answer = await collect(streamed, deps.maxBodyBytes)
    return isMissing(answer) ? notFound() : failed(answer)
  }
}

/**
 * What we send is not what the server has, byte for byte, since addresses change: the bytes are counted first, then the part
 * is taken from the same lines again.
 */
async function partly(
  header: string,
  lines: AsyncIterable<Buffer>,
  again: () => Promise<AsyncIterable<Buffer> | Answer>,
): Promise<Answer> {
  const length = await lengthOf(lines)
  const range = rangeIn(header, length)
  if (range === 'unsatisfiable')
    return { ...refusal(416, 'invalid', 'The file is shorter.'), headers: { 'Content-Range': `bytes */${length}` } }
  const same = await again()
  if ('status' in same) return same
  if (range === undefined) return { status: 200, headers: FILE_HEADERS, body: same }
  const { first, last } = range
  const part = { 'Content-Range': `bytes ${first}-${last}/${length}`, 'Content-Length': String(last - first + 1) }
  return { status: 206, headers: { ...FILE_HEADERS, ...part }, body: partOf(same, range) }
}

const FILE_HEADERS = { 'Content-Type': NDJSON, 'Accept-Ranges': 'bytes' }

async function* alarmed(lines: AsyncIterable<Buffer>, alarm: Alarm): AsyncGenerator<Buffer, void, void> {
  try {
    yield* lines
  } catch (error) {
    alarm('export-line', { reason: error instanceof Error ? error.message : 'unknown' })
    throw error
  }
}

/** Only in the shapes that Bulk Data gives them. */
function progressOf({ headers }: Extract<UpstreamAnswer, { kind: 'answer' }>): Record<string, string> {
  const progress = headers.get('x-progress') ?? ''
  const retry = headers.get('retry-after') ?? ''
  return {
    ...(/^[A-Za-z0-9 %.,:()/-]{1,100}$/.test(progress) ? { 'X-Progress': progress } : {}),
    ...(/^\d{1,6}$/.test(retry) ? { 'Retry-After': retry } : {}),
  }
}

function expiresOf({ headers }: Extract<UpstreamAnswer, { kind: 'answer' }>): Record<string, string> {
  const expires = headers.get('expires') ?? ''
  return Number.isNaN(Date.parse(expires)) ? {} : { Expires: new Date(expires).toUTCString() }
}
