// Every page with speaking examples: what tests look at, in its plain, long, hostile and faulty states.
import { exampleConsentPages } from './consent/example-consent-pages.ts'
import { errorPage } from './error-page.ts'
import { examplesOfAdmin } from './example-admin.ts'
import { examplesOfApps } from './example-apps.ts'
import { hopPage } from './hop-page.ts'
import { HOSTILE_NAME } from './hostile-name.ts'
import type { Lang } from './language.ts'
import type { Frame } from './layout.ts'
import { noRecordPage } from './no-record-page.ts'
import { otherPersonPage } from './other-person-page.ts'
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
  const form = { frame: waitingIn(lang), action: '/interaction/abc', csrf: 'token', app: 'Heart Chart' }
  return {
    ...exampleConsentPages(waitingIn(lang), HOSTILE_NAME),
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
    'error-sign-in': errorPage({
      frame,
      ...problemWords(lang)['sign-in-down'],
      reference: '7f3a-91bc',
      onward: '/interaction/abc',
    }),
    ...examplesOfApps(frame),
    ...examplesOfAdmin(frame),
    provider: providerPage({
      ...form,
      providers: [
        { id: 'staff', label: 'Staff of Contoso Health' },
        { id: 'patients', label: 'Patients and family' },
        { id: 'hostile', label: HOSTILE_NAME },
      ],
    }),
    'signed-out': signedOutPage(frame),
    'other-person': otherPersonPage({ ...form, user: 'Ana Ruiz' }),
    'other-person-hostile': otherPersonPage({ ...form, app: HOSTILE_NAME, user: HOSTILE_NAME }),
    'no-record': noRecordPage({ ...form, user: 'Noah Stone' }),
    'no-record-hostile': noRecordPage({ ...form, app: HOSTILE_NAME, user: HOSTILE_NAME }),
    'signed-in': signedInPage(frame),
    hop: hopPage({ frame, app: 'Heart Chart', href: '/sign-in-window?id=abc', onward: '/interaction/abc' }),
  }
}

export const examplePages = examplePagesIn('en')
