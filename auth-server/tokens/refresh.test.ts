// Refreshing over HTTP: for how long, how much, and what a refused request may not use up.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request from 'supertest'
import { APP_SECRET, FHIR_BASE, type Fixture, ISSUER, startAuthServer } from '../testing/auth-server-fixture.ts'
import { begin, redeemCode, share } from '../testing/launch-flow.ts'
import { tokensOf } from '../testing/whole-launch.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

const SCOPE = 'openid fhirUser launch/patient patient/*.read patient/Observation.rs offline_access online_access'

async function codeOf(time: string[], client_id = 'app'): Promise<string> {
  const { browser, page } = await begin(fixture.server, 'ana', { scope: SCOPE, client_id })
  const callback = await share(browser, page, 'ana', ['patient/*.read', 'patient/Observation.rs', ...time])
  return String(callback.searchParams.get('code'))
}
async function tokensWith(time: string[]) {
  const { body } = await redeemCode(fixture.server, await codeOf(time))
  return body as { access_token: string; refresh_token: string; scope: string; id_token?: string }
}
const refresh = (refresh_token: string, changed: Record<string, string> = {}) =>
  request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token, ...changed })

/** Seconds that the stored refresh token has left. */
async function leftOf(refresh_token: string): Promise<number> {
  const found = await fixture.store.find('RefreshToken', refresh_token)
  const { exp } = (found?.value ?? {}) as { exp?: number }
  return (exp ?? 0) - Math.floor(Date.now() / 1000)
}

describe('how long', () => {
  test('REF-01: without offline_access or online_access there is no refresh token', async () => {
    expect(await tokensWith([])).not.toHaveProperty('refresh_token')
  })
  test('REF-04: offline_access lasts at least three months from each use', async () => {
    const first = await tokensWith(['offline_access'])
    const { body } = await refresh(first.refresh_token)
    for (const token of [first.refresh_token, body.refresh_token]) {
      expect(await leftOf(token)).toBeGreaterThan(90 * 24 * 3600)
    }
  })
  test('REF-01: online_access lasts no longer than the sign-in', async () => {
    const { refresh_token } = await tokensWith(['online_access'])
    const left = await leftOf(refresh_token)
    expect(left).toBeLessThanOrEqual(5400)
    const { body } = await refresh(refresh_token)
    expect(body.access_token).toBeTruthy()
  })
  test('REF-01: both granted: the longer one counts, and the answer says which', async () => {
    const { refresh_token, scope } = await tokensWith(['offline_access', 'online_access'])
    expect(scope.split(' ')).toContain('offline_access')
    expect(scope.split(' ')).not.toContain('online_access')
    expect(await leftOf(refresh_token)).toBeGreaterThan(90 * 24 * 3600)
  })
})

