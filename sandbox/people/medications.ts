// Medications, the requests for them, and immunizations. RxNorm and CVX codes.
import type { Immunization, Medication, MedicationRequest, Resource } from '@medplum/fhirtypes'
import { type Chart, recordId } from './chart.ts'
import { CLINIC_ID, LOCATION_IDS } from './clinicians.ts'
import { concept, hl7, quantity, reference, SYSTEMS, type Term, usCore } from './coding.ts'
import { newestVisit } from './patients.ts'

type Drug = { id: string; term: Term; dose: string }

const DRUGS: readonly Drug[] = [
  {
    id: 'lisinopril-10',
    term: [SYSTEMS.rxnorm, '314076', 'lisinopril 10 MG Oral Tablet'],
    dose: '1 tablet in the morning',
  },
  {
    id: 'atorvastatin-20',
    term: [SYSTEMS.rxnorm, '617310', 'atorvastatin 20 MG Oral Tablet'],
    dose: '1 tablet at night',
  },
  {
    id: 'metformin-500',
    term: [SYSTEMS.rxnorm, '860975', '24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet'],
    dose: '1 tablet with the evening meal',
  },
  {
    id: 'acetaminophen-500',
    term: [SYSTEMS.rxnorm, '198440', 'acetaminophen 500 MG Oral Tablet'],
    dose: '1 tablet as needed',
  },
  { id: 'ibuprofen-200', term: [SYSTEMS.rxnorm, '310965', 'ibuprofen 200 MG Oral Tablet'], dose: '1 tablet as needed' },
]

/** Medications that requests refer to; they belong to no patient. */
export function medicationResources(): Medication[] {
  return DRUGS.map(({ id, term }) => ({
    resourceType: 'Medication',
    id,
    meta: usCore('medication'),
    code: concept(...term),
    status: 'active',
  }))
}

/** One request by reference to a Medication, one with the code inside: apps meet both. */
export function medicationRequestResources(chart: Chart): Resource[] {
  const drugs = chart.person.age < 18 ? DRUGS.slice(3) : DRUGS
  const first = chart.random.int(0, drugs.length - 1)
  return [drugs[first]!, drugs[(first + 1) % drugs.length]!].map((drug, at): MedicationRequest => {
    const visit = chart.visits[at]!
    return {
      resourceType: 'MedicationRequest',
      id: recordId(chart, 'medication-request', at + 1),
      meta: usCore('medicationrequest'),
      status: at === 0 ? 'active' : 'completed',
      intent: 'order',
      category: [hl7('medicationrequest-category', 'community', 'Community')],
      ...(at === 0
        ? { medicationReference: reference<Medication>('Medication', drug.id, drug.term[2]) }
        : { medicationCodeableConcept: concept(...drug.term) }),
      subject: chart.subject,
      encounter: visit.reference,
      authoredOn: visit.day,
      requester: chart.clinician,
      dosageInstruction: [{ text: drug.dose, doseAndRate: [{ doseQuantity: quantity(1, 'tablet', '{tbl}') }] }],
      dispenseRequest: { numberOfRepeatsAllowed: 3, quantity: quantity(30, 'tablet', '{tbl}') },
    }
  })
}

const ADULT_VACCINES: readonly Term[] = [
  [SYSTEMS.cvx, '140', 'Influenza, seasonal, injectable, preservative free'],
  [SYSTEMS.cvx, '115', 'Tdap'],
  [SYSTEMS.cvx, '33', 'Pneumococcal polysaccharide PPV23'],
]
const CHILD_VACCINES: readonly Term[] = [
  [SYSTEMS.cvx, '140', 'Influenza, seasonal, injectable, preservative free'],
  [SYSTEMS.cvx, '03', 'MMR'],
  [SYSTEMS.cvx, '21', 'Varicella'],
]

export function immunizationResources(chart: Chart): Resource[] {
  return (chart.person.age < 18 ? CHILD_VACCINES : ADULT_VACCINES).map((vaccine, at): Immunization => {
    const visit = chart.visits[at] ?? newestVisit(chart)
    return {
      resourceType: 'Immunization',
      id: recordId(chart, 'immunization', at + 1),
      meta: usCore('immunization'),
      status: 'completed',
      vaccineCode: concept(...vaccine),
      patient: chart.subject,
      encounter: visit.reference,
      occurrenceDateTime: visit.start,
      primarySource: true,
      location: reference('Location', LOCATION_IDS[0]),
      performer: [{ actor: reference('Organization', CLINIC_ID, 'Harbour Clinic') }],
    }
  })
}
