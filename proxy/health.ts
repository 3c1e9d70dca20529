// Whether requests can be answered, what was found out about the FHIR server behind, and how the audit trail is written; for
// operators.

import { check, LIVE, readinessOf } from '../service/readiness.ts'
import type { Answer } from './answers/answer.ts'
import type { Audit } from './audit/audit.ts'
import type { DeliveryState } from './events/delivery.ts'
import type { KeyState } from './identity/issuer-keys.ts'
import type { Revocations } from './identity/revocations.ts'
import type { Profile } from './upstream/probe.ts'
import type { UpstreamState } from './upstream/watched-upstream.ts'

const HEADERS = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }

/** @param profile undefined: the FHIR server is not asked */
export function health(knowsRevocations: boolean, audit: Audit, profile: Profile | undefined): Answer {
  const isRecorded = audit.isWritable()
  const status = !knowsRevocations ? 'revocations cannot be read' : isRecorded ? 'ok' : 'requests cannot be recorded'
  const upstream = profile === undefined || profile.confinement.size === 0 ? {} : { upstream: summaryOf(profile) }
  const sinks = audit.state()
  const recorded = Object.keys(sinks).length === 0 ? {} : { audit: sinks }
  const body = JSON.stringify({ status, ...upstream, ...recorded })
  return { status: knowsRevocations && isRecorded ? 200 : 503, headers: HEADERS, body }
}

/** The process answers. */
export function live(): Answer {
  return { status: 200, headers: HEADERS, body: LIVE }
}

export type ProxyFacts = {
  revocations: Pick<Revocations, 'isCurrent' | 'ageSeconds'>
  keys(): KeyState
  audit: Pick<Audit, 'isWritable' | 'state'>
  isAuditRequired: boolean
  profile(): Profile | undefined
  upstream?: () => UpstreamState
  /** Undefined: they are off. */
  events?: (() => DeliveryState) | undefined
}

/** Whether requests should come here, and what is wrong, part by part. */
export function readiness(facts: ProxyFacts): Answer {
  const { revocations, upstream, events } = facts
  const keys = facts.keys()
  const { answers, reason } = upstream?.() ?? {}
  const profile = facts.profile()
  const types = profile === undefined ? {} : byFinding(profile.confinement)
  const { status, body } = readinessOf({
    revocations: check(
      { ageSeconds: revocations.ageSeconds() },
      'failed',
      !revocations.isCurrent() && 'what has ended could not be read from the tables for too long',
    ),
    keys: check(
      { ageSeconds: rounded(keys.ageSeconds) },
      'degraded',
      keys.isFailing && 'the keys of the authorization server cannot be fetched; the ones at hand go on for a time',
    ),
    // All replicas have the same one: none is better.
    upstream: check(
      { asked: answers !== undefined, closedTypes: types.ignored },
      'degraded',
      answers === false
        ? `the FHIR server does not answer: ${reason}`
        : (types.ignored?.length ?? 0) > 0 &&
            'the FHIR server ignores whose records are asked for; these types are closed',
    ),
    audit: auditCheck(facts),
    ...(events === undefined
      ? {}
      : { events: check({ waiting: events().waiting }, 'degraded', events().isFailing && 'events are not taken') }),
  })
  return { status, headers: HEADERS, body }
}

function auditCheck({ audit, isAuditRequired }: Pick<ProxyFacts, 'audit' | 'isAuditRequired'>) {
  const sinks = audit.state()
  const isFailing = Object.values(sinks).some((sink) => sink.isFailing)
  const isLosing = Object.values(sinks).some(({ lost }) => lost > 0)
  const words = isFailing ? 'audit records cannot be written' : isLosing && 'audit records were lost'
  const isRefusing = isAuditRequired && !audit.isWritable()
  return check({ sinks }, isRefusing ? 'failed' : 'degraded', isRefusing ? 'requests cannot be recorded' : words)
}

function rounded(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds)
}

function summaryOf({ confinement, alternatives, modifiers, server }: Profile): Record<string, unknown> {
  return {
    confinement: byFinding(confinement),
    alternatives: byFinding(alternatives),
    modifiers: byFinding(modifiers),
    ...Object.fromEntries(server),
  }
}

export function byFinding(findings: ReadonlyMap<string, string>): Record<string, string[]> {
  const summary: Record<string, string[]> = {}
  for (const [name, finding] of findings) summary[finding] = [...(summary[finding] ?? []), name]
  return summary
}
