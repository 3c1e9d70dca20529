// Problem list, encounter diagnoses, health concerns and allergies.
import type { AllergyIntolerance, Condition, Resource } from '@medplum/fhirtypes'
import { type Chart, recordId } from './chart.ts'
import { concept, daysBefore, hl7, SYSTEMS, type Term, usCore } from './coding.ts'

const { snomed } = SYSTEMS
const ADULT_PROBLEMS: readonly Term[] = [
  [snomed, '59621000', 'Essential hypertension'],
  [snomed, '44054006', 'Diabetes mellitus type 2'],
  [snomed, '55822004', 'Hyperlipidemia'],
  [snomed, '40930008', 'Hypothyroidism'],
  [snomed, '396275006', 'Osteoarthritis'],
  [snomed, '37796009', 'Migraine'],
]
const CHILD_PROBLEMS: readonly Term[] = [
  [snomed, '195967001', 'Asthma'],
  [snomed, '24079001', 'Atopic dermatitis'],
]
const DIAGNOSES: readonly Term[] = [
  [snomed, '54150009', 'Upper respiratory infection'],
  [snomed, '10509002', 'Acute bronchitis'],
  [snomed, '65363002', 'Otitis media'],
  [snomed, '44465007', 'Sprain of ankle'],
]
const CONCERNS: readonly Term[] = [
  [snomed, '73595000', 'Stress'],
  [snomed, '423315002', 'Limited social contact'],
]
const ALLERGENS: readonly Term[] = [
  [SYSTEMS.rxnorm, '7980', 'Penicillin G'],
  [snomed, '762952008', 'Peanut'],
  [snomed, '111088007', 'Latex'],
]

export function conditionResources(chart: Chart): Resource[] {
  const problems = chart.person.age < 18 ? CHILD_PROBLEMS : ADULT_PROBLEMS
  const first = chart.random.int(0, problems.length - 1)
  const second = problems[(first + 1) % problems.length]!
  return [
    problem(chart, 1, problems[first]!, 'problem-list-item', 'active'),
    problem(chart, 2, second, 'problem-list-item', chart.random.chance(0.3) ? 'resolved' : 'active'),
    diagnosis(chart, 1, chart.random.pick(DIAGNOSES)),
    diagnosis(chart, 2, chart.random.pick(DIAGNOSES)),
    problem(chart, 1, chart.random.pick(CONCERNS), 'health-concern', 'active'),
  ]
}

function problem(
  chart: Chart,
  number: number,
  code: Term,
  category: 'problem-list-item' | 'health-concern',
  status: 'active' | 'resolved',
): Condition {
  const onset = daysBefore(chart.today, chart.random.int(400, 1500))
  const isConcern = category === 'health-concern'
  return {
    resourceType: 'Condition',
    id: recordId(chart, isConcern ? 'concern' : 'problem', number),
    meta: usCore('condition-problems-health-concerns'),
    clinicalStatus: hl7('condition-clinical', status),
    verificationStatus: hl7('condition-ver-status', 'confirmed'),
    category: [
      isConcern
        ? concept('http://hl7.org/fhir/us/core/CodeSystem/condition-category', category, 'Health Concern')
        : hl7('condition-category', category, 'Problem List Item'),
    ],
    code: concept(...code),
    subject: chart.subject,
    onsetDateTime: onset,
    ...(status === 'resolved' ? { abatementDateTime: daysBefore(chart.today, 200) } : {}),
    recordedDate: onset,
    recorder: chart.clinician,
    asserter: chart.clinician,
  }
}

function diagnosis(chart: Chart, number: number, code: Term): Condition {
  const visit = chart.visits[number]!
  return {
    resourceType: 'Condition',
    id: recordId(chart, 'diagnosis', number),
    meta: usCore('condition-encounter-diagnosis'),
    clinicalStatus: hl7('condition-clinical', 'resolved'),
    verificationStatus: hl7('condition-ver-status', 'confirmed'),
    category: [hl7('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis')],
    code: concept(...code),
    subject: chart.subject,
    encounter: visit.reference,
    onsetDateTime: visit.day,
    abatementDateTime: daysBefore(visit.day, -14),
    recordedDate: visit.day,
    recorder: chart.clinician,
  }
}

export function allergyResources(chart: Chart): Resource[] {
  const isAllergic = chart.random.chance(0.6)
  const allergy: AllergyIntolerance = {
    resourceType: 'AllergyIntolerance',
    id: recordId(chart, 'allergy', 1),
    meta: usCore('allergyintolerance'),
    clinicalStatus: hl7('allergyintolerance-clinical', 'active'),
    verificationStatus: hl7('allergyintolerance-verification', 'confirmed'),
    code: isAllergic ? concept(...chart.random.pick(ALLERGENS)) : concept(snomed, '716186003', 'No known allergy'),
    patient: chart.subject,
    recordedDate: chart.visits.at(-1)!.day,
    recorder: chart.clinician,
    ...(isAllergic
      ? {
          type: 'allergy' as const,
          criticality: chart.random.pick(['low', 'high'] as const),
          reaction: [{ manifestation: [concept(snomed, '247472004', 'Hives')], severity: 'moderate' as const }],
        }
      : {}),
  }
  return [allergy]
}
