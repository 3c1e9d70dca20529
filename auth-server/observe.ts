// What telemetry is told of requests and acts: codes of closed lists alone, so that nothing of anybody can be in them.
import type { Context, Middleware } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { statusClass, type Telemetry } from '../service/telemetry/telemetry.ts'
import { ENDPOINTS } from '../smart/discovery.ts'
import type { Act } from './audit/audit-trail.ts'
import type { AuthServerFacts } from './health.ts'

/** Which way an app came to its access; other requests are none of one. */
export type LaunchType = 'ehr' | 'standalone' | 'backend'

/** What addresses are told as; further segments name a request, a person or a record. */
const ROUTES: ReadonlySet<string> = new Set([
  ...Object.values(ENDPOINTS),
  '/accounts',
  '/apps',
  '/assets',
  '/callback',
  '/clients',
  '/explain',
  '/grants',
  '/interaction',
  '/launch',
  '/launches',
  '/links',
  '/openapi.json',
  '/sign-in',
  '/sign-in-window',
  '/styles',
  '/.well-known/openid-configuration',
])

function routeOf(path: string): string {
  if (ROUTES.has(path)) return path
  const first = `/${path.split('/')[1]}`
  return ROUTES.has(first) ? `${first}/…` : 'other'
}

/** Ahead of all others, so that nothing is answered unseen. Undefined: telemetry is off. */
export function observed(telemetry: Telemetry | undefined): Middleware {
  if (telemetry === undefined) return (_ctx, next) => next()
  return async (ctx, next) => {
    if (ctx.path.startsWith('/health')) return next()
    const since = performance.now()
    const given = ctx.get('traceparent')
    const trace = telemetry.begin(TRACEPARENT.test(given) ? given : undefined)
    ctx.res.once('close', () => {
      const { status } = ctx
      const interaction = routeOf(ctx.path)
      const decision = status >= 500 ? 'failed' : status >= 400 ? 'denied' : 'allowed'
      const status_class = statusClass(status)
      telemetry.count('requests', { interaction, decision, status_class })
      telemetry.measure('duration', (performance.now() - since) / 1000, { interaction, status_class })
      const client = (ctx as unknown as Partial<KoaContextWithOIDC>).oidc?.client?.clientId
      const launch = launchTypeOf(ctx)
      const attributes = {
        'http.request.method': ctx.method,
        'http.response.status_code': status,
        'http.route': interaction,
        'smart.request_id': String(ctx.state.reference),
        'smart.interaction': interaction,
        'smart.decision': decision,
        ...(client === undefined ? {} : { 'smart.client_id': client }),
        ...(launch === undefined ? {} : { 'smart.launch': launch }),
      }
      trace.end(`${ctx.method} ${interaction}`, attributes, status >= 500)
    })
    await next()
  }
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** Undefined: not known of this request. */
function launchTypeOf(ctx: Context | undefined): LaunchType | undefined {
  return (ctx?.state as { launchType?: LaunchType } | undefined)?.launchType
}

/** For whatever records what was done. */
export function tellOfActs(telemetry: Telemetry | undefined) {
  return (ctx: Context | undefined, { operation, outcome = 'allowed' }: Act): void =>
    telemetry?.count('acts', { operation, outcome, launch: launchTypeOf(ctx) ?? 'none' })
}

/** Asked for whenever metrics are sent. */
export function tellOfState(telemetry: Telemetry, { keys }: Pick<AuthServerFacts, 'keys'>): void {
  telemetry.watch('keysAge', () => [{ value: keys().ageSeconds, attributes: {} }])
}
