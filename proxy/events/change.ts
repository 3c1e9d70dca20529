// What a request changes: what it attempts, read from the call before it is forwarded, and what came of it. Ids and instants
// alone; nothing of a record's content.

import type { UpstreamCall } from '../upstream/upstream.ts'
import { likenessOf } from './likeness.ts'

export type Attempt = {
  interaction: 'create' | 'update' | 'patch' | 'delete' | 'operation'
  type: string
  /** Undefined for a create, and for an operation on a type or the server. */
  id?: string
  /** The version that was judged, and on which alone the server may act. */
  base?: string
  /** Plain id of the patient whom the record is about. */
  patient?: string
  /** Of a create: by what its record is known again. Undefined: of a file, by nothing. */
  likeness?: string
  /** Of a create: made only when a search finds nothing. */
  isConditional?: true
  /** Such as `$meta-add`. */
  operation?: string
}

export type Change = {
  /** `unknown`: it may have happened. */
  action: 'created' | 'updated' | 'deleted' | 'unknown'
  interaction: Attempt['interaction']
  type: string
  id?: string
  versionId?: string
  /** As the server says it, to the millisecond where it does. */
  lastUpdated?: string
  patient?: string
  operation?: string
  /** Found in the record's history later, since the answer was lost. */
  isReconciled?: true
}

/** Operations that change no record; whoever passes others on is told of each. */
const READING: ReadonlySet<string> = new Set([
  ...['$validate', '$everything', '$lastn', '$docref', '$match', '$export', '$diff', '$graph', '$graphql', '$stats'],
  ...['$expand', '$validate-code', '$lookup', '$subsumes', '$find-matches', '$translate', '$closure', '$conforms'],
  ...['$data-requirements', '$evaluate-measure', '$care-gaps', '$populate', '$convert', '$versions', '$preferred-id'],
])

/** Empty for what changes nothing: reads, searches by form, `$validate`, the end of an export job. */
export function attemptsOf(call: UpstreamCall): Attempt[] {
  if (call.parts !== undefined) return call.parts.flatMap(attemptsOf)
  if (call.method === 'GET' || call.form !== undefined) return []
  const [path = ''] = call.target.split('?')
  const operation = /(?:^|\/)(\$[A-Za-z][A-Za-z0-9-]*)$/.exec(path)?.[1]
  const [, type, id] = /^([A-Z][A-Za-z]*)(?:\/([A-Za-z0-9.-]{1,64}))?(?:\/\$[A-Za-z0-9-]+)?$/.exec(path) ?? []
  if (operation !== undefined)
    return READING.has(operation)
      ? []
      : [{ interaction: 'operation', type: type ?? '', ...(id === undefined ? {} : { id }), operation }]
  const about = call.patient === undefined ? {} : { patient: call.patient }
  if (type !== undefined && id === undefined && call.method === 'POST') {
    const likeness = likenessOf(call.body)
    return [
      {
        interaction: 'create',
        type,
        ...about,
        ...(likeness === undefined ? {} : { likeness }),
        ...(call.ifNoneExist === undefined ? {} : { isConditional: true }),
      },
    ]
  }
  if (type === undefined || id === undefined || call.method === 'POST') return []
  const base = versionOf(call.ifMatch)
  return [{ interaction: INTERACTION[call.method], type, id, ...about, ...(base === undefined ? {} : { base }) }]
}

const INTERACTION = { PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const

/** `W/"3"` is version 3. */
export function versionOf(etag: string | undefined): string | undefined {
  return /^(?:W\/)?"([A-Za-z0-9._-]{1,64})"$/.exec(etag ?? '')?.[1]
}

/** What must stay in order: all of a patient, else all of a record. Undefined: nothing else can be about it yet. */
export function orderKeyOf({ patient, type, id }: Pick<Attempt, 'patient' | 'type' | 'id'>): string | undefined {
  if (patient !== undefined) return `Patient/${patient}`
  return id === undefined ? undefined : `${type}/${id}`
}

export function mayHaveHappened({ interaction, type, id, patient, operation }: Attempt): Change {
  return {
    action: 'unknown',
    interaction,
    type,
    ...(id === undefined ? {} : { id }),
    ...(patient === undefined ? {} : { patient }),
    ...(operation === undefined ? {} : { operation }),
  }
}
