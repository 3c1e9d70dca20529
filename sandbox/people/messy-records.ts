// One patient whose record is as untidy as real ones are: a name from right to left, results without group or date, results in two groups.
import type { Condition, Observation, Patient, Resource } from '@medplum/fhirtypes'
import { clinicianName } from './clinicians.ts'
import { concept, daysBefore, hl7, moment, quantity, reference, SYSTEMS } from './coding.ts'

const ID = 'sara-cohen'
const SARA = reference<Patient>('Patient', ID, 'שרה כהן')

const LABORATORY = hl7('observation-category', 'laboratory', 'Laboratory')
const VITAL_SIGNS = hl7('observation-category', 'vital-signs', 'Vital Signs')

export function messyResources(today: string): Resource[] {
  const seen = moment(daysBefore(today, 60), 9)
  return [
    patient(),
    observation('no-category', { effectiveDateTime: seen }),
    observation('no-date', { category: [LABORATORY] }),
    observation('two-categories', { category: [LABORATORY, VITAL_SIGNS], effectiveDateTime: seen }),
    observation('year-only', { category: [VITAL_SIGNS], effectiveDateTime: '2024' }),
    observation('restricted', {
      category: [LABORATORY],
      effectiveDateTime: seen,
      meta: { security: [{ system: `${SYSTEMS.term}/v3-Confidentiality`, code: 'R', display: 'restricted' }] },
    }),
    condition(),
  ]
}

function patient(): Patient {
  return {
    resourceType: 'Patient',
    id: ID,
    identifier: [{ use: 'usual', system: SYSTEMS.mrn, value: 'MRN-900001' }],
    active: true,
    name: [
      { use: 'official', text: 'שרה כהן', family: 'כהן', given: ['שרה'] },
      { use: 'usual', text: 'Sara Cohen', family: 'Cohen', given: ['Sara'] },
    ],
    gender: 'female',
    // Only the year is known.
    birthDate: '1951',
    generalPractitioner: [reference('Practitioner', 'ivan-petrov', clinicianName('ivan-petrov'))],
  }
}

function observation(kind: string, rest: Partial<Observation>): Observation {
  return {
    resourceType: 'Observation',
    id: `${ID}-${kind}`,
    status: 'final',
    code: concept(SYSTEMS.loinc, '2339-0', 'Glucose [Mass/volume] in Blood'),
    subject: SARA,
    valueQuantity: quantity(98, 'mg/dL'),
    ...rest,
  }
}

/** In words alone, of no group. */
function condition(): Condition {
  return { resourceType: 'Condition', id: `${ID}-in-words`, code: { text: 'כאב ראש (headache)' }, subject: SARA }
}
