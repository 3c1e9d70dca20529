// What came of a write, read from the server's answer: status, Location, ETag, the body where there is one.

import { parseJsonBody } from '../answers/body.ts'
import type { UpstreamAnswer } from '../upstream/upstream.ts'
import { type Attempt, type Change, mayHaveHappened, versionOf } from './change.ts'

export type Outcome =
  | { kind: 'changed'; changes: Change[] }
  /** Refused, or left as it was. */
  | { kind: 'unchanged' }
  /** The answer does not say: the record's history has to be asked. */
  | { kind: 'unknown' }

/** One answer, or one entry of a transaction's. */
type Told = {
  status: number
  location?: string | undefined
  etag?: string | undefined
  lastModified?: string | undefined
  resource?: unknown
}

/** @param attempts of one call: one, or those of the parts of a transaction in their order */
export function outcomeOf(attempts: readonly Attempt[], isTransaction: boolean, answer: UpstreamAnswer): Outcome {
  if (answer.kind === 'failed') return { kind: NOTHING_SENT.has(answer.reason) ? 'unchanged' : 'unknown' }
  const { status, headers } = answer
  if (isRefusal(status)) return { kind: 'unchanged' }
  if (status < 200 || status > 299) return { kind: 'unknown' }
  const body = parseJsonBody(answer)?.value
  if (isTransaction) return ofTransaction(attempts, body)
  const told: Told = {
    status,
    location: headers.get('location') ?? headers.get('content-location'),
    etag: headers.get('etag'),
    lastModified: headers.get('last-modified'),
    resource: body,
  }
  return together(attempts.map((attempt) => changeIn(attempt, told)))
}

const NOTHING_SENT: ReadonlySet<string> = new Set(['unreachable', 'unauthorized'])

/** 408 may come from a hop on the way, after the server has the request. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408
}

function ofTransaction(attempts: readonly Attempt[], body: unknown): Outcome {
  const { entry } = (body ?? {}) as { entry?: unknown }
  if (!Array.isArray(entry) || entry.length !== attempts.length) return { kind: 'unknown' }
  return together(
    attempts.map((attempt, at) => {
      const { response, resource } = (entry[at] ?? {}) as { response?: Record<string, unknown>; resource?: unknown }
      const status = Number.parseInt(String(response?.status), 10)
      if (!(status >= 200 && status <= 299)) return 'unknown'
      const text = (name: string) => (typeof response?.[name] === 'string' ? response[name] : undefined)
      const told = { location: text('location'), etag: text('etag'), lastModified: text('lastModified') }
      return changeIn(attempt, { status, ...told, resource })
    }),
  )
}

/** What one entry leaves open the history has to tell of all. */
function together(each: readonly (Change | 'unchanged' | 'unknown')[]): Outcome {
  if (each.includes('unknown')) return { kind: 'unknown' }
  const changes = each.filter((one) => typeof one === 'object')
  return changes.length === 0 ? { kind: 'unchanged' } : { kind: 'changed', changes }
}

function changeIn(attempt: Attempt, told: Told): Change | 'unchanged' | 'unknown' {
  const { interaction, type, patient, base } = attempt
  if (interaction === 'operation') return mayHaveHappened(attempt)
  // What the condition found stands unchanged.
  if (attempt.isConditional && told.status === 200) return 'unchanged'
  const { id: statedId, meta } = stateOf(told.resource, type)
  const [, locatedId, locatedVersion] =
    new RegExp(`(?:^|/)${type}/([A-Za-z0-9.-]{1,64})(?:/_history/([A-Za-z0-9._-]{1,64}))?$`).exec(
      told.location ?? '',
    ) ?? []
  const id = attempt.id ?? locatedId ?? statedId
  if (id === undefined) return 'unknown'
  const versionId = locatedVersion ?? versionOf(told.etag) ?? meta.versionId
  // A server that finds nothing new in it makes no version.
  if (versionId !== undefined && versionId === base && interaction !== 'delete') return 'unchanged'
  const lastUpdated = interaction === 'delete' ? undefined : (meta.lastUpdated ?? instantOf(told.lastModified))
  return {
    action:
      interaction === 'delete' ? 'deleted' : told.status === 201 || interaction === 'create' ? 'created' : 'updated',
    interaction,
    type,
    id,
    ...(versionId === undefined || versionId === base ? {} : { versionId }),
    ...(lastUpdated === undefined ? {} : { lastUpdated }),
    ...(patient === undefined ? {} : { patient }),
  }
}

/** Of the record itself alone: an OperationOutcome in its place says nothing. */
export function stateOf(resource: unknown, type: string) {
  const { resourceType, id, meta } = (resource ?? {}) as Record<string, unknown>
  if (resourceType !== type) return { meta: {} }
  const { versionId, lastUpdated } = (meta ?? {}) as Record<string, unknown>
  return {
    ...(typeof id === 'string' ? { id } : {}),
    meta: {
      ...(typeof versionId === 'string' ? { versionId } : {}),
      ...(typeof lastUpdated === 'string' ? { lastUpdated } : {}),
    },
  }
}

/** HTTP dates become instants; those of a Bundle are instants already. */
function instantOf(text: string | undefined): string | undefined {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
