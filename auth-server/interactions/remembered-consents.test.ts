// Asked once, and again for more, for another patient, another persona, another place to go (SEED-21).
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import { apiClient } from '../testing/api-client.ts'
import {
  APP_SECRET,
  type Fixture,
  oidOf,
  type Person,
  REACH,
  startAuthServer,
  TENANT,
} from '../testing/auth-server-fixture.ts'
import { begin, follow, formOf, redeemCode, share } from '../testing/launch-flow.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await startAuthServer()
})
afterEach(() => fixture.close())

const SCOPE = 'openid launch/patient patient/Patient.rs patient/Observation.rs offline_access'
const asked = (changed: Record<string, string | undefined> = {}) => ({ scope: SCOPE, prompt: undefined, ...changed })

async function decide(person: Person, scopes: string[], changed: Record<string, string | undefined> = {}) {
  const { browser, page } = await begin(fixture.server, person, asked(changed))
  return share(browser, page, person, scopes)
}
/** The app's answer when nothing was asked, else the page. */
async function again(person: Person, changed: Record<string, string | undefined> = {}) {
  const { page } = await begin(fixture.server, person, asked(changed))
  return page.status === 200 ? 'asked' : new URL(String(page.headers.location)).searchParams
}

test('SEED-21: the same again is silent, and grants what was left on, no more', async () => {
  await decide('ana', ['patient/Observation.rs'])
  const answer = await again('ana')
  expect(answer).toBeInstanceOf(URLSearchParams)
  const { body } = await redeemCode(fixture.server, String((answer as URLSearchParams).get('code')))
  expect(body.scope).toBe('openid launch/patient patient/Observation.rs')
  expect(decodeJwt(body.access_token)).toMatchObject({ patient: 'ana' })
  expect(body).not.toHaveProperty('refresh_token')
})

test('SEED-21: a part of a scope stays a part', async () => {
  const part = 'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
  await decide('ana', [part])
  const answer = (await again('ana')) as URLSearchParams
  const { body } = await redeemCode(fixture.server, String(answer.get('code')))
  expect(body.scope).toBe(`openid launch/patient ${part}`)
})

describe('SEED-21: asked again', () => {
  test.each<[string, Record<string, string | undefined>]>([
    ['for more', { scope: `${SCOPE} patient/Condition.rs` }],
    ['for more of the same type', { scope: SCOPE.replace('Observation.rs', 'Observation.cruds') }],
    ['when the app wants it so', { prompt: 'consent' }],
    ['for another app', { client_id: 'secret-app' }],
  ])('%s', async (_name, changed) => {
    await decide('ana', ['patient/Patient.rs', 'patient/Observation.rs', 'offline_access'])
    expect(await again('ana', changed)).toBe('asked')
  })
  test('less than before is silent', async () => {
    await decide('ana', ['patient/Patient.rs', 'patient/Observation.rs'])
    expect(await again('ana', { scope: 'launch/patient patient/Patient.rs' })).toBeInstanceOf(URLSearchParams)
  })
  test('by another person', async () => {
    await decide('ana', ['patient/Patient.rs'])
    expect(await again('ben')).toBe('asked')
  })
  test('for another patient', async () => {
    REACH['Practitioner/wei'] = ['ana', 'carl']
    const pick = async (patient: string) => {
      const { browser, page } = await begin(fixture.server, 'wei', asked())
      const { action, csrf } = formOf(page)
      return { browser, page: await follow(browser, await browser.post(action, { csrf, patient }), 'wei') }
    }
    const { browser, page } = await pick('ana')
    await share(browser, page, 'wei', ['patient/Patient.rs'])
    expect((await pick('carl')).page.status).toBe(200)
    expect((await pick('ana')).page.status).toBe(303)
  })
  test('always, where any program on the device could be at the end of the redirect', async () => {
    const native = { client_id: 'native-app', redirect_uri: 'com.example.native:/callback' }
    await decide('ana', ['patient/Patient.rs'], native)
    expect(await again('ana', native)).toBe('asked')
  })
})

