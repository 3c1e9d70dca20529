// How a plan says no: a reason that the edge turns into a status, and what to tell the app's developer.

export type DenyReason =
  | 'insufficient-scope'
  | 'outside-reach'
  | 'not-confinable'
  | 'not-supported'
  | 'unsupported-parameter'
  | 'bad-parameter'
  | 'too-costly'
  | 'several-searches'

export type Denial = { kind: 'deny'; reason: DenyReason; message: string; smallestScope?: string }

export function deny(reason: DenyReason, message: string): Denial {
  return { kind: 'deny', reason, message }
}
