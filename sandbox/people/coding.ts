// Short ways to write the FHIR datatypes that every record repeats: codes, references, quantities, days.
import type { CodeableConcept, Meta, Quantity, Reference, Resource } from '@medplum/fhirtypes'

export const SYSTEMS = {
  loinc: 'http://loinc.org',
  snomed: 'http://snomed.info/sct',
  rxnorm: 'http://www.nlm.nih.gov/research/umls/rxnorm',
  cvx: 'http://hl7.org/fhir/sid/cvx',
  ucum: 'http://unitsofmeasure.org',
  mrn: 'https://contoso.example/mrn',
  npi: 'http://hl7.org/fhir/sid/us-npi',
  term: 'http://terminology.hl7.org/CodeSystem',
} as const

export type Term = readonly [system: string, code: string, display: string]

export function concept(...[system, code, display]: Term): CodeableConcept {
  return { coding: [{ system, code, display }], text: display }
}

/** A code from terminology.hl7.org. */
export function hl7(system: string, code: string, display?: string): CodeableConcept {
  return { coding: [{ system: `${SYSTEMS.term}/${system}`, code, ...(display ? { display } : {}) }] }
}

export function reference<T extends Resource = Resource>(type: string, id: string, display?: string): Reference<T> {
  return { reference: `${type}/${id}`, ...(display ? { display } : {}) } as Reference<T>
}

export function quantity(value: number, unit: string, code = unit): Quantity {
  return { value, unit, system: SYSTEMS.ucum, code }
}

/** meta that claims a US Core profile. */
export function usCore(profile: string): Meta {
  return { profile: [`http://hl7.org/fhir/us/core/StructureDefinition/us-core-${profile}`] }
}

const DAY_MS = 86_400_000

/** The day so many days before another, as YYYY-MM-DD. */
export function daysBefore(today: string, days: number): string {
  return new Date(Date.parse(`${today}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10)
}

/** A moment on a day, in UTC. */
export function moment(day: string, hour: number, minute = 0): string {
  return `${day}T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00Z`
}
