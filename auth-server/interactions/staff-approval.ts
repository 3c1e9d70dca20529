// Apps that the hospital has approved for its staff: a clinician who starts one on an open chart is not asked what the hospital
// has answered. Patients always are.

import type { Decided } from '../../smart/access/consent-terms.ts'
import { isAlwaysGranted, isTime } from '../../smart/access/narrowing.ts'
import { parseScope } from '../../smart/access/scope.ts'
import { ASKED_CONSENT } from '../front/authorize.ts'
import type { Asking } from './steps.ts'

type Approvable = Pick<Asking, 'client' | 'launch' | 'state' | 'grantable' | 'params'>

/**
 * What is granted without a question: all that is asked for, if the operator has said so of the app, a known EHR opened the
 * chart for a clinician, and the app does not ask to come back when nobody is there.
 */
export function approvedForStaff({ client, launch, state, grantable, params }: Approvable): Decided | undefined {
  const isApproved = client.staff_approved && client.checked_by !== undefined
  const isAtWork = launch?.chart !== undefined && state.persona?.startsWith('Practitioner/') === true
  if (!isApproved || !isAtWork || params[ASKED_CONSENT] !== undefined) return undefined
  const data = grantable.filter((scope) => !isAlwaysGranted(scope))
  return data.every(isOfRecords) ? { chosen: new Set(data) } : undefined
}

function isOfRecords(text: string): boolean {
  const parsed = parseScope(text)
  return !isTime(text) && parsed.ok && parsed.scope.context !== 'system'
}
