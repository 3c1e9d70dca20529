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

export type Severity = 'error' | 'warning'

export type OperationOutcome = {
  resourceType: 'OperationOutcome'
  issue: { severity: Severity; code: IssueCode; diagnostics: string }[]
}

/** @param diagnostics one sentence for the app's developer */
export function operationOutcome(code: IssueCode, diagnostics: string, severity: Severity = 'error'): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: [{ severity, code, diagnostics }] }
}
