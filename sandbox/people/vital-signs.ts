// Vital signs taken at each visit, within spans that fit the patient's age. LOINC codes, UCUM units.
import type { Observation, Resource } from '@medplum/fhirtypes'
import { type Chart, recordId } from './chart.ts'
import { concept, quantity, SYSTEMS } from './coding.ts'
import { type Measure, observationBase } from './observations.ts'

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

export function vitalResources(chart: Chart): Resource[] {
  const height = heightOf(chart)
  const startWeight = weightOf(chart, height)
  return chart.visits.flatMap((visit, at): Observation[] => {
    const number = chart.visits.length - at
    const weight = Number((startWeight * (1 + (chart.random.next() - 0.5) * 0.06)).toFixed(2))
    const vital = (kind: string, profile: string, code: readonly [string, string]) =>
      observationBase(chart, visit, recordId(chart, kind, number), profile, 'vital-signs', 'Vital Signs', code)
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
