// What the OAuth library refuses and why, for the log: apps are told the standard error alone.
import type { EventEmitter } from 'node:events'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Logger } from 'pino'
import type { AuditTrail } from './audit/audit-trail.ts'

type Refused = Error & { error?: string | undefined; error_detail?: string | undefined }

export function logRefusals(provider: Provider, { audit, log }: { audit: AuditTrail; log: Logger }): void {
  const describe = (ctx: KoaContextWithOIDC, error: Refused) => ({
    client: ctx.oidc?.client?.clientId,
    error: error.error,
    detail: error.error_detail ?? error.message,
  })
  // A cut or garbled body is a stranger's noise; what fails on our side is logged where it is answered.
  const app: EventEmitter = provider
  app.on('error', (error) => log.debug({ err: error }, 'request aborted'))
  const refused = (operation: string) => (ctx: KoaContextWithOIDC, error: Refused) => {
    const clientId = ctx.oidc?.client?.clientId
    const actor = clientId === undefined ? {} : { clientId }
    audit.record(ctx, { operation, outcome: 'denied', reason: error.error ?? 'unknown', actor })
    log.info(describe(ctx, error), `${operation} refused`)
  }
  provider.on('authorization.error', refused('authorization'))
  provider.on('grant.error', refused('token'))
  provider.on('server_error', (ctx, error) => log.error({ ...describe(ctx, error), err: error }, 'server error'))
}
