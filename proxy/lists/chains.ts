// Carries out a search with chains: what each chain goes through is found first, then the search is decided anew with what
// was found in its place. Decisions are smart/'s.

import type { Access } from '../../smart/access/access.ts'
import { inItsStead, namedByChain } from '../../smart/fhir/chains.ts'
import type { Interaction, Parameter } from '../../smart/fhir/interaction.ts'
import type { Plan, PlanSettings } from '../../smart/plan/plan.ts'
import type { ChainPlan, Hop } from '../../smart/plan/plan-chain.ts'
import { isListPlan, type ListPlan, searchesOf } from '../../smart/plan/plan-search.ts'
import { type Answer, refusal } from '../answers/answer.ts'
import { denied } from '../answers/denied.ts'
import type { Decide } from '../identity/decide.ts'
import type { FindAll } from './find-all.ts'

/** What is left to be carried out. */
export type Settled = Exclude<Plan, ChainPlan>
/** From an access and an interaction to a plan without chains: searches for what they lead to. */
export type Settle = (access: Access, interaction: Interaction, signal: AbortSignal) => Promise<Settled | Answer>

export function createSettle(parts: { decide: Decide; findAll: FindAll; settings: PlanSettings }): Settle {
  const { decide, findAll, settings } = parts

  const settle: Settle = async (access, interaction, signal) => {
    const decided = await decide(access, interaction)
    if ('status' in decided || decided.kind !== 'chain') return decided
    return settleChain(access, decided, signal)
  }

  async function settleChain(access: Access, plan: ChainPlan, signal: AbortSignal): Promise<Settled | Answer> {
    const { hops, rest } = plan
    const inStead: Parameter[] = []
    for (const hop of hops) {
      const names = await follow(access, rest.type, hop, signal)
      if ('status' in names) return names
      inStead.push(inItsStead(hop.chain, names))
    }
    return settle(access, { ...rest, parameters: [...inStead, ...rest.parameters] }, signal)
  }

  async function follow(
    access: Access,
    type: string,
    { chain, searches }: Hop,
    signal: AbortSignal,
  ): Promise<string[] | Answer> {
    const found: unknown[] = []
    for (const one of searches) {
      const plan = one.kind === 'chain' ? listPlanOf(await settleChain(access, one, signal)) : one
      if ('status' in plan) return plan
      const records = await findAll(searchesOf(plan), signal)
      if ('status' in records) return records
      found.push(...records.map(({ resource }) => resource))
    }
    const names = namedByChain(type, chain, found, settings.bases)
    return names.length > settings.panelLimit
      ? refusal(422, 'too-costly', `This chain goes through more than ${settings.panelLimit} records.`)
      : names
  }

  return settle
}

/** Of a search. */
export function listPlanOf(decided: Settled | Answer): ListPlan | Answer {
  if ('status' in decided) return decided
  if (decided.kind === 'deny') return denied(decided)
  return isListPlan(decided) ? decided : refusal(403, 'not-supported', 'This interaction is not supported here.')
}
