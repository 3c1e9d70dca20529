// All checks, in the order in which faults explain one another.

import type { Finding } from './finding.ts'
import { checkClocks, checkDiscovery, checkEntra, checkRefusal, checkUpstream } from './outside.ts'
import { checkSettings, type Environments } from './settings.ts'
import { checkKeys, checkTables } from './storage.ts'

/** @param now milliseconds since 1970 */
export async function examine(given: Environments, now: () => number): Promise<Finding[]> {
  const { findings, configs } = checkSettings(given)
  // Nothing else can be asked by settings that no service takes.
  if (configs === undefined) return findings
  const checks = [
    checkTables(configs),
    checkKeys(configs, now()),
    checkEntra(configs),
    checkUpstream(configs),
    checkDiscovery(configs),
    checkRefusal(configs),
    checkClocks(configs, now),
  ]
  return [...findings, ...(await Promise.all(checks)).flat()]
}

/** As people read it. */
export function report(findings: readonly Finding[]): string {
  const lines = findings.map((one) =>
    one.isWell ? `well   ${one.about}: ${one.says}` : `FAULT  ${one.about}: ${one.says}\n       ${one.remedy}`,
  )
  const faults = findings.filter(({ isWell }) => !isWell).length
  return `${lines.join('\n')}\n\n${faults === 0 ? 'Nothing to mend.' : faults === 1 ? 'One fault.' : `${faults} faults.`}\n`
}
