// A refusal of the plan's, in HTTP's and FHIR's terms.

import type { DenyReason, Plan } from '../../smart/plan/plan.ts'
import { type Answer, notFound, refusal } from './answer.ts'

const STATUS: Record<DenyReason, number> = {
  'insufficient-scope': 403,
  'outside-reach': 403,
  'not-confinable': 403,
  'not-supported': 403,
  'not-found': 404,
  'unsupported-parameter': 403,
  'bad-parameter': 400,
  'too-costly': 422,
  'several-searches': 422,
}

export function denied(denial: Extract<Plan, { kind: 'deny' }>): Answer {
  return { ...refusalOf(denial), reason: denial.reason }
}

function refusalOf({ reason, message, smallestScope }: Extract<Plan, { kind: 'deny' }>): Answer {
  const scope = smallestScope === undefined ? '' : `, scope="${smallestScope}"`
  const challenge: Record<string, string> =
    reason === 'insufficient-scope' ? { 'WWW-Authenticate': `Bearer error="insufficient_scope"${scope}` } : {}
  const status = STATUS[reason]
  if (status === 404) return notFound()
  if (status === 400) return refusal(400, 'invalid', message)
  if (status === 422) return refusal(422, 'too-costly', message)
  const code = reason === 'not-supported' || reason === 'unsupported-parameter' ? 'not-supported' : 'forbidden'
  return refusal(403, code, message, challenge)
}
