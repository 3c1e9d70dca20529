// What each part of a patient's record is made from.
import type { Encounter, Patient, Practitioner, Reference } from '@medplum/fhirtypes'
import { clinicianName } from './clinicians.ts'
import { reference } from './coding.ts'
import type { Random } from './random.ts'
import type { RosterEntry } from './roster.ts'

export type Visit = { id: string; day: string; start: string; end: string; reference: Reference<Encounter> }

export type Chart = {
  person: RosterEntry
  random: Random
  today: string
  subject: Reference<Patient>
  /** Who sees the patient and signs what came of it. */
  clinician: Reference<Practitioner>
  /** Newest first. */
  visits: readonly Visit[]
}

export function chartOf(person: RosterEntry, random: Random, today: string, visits: readonly Visit[]): Chart {
  return {
    person,
    random,
    today,
    subject: reference('Patient', person.id, `${person.given} ${person.family}`),
    clinician: reference('Practitioner', person.seenBy, clinicianName(person.seenBy)),
    visits,
  }
}

/** Ids say whose record it is and what kind: `ana-ruiz-weight-2`. */
export function recordId(chart: Chart, kind: string, number?: number): string {
  return number === undefined ? `${chart.person.id}-${kind}` : `${chart.person.id}-${kind}-${number}`
}
