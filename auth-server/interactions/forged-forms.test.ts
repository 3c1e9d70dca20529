// Forms that no page of ours gave out, or that another tab has overtaken: only what the page with Share said is shared.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Response } from 'supertest'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import type { Browser } from '../testing/browser.ts'
import { begin, follow, formOf, redeemCode } from '../testing/launch-flow.ts'

const SCOPE = 'openid launch/patient patient/Patient.rs patient/Observation.rs offline_access'

let fixture: Fixture
let now: number
beforeEach(async () => {
  now = Date.parse('2026-11-21T12:00:00Z')
  fixture = await startAuthServer({ now: () => now })
})
afterEach(() => fixture.close())

type Form = Record<string, string | string[]>

async function post(browser: Browser, from: Response, form: Form): Promise<Response> {
  const { action, csrf } = formOf(from)
  return follow(browser, await browser.post(action, { csrf, ...form }), 'ana')
}
async function scopesOf(end: Response): Promise<string[]> {
  const code = new URL(String(end.headers.location)).searchParams.get('code')
  return (await redeemCode(fixture.server, String(code))).body.scope.split(' ')
}
const started = (person: 'ana' | 'wei' = 'ana', scope = SCOPE) => begin(fixture.server, person, { scope })

describe('AUTHZ-21: a first day that is none', () => {
  test.each([
    '',
    'yesterday',
    '2026-11-22',
    '2026-02-30',
    '1899-12-31',
    '2020&code=x',
    '9999-99-99',
    '2020 patient/*.r',
  ])('%j: nothing is shared with it from any page', async (day) => {
    const { browser, page } = await started()
    const choices = await post(browser, page, { decision: 'choose' })
    const form = { dates: 'from', 'first-day': day, until: 'now', scope: ['patient/Observation.rs'] }
    const faulty = await post(browser, choices, { decision: 'check', ...form })
    expect(faulty.status).toBe(400)
    const { action } = formOf(page)
    const look = await follow(browser, await browser.get(action), 'ana')
    expect([look.status, formOf(look).action]).toEqual([200, `${action}/choose`])
    const shared = await browser.post(action, { csrf: formOf(look).csrf, decision: 'share', until: 'now' })
    expect([shared.status, shared.headers.location]).toEqual([303, `${action}/choose`])
  })
})

describe('AUTHZ-21: two tabs', () => {
  test('what was ticked in one is not shared by Share in the other, where it was not listed', async () => {
    const { browser, page } = await started()
    const choices = await post(browser, page, { decision: 'choose' })
    const { action } = formOf(page)
    await post(browser, choices, { decision: 'none', dates: 'all' })
    const other = await browser.get(action)
    expect(other.text).not.toContain('Name, birth date')
    // Everything is ticked in the first tab, and how long is left open.
    const again = await browser.get(`${action}/choose`)
    const faulty = await post(browser, again, { decision: 'check', dates: 'all', scope: SCOPE.split(' ') })
    expect(faulty.status).toBe(400)
    const shared = await post(browser, other, { decision: 'share', until: 'now' })
    expect(shared.status).toBe(400)
    expect(shared.headers.location).toBeUndefined()
  })

  test('the form of one request is none of another', async () => {
    const [one, other] = [await started(), await started()]
    const forged = await one.browser.post(formOf(one.page).action, {
      csrf: formOf(other.page).csrf,
      decision: 'share',
      until: 'now',
    })
    expect(forged.status).toBe(400)
  })
})

test('AUTHZ-21: days are those that the page said, though midnight has passed', async () => {
  now = Date.parse('2026-11-21T23:59:00Z')
  const { browser, page: picker } = await started('wei')
  const { action, csrf } = formOf(picker)
  const page = await follow(browser, await browser.post(action, { csrf, patient: 'ana' }), 'wei')
  now += 2 * 60_000
  const choices = await post(browser, page, { decision: 'choose' })
  const form = { decision: 'check', dates: '12-months', until: 'now', scope: 'patient/Observation.rs' }
  const end = await post(browser, await post(browser, choices, form), { decision: 'share' })
  expect(await scopesOf(end)).toContain('patient/Observation.rs?date=ge2025-11-21')
})

test('AUTHZ-21: fields that are repeated or were never asked about grant nothing more', async () => {
  const { browser, page } = await started('ana', 'openid launch/patient patient/Patient.rs patient/Goal.c')
  const choices = await post(browser, page, { decision: 'choose' })
  const forged = {
    decision: ['check', 'all'],
    dates: ['all', 'from'],
    until: ['now', 'stop'],
    scope: [
      'patient/Patient.rs',
      'patient/Patient.cruds',
      'patient/*.cruds',
      'system/*.rs',
      'offline_access',
      '__grants',
    ],
    'answer.patient.c': 'yes',
    'answer.patient.d': 'yes',
  }
  const check = await post(browser, choices, forged)
  const end = await post(browser, check, { decision: 'share', scope: 'patient/Goal.c', until: 'stop' })
  expect(await scopesOf(end)).toEqual(['openid', 'launch/patient', 'patient/Patient.rs'])
})
