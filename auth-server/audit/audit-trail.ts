// The audit trail of what this service does: sign-in, consent, tokens, endings, launches, changes by operators. Each act is a
// row for auditors, and a line of the log without ids of patients and persons.
import { randomUUID } from 'node:crypto'
import type { Context } from 'koa'
import type { Logger } from 'pino'
import { type AuditActor, type AuditTarget, auditFieldsWithoutIds, type Outcome } from '../../smart/audit/audit.ts'
import { type AuditRow, auditRows } from '../../smart/audit/audit-rows.ts'
import { clientAddress } from '../../smart/client-address.ts'

export type Act = {
  /** What was done, in the words of docs/audit.md. */
  operation: string
  /** Default: it was allowed. */
  outcome?: Outcome
  /** An error code, or what kind of ending it is. */
  reason?: string
  actor: AuditActor
  target?: AuditTarget
  grant?: string
}

export type AuditTrail = {
  /** Waits for nothing. @param ctx undefined: done on nobody's request */
  record(ctx: Context | undefined, act: Act): void
  /** Rows that could not be written since the process began. */
  lost(): number
  /** Waits for rows that are being written, no longer than the signal allows. */
  drained(signal: AbortSignal): Promise<void>
}

export type AuditRowStore = {
  put(row: AuditRow): Promise<void>
  /** The newest rows of a partition, no more than so many. */
  newest(partitionKey: string, count: number): Promise<Pick<AuditRow, 'record'>[]>
}

export function auditTrail(parts: {
  /** Of a name of its own, for audit lines alone. */
  audited: Logger
  rows: Pick<AuditRowStore, 'put'>
  trustedHops: number
  now: () => number
  log: Logger
  /** Is told of each act as well. */
  onAct?: (ctx: Context | undefined, act: Act) => void
}): AuditTrail {
  const { audited, rows, trustedHops, now, log, onAct } = parts
  let lost = 0
  const writing = new Set<Promise<void>>()

  function write(row: AuditRow, id: string): void {
    const written = rows
      .put(row)
      .catch((error: unknown) => {
        // Its own words may name what was to be written.
        lost += 1
        const { code, name } = error as { code?: unknown; name?: unknown }
        log.error({ id, error: String(code ?? name) }, 'an audit record is lost')
      })
      .finally(() => writing.delete(written))
    writing.add(written)
  }

  return {
    record(ctx, { outcome = 'allowed', ...act }) {
      onAct?.(ctx, { outcome, ...act })
      const record = {
        kind: 'authentication' as const,
        id: randomUUID(),
        at: new Date(now()).toISOString(),
        outcome,
        ...act,
        ...(ctx === undefined ? {} : { requestId: String(ctx.state.reference), address: addressOf(ctx, trustedHops) }),
      }
      audited.info(auditFieldsWithoutIds(record), 'audit')
      for (const row of auditRows(record)) write(row, record.id)
    },
    lost: () => lost,
    async drained(signal) {
      const given = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      if (!signal.aborted) await Promise.race([Promise.all(writing), given])
    },
  }
}

function addressOf(ctx: Context, trustedHops: number): string {
  return clientAddress(ctx.req.socket.remoteAddress ?? '', ctx.get('x-forwarded-for'), trustedHops)
}
