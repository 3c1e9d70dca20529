// Asking on three pages: answers are kept between them, every term is in the token, and refusing is one press from each.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import request, { type Response } from 'supertest'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import type { Browser } from '../testing/browser.ts'
import { begin, follow, formOf, redeemCode } from '../testing/launch-flow.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const DAY = 24 * 3600 * 1000
const SCOPE = 'openid launch/patient patient/Patient.rs patient/Observation.rs patient/Goal.cd offline_access'

let fixture: Fixture
let now = NOW
beforeEach(async () => {
  now = NOW
  fixture = await startAuthServer({ now: () => now })
})
afterEach(() => fixture.close())

type Form = Record<string, string | string[]>

async function post(browser: Browser, from: Response, form: Form): Promise<Response> {
  const { action, csrf } = formOf(from)
  return follow(browser, await browser.post(action, { csrf, ...form }), 'ana')
}

const started = (changed: Record<string, string | undefined> = {}, at = fixture) =>
  begin(at.server, 'ana', { scope: SCOPE, ...changed })

async function tokensOf(end: Response) {
  const code = new URL(String(end.headers.location)).searchParams.get('code')
  return (await redeemCode(fixture.server, String(code))).body as {
    scope: string
    refresh_token?: string
    expires_in: number
  }
}
const refresh = (refresh_token: string) =>
  request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })

const NO = { 'answer.patient.c': 'no', 'answer.patient.d': 'no' }
const CHOICES = { decision: 'check', dates: 'all', until: 'now' }

describe('AUTHZ-21: the request alone', () => {
  test('shares what it lists, and what was answered with yes', async () => {
    const { browser, page } = await started()
    const form = { decision: 'share', until: 'stop', 'answer.patient.c': 'yes', 'answer.patient.d': 'no' }
    const { scope, refresh_token } = await tokensOf(await post(browser, page, form))
    expect(scope.split(' ').sort()).toEqual(
      'offline_access openid launch/patient patient/Goal.c patient/Observation.rs patient/Patient.rs'.split(' ').sort(),
    )
    expect(refresh_token).toBeTruthy()
  })
  test.each<[string, Form, string]>([
    [
      'a question that was not answered',
      { decision: 'share', until: 'now', 'answer.patient.c': 'no' },
      'Answer yes or no',
    ],
    ['no word for how long', { decision: 'share', ...NO }, 'Choose how long'],
    ['a time that was not offered', { decision: 'share', until: 'session', ...NO }, 'Choose how long'],
  ])('asks again for %s, and keeps the other answers', async (_name, form, fault) => {
    const { browser, page } = await started()
    const again = await post(browser, page, form)
    expect([again.status, again.text.includes(fault)]).toEqual([400, true])
    for (const [name, value] of Object.entries(form)) {
      if (name.startsWith('answer.'))
        expect(again.text).toMatch(new RegExp(`name="${name}" id="q.-${value}" [^>]* checked`))
    }
    // In another language, and with the request's own address.
    const spanish = await browser.get(`${formOf(page).action}?lang=es`)
    expect(spanish.text).toContain('lang="es"')
  })
  test('Enter on a field keeps the answers, asks on, and shares nothing', async () => {
    const { browser, page } = await started()
    const stayed = await post(browser, page, { decision: 'stay', until: 'now', 'answer.patient.c': 'no' })
    expect([stayed.status, formOf(stayed).action]).toEqual([200, formOf(page).action])
    expect(stayed.text).toMatch(/name="answer.patient.c" id="q0-no" value="no" checked/)
    expect(stayed.text).toMatch(/id="until-now" value="now" checked/)
    const choices = await post(browser, stayed, { decision: 'choose' })
    const still = await post(browser, choices, { ...CHOICES, decision: 'stay', scope: 'patient/Patient.rs' })
    expect(still.text).toMatch(/value="patient\/Patient.rs" checked/)
    expect(still.text).not.toMatch(/laboratory" checked/)
  })
  test('nothing is chosen beforehand but what is only seen', async () => {
    const { page } = await started()
    expect(page.text).not.toMatch(/type="radio"[^>]* checked/)
  })
})

describe('AUTHZ-21: chosen and checked', () => {
  test('a first day is a condition of the scopes', async () => {
    const { browser, page } = await started()
    const choices = await post(browser, page, { decision: 'choose' })
    const form = {
      ...CHOICES,
      dates: 'from',
      'first-day': '2024-02-29',
      scope: ['patient/Observation.rs', 'patient/Patient.rs'],
    }
    const check = await post(browser, choices, form)
    expect(check.text).toContain('29 February 2024')
    const { scope } = await tokensOf(await post(browser, check, { decision: 'share' }))
    expect(scope).toBe('openid launch/patient patient/Patient.rs patient/Observation.rs?date=ge2024-02-29')
  })
  test('nothing is shared that was not checked', async () => {
    const { browser, page } = await started()
    const choices = await post(browser, page, { decision: 'choose' })
    const { action } = formOf(page)
    // The page to check, before there is anything to check; and Share on the first page after a choice was made.
    const early = await browser.post(`${action}/check`, { csrf: formOf(choices).csrf, decision: 'share' })
    expect(String(early.headers.location)).toMatch(/\/choose$/)
    const check = await post(browser, await browser.get(`${action}/choose`), {
      ...CHOICES,
      scope: 'patient/Patient.rs',
    })
    const late = await browser.post(action, { csrf: formOf(check).csrf, decision: 'share', until: 'stop' })
    expect(String(late.headers.location)).toMatch(/\/check$/)
  })
  test.each(['all', 'none'])('%s: without a script, and changes stay as they were', async (decision) => {
    const { browser, page } = await started()
    const choices = await post(browser, page, { decision: 'choose' })
    const again = await post(browser, choices, { decision, dates: '12-months', scope: 'patient/Goal.c' })
    const boxes = [...again.text.matchAll(/type="checkbox" name="scope" id="([^"]+)"[^>]*?value="[^"]*"( checked)?/g)]
    for (const [, id = '', checked] of boxes.filter(([, id]) => id?.startsWith('row-')))
      expect([id, checked !== undefined]).toEqual([id, decision === 'all'])
    expect(again.text).toMatch(/value="patient\/Goal.c" checked/)
    expect(again.text).toMatch(/value="12-months" checked/)
  })
  test.each(['request', 'choose', 'check'])('AUTHZ-23: not sharing is one press from the page: %s', async (at) => {
    const { browser, page: first } = await started()
    let page = first
    if (at !== 'request') page = await post(browser, page, { decision: 'choose' })
    if (at === 'check') page = await post(browser, page, { ...CHOICES, scope: 'patient/Patient.rs' })
    const told = new URL(String((await post(browser, page, { decision: 'deny' })).headers.location)).searchParams
    expect([told.get('error'), told.has('code')]).toEqual(['access_denied', false])
  })
})

