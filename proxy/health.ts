// Whether requests can be answered, and what was found out about the FHIR server behind; for operators.

import type { Answer } from './answer.ts'
import type { Profile } from './probe.ts'

/** @param profile undefined: the FHIR server is not asked */
export function health(knowsRevocations: boolean, profile: Profile | undefined): Answer {
  const status = knowsRevocations ? 'ok' : 'revocations cannot be read'
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
  const upstream = profile === undefined || profile.confinement.size === 0 ? {} : { upstream: summaryOf(profile) }
  return { status: knowsRevocations ? 200 : 503, headers, body: JSON.stringify({ status, ...upstream }) }
}

function summaryOf({ confinement, alternatives, modifiers, server }: Profile): Record<string, unknown> {
  return {
    confinement: byFinding(confinement),
    alternatives: byFinding(alternatives),
    modifiers: byFinding(modifiers),
    ...Object.fromEntries(server),
  }
}

function byFinding(findings: ReadonlyMap<string, string>): Record<string, string[]> {
  const summary: Record<string, string[]> = {}
  for (const [name, finding] of findings) summary[finding] = [...(summary[finding] ?? []), name]
  return summary
}
