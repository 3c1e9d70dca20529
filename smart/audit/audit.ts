// What an audit record says of one request or one act, and how it reads as a line of a log: fields as Azure's own audit logs
// have them, where they fit. Where records go is each service's own. Pure.

import type { Disclosure } from './disclosures.ts'

/** `denied`: by a decision of ours. `failed`: whatever else kept it from its end. */
export type Outcome = 'allowed' | 'denied' | 'failed'

/** Who acts, as far as that is known. Ids alone, never names. */
export type AuditActor = {
  clientId?: string
  /** `sub`: the account, or the client itself. */
  subject?: string
  /** The record that the account acts as, `Practitioner/42`. */
  person?: string
  /** Patient in the launch context: plain id. */
  patient?: string
  issuer?: string
  /** Of Entra's own tokens. */
  tenant?: string
  objectId?: string
  /** `jti`. */
  tokenId?: string
}

type Common = {
  /** A UUID of its own. */
  id: string
  /** ISO 8601, when the answer was known. */
  at: string
  /** FHIR's name of the interaction, or `$name` of an operation; of the authorization server what was done, `sign-in`. */
  operation: string
  outcome: Outcome
  /** A code, never a sentence. */
  reason?: string
  /** The request at that service; none for what goes on by itself. */
  requestId?: string
  address?: string
  actor: AuditActor
}

export type AccessRecord = Common & {
  kind: 'access'
  requestId: string
  /** By which the caller knows it. */
  correlationId: string
  /** Position in the batch or transaction that it came in. */
  entry?: number
  statusCode: number
  milliseconds: number
  type?: string
  /** Without ids and values. */
  uri: string
  /** `Type/id` that was asked for or made. */
  record?: string
  disclosed: readonly Disclosure[]
  /** There were more patients than `disclosed` names. */
  isCut?: true
}

/** Ids: of a client, of an account, of a token, of a request, `Type/id` of a record. */
export type AuditTarget = { clientId?: string; subject?: string; tokenId?: string; requestId?: string; record?: string }

/** Of the authorization server: sign-in, consent, tokens, launches, changes by operators. */
export type AuthenticationRecord = Common & {
  kind: 'authentication'
  /** What it was done to. */
  target?: AuditTarget
  /** `gid`. */
  grant?: string
}

export type AuditRecord = AccessRecord | AuthenticationRecord

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete'])

/** @param operation as in a record */
export function isWrite(operation: string): boolean {
  return WRITES.has(operation)
}

/** All that is recorded, for stores that auditors alone read. */
export function auditFields(record: AuditRecord): Record<string, unknown> {
  const { outcome, reason } = record
  const { issuer, objectId, ...actor } = record.actor
  const access = record.kind === 'access' ? record : undefined
  const own = record.kind === 'access' ? propertiesOfAccess(record) : { target: record.target, grant: record.grant }
  return present({
    LogCategory: 'AuditLogs',
    TimeGenerated: record.at,
    OperationName: record.operation,
    FhirResourceType: access?.type,
    RequestUri: access?.uri,
    ResultType: outcome === 'allowed' ? 'Succeeded' : 'Failed',
    StatusCode: access?.statusCode,
    OperationDuration: access?.milliseconds,
    CorrelationId: access?.correlationId ?? record.requestId,
    CallerIPAddress: record.address,
    CallerIdentityIssuer: issuer,
    CallerIdentityObjectId: objectId ?? actor.subject,
    CallerIdentity: actor,
    Properties: present({ id: record.id, requestId: record.requestId, outcome, reason, ...own }),
  })
}

/** The same for lines that others may read as well: no id of a patient, a person or a record. */
export function auditFieldsWithoutIds(record: AuditRecord): Record<string, unknown> {
  const { person: _person, patient: _patient, ...actor } = record.actor
  if (record.kind === 'authentication') {
    const { target, ...rest } = record
    const { record: _record, ...named } = target ?? {}
    return auditFields({ ...rest, actor, ...(Object.keys(named).length === 0 ? {} : { target: named }) })
  }
  const { record: _record, disclosed, ...rest } = record
  const fields = auditFields({ ...rest, actor, disclosed: [] })
  const patients = disclosed.filter(({ patient }) => patient !== undefined).length
  const counts = present({ patients, records: sum(disclosed), isCut: record.isCut })
  return { ...fields, Properties: { ...(fields.Properties as object), disclosed: counts } }
}

function propertiesOfAccess({ entry, record, disclosed, isCut }: AccessRecord): Record<string, unknown> {
  return { entry, record, disclosed: disclosed.length === 0 ? undefined : disclosed, isCut }
}

function sum(disclosed: readonly Disclosure[]): Record<string, number> {
  const all: Record<string, number> = {}
  for (const { types } of disclosed)
    for (const [type, count] of Object.entries(types)) all[type] = (all[type] ?? 0) + count
  return all
}

function present(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
