// Procedures, and documents: a note's DocumentReference, the Binary that holds its text, a report on it, and who made it.
import type { Binary, DiagnosticReport, DocumentReference, Procedure, Provenance, Resource } from '@medplum/fhirtypes'
import { type Chart, recordId } from './chart.ts'
import { CLINIC_ID } from './clinicians.ts'
import { concept, hl7, reference, SYSTEMS, type Term, usCore } from './coding.ts'

const PROCEDURES: readonly Term[] = [
  [SYSTEMS.snomed, '430193006', 'Medication reconciliation'],
  [SYSTEMS.snomed, '171207006', 'Depression screening'],
  [SYSTEMS.snomed, '73761001', 'Colonoscopy'],
]

export function procedureResources(chart: Chart): Resource[] {
  return PROCEDURES.slice(0, chart.person.age >= 45 ? 3 : 2).map((term, at): Procedure => {
    const visit = chart.visits[at]!
    return {
      resourceType: 'Procedure',
      id: recordId(chart, 'procedure', at + 1),
      meta: usCore('procedure'),
      status: 'completed',
      code: concept(...term),
      subject: chart.subject,
      encounter: visit.reference,
      performedPeriod: { start: visit.start, end: visit.end },
      performer: [{ actor: chart.clinician }],
    }
  })
}

export function documentResources(chart: Chart): Resource[] {
  const visit = chart.visits[0]!
  const text = `Harbour Clinic, ${visit.day}\n\n${chart.person.given} ${chart.person.family} came for a check-up. No complaints.\n`
  const binary: Binary = {
    resourceType: 'Binary',
    id: recordId(chart, 'note-text', 1),
    contentType: 'text/plain',
    securityContext: chart.subject,
    data: Buffer.from(text).toString('base64'),
  }
  const document: DocumentReference = {
    resourceType: 'DocumentReference',
    id: recordId(chart, 'note', 1),
    meta: usCore('documentreference'),
    identifier: [{ system: 'https://contoso.example/documents', value: recordId(chart, 'note', 1) }],
    status: 'current',
    docStatus: 'final',
    type: concept(SYSTEMS.loinc, '11506-3', 'Progress note'),
    category: [
      concept(
        'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category',
        'clinical-note',
        'Clinical Note',
      ),
    ],
    subject: chart.subject,
    date: visit.end.replace('Z', '.000Z'),
    author: [chart.clinician],
    custodian: reference('Organization', CLINIC_ID, 'Harbour Clinic'),
    content: [
      {
        attachment: {
          contentType: 'text/plain',
          url: `Binary/${binary.id}`,
          title: 'Progress note',
          size: text.length,
        },
        format: {
          system: 'http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode',
          code: 'urn:ihe:iti:xds:2017:mimeTypeSufficient',
        },
      },
    ],
    context: { encounter: [visit.reference], period: { start: visit.start, end: visit.end } },
  }
  const report: DiagnosticReport = {
    resourceType: 'DiagnosticReport',
    id: recordId(chart, 'note-report', 1),
    meta: usCore('diagnosticreport-note'),
    status: 'final',
    category: [concept(SYSTEMS.loinc, 'LP29684-5', 'Radiology')],
    code: concept(SYSTEMS.loinc, '36643-5', 'XR Chest 2 Views'),
    subject: chart.subject,
    encounter: visit.reference,
    effectiveDateTime: visit.start,
    issued: visit.end.replace('Z', '.000Z'),
    performer: [chart.clinician],
    presentedForm: [{ contentType: 'text/plain', url: `Binary/${binary.id}` }],
  }
  return [binary, document, report, provenance(chart, document, visit.end)]
}

function provenance(chart: Chart, document: DocumentReference, recorded: string): Provenance {
  return {
    resourceType: 'Provenance',
    id: recordId(chart, 'provenance', 1),
    meta: usCore('provenance'),
    target: [reference('DocumentReference', document.id!), chart.subject],
    recorded: recorded.replace('Z', '.000Z'),
    agent: [
      {
        type: hl7('provenance-participant-type', 'author', 'Author'),
        who: chart.clinician,
        onBehalfOf: reference('Organization', CLINIC_ID, 'Harbour Clinic'),
      },
    ],
  }
}
