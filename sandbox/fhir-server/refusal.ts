// Why a request is refused, in FHIR's own form: an error that carries its OperationOutcome.
import { OperationOutcomeError } from '@medplum/core'
import type { OperationOutcome, OperationOutcomeIssue } from '@medplum/fhirtypes'

type IssueCode = OperationOutcomeIssue['code']

// The library reads the HTTP status off the outcome's id.
const LIBRARY_IDS: Record<number, string> = {
  404: 'not-found',
  410: 'gone',
  412: 'precondition-failed',
  409: 'conflict',
}
const OWN_STATUS = new WeakMap<OperationOutcome, number>()

/**
 * A refusal to throw anywhere below the router.
 *
 * @param status HTTP status, 4xx
 * @param text sent to the caller: names what was wrong, never an internal
 */
export function refusal(status: number, code: IssueCode, text: string): OperationOutcomeError {
  return new OperationOutcomeError(refusalOutcome(status, code, text))
}

export function refusalOutcome(status: number, code: IssueCode, text: string): OperationOutcome {
  const outcome: OperationOutcome = {
    resourceType: 'OperationOutcome',
    ...(LIBRARY_IDS[status] ? { id: LIBRARY_IDS[status] } : {}),
    issue: [{ severity: 'error', code, details: { text } }],
  }
  OWN_STATUS.set(outcome, status)
  return outcome
}

/** The status a refusal was made with; undefined for outcomes of the library. */
export function findStatus(outcome: OperationOutcome): number | undefined {
  return OWN_STATUS.get(outcome)
}
