// OperationOutcome bodies: how the FHIR side says no. Never names a record that was not asked for, nor the upstream.

export type IssueCode =
  | 'conflict'
  | 'exception'
  | 'expired'
  | 'forbidden'
  | 'invalid'
  | 'login'
  | 'not-found'
  | 'not-supported'
  | 'throttled'
  | 'timeout'
  | 'too-costly'
  | 'too-long'
  | 'transient'
  | 'unknown'

export type OperationOutcome = {
  resourceType: 'OperationOutcome'
  issue: { severity: 'error'; code: IssueCode; diagnostics: string }[]
}

/** @param diagnostics one sentence for the app's developer */
export function operationOutcome(code: IssueCode, diagnostics: string): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] }
}
