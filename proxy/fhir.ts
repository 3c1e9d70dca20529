// One FHIR request from parsed interaction to answer: decide, and carry the plan out. Decisions are smart/'s.

import type { Access } from '../smart/access/access.ts'
import type { Interaction } from '../smart/fhir/interaction.ts'
import { withBody } from '../smart/fhir/operation.ts'
import type { Plan } from '../smart/plan/plan.ts'
import { type Answer, refusal } from './answers/answer.ts'
import { parseJsonBody } from './answers/body.ts'
import { denied } from './answers/denied.ts'
import type { Known } from './answers/known.ts'
import { follow } from './audit/trail.ts'
import type { Settle } from './lists/chains.ts'
import type { createListing } from './lists/listing.ts'
import type { createMerged } from './lists/merged.ts'
import { fingerprint, isListing, type PageLinks, pageGone } from './lists/page-links.ts'
import type { Page } from './lists/paging.ts'
import type { Export } from './operations/export.ts'
import type { CarryOut } from './operations/operations.ts'
import type { createFile } from './reads/file.ts'
import type { createHistory } from './reads/history.ts'
import type { createRead } from './reads/read.ts'
import type { Actor } from './request-context.ts'
import type { WriteFile } from './writes/file-write.ts'
import type { Writer } from './writes/write.ts'
import type { Written } from './writes/written.ts'

export type FhirDeps = {
  settle: Settle
  links: PageLinks
  read: ReturnType<typeof createRead>
  list: ReturnType<typeof createListing>
  merge: ReturnType<typeof createMerged>
  history: ReturnType<typeof createHistory>
  file: ReturnType<typeof createFile>
  write: Writer['write']
  writeFile: WriteFile
  carryOut: CarryOut
  bulk: Export
}

/** What the caller says of the bytes of an answer. */
export type Streams = { accept: string | undefined; takesGzip: boolean; range: string | undefined }

export type FhirRequest = {
  access: Access
  /** For processors. Decisions hang on the access alone. */
  actor: Actor
  interaction: Interaction
  /** The grant and its holder, as one string: paging links work for nobody else. */
  holder: string
  /** Whether the holder may ask for so much more; undefined: yes. */
  admit?(requests: number): Promise<Answer | undefined>
  signal: AbortSignal
  /** The answer may come in pieces, and in a form of its own; absent within a batch. */
  streams?: Streams
  /** What a write brings along. */
  written?: Written
  /** What the caller of a read has already. */
  known?: Known
}

export type Fhir = (request: FhirRequest) => Promise<Answer>

/** What is the same for all that one request holds. */
export type Requester = Pick<FhirRequest, 'access' | 'actor' | 'holder' | 'signal'>

/** What ends in an answer that shows records. */
type Shown = Extract<Plan, { kind: 'forward' | 'merge' }>

export function createFhir(deps: FhirDeps): Fhir {
  const { settle } = deps

  async function answerShown(
    interaction: Interaction,
    plan: Shown,
    { access, holder, streams, signal }: FhirRequest,
    page?: Page,
  ): Promise<Answer> {
    if (plan.kind === 'merge' && isListing(interaction))
      return deps.merge({ access, listing: interaction, plan, holder, page, signal })
    if (plan.kind === 'merge') return notSupported()
    const { guard } = plan
    if (guard.kind === 'resource') return deps.read({ access, interaction, forward: plan, guard, signal })
    if (guard.kind === 'file' && interaction.kind === 'read')
      return deps.file({ access, interaction, forward: plan, guard, streams, signal })
    if (guard.kind === 'versions' && interaction.kind === 'instance-history')
      return deps.history({ history: interaction, forward: plan, guard, holder, page, signal })
    if ((guard.kind === 'searchset' || guard.kind === 'unconfined') && isListing(interaction))
      return deps.list({ access, listing: interaction, forward: plan, guard, holder, page, streams, signal })
    return notSupported()
  }

  async function answerPage(handle: string, request: FhirRequest): Promise<Answer> {
    const opened = deps.links.open(handle, request.holder)
    if (opened === undefined) return pageGone()
    const { interaction, page } = opened
    follow(interaction)
    const decided = await settle(request.access, interaction, request.signal)
    if ('status' in decided) return decided
    if (decided.kind === 'deny') return denied(decided)
    if (decided.kind === 'composed') return deps.carryOut({ ...request, interaction }, decided, page)
    // Who may be seen has changed since: the upstream's cursor is for another search than the one allowed now.
    if (decided.kind !== 'forward' && decided.kind !== 'merge') return pageGone()
    const requests = decided.kind === 'merge' ? decided.searches.map(({ request }) => request) : [decided.request]
    if (fingerprint(requests) !== page.decided) return pageGone()
    return answerShown(interaction, decided, request, page)
  }

  return async (given) => {
    const request = withParameters(given)
    const { access, interaction, streams, signal } = request
    if (interaction.kind === 'export-job') return deps.bulk.job({ access, signal, ...interaction })
    if (interaction.kind === 'export-file')
      return deps.bulk.file({ access, signal, handle: interaction.handle, streams })
    if (interaction.kind === 'page') return answerPage(interaction.handle, request)
    const decided = await settle(access, interaction, request.signal)
    if ('status' in decided) return decided
    if (decided.kind === 'deny') return denied(decided)
    if (decided.kind === 'write') {
      const { written } = request
      if (written === undefined) return refusal(400, 'invalid', 'The body cannot be read.')
      const { file } = written
      if (file !== undefined) return deps.writeFile({ plan: decided, written, file, signal })
      return deps.write({ plan: decided, ...written, signal })
    }
    if (decided.kind === 'export') return deps.bulk.begin({ access, plan: decided, signal })
    if (decided.kind === 'composed' || decided.kind === 'pass') return deps.carryOut(request, decided, undefined)
    return answerShown(interaction, decided, request)
  }
}

function notSupported(): Answer {
  return refusal(403, 'not-supported', 'This interaction is not supported here.')
}

/** An operation by POST has its parameters in the body. */
function withParameters(request: FhirRequest): FhirRequest {
  const { interaction, written } = request
  if (interaction.kind !== 'operation' || interaction.method !== 'POST') return request
  const body = written?.body ?? ''
  if (body === '') return request
  return { ...request, interaction: withBody(interaction, parseJsonBody(body)?.value) }
}
