// From an access and an interaction to a plan: fetches the person's reach where the decision hangs on it.

import type { Access } from '../../smart/access/access.ts'
import type { Reach } from '../../smart/access/reach.ts'
import type { Interaction } from '../../smart/fhir/interaction.ts'
import { needsReach, type Plan, type PlanSettings, plan as planned } from '../../smart/plan/plan.ts'
import { type Answer, refusal } from '../answers/answer.ts'
import { upstreamDown } from '../answers/body.ts'
import type { FindWithheld } from './opt-outs.ts'
import { FactsUnavailable, type FindReach, PanelTooLarge } from './reach-facts.ts'

export type Decide = (access: Access, interaction: Interaction) => Promise<Plan | Answer>
export type ReachFor = (access: Access, interaction: Interaction) => Promise<Reach | Answer>

/** @param optOuts undefined: nothing is withheld */
export function createReachFor(
  findReach: FindReach,
  optOuts: { find: FindWithheld; onFailure: 'deny' | 'allow' } | undefined,
): ReachFor {
  async function withheldFrom(access: Access): Promise<ReadonlySet<string> | undefined | Answer> {
    try {
      return await optOuts?.find(access)
    } catch (error) {
      if (!(error instanceof FactsUnavailable) && !(error instanceof PanelTooLarge)) throw error
      if (optOuts?.onFailure === 'allow') return undefined
      return refusal(403, 'forbidden', 'It cannot be told just now whose records are withheld.')
    }
  }

  return async (access, interaction) => {
    const withheld = await withheldFrom(access)
    if (withheld !== undefined && 'status' in withheld) return withheld
    try {
      const reach = needsReach(access, interaction) ? await findReach(access.who.person) : ({ kind: 'none' } as const)
      return withheld === undefined ? reach : { ...reach, withheld }
    } catch (error) {
      if (error instanceof PanelTooLarge)
        return refusal(422, 'too-costly', 'There are too many patients to say which may be opened.')
      if (error instanceof FactsUnavailable) return upstreamDown()
      throw error
    }
  }
}

/** @param plan the decision itself, or the same one with an eye on it */
export function createDecide(reachFor: ReachFor, settings: PlanSettings, plan: typeof planned = planned): Decide {
  return async (access, interaction) => {
    const reach = await reachFor(access, interaction)
    return 'status' in reach ? reach : plan(access, reach, interaction, settings)
  }
}
