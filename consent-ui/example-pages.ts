// Every page with speaking examples: what tests look at, in its plain, long, hostile and faulty states.
import type { ConsentRequest } from './consent-page.ts'
import { consentPage } from './consent-page.ts'
import { errorPage } from './error-page.ts'
import { examplesOfApps } from './example-apps.ts'
import { hopPage } from './hop-page.ts'
import { HOSTILE_NAME } from './hostile-name.ts'
import type { Lang } from './language.ts'
import type { Frame } from './layout.ts'
import { noRecordPage } from './no-record-page.ts'
import { personaPage } from './persona-page.ts'
import { encounterPickerPage, patientPickerPage } from './picker-pages.ts'
import { providerPage } from './provider-page.ts'
import { signedInPage } from './signed-in-page.ts'
import { signedOutPage } from './signed-out-page.ts'
import { problemWords } from './words/problems.ts'

export { HOSTILE_NAME }

const frameIn = (lang: Lang): Frame => ({
  operator: 'Contoso Health',
  lang,
  languages: (['en', 'es'] as const)
    .filter((one) => one !== lang)
    .map((one) => ({ lang: one, href: `/interaction/abc?lang=${one}` })),
  support: '+34 900 123 456',
})

/** Of a request, which does not wait for ever. */
const waitingIn = (lang: Lang): Frame => ({
  ...frameIn(lang),
  waits: { minutes: 58, href: '/interaction/abc/more-time' },
})

export const requestOfAna: ConsentRequest = {
  frame: waitingIn('en'),
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

/** Page by name. */
export function examplePagesIn(lang: Lang): Readonly<Record<string, string>> {
  const frame = frameIn(lang)
  const request = { ...requestOfAna, frame: waitingIn(lang) }
  const form = { frame: waitingIn(lang), action: '/interaction/abc', csrf: 'token', app: 'Heart Chart' }
  return {
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
    'consent-nothing-ticked': consentPage({ ...request, chosen: [], isEmpty: true }),
    'consent-hostile': consentPage({
      ...request,
      frame: { ...frame, operator: HOSTILE_NAME, support: HOSTILE_NAME },
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
        { value: 'Practitioner/tomas-silva', role: 'clinician', name: 'Dr. Tomas Silva' },
        { value: 'Patient/tomas-silva', role: 'own', name: 'Tomas Silva' },
      ],
    }),
    'persona-none-chosen': personaPage({
      ...form,
      personas: [
        { value: 'RelatedPerson/maria-for-mateo', role: 'relative', name: 'Mateo Lopez', birthDate: '2017-03-01' },
      ],
      isUnanswered: true,
    }),
    'patient-picker': patientPickerPage({
      ...form,
      query: '',
      searched: false,
      recent: many.slice(0, 2),
      rows: many.slice(2),
      truncated: true,
    }),
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
      isUnanswered: true,
    }),
    'encounter-picker': encounterPickerPage({
      ...form,
      rows: [
        { id: 'e1', label: 'Check-up at Contoso Heart Clinic', start: '2026-05-03' },
        { id: 'e2', label: 'Hospital stay' },
      ],
    }),
    error: errorPage({
      frame,
      ...problemWords(lang)['app-not-set-up'],
      reference: '7f3a-91bc',
    }),
    ...examplesOfApps(frame),
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
}

export const examplePages = examplePagesIn('en')
