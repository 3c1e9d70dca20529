// The pages of a person's own with speaking examples: apps, one app, stopping, who saw the data.
import { type Actor, accessLogPage, type LogLine } from './access-log-page.ts'
import { appPage, type LastReads } from './app-page.ts'
import { type AppWithAccess, appsPage } from './apps-page.ts'
import { HOSTILE_NAME } from './hostile-name.ts'
import type { Frame } from './layout.ts'
import { noLogPage, reportedPage, reportPage } from './report-pages.ts'
import { removePage, stopPage, stoppedPage } from './stop-pages.ts'

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const VITAL_SIGNS = `patient/Observation.rs?category=${CATEGORY}|vital-signs`

export const heartChart: AppWithAccess = {
  id: 'a2',
  name: 'Heart Chart',
  maker: 'Example Hearts Ltd',
  patient: { name: 'Ana Ruiz' },
  persona: { value: 'Patient/ana', role: 'own', name: 'Ana Ruiz', birthDate: '1980-05-05' },
  scopes: [
    'openid',
    'launch/patient',
    'offline_access',
    'patient/Patient.rs',
    'patient/Condition.rs',
    'patient/AllergyIntolerance.rs',
    'patient/MedicationRequest.rs',
    'patient/Immunization.rs',
    `patient/Observation.rs?category=${CATEGORY}|laboratory`,
    VITAL_SIGNS,
    'patient/Encounter.rs',
    'patient/DocumentReference.rs',
    'patient/Procedure.rs',
    'patient/Coverage.rs',
  ],
  since: '2026-05-03T10:00:00Z',
  lastUsed: '2026-11-20T08:15:00Z',
  keeps: true,
  until: '2027-05-03T21:59:59Z',
}

const sleepDiary: AppWithAccess = {
  id: 'a1',
  name: 'Sleep Diary',
  patient: { name: 'Mateo Lopez' },
  persona: { value: 'RelatedPerson/maria-for-mateo', role: 'relative', name: 'Mateo Lopez', birthDate: '2017-03-01' },
  scopes: ['openid', VITAL_SIGNS, 'patient/Observation.cu'],
  since: '2026-02-01T10:00:00Z',
  lastUsed: '2026-02-01T10:00:00Z',
  keeps: false,
}

const wardRound: AppWithAccess = {
  id: 'a3',
  name: 'Ward Round',
  persona: { value: 'Practitioner/tomas-silva', role: 'clinician', name: 'Dr. Tomas Silva' },
  scopes: ['user/*.rs', 'user/Task.cruds'],
  since: '2026-06-03T10:00:00Z',
  lastUsed: '2026-11-19T07:00:00Z',
  keeps: false,
}

const hostile: AppWithAccess = {
  id: 'a4',
  name: HOSTILE_NAME,
  maker: HOSTILE_NAME,
  patient: { name: HOSTILE_NAME },
  persona: { value: HOSTILE_NAME, role: 'relative', name: HOSTILE_NAME, birthDate: HOSTILE_NAME },
  scopes: [`patient/Observation.rs?code=${encodeURIComponent('"><script>')}`, 'patient/Goal.rs'],
  since: HOSTILE_NAME,
  lastUsed: HOSTILE_NAME,
  keeps: true,
}

const reads: Extract<LastReads, { kind: 'known' }> = {
  kind: 'known',
  of: new Map([
    ['Observation', { day: '2026-11-20', count: 214 }],
    ['MedicationRequest', { day: '2026-11-20', count: 12 }],
    ['Patient', { day: '2026-11-18', count: 1 }],
    ['Coverage', { day: '2026-11-18', count: 0 }],
  ]),
  from: '2026-08-22',
  isSinceGiven: false,
}

const line = (at: string, deed: LogLine['deed'], types: LogLine['types'], isWithoutSignIn = false): LogLine => ({
  at,
  deed,
  types,
  isWithoutSignIn,
})

const ofHeartChart: Actor = { role: 'you', app: { id: 'heart', name: 'Heart Chart' } }
const drChen: Actor = {
  role: 'staff',
  name: 'Dr. Wei Chen',
  profession: 'Cardiologist',
  app: { id: 'ehr', name: 'Ward Round' },
}

const days = [
  {
    day: '2026-11-20',
    groups: [
      {
        actor: ofHeartChart,
        lines: [
          line(
            '2026-11-20T08:15:00Z',
            'saw',
            [
              { type: 'Observation', count: 214 },
              { type: 'MedicationRequest', count: 12 },
            ],
            true,
          ),
          line('2026-11-20T08:14:00Z', 'tried', [{ type: 'ExplanationOfBenefit', count: undefined }], true),
        ],
        requests: ['7b0c3c1e-5f0a-4c1a-9d7e-1a2b3c4d5e6f', '0e6f2a51-77c4-4a37-8f1c-6b5a4d3c2e1f'],
        event: { id: 'e1', at: '2026-11-20T08:15:00Z' },
      },
      {
        actor: drChen,
        lines: [line('2026-11-20T07:02:00Z', 'changed', [{ type: 'Condition', count: 1 }])],
        requests: ['a1'],
        event: { id: 'e2', at: '2026-11-20T07:02:00Z' },
      },
    ],
  },
  {
    day: '2026-11-18',
    groups: [
      {
        actor: { role: 'app-alone', app: { id: 'nightly', name: 'Night Batch' } } as const,
        lines: [line('2026-11-18T02:00:00Z', 'saw', [])],
        requests: [],
        event: { id: 'e3', at: '2026-11-18T02:00:00Z' },
      },
      {
        actor: { role: 'family' } as const,
        lines: [line('2026-11-18T01:00:00Z', 'added', [{ type: 'Observation', count: 1 }])],
        requests: ['b1'],
        event: { id: 'e4', at: '2026-11-18T01:00:00Z' },
      },
    ],
  },
]

