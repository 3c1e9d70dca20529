// $access-log: who read what of a patient, as AuditEvents, newest first, from the audit table.

import type { Access } from '../../smart/access/access.ts'
import type { AccessLogPlan } from '../../smart/audit/access-log.ts'
import type { AccessRecord } from '../../smart/audit/audit.ts'
import { auditEvent } from '../../smart/audit/audit-event.ts'
import { type Answer, fhirAnswer, refusal } from '../answers/answer.ts'
import type { AccessLog } from '../audit/access-log.ts'
import { disclosed } from '../audit/trail.ts'
import { fingerprint, type Gathered, type PageLinks, pageGone } from '../lists/page-links.ts'
import type { Page } from '../lists/paging.ts'
import { searchEntry, searchset } from '../lists/searchset.ts'
import type { ReadPatient } from './visible-patient.ts'

export type AnswerAccessLogDeps = {
  /** Undefined: none is kept. */
  log: AccessLog | undefined
  readPatient: ReadPatient
  links: PageLinks
  fhirBase: string
}

export type AccessLogRequest = {
  access: Access
  interaction: Gathered
  plan: AccessLogPlan
  holder: string
  page: Page | undefined
  signal: AbortSignal
}

export function createAnswerAccessLog(deps: AnswerAccessLogDeps): (request: AccessLogRequest) => Promise<Answer> {
  const { log, links, fhirBase } = deps
  return async ({ access, interaction, plan, holder, page, signal }) => {
    const { patient, from, until, client, count } = plan
    const read = await deps.readPatient({ access, patient, signal })
    if (read.status !== 200) return read
    if (log === undefined) return refusal(501, 'not-supported', 'No access log is kept here.')
    const decided = fingerprint(plan)
    if (page !== undefined && page.decided !== decided) return pageGone()
    const found = await log.find({ patient: patient.id, from, until, client, count, after: page?.target }, signal)
    if (found === undefined)
      return refusal(503, 'transient', 'The access log cannot be read just now.', { 'Retry-After': '5' })

    const { records, next } = found
    for (const _record of records)
      disclosed({ resourceType: 'AuditEvent' }, [{ resourceType: 'Patient', id: patient.id }])
    const of = { interaction, decided, holder }
    const link = [
      { relation: 'self', url: links.selfUrl(interaction) },
      ...(next === undefined ? [] : [links.link('next', next, of)]),
    ]
    return fhirAnswer(200, searchset(records.map(entryOf), { link }))
  }

  function entryOf(record: AccessRecord): string {
    const event = { ...auditEvent(forReader(record), fhirBase), id: record.id }
    return searchEntry(
      fhirBase,
      { key: `AuditEvent/${record.id}`, resource: event, text: JSON.stringify(event) },
      'match',
    )
  }
}

/** From where somebody worked, and with which token, is for auditors. */
function forReader({ address: _address, actor, ...record }: AccessRecord): AccessRecord {
  const { tokenId: _token, ...who } = actor
  return { ...record, actor: who }
}
