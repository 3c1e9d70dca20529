// Vital signs, laboratory results with their report, social history and surveys. LOINC codes, UCUM units.
import type { CodeableConcept, DiagnosticReport, Observation, Resource } from '@medplum/fhirtypes'
import { type Chart, recordId, type Visit } from './chart.ts'
import { CLINIC_ID } from './clinicians.ts'
import { concept, hl7, quantity, reference, SYSTEMS, usCore } from './coding.ts'

type Measure = {
  kind: string
  profile: string
  code: readonly [code: string, display: string]
  unit: readonly [unit: string, ucum: string]
  /** Usual span for an adult, and decimals as the device shows them. */
  span: readonly [low: number, high: number, decimals: number]
}

const VITALS: readonly Measure[] = [
  {
    kind: 'heart-rate',
    profile: 'heart-rate',
    code: ['8867-4', 'Heart rate'],
    unit: ['/min', '/min'],
    span: [58, 98, 0],
  },
  {
    kind: 'respiratory-rate',
    profile: 'respiratory-rate',
    code: ['9279-1', 'Respiratory rate'],
    unit: ['/min', '/min'],
    span: [12, 20, 0],
  },
  {
    kind: 'temperature',
    profile: 'body-temperature',
    code: ['8310-5', 'Body temperature'],
    unit: ['Cel', 'Cel'],
    span: [36.1, 37.4, 1],
  },
]

const LABS: readonly Measure[] = [
  {
    kind: 'glucose',
    profile: 'observation-lab',
    code: ['2345-7', 'Glucose'],
    unit: ['mg/dL', 'mg/dL'],
    span: [72, 160, 0],
  },
  {
    kind: 'sodium',
    profile: 'observation-lab',
    code: ['2951-2', 'Sodium'],
    unit: ['mmol/L', 'mmol/L'],
    span: [134, 146, 0],
  },
  {
    kind: 'potassium',
    profile: 'observation-lab',
    code: ['2823-3', 'Potassium'],
    unit: ['mmol/L', 'mmol/L'],
    span: [3.4, 5.2, 1],
  },
  {
    kind: 'creatinine',
    profile: 'observation-lab',
    code: ['2160-0', 'Creatinine'],
    unit: ['mg/dL', 'mg/dL'],
    span: [0.55, 1.45, 2],
  },
  {
    kind: 'hba1c',
    profile: 'observation-lab',
    code: ['4548-4', 'Hemoglobin A1c'],
    unit: ['%', '%'],
    span: [4.8, 8.9, 1],
  },
  {
    kind: 'cholesterol',
    profile: 'observation-lab',
    code: ['2093-3', 'Cholesterol'],
    unit: ['mg/dL', 'mg/dL'],
    span: [130, 260, 0],
  },
]

export function vitalResources(chart: Chart): Resource[] {
  const height = heightOf(chart)
  const startWeight = weightOf(chart, height)
  return chart.visits.flatMap((visit, at): Observation[] => {
    const number = chart.visits.length - at
    const weight = Number((startWeight * (1 + (chart.random.next() - 0.5) * 0.06)).toFixed(2))
    const vital = (kind: string, profile: string, code: readonly [string, string]) =>
      base(chart, visit, recordId(chart, kind, number), profile, 'vital-signs', 'Vital Signs', code)
    return [
      bloodPressure(chart, vital('blood-pressure', 'blood-pressure', ['85354-9', 'Blood pressure panel'])),
      { ...vital('weight', 'body-weight', ['29463-7', 'Body weight']), valueQuantity: quantity(weight, 'kg') },
      { ...vital('height', 'body-height', ['8302-2', 'Body height']), valueQuantity: quantity(height, 'cm') },
      {
        ...vital('bmi', 'bmi', ['39156-5', 'Body mass index']),
        valueQuantity: quantity(Number((weight / (height / 100) ** 2).toFixed(1)), 'kg/m2'),
      },
      ...VITALS.slice(0, at === 0 ? 3 : 1).map((measure) => ({
        ...vital(measure.kind, measure.profile, measure.code),
        valueQuantity: quantity(chart.random.decimal(...measure.span), ...measure.unit),
      })),
    ]
  })
}

function heightOf({ person, random }: Chart): number {
  return person.age < 16 ? 80 + person.age * 6 + random.int(-3, 3) : random.int(154, 190)
}

function weightOf({ person, random }: Chart, height: number): number {
  const bmi = person.age < 16 ? random.decimal(15, 18, 1) : random.decimal(20, 31, 1)
  return bmi * (height / 100) ** 2
}

function bloodPressure(chart: Chart, observation: Observation): Observation {
  const isChild = chart.person.age < 13
  const systolic = isChild ? chart.random.int(92, 110) : chart.random.int(106, 148)
  const diastolic = isChild ? chart.random.int(55, 70) : chart.random.int(64, 94)
  const part = (code: string, display: string, value: number) => ({
    code: concept(SYSTEMS.loinc, code, display),
    valueQuantity: quantity(value, 'mmHg', 'mm[Hg]'),
  })
  return {
    ...observation,
    component: [
      part('8480-6', 'Systolic blood pressure', systolic),
      part('8462-4', 'Diastolic blood pressure', diastolic),
    ],
  }
}

/** Two rounds of laboratory work, each with a report that lists its results. */
export function laboratoryResources(chart: Chart): Resource[] {
  return chart.visits.slice(0, 2).flatMap((visit, at): Resource[] => {
    const number = 2 - at
    const results = LABS.slice(0, at === 0 ? LABS.length : 4).map(
      (measure): Observation => ({
        ...base(
          chart,
          visit,
          recordId(chart, measure.kind, number),
          measure.profile,
          'laboratory',
          'Laboratory',
          measure.code,
        ),
        valueQuantity: quantity(chart.random.decimal(...measure.span), ...measure.unit),
        referenceRange: [
          { low: quantity(measure.span[0], ...measure.unit), high: quantity(measure.span[1], ...measure.unit) },
        ],
      }),
    )
    return [...results, laboratoryReport(chart, visit, number, results)]
  })
}

function laboratoryReport(
  chart: Chart,
  visit: Visit,
  number: number,
  results: readonly Observation[],
): DiagnosticReport {
  return {
    resourceType: 'DiagnosticReport',
    id: recordId(chart, 'lab-report', number),
    meta: usCore('diagnosticreport-lab'),
    status: 'final',
    category: [hl7('v2-0074', 'LAB', 'Laboratory')],
    code: concept(SYSTEMS.loinc, '51990-0', 'Basic metabolic panel - Blood'),
    subject: chart.subject,
    encounter: visit.reference,
    effectiveDateTime: visit.start,
    issued: visit.end,
    performer: [reference('Organization', CLINIC_ID, 'Harbour Clinic')],
    result: results.map((one) => reference('Observation', one.id!)),
  }
}

const SMOKING: readonly (readonly [code: string, display: string])[] = [
  ['266919005', 'Never smoked tobacco'],
  ['8517006', 'Ex-smoker'],
  ['449868002', 'Smokes tobacco daily'],
]

export function socialResources(chart: Chart): Resource[] {
  const visit = chart.visits[0]!
  const social = (kind: string, profile: string, code: readonly [string, string]) =>
    base(chart, visit, recordId(chart, kind, 1), profile, 'social-history', 'Social History', code)
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
    base(chart, visit, recordId(chart, kind, 1), 'observation-screening-assessment', 'survey', 'Survey', code)
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

function base(
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
