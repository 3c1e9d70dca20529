// Bulk Data Access 2: `$export` of the server, of all patients or of a group, as a job with a status, files and an end.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WithId } from '@medplum/core'
import type { Group } from '@medplum/fhirtypes'
import { compartmentTypes, isInPatientCompartment } from './compartment.ts'
import { refusal } from './refusal.ts'
import type { SearchContext } from './search-criterion.ts'
import { isMatch, parseQuery } from './search-query.ts'

type File = { as: 'output' | 'deleted'; type: string; lines: string[] }
type Job = { request: string; startedAt: string; files: File[]; polls: number }

const LINES_OF_A_FILE = 1_000
const JOBS = '_operations/export'

/** Answers what belongs to an export; false for all else. */
export type AnswerExport = (
  request: IncomingMessage,
  response: ServerResponse,
  address: { path: readonly string[]; query: URLSearchParams },
) => boolean

export function createBulkExport(context: SearchContext): AnswerExport {
  const jobs = new Map<string, Job>()

  function begin(path: readonly string[], query: URLSearchParams, request: IncomingMessage, response: ServerResponse) {
    if (!/(^|[, ])respond-async\b/.test(String(request.headers.prefer ?? '')))
      throw refusal(400, 'invalid', 'An export needs Prefer: respond-async')
    const id = randomUUID()
    jobs.set(id, {
      request: `${context.baseUrl}/${path.join('/')}`,
      startedAt: new Date().toISOString(),
      files: filesOf(path, query),
      polls: 0,
    })
    response.writeHead(202, { 'content-location': `${context.baseUrl}/${JOBS}/${id}` }).end()
  }

  function filesOf(path: readonly string[], query: URLSearchParams): File[] {
    const wanted = query.getAll('_type').flatMap((value) => value.split(','))
    const since = Date.parse(query.get('_since') ?? '1900-01-01')
    const patients = patientsOf(path)
    const inCompartment = patients === undefined ? context.definitions.types : compartmentTypes(context)
    const isRecent = (time: string | undefined) => Date.parse(time ?? '') >= since
    const files: File[] = []
    for (const type of inCompartment.filter((one) => wanted.length === 0 || wanted.includes(one))) {
      const filters = query.getAll('_typeFilter').filter((filter) => filter.startsWith(`${type}?`))
      const queries = filters.map((filter) => {
        const pairs = [...new URLSearchParams(filter.slice(type.length + 1))]
        return parseQuery(context, [type], pairs, false)
      })
      const lines = [...context.repository.all(type)]
        .filter((one) => patients === undefined || patients.some((id) => isInPatientCompartment(context, one, id)))
        .filter((one) => isRecent(one.meta?.lastUpdated))
        .filter((one) => queries.length === 0 || queries.some((of) => isMatch(of, one)))
        .map((one) => JSON.stringify(one))
      for (let at = 0; at < lines.length; at += LINES_OF_A_FILE)
        files.push({ as: 'output', type, lines: lines.slice(at, at + LINES_OF_A_FILE) })
      if (query.has('_since')) files.push(...deletionsOf(type, isRecent))
    }
    return files
  }

  function deletionsOf(type: string, isRecent: (time: string) => boolean): File[] {
    const deletions = context.repository
      .versions(type)
      .filter(({ method, id, lastUpdated }) => {
        return method === 'DELETE' && isRecent(lastUpdated) && context.repository.isDeleted(type, id)
      })
      .map(({ id }) => ({ request: { method: 'DELETE', url: `${type}/${id}` } }))
    if (deletions.length === 0) return []
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: deletions }
    return [{ as: 'deleted', type: 'Bundle', lines: [JSON.stringify(bundle)] }]
  }

  /** Undefined: everything there is. */
  function patientsOf(path: readonly string[]): string[] | undefined {
    const [type, id] = path
    if (type === '$export') return undefined
    if (type === 'Patient') return [...context.repository.all('Patient')].map((one) => one.id)
    const group = context.repository.findCurrent('Group', id ?? '') as WithId<Group> | undefined
    if (group === undefined) throw refusal(404, 'not-found', `Group/${id} is not known`)
    return (group.member ?? []).flatMap(({ entity }) => /^Patient\/(.+)$/.exec(entity?.reference ?? '')?.[1] ?? [])
  }

  function status(id: string, job: Job, response: ServerResponse): void {
    job.polls += 1
    if (job.polls === 1) {
      response.writeHead(202, { 'x-progress': '50 %', 'retry-after': '1' }).end()
      return
    }
    const named = (as: File['as']) =>
      job.files.flatMap((file, at) =>
        file.as === as
          ? [{ type: file.type, url: `${context.baseUrl}/${JOBS}/${id}/${at}`, count: file.lines.length }]
          : [],
      )
    const manifest = {
      transactionTime: job.startedAt,
      request: job.request,
      requiresAccessToken: false,
      output: named('output'),
      error: [],
      deleted: named('deleted'),
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(manifest))
  }

  return (request, response, { path, query }) => {
    const { method } = request
    const isKickOff = path.at(-1) === '$export' && ['$export', 'Patient', 'Group'].includes(path[0] ?? '')
    if (isKickOff && method === 'GET') {
      begin(path, query, request, response)
      return true
    }
    const [first, second, id = '', file] = path
    if (`${first}/${second}` !== JOBS) return false
    const job = jobs.get(id)
    if (job === undefined) throw refusal(404, 'not-found', 'There is no such export')
    if (method === 'DELETE' && file === undefined) {
      jobs.delete(id)
      response.writeHead(202).end()
    } else if (file === undefined) status(id, job, response)
    else {
      const found = job.files[Number(file)]
      if (found === undefined) throw refusal(404, 'not-found', 'There is no such file')
      response.writeHead(200, { 'content-type': 'application/fhir+ndjson' }).end(`${found.lines.join('\n')}\n`)
    }
    return true
  }
}
