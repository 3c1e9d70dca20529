// What telemetry is told of requests and decisions: codes of closed lists alone, so that nothing of anybody can be in them.

import { statusClass, type Telemetry } from '../service/telemetry/telemetry.ts'
import { askedFor, operationName, uriPattern } from '../smart/audit/audited-interaction.ts'
import type { Interaction } from '../smart/fhir/interaction.ts'
import { plan } from '../smart/plan/plan.ts'
import { type Answered, outcomeOf, reasonOf } from './audit/records.ts'
import { byFinding, type ProxyFacts } from './health.ts'
import type { RequestContext } from './request-context.ts'

/** Operations whose names are ours to tell; of others a caller could have made up the name. */
const OPERATIONS: ReadonlySet<string> = new Set([
  '$access-log',
  '$docref',
  '$everything',
  '$expand',
  '$export',
  '$lastn',
  '$lookup',
  '$validate',
  '$validate-code',
])

/** FHIR's code of it; `other` for what could not be read, and for what everyone may ask. */
function nameOf(interaction: Interaction | undefined): string {
  if (interaction === undefined) return 'other'
  const name = operationName(interaction)
  return interaction.kind !== 'operation' || OPERATIONS.has(name) ? name : 'operation'
}

export function tellOfRequest(telemetry: Telemetry, context: RequestContext, answered: Answered): void {
  const { interaction, actor, requestId, method, trace } = context
  const { answer, sent, milliseconds } = answered
  const name = nameOf(interaction)
  const decision = outcomeOf(answer.status, answer.reason)
  const reason = reasonOf(answer.status, answer.reason, sent)
  const status_class = statusClass(answer.status)
  telemetry.count('requests', { interaction: name, decision, status_class })
  telemetry.measure('duration', milliseconds / 1000, { interaction: name, status_class })
  if (decision === 'denied') telemetry.count('denials', { reason: reason ?? 'unknown' })
  const { type } = askedFor(interaction)
  trace?.end(
    type === undefined ? name : `${name} ${type}`,
    {
      'http.request.method': method,
      'http.response.status_code': answer.status,
      'url.template': name === 'operation' ? '$operation' : uriPattern(interaction),
      'smart.request_id': requestId,
      'smart.interaction': name,
      'smart.decision': decision,
      ...(type === undefined ? {} : { 'smart.resource_type': type }),
      ...(reason === undefined ? {} : { 'smart.reason': reason }),
      ...(actor === undefined ? {} : { 'smart.client_id': actor.clientId, 'smart.acts_as': actsAs(actor) }),
    },
    answer.status >= 500 || sent === 'cut',
  )
}

/** In whose name: a kind, never who. */
function actsAs({ person, patient }: NonNullable<RequestContext['actor']>): string {
  const kind = person?.split('/', 1)[0] ?? 'client'
  return patient === undefined ? kind : `${kind} with a patient`
}

/** Asked for whenever metrics are sent. */
export function tellOfState(telemetry: Telemetry, facts: ProxyFacts): void {
  const one = (value: number | undefined) => (value === undefined ? [] : [{ value, attributes: {} }])
  telemetry.watch('revocationsAge', () => one(facts.revocations.ageSeconds()))
  telemetry.watch('keysAge', () => one(facts.keys().ageSeconds))
  telemetry.watch('eventsWaiting', () => one(facts.events?.().waiting))
  telemetry.watch('upstreamUp', () => {
    const answers = facts.upstream?.().answers
    return one(answers === undefined ? undefined : Number(answers))
  })
  telemetry.watch('upstreamTypes', () => {
    const findings = byFinding(facts.profile()?.confinement ?? new Map())
    return Object.entries(findings).map(([finding, types]) => ({ value: types.length, attributes: { finding } }))
  })
  const sinks = () => Object.entries(facts.audit.state())
  telemetry.watch('auditWaiting', () =>
    sinks().map(([sink, { waiting }]) => ({ value: waiting, attributes: { sink } })),
  )
  telemetry.watch('auditLost', () => sinks().map(([sink, { lost }]) => ({ value: lost, attributes: { sink } })))
}

/** The same decision; how long it took is told. */
export function timedPlan({ measure }: Telemetry): typeof plan {
  return (access, reach, interaction, settings) => {
    const since = performance.now()
    const decided = plan(access, reach, interaction, settings)
    measure('planDuration', (performance.now() - since) / 1000, {
      decision: decided.kind === 'deny' ? 'deny' : 'allow',
    })
    return decided
  }
}
