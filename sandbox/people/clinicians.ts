// The people and places of care: practitioners with their roles, organizations and locations. They belong to no patient.
import type { Location, Organization, Practitioner, PractitionerRole, Resource } from '@medplum/fhirtypes'
import { concept, reference, SYSTEMS, usCore } from './coding.ts'

type Clinician = { id: string; given: string; family: string; specialty: readonly [code: string, display: string] }

// Specialties: NUCC provider taxonomy.
const CLINICIANS: readonly Clinician[] = [
  { id: 'wei-chen', given: 'Wei', family: 'Chen', specialty: ['207Q00000X', 'Family Medicine Physician'] },
  { id: 'nora-hale', given: 'Nora', family: 'Hale', specialty: ['207R00000X', 'Internal Medicine Physician'] },
  { id: 'tomas-silva', given: 'Tomas', family: 'Silva', specialty: ['207RC0000X', 'Cardiovascular Disease Physician'] },
  { id: 'grace-mbeki', given: 'Grace', family: 'Mbeki', specialty: ['208000000X', 'Pediatrics Physician'] },
  { id: 'ivan-petrov', given: 'Ivan', family: 'Petrov', specialty: ['207Q00000X', 'Family Medicine Physician'] },
  {
    id: 'sara-lindqvist',
    given: 'Sara',
    family: 'Lindqvist',
    specialty: ['207R00000X', 'Internal Medicine Physician'],
  },
  { id: 'omar-haddad', given: 'Omar', family: 'Haddad', specialty: ['207Q00000X', 'Family Medicine Physician'] },
]

export const CLINIC_ID = 'harbour-clinic'
export const INSURER_ID = 'northwind-health-plan'
export const LOCATION_IDS = ['harbour-clinic-main', 'harbour-clinic-east'] as const

export function clinicianName(id: string): string {
  const found = CLINICIANS.find((one) => one.id === id)
  if (!found) throw new Error(`no clinician ${id}`)
  return `Dr. ${found.given} ${found.family}`
}

/** Everything that is shared between patients, except medications. */
export function clinicResources(): Resource[] {
  return [
    organization(CLINIC_ID, 'Harbour Clinic', 'prov', 'Healthcare Provider'),
    organization(INSURER_ID, 'Northwind Health Plan', 'pay', 'Payer'),
    ...LOCATION_IDS.map((id, at) =>
      location(id, at === 0 ? 'Harbour Clinic, main building' : 'Harbour Clinic, east wing'),
    ),
    ...CLINICIANS.map(practitioner),
    ...CLINICIANS.map(role),
  ]
}

function organization(id: string, name: string, code: string, display: string): Organization {
  return {
    resourceType: 'Organization',
    id,
    meta: usCore('organization'),
    active: true,
    type: [concept(`${SYSTEMS.term}/organization-type`, code, display)],
    name,
    telecom: [{ system: 'phone', value: '+1-555-0100', use: 'work' }],
    address: [{ line: ['1 Quay Road'], city: 'Harbourton', state: 'WA', postalCode: '98000', country: 'US' }],
  }
}

function location(id: string, name: string): Location {
  return {
    resourceType: 'Location',
    id,
    meta: usCore('location'),
    status: 'active',
    name,
    mode: 'instance',
    address: { line: ['1 Quay Road'], city: 'Harbourton', state: 'WA', postalCode: '98000', country: 'US' },
    managingOrganization: reference('Organization', CLINIC_ID, 'Harbour Clinic'),
  }
}

function practitioner({ id, given, family }: Clinician, at: number): Practitioner {
  return {
    resourceType: 'Practitioner',
    id,
    meta: usCore('practitioner'),
    identifier: [{ system: SYSTEMS.npi, value: String(1_999_000_001 + at) }],
    active: true,
    name: [{ use: 'official', text: `Dr. ${given} ${family}`, family, given: [given], prefix: ['Dr.'] }],
    telecom: [{ system: 'email', value: `${given}.${family}@contoso.example`.toLowerCase(), use: 'work' }],
  }
}

function role({ id, given, family, specialty }: Clinician): PractitionerRole {
  return {
    resourceType: 'PractitionerRole',
    id: `${id}-role`,
    meta: usCore('practitionerrole'),
    active: true,
    practitioner: reference('Practitioner', id, `Dr. ${given} ${family}`),
    organization: reference('Organization', CLINIC_ID, 'Harbour Clinic'),
    code: [concept('http://nucc.org/provider-taxonomy', specialty[0], specialty[1])],
    specialty: [concept('http://nucc.org/provider-taxonomy', specialty[0], specialty[1])],
    location: [reference('Location', LOCATION_IDS[0])],
    telecom: [{ system: 'phone', value: '+1-555-0101', use: 'work' }],
  }
}