describe('REF-03, SEED-29: how much', () => {
  test.each([
    ['the same', undefined, SCOPE.replace(' online_access', '')],
    ['one of several', 'patient/Observation.rs', 'patient/Observation.rs'],
    ['a type within a wildcard', 'patient/Condition.rs', 'patient/Condition.rs'],
    ['a category within a wildcard', 'patient/Condition.rs?category=a|b', 'patient/Condition.rs?category=a|b'],
  ])('%s', async (_name, scope, expected) => {
    const { refresh_token } = await tokensWith(['offline_access'])
    const answer = await refresh(refresh_token, scope === undefined ? {} : { scope })
    expect(answer.status).toBe(200)
    expect(new Set(answer.body.scope.split(' '))).toEqual(new Set(expected.split(' ')))
    expect(decodeJwt(answer.body.access_token).scope).toBe(answer.body.scope)
    // What was narrowed once is whole again at the next refresh.
    const next = await refresh(answer.body.refresh_token)
    expect(next.body.scope.split(' ')).toContain('patient/*.read')
  })
  test.each([
    ['a letter more', 'patient/Observation.cruds'],
    ['another context', 'user/Observation.rs'],
    ['a scope never asked for', 'launch'],
    ['nothing at all', ' '],
    ['nonsense', 'patient/Observation.sr'],
  ])('%s is refused, and uses nothing up', async (_name, scope) => {
    const { refresh_token } = await tokensWith(['offline_access'])
    const answer = await refresh(refresh_token, { scope })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_scope'])
    expect((await refresh(refresh_token)).status).toBe(200)
  })
  test('AUTHZ-06: a resource that is not ours is refused, and uses nothing up', async () => {
    const { refresh_token } = await tokensWith(['offline_access'])
    const refused = await refresh(refresh_token, { resource: 'https://other.test' })
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_target'])
    expect((await refresh(refresh_token, { resource: FHIR_BASE })).status).toBe(200)
    const code = await codeOf([])
    expect((await redeemCode(fixture.server, code, { resource: 'https://other.test' })).body.error).toBe(
      'invalid_target',
    )
    expect((await redeemCode(fixture.server, code, { resource: ISSUER })).status).toBe(400)
  })
  test('TOK-08: context is told again, whatever is narrowed', async () => {
    const { refresh_token } = await tokensWith(['offline_access'])
    expect((await refresh(refresh_token, { scope: 'patient/Observation.rs' })).body.patient).toBe('ana')
  })
})

test('REF-02, SEED-29: a refresh token is of one client, and a client with a secret must show it', async () => {
  const code = await codeOf(['offline_access'], 'secret-app')
  const redeemed = await redeemCode(fixture.server, code, { client_id: 'secret-app' }).auth('secret-app', APP_SECRET)
  const { refresh_token } = redeemed.body
  const asApp = await refresh(refresh_token)
  expect([asApp.status, asApp.body.error]).toEqual([400, 'invalid_grant'])
  const bare = await refresh(refresh_token, { client_id: 'secret-app' })
  expect([bare.status, bare.body.error]).toEqual([401, 'invalid_client'])
  const own = await request(fixture.server)
    .post('/token')
    .auth('secret-app', APP_SECRET)
    .type('form')
    .send({ grant_type: 'refresh_token', refresh_token })
  expect(own.status).toBe(200)
})

test('AUTHZ-18, TOK-20: a token too long to be sent around is a handle, and is told and ended like any other', async () => {
  const many = Array.from(
    { length: 260 },
    (_one, at) => `patient/Observation.rs?code=http://loinc.org|${10_000 + at}-4`,
  )
  const scope = ['openid', 'launch/patient', ...many].join(' ')
  const { browser, page } = await begin(fixture.server, 'ana', { scope, client_id: 'secret-app' }, 'post')
  const callback = await share(browser, page, 'ana', many)
  const code = String(callback.searchParams.get('code'))
  const answer = await redeemCode(fixture.server, code, { client_id: 'secret-app' }).auth('secret-app', APP_SECRET)
  expect(answer.body.access_token).toMatch(/^ref_[\w-]{32}$/)
  expect(answer.body.scope.length).toBeGreaterThan(10_000)
  const told = () =>
    request(fixture.server)
      .post('/token/introspection')
      .auth('secret-app', APP_SECRET)
      .type('form')
      .send({ token: answer.body.access_token })
  expect((await told()).body).toMatchObject({ active: true, patient: 'ana', scope: answer.body.scope })
  await request(fixture.server)
    .post('/token/revocation')
    .auth('secret-app', APP_SECRET)
    .type('form')
    .send({ token: answer.body.access_token })
  expect((await told()).body).toEqual({ active: false })
})

test('INT-03: a refresh for our own APIs is refused, and uses nothing up', async () => {
  const { body } = await tokensOf(fixture, 'ana', { scope: 'openid launch/patient patient/Patient.rs offline_access' })
  const { refresh_token } = body
  const answer = await refresh(refresh_token, { resource: ISSUER })
  expect([answer.status, answer.body.error]).toEqual([400, 'invalid_target'])
  expect((await refresh(refresh_token)).status).toBe(200)
})
