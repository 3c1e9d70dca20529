// What operators keep an eye on: the proxy's own word on the FHIR server behind, and what it denied lately.
import type { DenialView, ProxyHealth, ReportView } from '../../consent-ui/admin/index.ts'
import type { AccessRecord } from '../../smart/audit/audit.ts'
import { deniedPartition } from '../../smart/audit/audit-rows.ts'
import type { Report } from '../apps/reports.ts'
import type { AuditRowStore } from '../audit/audit-trail.ts'

/** On one page. */
const MAX_DENIALS = 200
const TIMEOUT_MILLISECONDS = 3_000

/** @param proxyUrl where the proxy itself answers; undefined: not known */
export async function proxyHealth(proxyUrl: string | undefined): Promise<ProxyHealth | undefined> {
  if (proxyUrl === undefined) return undefined
  try {
    const answer = await fetch(`${new URL(proxyUrl).origin}/health`, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    })
    return (await answer.json()) as ProxyHealth
  } catch {
    return undefined
  }
}

/** The newest of a day in UTC. @param day as in `2026-05-03` */
export async function denialsOf(day: string, rows: AuditRowStore): Promise<DenialView[]> {
  const found = await rows.newest(deniedPartition(`${day}T00:00:00Z`), MAX_DENIALS)
  return found.map(({ record }) => denialOf(JSON.parse(record) as AccessRecord))
}

function denialOf({ at, actor, operation, uri, reason, correlationId }: AccessRecord): DenialView {
  const { clientId, person } = actor
  return {
    at,
    operation,
    uri,
    request: correlationId,
    ...(clientId === undefined ? {} : { clientId }),
    ...(person === undefined ? {} : { person }),
    ...(reason === undefined ? {} : { reason }),
  }
}

export function reportView({ number, at, patient, person, line, hasStopped, dealtWith }: Report): ReportView {
  const types = line.types.map(({ type, count }) => (count === undefined ? type : `${type} ${count}`)).join(', ')
  return {
    number,
    at,
    patient,
    person,
    accessedAt: line.at,
    deed: line.deed,
    types,
    hasStopped,
    ...(dealtWith === undefined ? {} : { dealtWith }),
    ...(line.clientId === undefined ? {} : { clientId: line.clientId }),
    ...(line.person === undefined ? {} : { actor: line.person }),
    ...(line.request === undefined ? {} : { request: line.request }),
  }
}
