// Laboratory results and the reports that list them. LOINC codes, UCUM units.
import type { DiagnosticReport, Observation, Resource } from '@medplum/fhirtypes'
import { type Chart, recordId, type Visit } from './chart.ts'
import { CLINIC_ID } from './clinicians.ts'
import { concept, hl7, quantity, reference, SYSTEMS, usCore } from './coding.ts'
import { type Measure, observationBase } from './observations.ts'

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

/** Two rounds of laboratory work, each with a report that lists its results. */
export function laboratoryResources(chart: Chart): Resource[] {
  return chart.visits.slice(0, 2).flatMap((visit, at): Resource[] => {
    const number = 2 - at
    const results = LABS.slice(0, at === 0 ? LABS.length : 4).map(
      (measure): Observation => ({
        ...observationBase(
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
