// What the FHIR server behind is told of whom a request is made for: Azure's FHIR services put headers of this prefix into
// their own audit log. They are ours alone; nothing of the caller's headers goes there.

import type { RequestContext } from '../request-context.ts'

const PREFIX = 'x-ms-azurefhir-audit-'
/** Of Azure, for each name; it takes ten names at most, and more or longer ones are errors. */
const MAX_CHARACTERS = 2_048
const CUT = '...'

export function auditHeaders(context: RequestContext | undefined): Record<string, string> {
  const { actor, address } = context ?? {}
  if (actor === undefined) return {}
  const told = {
    userid: actor.objectId ?? actor.subject,
    tenant: actor.tenant,
    source: address,
    proxy: 'smart-fhir-gateway',
    client: actor.clientId,
    patient: actor.patient,
  }
  return Object.fromEntries(
    Object.entries(told).flatMap(([name, value]) =>
      value === undefined ? [] : [[`${PREFIX}${name}`, fitting(value)]],
    ),
  )
}

/** Characters that no header may have would end the request, or begin another header. */
function fitting(value: string): string {
  const plain = value.replace(/[^\x20-\x7e]/g, '?')
  return plain.length > MAX_CHARACTERS ? `${plain.slice(0, MAX_CHARACTERS - CUT.length)}${CUT}` : plain
}
