// Patient records, the parent of two of them, and their visits.
import type { Encounter, Patient, RelatedPerson, Resource } from '@medplum/fhirtypes'
import { type Chart, recordId, type Visit } from './chart.ts'
import { CLINIC_ID, clinicianName, LOCATION_IDS } from './clinicians.ts'
import { concept, daysBefore, hl7, moment, reference, SYSTEMS, usCore } from './coding.ts'
import type { Random } from './random.ts'
import type { RosterEntry } from './roster.ts'

const STREETS = ['Alder Street', 'Birch Lane', 'Canal Row', 'Dock Road', 'Elm Square'] as const

/** @param number the patient's place in the roster: it makes the record number */
export function patientResource(person: RosterEntry, number: number, random: Random, today: string): Patient {
  const birthDay = daysBefore(today, person.daysSinceBirthday ?? random.int(1, 364))
  return {
    resourceType: 'Patient',
    id: person.id,
    meta: usCore('patient'),
    identifier: [
      {
        use: 'usual',
        type: hl7('v2-0203', 'MR', 'Medical record number'),
        system: SYSTEMS.mrn,
        value: recordNumber(number),
      },
    ],
    active: true,
    name: [{ use: 'official', text: `${person.given} ${person.family}`, family: person.family, given: [person.given] }],
    telecom: [{ system: 'phone', value: `+1-555-01${String(number).padStart(2, '0')}`, use: 'home' }],
    gender: person.gender,
    birthDate: `${Number(birthDay.slice(0, 4)) - person.age}${safeDay(birthDay)}`,
    address: [
      {
        line: [`${random.int(1, 180)} ${random.pick(STREETS)}`],
        city: 'Harbourton',
        state: 'WA',
        postalCode: '98000',
        country: 'US',
      },
    ],
    communication: [{ language: concept('urn:ietf:bcp:47', 'en', 'English'), preferred: true }],
    generalPractitioner: [
      reference('Practitioner', person.generalPractitioner, clinicianName(person.generalPractitioner)),
    ],
    managingOrganization: reference('Organization', CLINIC_ID, 'Harbour Clinic'),
  }
}

export function recordNumber(number: number): string {
  return `MRN-${String(100_000 + number * 37)}`
}

/** A leap day cannot be moved to any other year. */
function safeDay(day: string): string {
  return day.endsWith('-02-29') ? '-02-28' : day.slice(4)
}

/** Maria Lopez, mother of two patients: one RelatedPerson for each child, as R4 wants it. */
export function parentResources(): RelatedPerson[] {
  return (['mateo', 'lucia'] as const).map((child) => ({
    resourceType: 'RelatedPerson',
    id: `maria-for-${child}`,
    meta: usCore('relatedperson'),
    active: true,
    patient: reference('Patient', `${child}-lopez`),
    relationship: [hl7('v3-RoleCode', 'MTH', 'mother')],
    name: [{ use: 'official', text: 'Maria Lopez', family: 'Lopez', given: ['Maria'] }],
    gender: 'female',
    telecom: [{ system: 'email', value: 'maria.lopez@contoso.example' }],
  }))
}

/** Four visits over the last three years, newest first. */
export function visitsOf(person: RosterEntry, random: Random, today: string): Visit[] {
  const offsets = [random.int(5, 90), random.int(120, 330), random.int(380, 640), random.int(700, 1000)]
  return offsets.map((days, at) => {
    const day = daysBefore(today, days)
    const hour = random.int(8, 16)
    const id = `${person.id}-encounter-${offsets.length - at}`
    return { id, day, start: moment(day, hour), end: moment(day, hour, 30), reference: reference('Encounter', id) }
  })
}

export function encounterResources(chart: Chart): Resource[] {
  return chart.visits.map((visit, at): Encounter => {
    const isVirtual = at === 2
    return {
      resourceType: 'Encounter',
      id: visit.id,
      meta: usCore('encounter'),
      identifier: [{ system: 'https://contoso.example/visits', value: visit.id }],
      status: 'finished',
      class: {
        system: `${SYSTEMS.term}/v3-ActCode`,
        code: isVirtual ? 'VR' : 'AMB',
        display: isVirtual ? 'virtual' : 'ambulatory',
      },
      type: [concept(SYSTEMS.snomed, '185349003', 'Encounter for check up')],
      subject: chart.subject,
      participant: [
        {
          type: [hl7('v3-ParticipationType', 'PPRF', 'primary performer')],
          period: { start: visit.start, end: visit.end },
          individual: chart.clinician,
        },
      ],
      period: { start: visit.start, end: visit.end },
      reasonCode: [concept(SYSTEMS.snomed, '390906007', 'Follow-up encounter')],
      location: [{ location: reference('Location', LOCATION_IDS[at % 2]!) }],
      serviceProvider: reference('Organization', CLINIC_ID, 'Harbour Clinic'),
    }
  })
}

/** The visit that a device's number or a member's paper can be tied to: the newest. */
export function newestVisit(chart: Chart): Visit {
  const visit = chart.visits[0]
  if (!visit) throw new Error(`${recordId(chart, 'visits')} are missing`)
  return visit
}