test('TOK-21, SEED-20: no parameter skips the page, and nothing of an earlier grant is in a token that did not ask for it', async () => {
  for (const parameter of ['user', 'asked_consent', 'consent', 'x_consent']) {
    expect(await again('ana', { [parameter]: 'true' })).toBe('asked')
  }
  await decide('ana', ['patient/Patient.rs', 'patient/Observation.rs'])
  const answer = (await again('ana', { scope: 'openid launch/patient patient/Patient.rs' })) as URLSearchParams
  const { body } = await redeemCode(fixture.server, String(answer.get('code')))
  expect(body.scope).toBe('openid launch/patient patient/Patient.rs')
})

test('SEED-21: an app that calls itself something else, or wants it for something else, asks again', async () => {
  await decide('ana', ['patient/Patient.rs'])
  const api = await apiClient(fixture, '__clients')
  expect((await api.patch('/clients/app').send({ purpose: 'To sell it on.' })).status).toBe(200)
  expect(await again('ana')).toBe('asked')
})

test('SEED-21: a narrower decision counts from then on', async () => {
  await decide('ana', ['patient/Patient.rs', 'patient/Observation.rs'])
  await decide('ana', ['patient/Patient.rs'], { prompt: 'consent' })
  const answer = (await again('ana')) as URLSearchParams
  const { body } = await redeemCode(fixture.server, String(answer.get('code')))
  expect(body.scope).toBe('openid launch/patient patient/Patient.rs')
})

test('a client that proves itself is silent too', async () => {
  const confidential = { client_id: 'secret-app' }
  await decide('ana', ['patient/Patient.rs'], confidential)
  const answer = (await again('ana', confidential)) as URLSearchParams
  const redeemed = await redeemCode(fixture.server, String(answer.get('code')), confidential).auth(
    'secret-app',
    APP_SECRET,
  )
  expect(redeemed.body.scope).toBe('openid launch/patient patient/Patient.rs')
})

test('SEED-22: what was taken out of access with a limit in time is not given back without a question', async () => {
  const { browser, page } = await begin(fixture.server, 'ana', asked())
  const post = async (from: typeof page, form: Record<string, string | string[]>) => {
    const { action, csrf } = formOf(from)
    return follow(browser, await browser.post(action, { csrf, ...form }), 'ana')
  }
  const choices = await post(page, { decision: 'choose' })
  const scope = ['patient/Patient.rs', 'patient/Observation.rs']
  const check = await post(choices, {
    decision: 'check',
    dates: 'from',
    'first-day': '2024-02-29',
    until: 'stop',
    scope,
  })
  await post(check, { decision: 'share' })
  const apps = await follow(browser, await browser.get('/apps'), 'ana')
  const [, id = ''] = /href="\/apps\/([\w-]{43})"/.exec(apps.text) ?? []
  const csrf = formOfApps(apps.text)
  const form = { csrf, kind: 'patient/Observation.rs?date=ge2024-02-29', sure: 'yes' }
  expect((await browser.post(`/apps/${id}/remove`, form)).status).toBe(303)
  expect(await again('ana')).toBe('asked')
})
const formOfApps = (text: string) => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? ''

describe('SEED-22: what was ended is asked for again', () => {
  test.each<[string, (api: Awaited<ReturnType<typeof apiClient>>) => Promise<unknown>]>([
    ['a person’s', (api) => api.post('/grants/end').send({ account: { tid: TENANT, oid: oidOf('ana') } })],
    ['an app’s', (api) => api.post('/grants/end').send({ client_id: 'app' })],
    [
      'one grant',
      async (api) => {
        const { body } = await api.get(`/grants?${new URLSearchParams({ tid: TENANT, oid: oidOf('ana') })}`)
        for (const { sub, id } of body.grants) await api.delete(`/grants/${sub}/${id}`)
      },
    ],
  ])('%s', async (_name, end) => {
    await decide('ana', ['patient/Patient.rs'])
    await decide('ben', ['patient/Patient.rs'], { client_id: 'secret-app' })
    await end(await apiClient(fixture, '__grants'))
    expect(await again('ana')).toBe('asked')
    expect(await again('ben', { client_id: 'secret-app' })).toBeInstanceOf(URLSearchParams)
  })
})
