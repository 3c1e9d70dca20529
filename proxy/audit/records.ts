// From what was gathered of a request to its audit records: one for the request, and one for each entry of a bundle.

import { randomUUID } from 'node:crypto'
import { type AccessRecord, type AuditActor, isWrite, type Outcome } from '../../smart/audit/audit.ts'
import { askedFor, operationName, uriPattern } from '../../smart/audit/audited-interaction.ts'
import type { Answer } from '../answers/answer.ts'
import type { Sent } from '../answers/send.ts'
import type { RequestContext } from '../request-context.ts'
import type { Trail } from './trail.ts'

export type Answered = { answer: Answer; sent: Sent; milliseconds: number; at: Date }

/** None for what everyone may ask. */
export function recordsOf({ trail, ...context }: RequestContext, answered: Answered): AccessRecord[] {
  if (trail === undefined) return []
  const entries = [...trail.entries].map(([entry, of]) => ({ entry, ...recordOf(of, context, answered) }))
  return [recordOf(trail, context, answered), ...entries]
}

function recordOf(trail: Trail, context: RequestContext, { answer: whole, ...answered }: Answered): AccessRecord {
  const { interaction, bundle, disclosures } = trail
  const { status, headers, reason } = trail.answer ?? whole
  const operation = bundle ?? operationName(interaction)
  const { type, record } = askedFor(interaction)
  const named = record ?? made(headers.Location, type)
  // What was sent to be written may have been, whatever the answer.
  const isShown = status < 400 && answered.sent !== 'left'
  const disclosed = isShown || isWrite(operation) ? disclosures.list() : []
  const code = reasonOf(status, reason, answered.sent)
  return {
    kind: 'access',
    id: randomUUID(),
    at: answered.at.toISOString(),
    operation,
    outcome: outcomeOf(status, reason),
    ...(code === undefined ? {} : { reason: code }),
    requestId: context.requestId,
    correlationId: context.givenId ?? context.requestId,
    address: context.address,
    actor: actorOf(context),
    statusCode: status,
    milliseconds: answered.milliseconds,
    ...(type === undefined ? {} : { type }),
    uri: uriPattern(interaction),
    ...(named === undefined ? {} : { record: named }),
    disclosed,
    ...(disclosures.isCut ? { isCut: true as const } : {}),
  }
}

export function outcomeOf(status: number, reason: Answer['reason']): Outcome {
  if (status < 400) return 'allowed'
  // Missing and foreign: not told apart here either.
  return reason !== undefined || [401, 403, 404].includes(status) ? 'denied' : 'failed'
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [401, 'invalid-token'],
  [404, 'not-found'],
])

const SENT = { cut: 'cut-off', left: 'client-left' }

/** A code of a closed list. */
export function reasonOf(status: number, reason: Answer['reason'], sent: Sent): string | undefined {
  if (status >= 400) return reason ?? REASONS.get(status)
  return sent === 'whole' ? undefined : SENT[sent]
}

/** `Type/id` of a record that was made. */
function made(location: string | undefined, type: string | undefined): string | undefined {
  return type === undefined ? undefined : new RegExp(`/(${type}/[A-Za-z0-9.-]{1,64})(/|$)`).exec(location ?? '')?.[1]
}

/** Never the scope: its conditions may name a record. */
function actorOf({ actor }: RequestContext): AuditActor {
  if (actor === undefined) return {}
  const { scope: _scope, subject, ...named } = actor
  // The authorization server reads as a person of whom it knows no account yet.
  return subject === actor.person ? named : { ...named, subject }
}
