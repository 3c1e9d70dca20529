// A line of the log for each decision, from which it can be asked again under other rules (`npm run explain -- replay`). It
// tells nothing of anybody.

import type { Logger } from 'pino'
import type { Access } from '../../smart/access/access.ts'
import { decisionLine } from '../../smart/audit/decision-line.ts'
import type { Interaction } from '../../smart/fhir/interaction.ts'
import type { PlanSettings } from '../../smart/plan/plan.ts'
import type { PolicySetting } from '../../smart/plan/policy.ts'
import type { ProxyConfig } from '../config.ts'
import type { ReachFor } from '../identity/decide.ts'
import { currentRequest } from '../request-context.ts'

export type DecisionLogDeps = { log: Logger; reachFor: ReachFor; settings: PlanSettings }

/** The same way to a decision; what was asked is written down beside it. Undefined: it is not. */
export function withDecisionLog<Rest extends unknown[], Outcome>(
  decide: (access: Access, interaction: Interaction, ...rest: Rest) => Promise<Outcome>,
  deps: DecisionLogDeps | undefined,
): (access: Access, interaction: Interaction, ...rest: Rest) => Promise<Outcome> {
  if (deps === undefined) return decide
  const { log, reachFor, settings } = deps
  async function write(access: Access, interaction: Interaction): Promise<void> {
    // Kept for the decision that follows.
    const reach = await reachFor(access, interaction)
    const context = currentRequest()
    if ('status' in reach || context?.actor === undefined) return
    const { clientId: client, scope } = context.actor
    const line = decisionLine({ client, scope, access, reach, interaction }, settings)
    if (line !== undefined) log.info({ requestId: context.requestId, ...line }, 'decision')
  }

  return async (access, interaction, ...rest) => {
    await write(access, interaction)
    return decide(access, interaction, ...rest)
  }
}

/** The settings that decide, by their names: what a replay begins with. */
export function policySettings(config: ProxyConfig): Record<PolicySetting, string> {
  const { compartment, operations, panelLimit, practitionerReach } = config
  const listed = (names: Iterable<string>) => [...names].join(',') || 'none'
  return {
    PRACTITIONER_REACH: practitionerReach,
    PANEL_LIMIT: String(panelLimit),
    OPERATIONS: listed([...operations].map(([key, rule]) => `${key}=${rule}`)),
    SHARED_TYPES: listed(compartment.shared),
    COMPARTMENT: compartment.definition,
  }
}
