// The upstream as it is configured.

import type { Alarm } from '../answers/body.ts'
import type { ProxyConfig } from '../config.ts'
import { createUpstream, type Upstream } from './upstream.ts'
import { openCredential, type UpstreamCredentialSettings } from './upstream-identity.ts'

type Deps = { alarm: Alarm; clock: () => Date }

export function openUpstream(config: ProxyConfig, deps: Deps): Upstream {
  return opened(config, config.upstreamUrl, config.upstreamCredential, deps, {
    isToldForWhom: config.audit.tellsUpstream,
  })
}

/** Azure Storage takes tokens only with a version that knows them. */
const STORAGE_HEADERS = { 'x-ms-version': '2023-11-03' }

/** Where the files of exports are; undefined: the upstream has them. */
export function openExportFiles(config: ProxyConfig, deps: Deps): Upstream | undefined {
  const { exportFiles: files } = config
  return files === undefined
    ? undefined
    : opened(config, files.url, files.credential, deps, { headers: STORAGE_HEADERS })
}

function opened(
  config: ProxyConfig,
  url: string,
  as: UpstreamCredentialSettings,
  { alarm, clock }: Deps,
  more: { headers?: Record<string, string>; isToldForWhom?: boolean },
): Upstream {
  const { upstreamTimeoutMs: timeoutMs, upstreamConnections: connections, maxBodyBytes } = config
  const onFailure = (error: unknown) =>
    alarm('upstream-credential', { reason: error instanceof Error ? error.message : String(error) })
  const credential = openCredential(as, { clock, onFailure })
  return createUpstream({ url, timeoutMs, maxBodyBytes, connections, alarm, credential, ...more })
}
