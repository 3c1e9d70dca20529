// Carries operations out: as the ordinary interactions that they come to, each decided by itself, or passed on.

import type { Composed, Passed } from '../../smart/plan/plan-operation.ts'
import { type Answer, refusal } from '../answers/answer.ts'
import { denied } from '../answers/denied.ts'
import type { FhirRequest } from '../fhir.ts'
import type { Decide } from '../identity/decide.ts'
import { listPlanOf, type Settle } from '../lists/chains.ts'
import type { createListing } from '../lists/listing.ts'
import type { createMerged } from '../lists/merged.ts'
import type { PageLinks } from '../lists/page-links.ts'
import type { Page } from '../lists/paging.ts'
import type { createAnswerAccessLog } from './access-log.ts'
import type { createGather } from './gather.ts'
import type { createLatest } from './latest.ts'
import type { createPass } from './pass.ts'
import type { createValidate } from './validate.ts'

export type OperationsDeps = {
  decide: Decide
  settle: Settle
  links: PageLinks
  list: ReturnType<typeof createListing>
  merge: ReturnType<typeof createMerged>
  gather: ReturnType<typeof createGather>
  accessLog: ReturnType<typeof createAnswerAccessLog>
  latest: ReturnType<typeof createLatest>
  validate: ReturnType<typeof createValidate>
  pass: ReturnType<typeof createPass>
}

export type CarryOut = (request: FhirRequest, decided: Composed | Passed, page: Page | undefined) => Promise<Answer>

export function createOperations(deps: OperationsDeps): CarryOut {
  const { decide, settle } = deps

  async function answerSearch(
    { search }: Extract<Composed, { as: 'search' }>,
    { access, holder, streams, signal }: FhirRequest,
  ): Promise<Answer> {
    const plan = listPlanOf(await settle(access, search, signal))
    if ('status' in plan) return plan
    if (plan.kind === 'merge') return deps.merge({ access, listing: search, plan, holder, page: undefined, signal })
    const listed = { access, listing: search, forward: plan, guard: plan.guard, holder, page: undefined }
    return deps.list({ ...listed, streams, signal })
  }

  async function answerLatest(
    { search, max }: Extract<Composed, { as: 'latest' }>,
    { access, interaction, signal }: FhirRequest,
  ): Promise<Answer> {
    const plan = listPlanOf(await settle(access, search, signal))
    if ('status' in plan) return plan
    const selfUrl = interaction.kind === 'operation' ? deps.links.selfUrl(interaction) : ''
    return deps.latest({ plan, max, selfUrl, signal })
  }

  async function answerValidation(
    { write, profile }: Extract<Composed, { as: 'validation' }>,
    { access, written, signal }: FhirRequest,
  ): Promise<Answer> {
    const plan = await decide(access, write)
    if ('status' in plan) return plan
    if (plan.kind === 'deny') return denied(plan)
    if (plan.kind !== 'write' || written === undefined) return refusal(400, 'invalid', 'The body cannot be read.')
    return deps.validate({ plan, profile, written, signal })
  }

  return (request, decided, page) => {
    const { access, interaction, holder, signal, written } = request
    if (decided.kind === 'pass') return deps.pass({ passed: decided, written, signal })
    switch (decided.as) {
      case 'gather': {
        if (interaction.kind !== 'operation' && interaction.kind !== 'compartment') throw new Error(interaction.kind)
        return deps.gather({ access, interaction, gather: decided, holder, page, signal })
      }
      case 'access-log': {
        if (interaction.kind !== 'operation') throw new Error(interaction.kind)
        return deps.accessLog({ access, interaction, plan: decided, holder, page, signal })
      }
      case 'search':
        return answerSearch(decided, request)
      case 'latest':
        return answerLatest(decided, request)
      case 'validation':
        return answerValidation(decided, request)
    }
  }
}
