// What every observation has; and those that come from asking: social history and surveys. LOINC codes.
import type { CodeableConcept, Observation, Resource } from '@medplum/fhirtypes'
import { type Chart, recordId, type Visit } from './chart.ts'
import { concept, hl7, quantity, SYSTEMS, usCore } from './coding.ts'

export type Measure = {
  kind: string
  profile: string
  code: readonly [code: string, display: string]
  unit: readonly [unit: string, ucum: string]
  /** Usual span for an adult, and decimals as the device shows them. */
  span: readonly [low: number, high: number, decimals: number]
}

const SMOKING: readonly (readonly [code: string, display: string])[] = [
  ['266919005', 'Never smoked tobacco'],
  ['8517006', 'Ex-smoker'],
  ['449868002', 'Smokes tobacco daily'],
]

export function socialResources(chart: Chart): Resource[] {
  const visit = chart.visits[0]!
  const social = (kind: string, profile: string, code: readonly [string, string]) =>
    observationBase(chart, visit, recordId(chart, kind, 1), profile, 'social-history', 'Social History', code)
  const [code, display] = chart.person.age < 14 ? SMOKING[0]! : chart.random.pick(SMOKING)
  return [
    {
      ...social('smoking', 'smokingstatus', ['72166-2', 'Tobacco smoking status']),
      valueCodeableConcept: concept(SYSTEMS.snomed, code, display),
    },
    {
      ...social('occupation', 'simple-observation', ['11341-5', 'History of Occupation']),
      valueString:
        chart.person.age < 18 ? 'Goes to school' : chart.random.pick(['Teacher', 'Carpenter', 'Nurse', 'Retired']),
    },
  ]
}

export function surveyResources(chart: Chart): Resource[] {
  const visit = chart.visits[1]!
  const survey = (kind: string, code: readonly [string, string]) =>
    observationBase(
      chart,
      visit,
      recordId(chart, kind, 1),
      'observation-screening-assessment',
      'survey',
      'Survey',
      code,
    )
  return [
    {
      ...survey('phq9', ['44261-6', 'Patient Health Questionnaire 9 item (PHQ-9) total score']),
      valueQuantity: quantity(chart.random.int(0, 14), '{score}'),
    },
    {
      ...survey('food-worry', ['88122-7', 'Worried whether food would run out in the last 12 months']),
      valueCodeableConcept: concept(SYSTEMS.loinc, 'LA28398-8', 'Never true'),
    },
  ]
}

/** Made at a visit, by who saw the patient; the caller adds the value. */
export function observationBase(
  chart: Chart,
  visit: Visit,
  id: string,
  profile: string,
  category: string,
  categoryDisplay: string,
  [code, display]: readonly [string, string],
): Observation {
  const categories: CodeableConcept[] = [hl7('observation-category', category, categoryDisplay)]
  return {
    resourceType: 'Observation',
    id,
    meta: usCore(profile),
    status: 'final',
    category: categories,
    code: concept(SYSTEMS.loinc, code, display),
    subject: chart.subject,
    encounter: visit.reference,
    effectiveDateTime: visit.start,
    issued: visit.end.replace('Z', '.000Z'),
    performer: [chart.clinician],
  }
}
