// Every page with speaking examples: what tests look at, in its plain, long, hostile and faulty states.
import { type AppWithAccess, appsPage } from './apps-page.ts'
import type { ConsentRequest } from './consent-page.ts'
import { consentPage } from './consent-page.ts'
import { errorPage } from './error-page.ts'
import { hopPage } from './hop-page.ts'
import { noRecordPage } from './no-record-page.ts'
import { personaPage } from './persona-page.ts'
import { encounterPickerPage, patientPickerPage } from './picker-pages.ts'
import { providerPage } from './provider-page.ts'
import { sentences } from './sentences.ts'
import { signedInPage } from './signed-in-page.ts'
import { signedOutPage } from './signed-out-page.ts'

export const HOSTILE_NAME = '"><script>alert(1)</script>\u202e<img src=x onerror=alert(2)>&\u0000' + 'x'.repeat(10_000)

const frame = { operator: 'Contoso Health', lang: 'en' } as const
const form = { frame, action: '/interaction/abc', csrf: 'token', app: 'Heart Chart' }

const request: ConsentRequest = {
  frame,
  action: '/interaction/abc',
  csrf: 'token',
  app: {
    name: 'Heart Chart',
    maker: 'Example Hearts Ltd',
    purpose: 'We draw your heart health over time, so that you can talk about it with your doctor.',
    origin: 'http://localhost:4006',
  },
  user: 'Ana Ruiz',
  patient: { name: 'Ana Ruiz', birthDate: '1980-05-05' },
  changeable: true,
  scopes: [
    'openid',
    'fhirUser',
    'launch/patient',
    'offline_access',
    'patient/Patient.rs',
    'patient/Condition.rs',
    'patient/AllergyIntolerance.rs',
    'patient/MedicationRequest.rs',
    'patient/Immunization.rs',
    'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
    'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs',
    'patient/Encounter.rs',
    'patient/DocumentReference.rs',
  ],
}

const VITAL_SIGNS =
  'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs'
const partly = ['patient/AllergyIntolerance.rs', VITAL_SIGNS, 'patient/Goal.cu']

const many = Array.from({ length: 20 }, (_, at) => ({
  id: `p${at}`,
  name: at === 3 ? 'דנה סמית' : `Person Number ${at}`,
  birthDate: `19${40 + at}-03-0${(at % 9) + 1}`,
  sex: at % 2 ? 'female' : 'male',
  numberTail: String(1000 + at),
}))

const apps: AppWithAccess[] = [
  {
    id: 'a1',
    name: 'Sleep Diary',
    patient: 'Mateo Lopez',
    persona: 'For your son Mateo, 9',
    scopes: ['openid', VITAL_SIGNS, 'patient/Observation.cu'],
    since: '2026-02-01T10:00:00Z',
    keeps: false,
  },
  {
    id: 'a2',
    name: 'Heart Chart',
    maker: 'Example Hearts Ltd',
    patient: 'Ana Ruiz',
    scopes: [...request.scopes, 'patient/Procedure.rs', 'patient/Coverage.rs'],
    since: '2026-05-03T10:00:00Z',
    lastUsed: '2026-11-20T08:15:00Z',
    keeps: true,
  },
  {
    id: 'a3',
    name: 'Ward Round',
    persona: 'As Dr. Tomas Silva',
    scopes: ['user/*.rs', 'user/Task.cruds'],
    since: '2026-06-03T10:00:00Z',
    keeps: false,
  },
]

export const requestOfAna = request

