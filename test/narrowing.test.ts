import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Locator } from 'playwright-core'
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

/** The row of a box, which holds the fold with its parts. */
function rowOf(box: Locator): Locator {
  return box.locator('xpath=..')
}

async function openPartsOf(value: string): Promise<Locator> {
  const row = rowOf(journey.page.locator(`input[type="checkbox"][value="${value}"]`))
  await row.locator('> details > summary').click()
  return row
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
  const row = await openPartsOf('patient/Observation.rs')
  for (const label of ['Lab tests', 'Smoking, alcohol', 'Housing', 'health forms', 'none of these'])
    await row.getByLabel(label).uncheck()
  const granted = scopesOf(await journey.share())
  expect(granted.filter((scope) => scope.includes('Observation'))).toEqual([
    'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs',
  ])
  expect(await categoriesSeen('Observation?patient=ana-ruiz&_count=100')).toEqual(new Set(['vital-signs']))
})

test('of the whole record notes and daily life stay back; changes were asked apart and are off', async () => {
  await consentTo('openid fhirUser launch/patient patient/*.cruds')
  const record = await openPartsOf('patient/*.rs')
  await record.locator('input[value="patient/*.rs Notes"]').uncheck()
  await openPartsOf('patient/*.rs Tests and measurements')
  const tests = await openPartsOf('patient/Observation.rs')
  await tests.getByLabel('Smoking, alcohol').uncheck()
  const granted = scopesOf(await journey.share())
  expect(granted).toEqual(expect.arrayContaining(['patient/Patient.rs', 'patient/Condition.rs']))
  for (const refused of [/\*/, /DocumentReference/, /social-history/, /Observation\.rs$/, /\.cu/, /\.d$/])
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
