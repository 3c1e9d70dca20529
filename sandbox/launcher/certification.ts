// What test kits for SMART want to be told, as this sandbox has it.

import { ENDPOINTS } from '../../smart/discovery.ts'
import type { SandboxUrls } from '../settings.ts'
import type { Inputs } from './pages/tool-pages.ts'

/** Where Inferno comes back to when it runs on the same machine. */
const KIT = 'http://localhost/custom/smart'
const US_CORE = [
  'Patient',
  'AllergyIntolerance',
  'CarePlan',
  'CareTeam',
  'Condition',
  'Device',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Goal',
  'Immunization',
  'MedicationRequest',
  'Observation',
  'Procedure',
]
const CATEGORIES = 'http://terminology.hl7.org/CodeSystem'

function scopes(context: string, letters: string): string {
  return US_CORE.map((type) => `${context}/${type}.${letters}`).join(' ')
}

const GRANULAR = [
  `patient/Condition.rs?category=${CATEGORIES}/condition-category|encounter-diagnosis`,
  'patient/Condition.rs?category=http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern',
  `patient/Condition.rs?category=${CATEGORIES}/condition-category|problem-list-item`,
  ...['laboratory', 'social-history', 'vital-signs', 'survey'].map(
    (code) => `patient/Observation.rs?category=${CATEGORIES}/observation-category|${code}`,
  ),
].join(' ')

export function certificationInputs({ issuer, fhirBase }: SandboxUrls): Inputs {
  return [
    {
      title: 'Server',
      about: 'The same for every test.',
      fields: [
        ['FHIR endpoint', fhirBase],
        ['SMART configuration', `${fhirBase}/.well-known/smart-configuration`],
        ['Issuer', issuer],
        ['Authorization endpoint', issuer + ENDPOINTS.authorization],
        ['Token endpoint', issuer + ENDPOINTS.token],
        ['Introspection endpoint', issuer + ENDPOINTS.introspection],
        ['Revocation endpoint', issuer + ENDPOINTS.revocation],
      ],
    },
    {
      title: 'Register the kit',
      about:
        'In the folder of the project, once. The address is the one of Inferno on this machine; another kit has others.',
      fields: [
        [
          'Public app',
          `npm run admin -- clients add test-kit --name "Test kit" --auth none --redirect-uri ${KIT}/redirect --launch-url ${KIT}/launch --scope "openid fhirUser profile launch launch/patient launch/encounter offline_access online_access patient/*.cruds user/*.cruds"`,
        ],
        ['Client id', 'test-kit'],
      ],
    },
    {
      title: 'Standalone launch',
      about: 'Sign in as Ana Ruiz and share everything. For limited access, turn kinds of data off on the page.',
      fields: [
        ['Scopes', `launch/patient openid fhirUser offline_access ${scopes('patient', 'rs')}`],
        ['Scopes, SMART 1', `launch/patient openid fhirUser offline_access ${scopes('patient', 'read')}`],
        ['Granular scopes', `launch/patient openid fhirUser offline_access patient/Patient.rs ${GRANULAR}`],
        ['Patient id', 'ana-ruiz'],
      ],
    },
    {
      title: 'EHR launch',
      about: 'Open the record system, sign in as Dr. Wei Chen, open the chart of Ana Ruiz, and open the kit there.',
      fields: [['Scopes', `launch openid fhirUser offline_access ${scopes('user', 'rs')}`]],
    },
    {
      title: 'Backend service',
      about: 'Register the public key of the kit with --auth private_key_jwt --jwks-file.',
      fields: [['Scopes', 'system/*.rs']],
    },
    {
      title: 'Patients',
      about: 'For tests of single and several patients.',
      fields: [['Patient ids', 'ana-ruiz, clara-winters, idris-kamara']],
    },
  ]
}