/** Page by name. */
export const examplePages: Readonly<Record<string, string>> = {
  consent: consentPage(request),
  'consent-changes': consentPage({
    ...request,
    scopes: [
      ...request.scopes,
      'patient/*.rs',
      'patient/Observation.cu',
      'patient/Goal.cruds',
      'user/Patient.rs',
      'odd',
    ],
  }),
  'consent-whole-record': consentPage({ ...request, scopes: ['openid', 'patient/*.cruds', 'online_access'] }),
  'consent-in-part': consentPage({ ...request, scopes: ['patient/*.rs', 'patient/Goal.write'], chosen: partly }),
  'consent-again': consentPage({
    ...request,
    scopes: [...request.scopes, 'patient/Observation.rs', 'patient/Goal.cruds'],
    remembered: {
      asked: ['patient/Patient.rs', 'patient/Immunization.rs', 'patient/Observation.rs', 'patient/Goal.rs'],
      granted: ['patient/Patient.rs', 'patient/Immunization.rs', ...partly, 'patient/Goal.rs'],
    },
    required: ['patient/Patient.rs', VITAL_SIGNS],
  }),
  'consent-nothing-ticked': consentPage({ ...request, chosen: [], error: sentences.nothingTicked }),
  'consent-hostile': consentPage({
    ...request,
    frame: { operator: HOSTILE_NAME, lang: 'en' },
    app: { name: HOSTILE_NAME, maker: HOSTILE_NAME, purpose: HOSTILE_NAME, origin: HOSTILE_NAME },
    user: HOSTILE_NAME,
    patient: { name: HOSTILE_NAME, birthDate: HOSTILE_NAME },
    scopes: [...request.scopes, HOSTILE_NAME, `patient/Observation.rs?code=${encodeURIComponent('"><script>')}`],
  }),
  'consent-clinician': consentPage({
    ...request,
    user: 'Dr. Wei Chen',
    own: false,
    changeable: false,
    app: { name: 'Heart Chart', origin: 'http://localhost:4006' },
    scopes: ['openid', 'launch', 'patient/*.rs'],
  }),
  persona: personaPage({
    ...form,
    personas: [
      { value: 'Practitioner/tomas-silva', label: 'As Dr. Tomas Silva', hint: 'Cardiology, Contoso Heart Clinic' },
      { value: 'Patient/tomas-silva', label: 'As yourself' },
    ],
  }),
  'persona-none-chosen': personaPage({
    ...form,
    personas: [{ value: 'RelatedPerson/maria-for-mateo', label: 'For your son Mateo, 9' }],
    error: 'Choose who you are using the app as.',
  }),
  'patient-picker': patientPickerPage({ ...form, query: '', searched: false, rows: many, truncated: true }),
  'patient-picker-empty': patientPickerPage({ ...form, query: 'Zzz', searched: true, rows: [], truncated: false }),
  'patient-picker-hostile': patientPickerPage({
    ...form,
    app: HOSTILE_NAME,
    query: HOSTILE_NAME,
    searched: true,
    rows: [
      { id: HOSTILE_NAME, name: HOSTILE_NAME, birthDate: HOSTILE_NAME, sex: HOSTILE_NAME, numberTail: HOSTILE_NAME },
    ],
    truncated: false,
    error: 'Choose a person from the list.',
  }),
  'encounter-picker': encounterPickerPage({
    ...form,
    rows: [
      { id: 'e1', label: 'Check-up at Contoso Heart Clinic', period: '3 May 2026' },
      { id: 'e2', label: 'Hospital stay' },
    ],
  }),
  error: errorPage({
    frame,
    title: 'This app is not set up right',
    message: 'Nothing was shared. This is not your fault.',
    next: 'Go back to the app and tell its maker.',
    reference: '7f3a-91bc',
  }),
  apps: appsPage({ frame, csrf: 'token', user: 'Ana Ruiz', apps }),
  'apps-stopped': appsPage({
    frame,
    csrf: 'token',
    user: 'Ana Ruiz',
    apps: apps.slice(0, 1),
    notice: 'Stopped. Heart Chart gets no more of your data.',
  }),
  'apps-none': appsPage({ frame, csrf: 'token', user: 'Ana Ruiz', apps: [] }),
  'apps-hostile': appsPage({
    frame,
    csrf: 'token',
    user: HOSTILE_NAME,
    apps: [
      {
        id: HOSTILE_NAME,
        name: HOSTILE_NAME,
        maker: HOSTILE_NAME,
        patient: HOSTILE_NAME,
        persona: HOSTILE_NAME,
        scopes: [HOSTILE_NAME, `patient/Observation.rs?code=${encodeURIComponent('"><script>')}`],
        since: HOSTILE_NAME,
        lastUsed: HOSTILE_NAME,
        keeps: true,
      },
    ],
    notice: HOSTILE_NAME,
  }),
  provider: providerPage({
    ...form,
    providers: [
      { id: 'staff', label: 'Staff of Contoso Health' },
      { id: 'patients', label: 'Patients and family' },
      { id: 'hostile', label: HOSTILE_NAME },
    ],
  }),
  'signed-out': signedOutPage(frame),
  'no-record': noRecordPage({ ...form, user: 'Noah Stone' }),
  'no-record-hostile': noRecordPage({ ...form, app: HOSTILE_NAME, user: HOSTILE_NAME }),
  'signed-in': signedInPage(frame),
  hop: hopPage({ frame, app: 'Heart Chart', href: '/sign-in-window?id=abc', onward: '/interaction/abc' }),
}
