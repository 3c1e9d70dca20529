import { expect, test } from '@jest/globals'
import { splitScope } from '../smart/access/narrowing.ts'
import { type AppWithAccess, appsPage } from './apps-page.ts'

const heartChart: AppWithAccess = {
  id: 'grant-1',
  name: 'Heart Chart',
  patient: { name: 'Ana Ruiz' },
  scopes: ['openid', 'launch/patient', 'patient/Goal.rs'],
  since: '2026-05-03T10:00:00Z',
  keeps: true,
}

function pageOf(...apps: Partial<AppWithAccess>[]): string {
  return appsPage({
    frame: { operator: 'Contoso Health', lang: 'en' },
    csrf: 'token',
    user: 'Ana Ruiz',
    apps: apps.map((app) => ({ ...heartChart, ...app })),
  })
}

function wordsOf(page: string): string {
  return page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
}

test('says who, whose data, what, since when and how long, in the words of the consent page', () => {
  const words = wordsOf(pageOf({ maker: 'Example Hearts Ltd', lastUsed: '2026-11-20T08:15:00Z' }))
  for (const fact of [
    'Made by Example Hearts Ltd',
    'Whose data Ana Ruiz',
    'Access given 3 May 2026',
    'Last used 20 November 2026',
    'Until you stop it',
    'It can see Health goals It cannot change anything.',
  ])
    expect(words).toContain(fact)
  expect(words).not.toMatch(/openid|launch|patient\//)
})

test('what an app may change is said apart, deed by deed', () => {
  const words = wordsOf(pageOf({ scopes: ['patient/Goal.*'] }))
  expect(words).toContain(
    'It can see Health goals It can also Add new items: Health goals Change items: Health goals Delete items: Health goals',
  )
  expect(words).not.toContain('It cannot change anything')
})

test('one category is not called all of its type', () => {
  const [, part] = splitScope('patient/Observation.rs')?.parts ?? []
  const words = wordsOf(pageOf({ scopes: [part?.text ?? ''] }))
  expect(words).toContain('Blood pressure, pulse, weight, height')
  expect(words).not.toContain('All tests')
})

test('what narrows an access is said', () => {
  expect(wordsOf(pageOf({ scopes: ['patient/Observation.rs?code=4548-4'] }))).toContain('Only where code is 4548-4')
})

test('a long list is short first, and whole in a fold', () => {
  const scopes = splitScope('patient/*.rs')?.parts.map(({ text }) => text) ?? []
  const page = pageOf({ scopes })
  const [short = '', long = ''] = page.split('<details class="list">')
  expect(wordsOf(short)).toMatch(/Notes: \d+ kinds of data/)
  expect(wordsOf(short)).not.toContain('Messages with the care team')
  expect(long.split('</details>')[0]?.match(/<li>/g)).toHaveLength(scopes.length)
})

test('records of everyone are told from one patient’s', () => {
  const { patient: _, ...other } = heartChart
  const page = appsPage({
    frame: { operator: 'Contoso Health', lang: 'en' },
    csrf: 'token',
    user: 'Tomas Silva',
    apps: [{ ...other, scopes: ['user/*.rs'] }],
  })
  expect(wordsOf(page)).toContain('Whose data Everyone whose record you may open')
  expect(wordsOf(page)).toMatch(
    /It can see The whole record, and new kinds of data .* For everyone whose record you may open/,
  )
})

test('the app used last comes first; one never used counts from when access was given', () => {
  const page = pageOf(
    { name: 'Never', since: '2026-06-01T00:00:00Z' },
    { name: 'Old', lastUsed: '2026-05-04T00:00:00Z' },
    { name: 'Fresh', lastUsed: '2026-11-20T00:00:00Z' },
  )
  expect([...page.matchAll(/<h2[^>]*><bdi>(\w+)/g)].map((match) => match[1])).toEqual(['Fresh', 'Never', 'Old'])
})

test('each app has a button of its own that posts its id', () => {
  const page = pageOf({ id: 'grant-1' }, { id: '"><script>' })
  expect(page.match(/<form method="post" action="\/apps\/stop">/g)).toHaveLength(2)
  expect(page).toContain('name="id" value="grant-1" aria-describedby="app-')
  expect(page).toContain('value="&quot;&gt;&lt;script&gt;"')
})

test.each([
  [0, 'No app has access to your data. When you share data with an app, it is listed here'],
  [1, '1 app has access to your data.'],
  [2, '2 apps have access to your data.'],
])('%d apps', (count, words) => {
  expect(wordsOf(pageOf(...Array.from({ length: count }, () => ({}))))).toContain(words)
})
