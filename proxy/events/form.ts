// How an event is written: as CloudEvents 1.0, or in the older form of six fields. Ids and instants alone, no record's content.

import { type Change, orderKeyOf } from './change.ts'
import type { Row } from './journal.ts'
import type { Message } from './sink.ts'

export type Form = 'cloudevents' | 'six-fields'

/** Of `data` of a CloudEvent: raised when a member changes its meaning. */
export const SCHEMA_VERSION = '1'

type Told = { row: Row; change: Change; at: number; fhirBase: string }

/** One message a change, in their order; none of a write of which it is not known yet what came of it. */
export function messagesOf(row: Row, { form, fhirBase }: { form: Form; fhirBase: string }): Message[] {
  if (row.state.kind === 'pending') return []
  return row.state.changes.map((change, at) => {
    const told = { row, change, at, fhirBase }
    const isCloudEvent = form === 'cloudevents'
    return {
      id: idOf(told),
      key: orderKeyOf(change) ?? change.type,
      contentType: isCloudEvent ? 'application/cloudevents+json' : 'application/json',
      body: JSON.stringify(isCloudEvent ? cloudEvent(told) : sixFields(told)),
    }
  })
}

/** A version is one event however it came to be known; where none is named, the place in the journal stands for it. */
function idOf({ row, change: { action, type, id, versionId }, at }: Told): string {
  return versionId === undefined || action === 'unknown' ? `${row.key}/${at}` : `${type}/${id}/_history/${versionId}`
}

function cloudEvent(told: Told) {
  const { row, change, fhirBase } = told
  const { action, type, id, versionId, lastUpdated, patient, interaction, operation, isReconciled } = change
  const { requestId, clientId, person } = row.who
  return {
    specversion: '1.0',
    id: idOf(told),
    source: fhirBase,
    type: `org.hl7.fhir.resource.${action}`,
    // Of the whole server alone there is none.
    subject: id === undefined ? type || undefined : `${type}/${id}`,
    time: lastUpdated ?? row.begunAt,
    datacontenttype: 'application/json',
    data: {
      schemaVersion: SCHEMA_VERSION,
      action,
      interaction,
      operation,
      resourceType: type || undefined,
      id,
      versionId,
      lastUpdated,
      patient: patient === undefined ? undefined : `Patient/${patient}`,
      client: clientId,
      person,
      requestId,
      reconciled: isReconciled,
    },
  }
}

/** Each field is always there and a text, in this order; what is not known is empty. */
function sixFields({ row, change }: Told) {
  const { action, type, id = '', versionId = '', lastUpdated = '' } = change
  return {
    action: action.replace(/^./, (first) => first.toUpperCase()),
    resourcetype: type,
    id,
    version: versionId,
    lastupdated: lastUpdated,
    source: row.who.address,
  }
}
