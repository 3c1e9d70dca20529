// Records at the edges of what a patient may see: made so that a wrong rule shows. Tests of the proxy rely on their ids.
import type { Condition, Group, Observation, Patient, Resource } from '@medplum/fhirtypes'
import { CLINIC_ID } from './clinicians.ts'
import { concept, daysBefore, hl7, moment, quantity, reference, SYSTEMS, usCore } from './coding.ts'

const ANA = reference<Patient>('Patient', 'ana-ruiz', 'Ana Ruiz')
const BEN = reference<Patient>('Patient', 'ben-okafor', 'Ben Okafor')

export function edgeResources(today: string): Resource[] {
  const day = daysBefore(today, 30)
  return [measuredByAna(day), withoutSubject(day), assertedByAna(day), group()]
}

/** About Ben, measured by Ana: in both compartments by R4's definition, about one person only. */
function measuredByAna(day: string): Observation {
  return {
    resourceType: 'Observation',
    id: 'ben-okafor-measured-by-ana',
    meta: usCore('heart-rate'),
    status: 'final',
    category: [hl7('observation-category', 'vital-signs', 'Vital Signs')],
    code: concept(SYSTEMS.loinc, '8867-4', 'Heart rate'),
    subject: BEN,
    effectiveDateTime: moment(day, 9),
    performer: [ANA],
    valueQuantity: quantity(71, '/min'),
  }
}

/** About nobody: a reading of the ward's fridge. No patient scope may ever reach it. */
function withoutSubject(day: string): Observation {
  return {
    resourceType: 'Observation',
    id: 'vaccine-fridge-temperature',
    status: 'final',
    category: [hl7('observation-category', 'survey', 'Survey')],
    code: { text: 'Temperature of the vaccine fridge' },
    effectiveDateTime: moment(day, 7),
    performer: [reference('Organization', CLINIC_ID, 'Harbour Clinic')],
    valueQuantity: quantity(4.5, 'Cel'),
  }
}

/** Ben's condition, reported by Ana. */
function assertedByAna(day: string): Condition {
  return {
    resourceType: 'Condition',
    id: 'ben-okafor-asserted-by-ana',
    meta: usCore('condition-problems-health-concerns'),
    clinicalStatus: hl7('condition-clinical', 'active'),
    verificationStatus: hl7('condition-ver-status', 'provisional'),
    category: [hl7('condition-category', 'problem-list-item', 'Problem List Item')],
    code: concept(SYSTEMS.snomed, '25064002', 'Headache'),
    subject: BEN,
    recordedDate: day,
    asserter: ANA,
  }
}

/** A group across patients: whoever may see one member must not learn of the others by it. */
function group(): Group {
  return {
    resourceType: 'Group',
    id: 'blood-pressure-study',
    active: true,
    type: 'person',
    actual: true,
    name: 'Blood pressure study',
    quantity: 3,
    managingEntity: reference('Organization', CLINIC_ID, 'Harbour Clinic'),
    member: [{ entity: ANA }, { entity: BEN }, { entity: reference('Patient', 'clara-winters', 'Clara Winters') }],
  }
}
