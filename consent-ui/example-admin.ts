// The pages for operators with speaking examples.
import { type ClientView, clientPage, clientsPage, newClientPage } from './admin/client-pages.ts'
import { confirmPage } from './admin/confirm-page.ts'
import type { AdminFrame, AdminRole, Section } from './admin/parts.ts'
import { grantsPage, launchesPage, linksPage } from './admin/people-pages.ts'
import { deniedPage, overviewPage, reportsPage } from './admin/watch-pages.ts'
import { HOSTILE_NAME } from './hostile-name.ts'
import type { Frame } from './layout.ts'

const heartChart: ClientView = {
  client_id: 'heart-chart',
  client_name: 'Heart Chart',
  token_endpoint_auth_method: 'client_secret_basic',
  redirect_uris: ['https://hearts.example/callback'],
  scope: 'openid launch/patient offline_access patient/Patient.rs patient/Observation.rs',
  maker: 'Example Hearts Ltd',
  checked_by: 'Olga Berg',
  enabled: true,
  secrets: [
    { id: 'a1', created: '2026-05-03T10:00:00Z' },
    { id: 'b2', created: '2026-11-03T10:00:00Z', expires: '2027-11-03T10:00:00Z' },
  ],
  source: 'api',
  created: '2026-05-03T10:00:00Z',
  changed: '2026-05-03T10:00:00Z',
}
const sleepDiary: ClientView = {
  ...heartChart,
  client_id: 'sleep-diary',
  client_name: 'Sleep Diary',
  token_endpoint_auth_method: 'none',
  enabled: false,
  secrets: [],
  source: 'registration',
}
const { checked_by: _checked, ...unchecked } = sleepDiary

const ACCOUNT = { tid: '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10', oid: '11111111-aaaa-4aaa-8aaa-000000000001' }
const SUB = 'RZ6IFsuFq2UVErCz4I6tq-K1SZFPTOtr_KBHBeksoGM'

export function examplesOfAdmin(frame: Frame): Record<string, string> {
  const as = (role: AdminRole, section: Section, more: Partial<AdminFrame> = {}): AdminFrame => ({
    frame,
    csrf: 'token',
    user: 'Olga Berg',
    role,
    section,
    ...more,
  })
  const grant = {
    id: 'g',
    sub: SUB,
    client_id: 'heart-chart',
    person: 'Patient/ana-ruiz',
    patient: 'ana-ruiz',
    scope: heartChart.scope,
    since: '2026-05-03T10:00:00Z',
  }
  const link = {
    sub: SUB,
    person: 'Patient/ana-ruiz',
    since: '2026-05-03T10:00:00Z',
    valid_until: '2027-05-03T10:00:00Z',
  }
  const chart = {
    id: 'c',
    client_id: 'heart-chart',
    patient: 'ana-ruiz',
    created: '2026-11-21T08:00:00Z',
    closed: false,
    grants: 1,
  }
  const denial = {
    at: '2026-11-21T08:00:00Z',
    clientId: 'heart-chart',
    person: 'Patient/ana-ruiz',
    operation: 'search-type',
    uri: 'Condition?patient',
    reason: 'insufficient-scope',
    request: '7b0c3c1e-5f0a-4c1a-9d7e-1a2b3c4d5e6f',
  }
  const report = {
    number: 'A1B2C3D4E5',
    at: '2026-11-21T08:00:00Z',
    patient: 'ana-ruiz',
    person: 'Patient/ana-ruiz',
    clientId: 'heart-chart',
    actor: 'Practitioner/wei-chen',
    accessedAt: '2026-11-20T08:00:00Z',
    deed: 'saw',
    types: 'Observation 214',
    request: '7b0c3c1e',
    hasStopped: true,
  }
  return {
    admin: overviewPage(as('admin', 'home'), {
      status: 'ok',
      upstream: { confinement: { honoured: ['Observation', 'Condition'] }, software: 'Example FHIR' },
      audit: { table: { waiting: 0, lost: 0, isFailing: false } },
    }),
    'admin-no-proxy': overviewPage(as('auditor', 'home'), undefined),
    'admin-clients': clientsPage(as('admin', 'clients'), [heartChart, unchecked]),
    'admin-new-client': newClientPage(as('admin', 'clients')),
    'admin-client-fault': newClientPage(
      as('admin', 'clients', { fault: 'scope: x/y.z is no scope that can be granted' }),
      {
        client_id: 'heart-chart',
        scope: 'x/y.z',
      },
    ),
    'admin-client': clientPage(as('admin', 'clients'), heartChart),
    'admin-client-secret': clientPage(
      as('admin', 'clients', { isDone: true }),
      heartChart,
      'kx3T8wQ0aBcDeFgHiJkLmNoPqRsTuVwXyZ012345678',
    ),
    'admin-client-read': clientPage(as('auditor', 'clients'), unchecked),
    'admin-client-hostile': clientPage(as('admin', 'clients', { user: HOSTILE_NAME, fault: HOSTILE_NAME }), {
      ...heartChart,
      client_name: HOSTILE_NAME,
      maker: HOSTILE_NAME,
      purpose: HOSTILE_NAME,
      checked_by: HOSTILE_NAME,
      secrets: [{ id: HOSTILE_NAME, created: HOSTILE_NAME }],
    }),
    'admin-sure-app': confirmPage(as('admin', 'clients'), {
      what: 'disable',
      name: HOSTILE_NAME,
      path: '/admin/clients/heart-chart/disable',
      back: '/admin/clients/heart-chart',
    }),
    'admin-sure-account': confirmPage(as('support', 'grants'), {
      what: 'endAll',
      account: ACCOUNT,
      count: 2,
      path: '/admin/grants/end',
      back: '/admin/grants',
    }),
    'admin-grants': grantsPage(as('support', 'grants'), ACCOUNT, [grant]),
    'admin-grants-none': grantsPage(as('admin', 'grants'), ACCOUNT, []),
    'admin-grants-unasked': grantsPage(as('auditor', 'grants'), {}, undefined),
    'admin-links': linksPage(as('admin', 'links'), { person: 'Patient/ana-ruiz' }, [link]),
    'admin-launches': launchesPage(as('admin', 'launches'), 'ehr', [chart, { ...chart, closed: true }]),
    'admin-denied': deniedPage(as('auditor', 'denied'), '2026-11-21', [denial, { ...denial, reason: 'odd-one' }]),
    'admin-reports': reportsPage(as('support', 'reports'), [
      report,
      { ...report, dealtWith: { by: 'Olga Berg', at: '2026-11-21T09:00:00Z' } },
    ]),
    'admin-reports-hostile': reportsPage(as('support', 'reports'), [
      { ...report, clientId: HOSTILE_NAME, types: HOSTILE_NAME, request: HOSTILE_NAME },
    ]),
  }
}
