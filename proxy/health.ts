// Whether requests can be answered, what was found out about the FHIR server behind, and how the audit trail is written; for
// operators.

import type { Answer } from './answers/answer.ts'
import type { Audit } from './audit/audit.ts'
import type { Profile } from './upstream/probe.ts'

/** @param profile undefined: the FHIR server is not asked */
export function health(knowsRevocations: boolean, audit: Audit, profile: Profile | undefined): Answer {
  const isRecorded = audit.isWritable()
  const status = !knowsRevocations ? 'revocations cannot be read' : isRecorded ? 'ok' : 'requests cannot be recorded'
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
  const upstream = profile === undefined || profile.confinement.size === 0 ? {} : { upstream: summaryOf(profile) }
  const sinks = audit.state()
  const recorded = Object.keys(sinks).length === 0 ? {} : { audit: sinks }
  const body = JSON.stringify({ status, ...upstream, ...recorded })
  return { status: knowsRevocations && isRecorded ? 200 : 503, headers, body }
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
