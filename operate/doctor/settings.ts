// Settings of both services: whether each would start with them, and whether they agree.

import { type AuthServerConfig, parseConfig as parseAuthServer } from '../../auth-server/config.ts'
import { type ProxyConfig, parseConfig as parseProxy } from '../../proxy/config.ts'
import { type Finding, fault, well } from './finding.ts'

export type Environment = Readonly<Record<string, string | undefined>>
export type Environments = { authServer: Environment; proxy: Environment }
export type Configs = { authServer: AuthServerConfig; proxy: ProxyConfig }

/** Without which the other findings would be about two installations. */
const SHARED = ['ISSUER', 'FHIR_BASE', 'TABLES_URL', 'AUDIT_DAYS'] as const

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
  for (const name of SHARED) {
    const [one, other] = [given.authServer[name] ?? '', given.proxy[name] ?? '']
    if (one.replace(/\/+$/, '') !== other.replace(/\/+$/, ''))
      findings.push(
        fault('settings', `${name} differs: ${one || 'none'} and ${other || 'none'}`, 'Give both services the same.'),
      )
  }
  if (findings.length > 0 || authServer === undefined || !proxy.ok) return { findings }
  return {
    findings: [well('settings', 'both services would start with them, and they agree')],
    configs: { authServer, proxy: proxy.config },
  }
}
