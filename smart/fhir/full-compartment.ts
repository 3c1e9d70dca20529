// The patient compartment as R4 publishes it: besides those whom a record is about, those who take another part in it. Only
// where an operator says so (ENF-83): it shows a person what is in a relative's record. Read from no request.

import { elementsAt } from './elements.ts'
import { patientIdOf } from './reference.ts'
import { findReferenceElement } from './resource-types.ts'

/**
 * Beside the parameter of the type's own row. Those of a patient's own record are left out: a linked one is another
 * patient's (ENF-84).
 */
const OTHERS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    AllergyIntolerance: ['recorder', 'asserter'],
    Basic: ['author'],
    CarePlan: ['performer'],
    CareTeam: ['participant'],
    Claim: ['payee'],
    Communication: ['sender', 'recipient'],
    CommunicationRequest: ['sender', 'recipient', 'requester'],
    Composition: ['author', 'attester'],
    Condition: ['asserter'],
    Coverage: ['policy-holder', 'subscriber', 'payor'],
    DeviceRequest: ['performer'],
    DocumentManifest: ['author', 'recipient'],
    DocumentReference: ['author'],
    ExplanationOfBenefit: ['payee'],
    Invoice: ['recipient'],
    List: ['source'],
    MedicationAdministration: ['performer'],
    MedicationDispense: ['receiver'],
    Observation: ['performer'],
    Procedure: ['performer'],
    QuestionnaireResponse: ['author'],
    RequestGroup: ['participant'],
    ServiceRequest: ['performer'],
  }),
)

/** Search parameters by which a record is in the compartment of a patient whom it is not about. */
export function otherParametersOf(type: string): readonly string[] {
  return OTHERS.get(type) ?? []
}

/** Whether one of the patients takes part in a record, otherwise than by being whom it is about. */
export function isPartyTo(resource: object, patients: ReadonlySet<string>, bases: readonly string[]): boolean {
  const { resourceType } = resource as { resourceType?: unknown }
  if (typeof resourceType !== 'string') return false
  return otherParametersOf(resourceType)
    .flatMap((parameter) => findReferenceElement(resourceType, parameter)?.paths ?? [])
    .flatMap((path) => elementsAt(resource, path))
    .some((element) => {
      const patient = patientIdOf(element, bases)
      return patient !== undefined && patients.has(patient)
    })
}