describe('AUTHZ-21: until', () => {
  async function sharedUntil(until: string) {
    const { browser, page } = await started()
    return tokensOf(await post(browser, page, { decision: 'share', until, ...NO }))
  }
  test('only now: no refresh token, and no scope for one', async () => {
    const { scope, refresh_token } = await sharedUntil('now')
    expect([scope.includes('offline_access'), refresh_token]).toEqual([false, undefined])
  })
  test('three months: refreshes until the last day is over, and not after', async () => {
    const { refresh_token = '' } = await sharedUntil('3-months')
    now = Date.parse('2027-02-21T23:30:00Z')
    const last = await refresh(refresh_token)
    expect([last.status, last.body.expires_in]).toEqual([200, 1800])
    now = Date.parse('2027-02-22T00:00:01Z')
    const over = await refresh(last.body.refresh_token)
    expect([over.status, over.body.error]).toEqual([400, 'invalid_grant'])
  })
  test('SEED-21: asked again after the last day, not before; what was granted stays as it was', async () => {
    await sharedUntil('3-months')
    const again = () => begin(fixture.server, 'ana', { scope: SCOPE, prompt: undefined })
    now = NOW + 60 * DAY
    const silent = await tokensOf((await again()).page)
    expect(silent.scope).not.toContain('Goal')
    now = Date.parse('2027-02-22T08:00:00Z')
    expect((await again()).page.status).toBe(200)
  })
  test('SEED-21: asked for more, the earlier answers are kept and what is new is marked', async () => {
    await sharedUntil('1-year')
    const { page } = await begin(fixture.server, 'ana', { scope: `${SCOPE} patient/Condition.rs`, prompt: undefined })
    expect(page.text).toContain('value="kept" checked')
    expect(page.text).toContain('Until 21 November 2027, as you chose before')
    expect(page.text).toMatch(/name="answer.patient.c" id="q0-no" value="no" checked/)
    expect(page.text.match(/<span class="mark">New<\/span>/g)).toHaveLength(1)
  })
})

describe('an operator’s choice', () => {
  test('CONSENT_START=off: the request leads to choices, and nothing is ticked', async () => {
    const off = await startAuthServer({ consent: { counts: false, start: 'off', sensitive: [] } })
    const { browser, page } = await started({}, off)
    expect(page.text).not.toContain('value="share"')
    const choices = await post(browser, page, { decision: 'share', until: 'now', ...NO })
    expect(choices.text).toContain('Tick what you want to share.')
    expect(choices.text).not.toMatch(/type="checkbox"[^>]* checked/)
    await off.close()
  })
  test('SENSITIVE_DATA: asked about by itself, and closed after a no', async () => {
    const careful = await startAuthServer({ consent: { counts: false, start: 'on', sensitive: ['daily'] } })
    const { browser, page } = await started({ scope: 'launch/patient patient/Observation.rs' }, careful)
    expect(page.text).toContain('See “Smoking, alcohol, daily life”?')
    const answers = Object.fromEntries(
      [...page.text.matchAll(/name="(answer\.[^"]+)"/g)].map(([, name]) => [name, 'no']),
    )
    const end = await post(browser, page, { decision: 'share', ...answers })
    const code = String(new URL(String(end.headers.location)).searchParams.get('code'))
    const { body } = await redeemCode(careful.server, code)
    expect(body.scope).toContain('laboratory')
    expect(body.scope).not.toMatch(/social-history|sdoh|survey|Observation\.rs( |$)/)
    await careful.close()
  })
})
