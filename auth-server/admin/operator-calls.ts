// Operators do by pages what tools do by our API: the same operations, checked and recorded alike, with who did it.
import type { Context } from 'koa'
import type { AdminRole } from '../../consent-ui/admin/index.ts'
import { ApiError, carryOut, type Operation } from '../api/own-api.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { mayRun } from './roles.ts'

export type Operator = { sub: string; role: AdminRole }

export type OperatorCall = {
  method: Operation['method']
  /** As the operation names it, with `{name}` for a parameter. */
  path: string
  params?: Readonly<Record<string, string>>
  query?: URLSearchParams
  body?: unknown
  /** The client in whose place it is asked, where the operation is about the caller's own. */
  as?: string
}

/** The role does not go so far. */
export class NotAllowed extends Error {}

/** @throws ApiError, NotAllowed */
export type RunAsOperator = (ctx: Context, operator: Operator, call: OperatorCall) => Promise<unknown>

export function operatorCalls(operations: readonly Operation[], audit: AuditTrail): RunAsOperator {
  return async (ctx, { sub, role }, { method, path, params = {}, query = new URLSearchParams(), body, as }) => {
    const operation = operations.find((one) => one.method === method && one.path === path)
    if (operation === undefined) throw new ApiError(404, 'not_found', 'no such operation')
    const actor = { subject: sub }
    if (!mayRun(role, operation)) {
      audit.record(ctx, { operation: `${method} ${path}`, outcome: 'denied', reason: 'insufficient-role', actor })
      throw new NotAllowed()
    }
    const caller = { client_id: as ?? `operator ${sub}` }
    const answer = await carryOut(ctx, { operation, actor, audit }, async () => ({ caller, params, query, body }))
    return answer.status === 204 ? undefined : answer.body
  }
}
