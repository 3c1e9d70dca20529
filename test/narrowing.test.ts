import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Journey, type TokenAnswer } from './browser/journey.ts'
import { withSandboxInBrowser } from './testing/sandbox.ts'

let journey: Journey

const running = withSandboxInBrowser({ portBase: 23_700 })

beforeEach(async () => {
  journey = await Journey.begin(running.browser, running.sandbox.urls)
})

afterEach(async () => {
  await journey.takeAccessBack('ana.ruiz')
  await journey.end()
})

async function consentTo(scope: string): Promise<void> {
  await journey.connect(scope)
  await journey.signIn('ana.ruiz')
  await journey.waitForConsent()
}

async function categoriesSeen(path: string): Promise<Set<string>> {
  const answer = await journey.send('GET', path)
  expect(answer.status).toBe(200)
  return new Set(
    [...answer.body.matchAll(/"code": ?"(laboratory|vital-signs|social-history|survey)"/g)].map(
      ([, code = '']) => code,
    ),
  )
}

function scopesOf(answer: TokenAnswer): string[] {
  return answer.scope.split(' ')
}

test('SCP-17: of all tests only vital signs are shared, and only vital signs come', async () => {
  await consentTo('openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs')
  await journey.choose()
  for (const label of ['Lab tests', 'X-rays', 'Other tests', 'none of these', 'Smoking, alcohol', 'Housing', 'Forms'])
    await journey.untick(new RegExp(label))
  const granted = scopesOf(await journey.share())
  expect(granted.filter((scope) => scope.includes('Observation'))).toEqual([
    'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs',
  ])
  expect(await categoriesSeen('Observation?patient=ana-ruiz&_count=100')).toEqual(new Set(['vital-signs']))
})

test('of the whole record notes and daily life stay back; changes were asked apart and are off', async () => {
  await consentTo('openid fhirUser launch/patient patient/*.cruds')
  await journey.choose()
  await journey.untick(/Doctors’ notes and papers/)
  await journey.untick(/Smoking, alcohol/)
  const granted = scopesOf(await journey.share())
  expect(granted).toEqual(expect.arrayContaining(['patient/Patient.rs', 'patient/Condition.rs']))
  for (const refused of [/\*/, /DocumentReference/, /social-history/, /Observation\.rs$/, /\.[cu]/, /\.d$/])
    expect(granted.filter((scope) => refused.test(scope))).toEqual([])
  expect((await journey.send('GET', 'DocumentReference?patient=ana-ruiz')).status).toBe(403)
  expect((await journey.send('GET', 'Condition?patient=ana-ruiz')).status).toBe(200)
  const seen = await categoriesSeen('Observation?patient=ana-ruiz&_count=100')
  expect(seen).toContain('laboratory')
  expect(seen).not.toContain('social-history')
})

test('a v1 request left as it is comes back as it was spelled', async () => {
  await consentTo('openid fhirUser launch/patient patient/*.read patient/Condition.read')
  const granted = scopesOf(await journey.share())
  expect(granted).toEqual(expect.arrayContaining(['patient/*.read', 'patient/Condition.read']))
})

test('AUTHZ-21: of the last twelve months: what is older is not there, and an old allergy is', async () => {
  await consentTo(
    'openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs patient/AllergyIntolerance.rs',
  )
  await journey.choose()
  await journey.page.getByLabel(/Last 12 months/).check()
  const granted = scopesOf(await journey.share())
  const [limited = ''] = granted.filter((scope) => scope.includes('Observation'))
  const from = /^patient\/Observation\.rs\?date=ge(\d{4}-\d\d-\d\d)$/.exec(limited)?.[1] ?? ''
  expect(from).not.toBe('')
  const { body } = await journey.send('GET', 'Observation?patient=ana-ruiz&_count=100')
  const days = [...body.matchAll(/"effectiveDateTime": ?"(\d{4}-\d\d-\d\d)/g)].map(([, day = '']) => day)
  expect(days.length).toBeGreaterThan(0)
  expect(days.filter((day) => day < from)).toEqual([])
  expect((await journey.send('GET', `Observation?patient=ana-ruiz&date=lt${from}`)).body).not.toContain('"resource":')
  expect((await journey.send('GET', 'AllergyIntolerance?patient=ana-ruiz')).status).toBe(200)
})
