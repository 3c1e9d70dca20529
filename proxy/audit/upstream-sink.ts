// Audit records as AuditEvents at the FHIR server behind, one for each patient. An answer that was lost may leave two of one.

import type { AuditRecord } from '../../smart/audit/audit.ts'
import { byPatient } from '../../smart/audit/audit-by-patient.ts'
import { auditEvent } from '../../smart/audit/audit-event.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { AuditSink } from './sink.ts'

/** It will not take this one, whenever it is asked. */
const REFUSALS: ReadonlySet<number> = new Set([400, 405, 409, 410, 412, 413, 415, 422, 501])
const AT_ONCE = 4

export function upstreamSink(deps: { upstream: Upstream; fhirBase: string; timeoutMs: number }): AuditSink {
  /** How many events of a record are there already, when it is tried again. */
  const done = new WeakMap<AuditRecord, number>()

  /** @returns how many it will never take */
  async function post(record: AuditRecord): Promise<number> {
    if (record.kind !== 'access') return 0
    let refused = 0
    for (const part of byPatient(record).slice(done.get(record))) {
      const answer = await deps.upstream.send(
        {
          method: 'POST',
          target: 'AuditEvent',
          body: JSON.stringify(auditEvent(part, deps.fhirBase)),
          contentType: 'application/fhir+json',
          returns: 'minimal',
        },
        AbortSignal.timeout(deps.timeoutMs),
      )
      const status = answer.kind === 'answer' ? answer.status : 0
      if (REFUSALS.has(status)) refused += 1
      else if (status !== 200 && status !== 201)
        throw Object.assign(new Error('no AuditEvent was made'), {
          code: answer.kind === 'answer' ? status : answer.reason,
        })
      done.set(record, (done.get(record) ?? 0) + 1)
    }
    return refused
  }

  return {
    name: 'upstream',
    batch: 40,
    async write(records) {
      let refused = 0
      for (let at = 0; at < records.length; at += AT_ONCE)
        for (const one of await Promise.all(records.slice(at, at + AT_ONCE).map(post))) refused += one
      return refused
    },
  }
}
