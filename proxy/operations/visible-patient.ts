// The patient's own record, before an operation on it: decided and judged like any other read, and not shown by itself.

import type { Access } from '../../smart/access.ts'
import type { Interaction } from '../../smart/interaction.ts'
import { type Answer, notFound } from '../answer.ts'
import { aside } from '../audit/trail.ts'
import type { Decide } from '../decide.ts'
import { denied } from '../denied.ts'
import type { createRead } from '../read.ts'

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