export function examplesOfApps(ofOthers: Frame): Record<string, string> {
  const frame = { ...ofOthers, timeZone: 'Europe/Madrid' }
  const list = { frame, csrf: 'token', user: 'Ana Ruiz', endedDays: 90, hasLog: true, ended: [] }
  const one = { frame, csrf: 'token', app: heartChart }
  const own = { value: 'Patient/ana', isOwn: true, name: 'Ana Ruiz' }
  const mateo = { value: 'RelatedPerson/m', isOwn: false, name: 'Mateo Lopez' }
  const log = {
    frame,
    csrf: 'token',
    holder: own,
    others: [],
    choice: {},
    apps: [{ id: 'heart', name: 'Heart Chart' }],
    days,
    keptDays: 2190,
  }
  return {
    apps: appsPage({
      ...list,
      apps: [sleepDiary, heartChart, wardRound],
      ended: [
        { id: 'e1', name: 'Old Steps', patient: { name: 'Ana Ruiz' }, ended: '2026-10-02T10:00:00Z' },
        { id: 'e2', patient: {}, ended: '2026-09-30T10:00:00Z' },
        { id: 'e3', name: 'Ward Round' },
      ],
    }),
    'apps-none': appsPage({ ...list, apps: [], hasLog: false }),
    'apps-hostile': appsPage({ ...list, user: HOSTILE_NAME, apps: [hostile], ended: [hostile] }),
    app: appPage({ ...one, reads, sooner: ['2026-11-28', '2026-12-21'] }),
    'app-removed': appPage({ ...one, reads, sooner: [], notice: { kind: 'removed', at: '2026-11-21T09:32:00Z' } }),
    'app-removing': appPage({ ...one, reads: { kind: 'unknown' }, sooner: [], notice: { kind: 'removing' } }),
    'app-shortened': appPage({ ...one, reads, sooner: [], notice: { kind: 'shortened' } }),
    'app-no-day': appPage({ ...one, reads, sooner: ['2026-11-28'], hasFault: true }),
    'app-whole-record': appPage({
      ...one,
      app: { ...heartChart, scopes: ['patient/*.cruds'] },
      reads,
      sooner: [],
    }),
    'app-clinician': appPage({ ...one, app: wardRound, reads: { kind: 'not-listed' }, sooner: [] }),
    'app-hostile': appPage({ ...one, app: hostile, reads: { ...reads, isSinceGiven: true }, sooner: [] }),
    'app-remove': removePage({ ...one, removed: ['patient/Immunization.rs'], name: 'kind', value: 'x' }),
    'app-stop': stopPage({ ...one, contact: 'privacy@hearts.example' }),
    'app-stop-changes': stopPage({ ...one, app: sleepDiary }),
    'app-stopped': stoppedPage({
      frame,
      app: heartChart,
      ended: '2026-11-21T09:32:00Z',
      isRecent: true,
      isRefused: true,
      contact: 'privacy@hearts.example',
    }),
    'app-stopped-before': stoppedPage({
      frame,
      app: { id: 'a2' },
      ended: '2026-10-02T09:32:00Z',
      isRecent: false,
      isRefused: true,
    }),
    'app-stopping': stoppedPage({ frame, app: heartChart, isRecent: true, isRefused: false }),
    log: accessLogPage({ ...log, olderTo: '2026-11-17' }),
    'log-of-child': accessLogPage({ ...log, holder: mateo, others: [own], choice: { group: 'tests' }, isDayCut: true }),
    'log-none': accessLogPage({ ...log, days: [], apps: [], keptDays: 60 }),
    'log-none-chosen': accessLogPage({ ...log, days: [], choice: { client: 'heart' } }),
    'log-bad-dates': accessLogPage({ ...log, days: [], fault: 'dates' }),
    'log-too-long': accessLogPage({ ...log, days: [], fault: 'too-long' }),
    'log-unreadable': accessLogPage({ ...log, days: undefined }),
    'log-no-record': noLogPage(frame),
    'log-hostile': accessLogPage({
      ...log,
      holder: { value: HOSTILE_NAME, isOwn: false, name: HOSTILE_NAME },
      others: [{ value: HOSTILE_NAME, isOwn: false, name: HOSTILE_NAME }],
      apps: [{ id: HOSTILE_NAME, name: HOSTILE_NAME }],
      choice: { client: HOSTILE_NAME },
      days: [
        {
          day: '2026-11-20',
          groups: [
            {
              actor: {
                role: 'staff',
                name: HOSTILE_NAME,
                profession: HOSTILE_NAME,
                app: { id: HOSTILE_NAME, name: HOSTILE_NAME },
              },
              lines: [line('2026-11-20T08:15:00Z', 'saw', [{ type: HOSTILE_NAME, count: 1 }])],
              requests: [HOSTILE_NAME],
              event: { id: HOSTILE_NAME, at: HOSTILE_NAME },
            },
          ],
        },
      ],
    }),
    report: reportPage({
      frame,
      csrf: 'token',
      holder: own,
      actor: ofHeartChart,
      line: line('2026-11-20T08:15:00Z', 'saw', [{ type: 'Observation', count: 214 }]),
      event: 'e1',
      canStop: true,
    }),
    reported: reportedPage({
      frame,
      holder: 'Patient/ana',
      number: 'A1B2C3D4E5',
      stopped: { id: 'a2', name: 'Heart Chart' },
    }),
  }
}
