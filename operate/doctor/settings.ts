// Settings of both services: whether each would start with them, and whether they agree.

import { type AuthServerConfig, parseConfig as parseAuthServer } from '../../auth-server/config.ts'
import { type ProxyConfig, parseConfig as parseProxy } from '../../proxy/config.ts'
import { type Finding, fault, well } from './finding.ts'

export type Environment = Readonly<Record<string, string | undefined>>
export type Environments = { authServer: Environment; proxy: Environment }
export type Configs = { authServer: AuthServerConfig; proxy: ProxyConfig }

/** @returns the parsed settings only when there is no fault */
export function checkSettings(given: Environments): { findings: Finding[]; configs?: Configs } {
  const findings: Finding[] = []
  const refuse = (service: string, faults: readonly string[]) => {
    for (const one of faults)
      findings.push(
        fault(`settings of the ${service}`, one, 'Set it as docs/settings.md says, and start the service again.'),
      )
  }
  let authServer: AuthServerConfig | undefined
  try {
    authServer = parseAuthServer(given.authServer)
  } catch (error) {
    refuse('authorization server', (error as Error).message.split('\n'))
  }
  const proxy = parseProxy(given.proxy)
  if (!proxy.ok) refuse('proxy', proxy.faults)
  if (authServer === undefined || !proxy.ok) return { findings }
  for (const [name, one, other] of sharedBy(authServer, proxy.config))
    if (one !== other)
      findings.push(fault('settings', `${name} differs: ${one} and ${other}`, 'Give both services the same.'))
  // The other findings would be about two installations.
  if (findings.length > 0) return { findings }
  return {
    findings: [well('settings', 'both services would start with them, and they agree')],
    configs: { authServer, proxy: proxy.config },
  }
}

/** What both have, with what each makes of it. */
function sharedBy(authServer: AuthServerConfig, proxy: ProxyConfig): readonly (readonly [string, string, string])[] {
  return [
    ['ISSUER', authServer.ISSUER, proxy.issuer],
    ['FHIR_BASE', authServer.FHIR_BASE, proxy.fhirBase],
    ['TABLES_URL', authServer.TABLES_URL, proxy.tables.url],
    ['AUDIT_DAYS', String(authServer.AUDIT_DAYS), String(proxy.audit.keptDays)],
  ]
}
