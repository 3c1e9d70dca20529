// The patient's own record, before an operation on it: decided and judged like any other read, and not shown by itself.

import type { Access } from '../../smart/access/access.ts'
import type { Interaction } from '../../smart/fhir/interaction.ts'
import { type Answer, notFound } from '../answers/answer.ts'
import { denied } from '../answers/denied.ts'
import { aside } from '../audit/trail.ts'
import type { Decide } from '../identity/decide.ts'
import type { createRead } from '../reads/read.ts'

export type ReadPatient = (request: {
  access: Access
  patient: Extract<Interaction, { kind: 'read' }>
  signal: AbortSignal
}) => Promise<Answer>

export function createReadPatient(deps: { decide: Decide; read: ReturnType<typeof createRead> }): ReadPatient {
  return async ({ access, patient, signal }) => {
    const forward = await deps.decide(access, patient)
    if ('status' in forward) return forward
    if (forward.kind === 'deny') return denied(forward)
    if (forward.kind !== 'forward' || forward.guard.kind !== 'resource') return notFound()
    const { guard } = forward
    return aside(() => deps.read({ access, interaction: patient, forward, guard, signal }))
  }
}
