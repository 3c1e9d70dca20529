// The people who can sign in to the sandbox: what the Entra stand-in knows of each, and the FHIR records they act as.
// The synthetic data set holds these records under exactly these ids.

export const SANDBOX_TENANT_ID = '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10'

export type DemoPerson = {
  username: string
  name: string
  /** Entra object id: stable, never reassigned. */
  objectId: string
  roles: readonly string[]
  /** FHIR resources this login may act as, relative references. */
  personas: readonly string[]
  /** One line for the sign-in page. */
  about: string
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  {
    username: 'ana.ruiz@contoso.example',
    name: 'Ana Ruiz',
    objectId: '11111111-aaaa-4aaa-8aaa-000000000001',
    roles: [],
    personas: ['Patient/ana-ruiz'],
    about: 'Patient',
  },
  {
    username: 'ben.okafor@contoso.example',
    name: 'Ben Okafor',
    objectId: '11111111-aaaa-4aaa-8aaa-000000000002',
    roles: [],
    personas: ['Patient/ben-okafor'],
    about: 'Patient',
  },
  {
    username: 'maria.lopez@contoso.example',
    name: 'Maria Lopez',
    objectId: '11111111-aaaa-4aaa-8aaa-000000000003',
    roles: [],
    personas: ['RelatedPerson/maria-for-mateo', 'RelatedPerson/maria-for-lucia'],
    about: 'Mother of Mateo and Lucia',
  },
  {
    username: 'wei.chen@contoso.example',
    name: 'Dr. Wei Chen',
    objectId: '11111111-aaaa-4aaa-8aaa-000000000004',
    roles: ['Practitioner'],
    personas: ['Practitioner/wei-chen'],
    about: 'Clinician, sees the patients in her own care',
  },
  {
    username: 'nora.hale@contoso.example',
    name: 'Dr. Nora Hale',
    objectId: '11111111-aaaa-4aaa-8aaa-000000000005',
    roles: ['Practitioner'],
    personas: ['Practitioner/nora-hale'],
    about: 'Clinician, may open every patient',
  },
  {
    username: 'tomas.silva@contoso.example',
    name: 'Dr. Tomas Silva',
    objectId: '11111111-aaaa-4aaa-8aaa-000000000006',
    roles: ['Practitioner'],
    personas: ['Practitioner/tomas-silva', 'Patient/tomas-silva'],
    about: 'Clinician, and a patient here too',
  },
  {
    username: 'noah.stone@contoso.example',
    name: 'Noah Stone',
    objectId: '11111111-aaaa-4aaa-8aaa-000000000007',
    roles: [],
    personas: [],
    about: 'Has an account, but no record here',
  },
  {
    username: 'zoe.marsh@contoso.example',
    name: 'Zoe Marsh',
    objectId: '11111111-aaaa-4aaa-8aaa-000000000008',
    roles: [],
    personas: ['Patient/zoe-marsh'],
    about: 'Patient, 17, soon 18',
  },
  {
    username: 'sara.cohen@contoso.example',
    name: 'שרה כהן',
    objectId: '11111111-aaaa-4aaa-8aaa-000000000009',
    roles: [],
    personas: ['Patient/sara-cohen'],
    about: 'Patient, with an untidy record',
  },
  {
    username: 'olga.berg@contoso.example',
    name: 'Olga Berg',
    objectId: '11111111-aaaa-4aaa-8aaa-000000000090',
    roles: ['SmartAdmin'],
    personas: [],
    about: 'Runs this server: opens the pages for operators',
  },
]
