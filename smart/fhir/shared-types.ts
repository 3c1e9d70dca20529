// Which types an operator may let everyone read who has their scope (ENF-82).

import { findCompartmentRow } from './compartment.ts'
import { isResourceType, referenceParametersOf } from './resource-types.ts'

/** Whatever they hold may be a patient's, though no parameter says so. */
const HOLDS_ANYTHING: ReadonlySet<string> = new Set([
  'Binary',
  'Bundle',
  'Linkage',
  'MessageHeader',
  'Parameters',
  'Subscription',
  'VerificationResult',
])

/** Not what is about patients, nor what can name one. */
export function mayBeShared(type: string): boolean {
  if (!isResourceType(type) || findCompartmentRow(type) !== undefined || HOLDS_ANYTHING.has(type)) return false
  return [...referenceParametersOf(type).values()].every(({ targets }) => targets?.has('Patient') !== true)
}
