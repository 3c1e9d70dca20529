// What an orchestrator and an operator are told of a service: that it lives, and whether requests should be sent to it, with a
// reason for each part that is not as it should be. No secret, and nothing of anybody.

/** `degraded`: it goes on, and somebody should look. `failed`: what is asked of it would be refused. */
export type Check = { status: 'ok' | 'degraded' | 'failed'; reason?: string } & Readonly<Record<string, unknown>>

export const LIVE = JSON.stringify({ status: 'live' })

/** Failed: requests should go to another replica. What stands behind all replicas alike never fails one of them. */
export function readinessOf(checks: Readonly<Record<string, Check>>): { status: 200 | 503; body: string } {
  const failed = Object.values(checks).some(({ status }) => status === 'failed')
  return { status: failed ? 503 : 200, body: JSON.stringify({ status: failed ? 'not-ready' : 'ready', checks }) }
}

/** `ok`, unless there is a reason that it is not. */
export function check(
  facts: Readonly<Record<string, unknown>>,
  status: 'degraded' | 'failed',
  reason: string | undefined | false,
): Check {
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
  return typeof reason === 'string' ? { status, reason, ...known } : { status: 'ok', ...known }
}
