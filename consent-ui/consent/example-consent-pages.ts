// The pages of a request in their plain, long, hostile and faulty states: what tests look at.
import type { Frame } from '../layout.ts'
import { type Counted, searchesFor } from './amounts.ts'
import { askedFor } from './asked-for.ts'
import { backToAppPage } from './back-to-app-page.ts'
import { checkPage } from './check-page.ts'
import { choosePage } from './choose-page.ts'
import type { ConsentPage } from './consent-page-parts.ts'
import { firstDraft, type Request } from './draft.ts'
import { edgeSearches } from './honest-edges.ts'
import { readChooseForm, readRequestForm } from './read-draft.ts'
import { requestPage } from './request-page.ts'

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const VITAL_SIGNS = `patient/Observation.rs?category=${CATEGORY}|vital-signs`

export const SCOPES_OF_HEART_CHART = [
  'openid',
  'fhirUser',
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
]

const TODAY = '2026-11-21'

export function requestFor(scopes: readonly string[], more: Partial<Request> = {}): Request {
  return { scopes, today: TODAY, sensitive: [], start: 'on', ...more }
}

export const pageOfAna: ConsentPage = {
  frame: { operator: 'Contoso Health', lang: 'en' },
  action: '/interaction/abc',
  csrf: 'token',
  app: {
    name: 'Heart Chart',
    maker: 'Example Hearts Ltd',
    purpose: 'We draw your heart health over time, so that you can talk about it with your doctor.',
    origin: 'http://localhost:4006',
    checkedBy: 'Contoso Health',
    dataUse: { sells: false, shares: false, deletes_on_request: true },
    policyUri: 'https://hearts.example/privacy',
    required: ['patient/Patient.rs', VITAL_SIGNS],
    without: { [VITAL_SIGNS]: 'We cannot draw your chart.' },
  },
  user: 'Ana Ruiz',
  patient: { name: 'Ana Ruiz', birthDate: '1980-05-05' },
  changeable: true,
  own: true,
  request: requestFor(SCOPES_OF_HEART_CHART),
  draft: firstDraft(requestFor(SCOPES_OF_HEART_CHART)),
}

/** The page with other questions, as a person first meets them. */
export function asking(page: ConsentPage, scopes: readonly string[], more: Partial<Request> = {}): ConsentPage {
  const request = requestFor(scopes, more)
  return { ...page, request, draft: firstDraft(request) }
}

/** Each search has some records but one, of which nothing is known. */
function countedFor(scopes: readonly string[]): Counted {
  return new Map(
    searchesFor(askedFor(scopes)).counts.map((search, at) => {
      if (at === 3) return [search, undefined]
      return [
        search,
        { count: (at * 37) % 215, first: `20${11 + (at % 9)}-02-03`, last: at % 2 ? TODAY : '2024-05-06' },
      ]
    }),
  )
}

/** Some records have no date, as many as there are kinds with one. */
function edgesOf(scopes: readonly string[]): Counted {
  const asked = askedFor(scopes)
  return new Map(edgeSearches(asked, asked.rows).map((search) => [search, { count: search.includes('=ge1') ? 6 : 7 }]))
}

/** The choices of the page, as posted. */
function chosen(page: ConsentPage, form: Record<string, string>, on: readonly string[]): ConsentPage {
  const posted = new URLSearchParams(form)
  for (const text of on) posted.append('scope', text)
  return { ...page, ...readChooseForm(page.request, page.draft, posted) }
}

