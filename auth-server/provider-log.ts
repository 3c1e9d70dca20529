// What the OAuth library refuses and why, for the log: apps are told the standard error alone.
import type { EventEmitter } from 'node:events'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Logger } from 'pino'

type Refused = Error & { error?: string | undefined; error_detail?: string | undefined }

export function logRefusals(provider: Provider, log: Logger): void {
  const describe = (ctx: KoaContextWithOIDC, error: Refused) => ({
    client: ctx.oidc?.client?.clientId,
    error: error.error,
    detail: error.error_detail ?? error.message,
  })
  // A cut or garbled body is a stranger's noise; what fails on our side is logged where it is answered.
  const app: EventEmitter = provider
  app.on('error', (error) => log.debug({ err: error }, 'request aborted'))
  provider.on('authorization.error', (ctx, error) => log.info(describe(ctx, error), 'authorization refused'))
  provider.on('grant.error', (ctx, error) => log.info(describe(ctx, error), 'token refused'))
  provider.on('server_error', (ctx, error) => log.error({ ...describe(ctx, error), err: error }, 'server error'))
}
