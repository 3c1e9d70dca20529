// The upstream as it is configured.

import type { Alarm } from './body.ts'
import type { ProxyConfig } from './config.ts'
import { createUpstream, type Upstream } from './upstream.ts'
import { openCredential } from './upstream-identity.ts'

export function openUpstream(config: ProxyConfig, { alarm, clock }: { alarm: Alarm; clock: () => Date }): Upstream {
  const { upstreamUrl: url, upstreamTimeoutMs: timeoutMs, upstreamConnections: connections, maxBodyBytes } = config
  const onFailure = (error: unknown) =>
    alarm('upstream-credential', { reason: error instanceof Error ? error.message : String(error) })
  const credential = openCredential(config.upstreamCredential, { clock, onFailure })
  return createUpstream({ url, timeoutMs, maxBodyBytes, connections, alarm, credential })
}