/** By name, in the language of the frame. */
export function exampleConsentPages(frame: Frame, hostile: string): Readonly<Record<string, string>> {
  const plain = { ...pageOfAna, frame }
  const all = SCOPES_OF_HEART_CHART
  const whole = ['openid', 'launch/patient', 'offline_access', 'patient/*.cruds']
  const wholePage = asking(plain, whole)
  const changes = [...all, 'patient/Goal.cruds', 'patient/Observation.cu', 'user/Patient.rs', 'online_access']
  const again = asking(plain, [...all, 'patient/Observation.rs', 'patient/Goal.cruds'], {
    earlier: {
      asked: [
        'patient/Patient.rs',
        'patient/Immunization.rs',
        'patient/Encounter.rs',
        'patient/Goal.ru',
        'offline_access',
      ],
      granted: ['patient/Patient.rs', 'patient/Immunization.rs', 'patient/Goal.r', 'offline_access'],
      from: '2025-11-21',
      ending: '1-year',
      lastDay: '2027-06-30',
    },
  })
  const hostilePage: ConsentPage = {
    ...asking(plain, [...all, `patient/Observation.rs?code=${encodeURIComponent('"><script>')}`, 'patient/Goal.c']),
    frame: { ...frame, operator: hostile, support: hostile },
    app: {
      name: hostile,
      maker: hostile,
      purpose: hostile,
      origin: hostile,
      checkedBy: hostile,
      policyUri: 'https://hearts.example/"><script>',
      required: all,
      without: { 'patient/Patient.rs': hostile },
    },
    user: hostile,
    patient: { name: hostile, birthDate: hostile },
  }
  const some = [
    'patient/Patient.rs',
    'patient/AllergyIntolerance.rs',
    ...wholePage.draft.on.filter((text) => text.includes('laboratory') || text.includes('Encounter')),
    'patient/Goal.c',
  ]
  const limited = chosen(wholePage, { decision: 'check', dates: '12-months', until: '3-months' }, [
    ...some,
    ...wholePage.draft.on.filter((text) => text.includes('Medication')),
  ])
  const clinician = { ...plain, own: false, user: 'Dr. Wei Chen', changeable: false }
  const unknownApp = { name: 'Heart Chart', origin: 'http://localhost:4006', required: [], without: {} }
  return {
    request: requestPage({ ...plain, amounts: countedFor(all) }),
    'request-waiting': requestPage({ ...plain, amounts: 'waiting' }),
    'request-changes': requestPage(
      asking({ ...plain, app: unknownApp }, changes, { sensitive: ['notes', 'medicines'] }),
    ),
    'request-whole-record': requestPage({ ...wholePage, amounts: countedFor(whole) }),
    'request-again': requestPage({ ...again, amounts: countedFor(again.request.scopes) }),
    'request-faulty': requestPage({
      ...wholePage,
      ...readRequestForm(wholePage.request, wholePage.draft, new URLSearchParams('decision=share')),
    }),
    'request-hostile': requestPage(hostilePage),
    'request-clinician': requestPage(asking({ ...clinician, app: unknownApp }, ['openid', 'launch', 'patient/*.rs'])),
    'request-everyone': requestPage(
      asking({ ...clinician, patient: undefined }, ['openid', 'user/*.rs', 'user/Goal.d']),
    ),
    'request-who-you-are': requestPage(asking(plain, ['openid', 'fhirUser'])),
    'request-choose-first': requestPage(asking(plain, all, { start: 'off' })),
    choose: choosePage({ ...plain, amounts: countedFor(all), edges: edgesOf(all) }),
    'choose-whole-record': choosePage({ ...wholePage, amounts: countedFor(whole), edges: edgesOf(whole) }),
    'choose-again': choosePage({ ...again, amounts: 'waiting' }),
    'choose-faulty': choosePage(chosen(wholePage, { decision: 'check', dates: 'from', 'first-day': '2999-01-01' }, [])),
    'choose-hostile': choosePage(hostilePage),
    'choose-everyone': choosePage(asking({ ...clinician, patient: undefined }, ['user/*.rs', 'patient/Goal.rs'])),
    check: checkPage(chosen(plain, { decision: 'check', dates: 'all', until: 'stop' }, plain.draft.on)),
    'check-limited': checkPage({ ...limited, amounts: countedFor(whole), edges: edgesOf(whole) }),
    'check-hostile': checkPage(chosen(hostilePage, { decision: 'check', until: 'now' }, ['patient/Encounter.rs'])),
    back: backToAppPage(plain, { scopes: all, until: '2027-02-22T00:00:00.000Z', onward: '/auth/abc' }),
  }
}
