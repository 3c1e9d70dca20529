// Who read what of a patient: `Patient/[id]/$access-log`, for the patient and who represents her, through apps that were
// granted just that. Pure.

import { type Access, clausesFor } from '../access/access.ts'
import { parseComparison } from '../fhir/condition-date.ts'
import type { Interaction } from '../fhir/interaction.ts'
import { type Operation, onlyValue } from '../fhir/operation.ts'
import { DEFAULT_COUNT, MAX_COUNT } from '../fhir/search.ts'
import { type Denial, deny, denyScope } from '../plan/deny.ts'

export type AccessLogPlan = {
  kind: 'composed'
  as: 'access-log'
  /** Must be visible, or there is nothing. */
  patient: Extract<Interaction, { kind: 'read' }>
  /** Milliseconds since 1970: from the first to before the second. */
  from: number
  until: number
  /** Only what this app did, by its client id. */
  client?: string
  count: number
}

const KNOWN = ['date', 'client', '_count', '_format', '_pretty']

/** A scope on all types does not mean it: what others do with a record is not a part of the record. */
export function planAccessLog(access: Access, { id = '', method, parameters }: Operation): AccessLogPlan | Denial {
  if (method !== 'GET') return deny('not-supported', '$access-log is asked for by GET.')
  const clauses = clausesFor(access, 'AuditEvent', 'r').filter(
    ({ context, type, permissions, filter }) =>
      context === 'patient' && type === 'AuditEvent' && permissions.includes('s') && filter.length === 0,
  )
  if (clauses.length === 0) return denyScope(access, 'AuditEvent', 'rs')
  if (clausesFor(access, 'Patient', 'r').length === 0) return denyScope(access, 'Patient', 'r')
  const { person } = access.who
  const isOwn = person?.type === 'RelatedPerson' || (person?.type === 'Patient' && person.id === access.patient)
  if (!isOwn) return deny('outside-reach', 'The access log is for the patient, and for who represents the patient.')
  // The same as for a patient who is not there.
  if (id !== access.patient) return deny('not-found', 'There is no such resource here.')
  const names = parameters.map(([name]) => name)
  const span = spanOf(parameters.filter(([name]) => name === 'date').map(([, value]) => value))
  const count = names.includes('_count') ? onlyValue(parameters, '_count') : String(DEFAULT_COUNT)
  const client = names.includes('client') ? onlyValue(parameters, 'client') : undefined
  const isClear = names.every((name) => KNOWN.includes(name)) && names.includes('client') === (client !== undefined)
  if (!isClear || span === undefined || !/^[1-9]\d{0,5}$/.test(count ?? ''))
    return deny('bad-parameter', '$access-log takes _count and client once, and date.')
  const patient = { kind: 'read' as const, type: 'Patient', id, parameters: [] }
  const of = client === undefined ? {} : { client }
  return { kind: 'composed', as: 'access-log', patient, ...span, ...of, count: Math.min(Number(count), MAX_COUNT) }
}

/** All dates hold. Undefined: one of them says nothing that can be looked for. */
function spanOf(dates: readonly string[]): { from: number; until: number } | undefined {
  let from = 0
  let until = Number.MAX_SAFE_INTEGER
  for (const date of dates) {
    const comparison = parseComparison(date)
    if (comparison === undefined || comparison.prefix === 'ne') return undefined
    const first = Date.parse(`${comparison.start.slice(0, 23)}Z`)
    const after = Date.parse(`${comparison.end.slice(0, 23)}Z`) + 1
    switch (comparison.prefix) {
      case 'eq':
        from = Math.max(from, first)
        until = Math.min(until, after)
        break
      case 'ge':
        from = Math.max(from, first)
        break
      case 'gt':
      case 'sa':
        from = Math.max(from, after)
        break
      case 'le':
        until = Math.min(until, after)
        break
      case 'lt':
      case 'eb':
        until = Math.min(until, first)
    }
  }
  return { from, until }
}
