import { expect, test } from '@jest/globals'
import { splitScope } from '../smart/access/narrowing.ts'
import { appPage, type LastReads } from './app-page.ts'
import { type AppWithAccess, appsPage, type EndedApp } from './apps-page.ts'

const heartChart: AppWithAccess = {
  id: 'grant-1',
  name: 'Heart Chart',
  patient: { name: 'Ana Ruiz' },
  scopes: ['openid', 'launch/patient', 'patient/Goal.rs'],
  since: '2026-05-03T10:00:00Z',
  lastUsed: '2026-05-03T10:00:00Z',
  keeps: true,
}
const frame = { operator: 'Contoso Health', lang: 'en' } as const

function pageOf(apps: Partial<AppWithAccess>[], ended: EndedApp[] = []): string {
  const all = apps.map((app) => ({ ...heartChart, ...app }))
  return appsPage({ frame, csrf: 'token', user: 'Ana Ruiz', apps: all, ended, endedDays: 90, hasLog: true })
}

const READS: LastReads = {
  kind: 'known',
  of: new Map([
    ['Observation', { day: '2026-11-20', count: 214 }],
    ['Goal', { day: '2026-11-18', count: 1 }],
    ['Coverage', { day: '2026-11-18', count: 0 }],
  ]),
  from: '2026-08-22',
  isSinceGiven: false,
}

function onePage(scopes: string[], reads: LastReads = READS, sooner: string[] = []): string {
  return appPage({ frame, csrf: 'token', app: { ...heartChart, scopes }, reads, sooner })
}

function wordsOf(page: string): string {
  return page
    .replace(/<(title|style)>.*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
}

const buttons = (page: string) =>
  [...page.matchAll(/<button [^>]*name="(kind|group)" value="([^"]*)"/g)].map(([, name, value]) => `${name} ${value}`)

test('SEED-22: a card says who, whose data, what, since when, last use and how long', () => {
  const words = wordsOf(
    pageOf([{ maker: 'Example Hearts Ltd', lastUsed: '2026-11-20T08:15:00Z', until: '2027-05-03T23:59:59Z' }]),
  )
  for (const fact of [
    'Made by Example Hearts Ltd',
    'Whose data Ana Ruiz',
    'Access given 3 May 2026',
    'Last used 20 November 2026',
    'Until 3 May 2027',
    'It can see Health goals',
  ])
    expect(words).toContain(fact)
  expect(words).not.toMatch(/openid|launch|patient\//)
})

test('groups stand for their kinds; a group of one is called by its own name', () => {
  const page = pageOf([{ scopes: ['patient/Goal.rs', 'patient/Immunization.rs', 'patient/MedicationRequest.rs'] }])
  expect(wordsOf(page)).toMatch(/It can see Medicines and vaccines Health goals|It can see Health goals Medicines/)
  expect(page).not.toContain('Vaccines (shots)')
})

test('records of everyone are told from one patient’s', () => {
  const { patient: _, ...other } = heartChart
  const page = appsPage({
    frame,
    csrf: 'token',
    user: 'Tomas Silva',
    apps: [{ ...other, scopes: ['user/*.rs'] }],
    ended: [],
    endedDays: 90,
    hasLog: false,
  })
  expect(wordsOf(page)).toContain('Whose data Everyone whose record you may open')
  expect(page).not.toContain('/apps/log')
})

test('the app used last comes first', () => {
  const page = pageOf([
    { name: 'Never', lastUsed: '2026-06-01T00:00:00Z' },
    { name: 'Old', lastUsed: '2026-05-04T00:00:00Z' },
    { name: 'Fresh', lastUsed: '2026-11-20T00:00:00Z' },
  ])
  expect([...page.matchAll(/<h3[^>]*><bdi>(\w+)/g)].map((match) => match[1])).toEqual(['Fresh', 'Never', 'Old'])
})

test('what ended stands apart, with the day', () => {
  const words = wordsOf(
    pageOf([], [{ id: 'e', name: 'Steps', patient: { name: 'Ana Ruiz' }, ended: '2026-10-02T10:00:00Z' }]),
  )
  expect(words).toContain('No app can see your data.')
  expect(words).toMatch(/Ended Access that ended in the last 90 days. Steps Ana Ruiz Ended on 2 October 2026/)
})

test.each([
  [0, 'No app can see your data. When you share data with an app, it is listed here.'],
  [1, '1 app can see your data now.'],
  [2, '2 apps can see your data now.'],
])('%d apps', (count, words) => {
  const apps = Array.from({ length: count }, (_, at) => ({ id: `grant-${at}`, name: `App ${at}` }))
  expect(wordsOf(pageOf(apps))).toContain(words)
})

test('one app with two accesses is one app', () => {
  expect(wordsOf(pageOf([{ id: 'one' }, { id: 'two' }]))).toContain('1 app can see your data now.')
})

test('SEED-22: one app: each kind with its last use, and a button that takes it away', () => {
  const page = onePage(['patient/Goal.rs', 'patient/Coverage.rs', 'patient/Encounter.rs', 'patient/Goal.d'])
  const words = wordsOf(page)
  expect(words).toContain('We looked back to 22 August 2026.')
  expect(words).toMatch(/Health goals Last read on 18 November 2026: 1 item\./)
  expect(words).toContain('Last asked for on 18 November 2026, and nothing was there.')
  expect(words).toMatch(/Visits and hospital stays Not read since 22 August 2026\./)
  expect(words).toMatch(/It can also Delete items: Health goals/)
  expect(buttons(page)).toEqual([
    'kind patient/Encounter.rs',
    'kind patient/Goal.rs',
    'group visits',
    'kind patient/Coverage.rs',
    'kind patient/Goal.d',
  ])
})

test('what was never read since access was given is said so; what is not known is not said', () => {
  expect(wordsOf(onePage(['patient/Task.rs'], { ...READS, isSinceGiven: true } as LastReads))).toContain('Never read.')
  const unknown = wordsOf(onePage(['patient/Task.rs', 'patient/Goal.rs'], { kind: 'unknown' }))
  expect(unknown).toContain('We cannot say right now when it was last read.')
  expect(unknown).not.toMatch(/Never read|Not read/)
})

test('the last kind is not taken away by itself: that is stopping', () => {
  expect(buttons(onePage(['openid', 'patient/Goal.rs']))).toEqual([])
})

test('of the whole record every kind can be taken away, and each once', () => {
  const page = onePage(['patient/*.rs'])
  const texts = splitScope('patient/*.rs')?.parts.map(({ text }) => `kind ${text}`) ?? []
  const whole = buttons(page).filter((one) => texts.includes(one))
  expect(whole.sort()).toEqual([...texts].map((text) => text).sort())
  expect(wordsOf(page)).toContain('The whole record, and new kinds of data added later')
})

test('one category is not called all of its type; what narrows is said', () => {
  const [part] = splitScope('patient/Observation.rs')?.parts ?? []
  expect(wordsOf(onePage([part?.text ?? '', 'patient/Goal.rs']))).not.toContain('All tests')
  expect(wordsOf(onePage(['patient/Observation.rs?code=4548-4']))).toContain('Only where code is 4548-4')
})

test('an end can be chosen only where one is offered, and none is chosen beforehand', () => {
  expect(onePage(['patient/Goal.rs'])).not.toContain('name="until"')
  const page = onePage(['patient/Goal.rs'], READS, ['2026-12-21'])
  expect(page).toContain('name="until" id="until-0" value="2026-12-21"')
  expect(page).not.toContain('checked')
})
