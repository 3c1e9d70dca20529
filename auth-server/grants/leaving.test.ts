// People who leave: at every refresh they are judged again, and what is left of their access ends (REF-09, SEED-22).
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request from 'supertest'
import { apiClient } from '../testing/api-client.ts'
import {
  type Fixture,
  oidOf,
  type Person,
  REACH,
  startAuthServer,
  subOf,
  TENANT,
} from '../testing/auth-server-fixture.ts'
import { begin, follow, formOf, redeemCode, share } from '../testing/launch-flow.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())
const reach = structuredClone(REACH)
afterEach(() => void Object.assign(REACH, structuredClone(reach)))

type Tokens = { access_token: string; refresh_token: string; scope: string }

async function tokensOf(person: Person, changed: Record<string, string> = {}): Promise<Tokens> {
  const { browser, page } = await begin(fixture.server, person, changed)
  const { action, csrf } = formOf(page)
  const isPicker = page.text.includes('name="patient"')
  const consent = isPicker ? await follow(browser, await browser.post(action, { csrf, patient: 'ana' }), person) : page
  const scopes = ['patient/Patient.rs', 'offline_access', 'online_access']
  const callback = await share(browser, consent, person, scopes)
  return (await redeemCode(fixture.server, String(callback.searchParams.get('code')))).body
}

const refresh = ({ refresh_token }: Tokens, changed: Record<string, string> = {}) =>
  request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token, ...changed })

const gidOf = ({ access_token }: Tokens) => String(decodeJwt(access_token).gid)
const toldToProxies = (kind: string, id: string) =>
  fixture.revocations.some((revocation) => revocation.kind === kind && revocation.id === id)

const account = (person: Person) => ({ account: { tid: TENANT, oid: oidOf(person) } })

test('REF-09: a patient who has gone out of a clinician’s reach ends the grant, and only that one', async () => {
  const wei = await tokensOf('wei')
  const ana = await tokensOf('ana')
  REACH['Practitioner/wei'] = ['carl']
  const answer = await refresh(wei)
  expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant'])
  expect(JSON.stringify(answer.body)).not.toMatch(/reach|ana|wei/)
  expect(toldToProxies('grant', gidOf(wei))).toBe(true)
  REACH['Practitioner/wei'] = ['ana', 'carl']
  expect((await refresh(wei)).body.error).toBe('invalid_grant')
  expect((await refresh(ana)).status).toBe(200)
  expect(toldToProxies('grant', gidOf(ana))).toBe(false)
})

test('REF-09: a record that is gone or inactive ends the grants of whoever acts as it', async () => {
  const tokens = await tokensOf('ben')
  REACH['Patient/ben'] = []
  expect((await refresh(tokens)).body.error).toBe('invalid_grant')
  expect(toldToProxies('grant', gidOf(tokens))).toBe(true)
})

test('REF-09: a disabled account is refused everywhere at once, another account is not', async () => {
  const api = await apiClient(fixture, '__grants')
  const [ben, ana] = [await tokensOf('ben'), await tokensOf('ana')]
  expect((await api.post('/accounts/disable').send(account('ben'))).status).toBe(204)
  expect(toldToProxies('user', subOf('ben'))).toBe(true)
  expect((await refresh(ben)).body.error).toBe('invalid_grant')
  const { page } = await begin(fixture.server, 'ben')
  expect(String(page.headers.location)).toContain('error=access_denied')
  expect((await refresh(ana)).status).toBe(200)
  expect((await api.post('/accounts/enable').send(account('ben'))).status).toBe(204)
  expect((await refresh(ben)).body.error).toBe('invalid_grant')
  await expect(tokensOf('ben')).resolves.toHaveProperty('refresh_token')
})

describe('SEED-22: operators end', () => {
  test('one grant of a person', async () => {
    const api = await apiClient(fixture, '__grants')
    const [one, two] = [await tokensOf('ana'), await tokensOf('ana')]
    const listed = await api.get(`/grants?${new URLSearchParams({ tid: TENANT, oid: oidOf('ana') })}`)
    expect(listed.body.grants).toContainEqual(
      expect.objectContaining({ id: gidOf(one), client_id: 'app', person: 'Patient/ana', patient: 'ana' }),
    )
    expect((await api.delete(`/grants/${subOf('ana')}/${gidOf(one)}`)).status).toBe(204)
    expect((await api.delete(`/grants/${subOf('ana')}/${gidOf(one)}`)).status).toBe(404)
    expect((await api.delete(`/grants/${subOf('ben')}/${gidOf(two)}`)).status).toBe(404)
    expect((await refresh(one)).body.error).toBe('invalid_grant')
    expect((await refresh(two)).status).toBe(200)
  })
  test.each([
    ['all of a person', () => account('ana'), 'user', () => subOf('ana'), { ana: 400, ben: 200 }],
    ['all of a client', () => ({ client_id: 'app' }), 'client', () => 'app', { ana: 400, ben: 400 }],
    ['everything', () => ({ all: true }), 'all', () => 'all', { ana: 400, ben: 400 }],
  ])('%s', async (_name, body, kind, id, expected) => {
    const [ana, ben] = [await tokensOf('ana'), await tokensOf('ben')]
    const api = await apiClient(fixture, '__grants')
    expect((await api.post('/grants/end').send(body())).status).toBe(204)
    expect(toldToProxies(kind, id())).toBe(true)
    expect({ ana: (await refresh(ana)).status, ben: (await refresh(ben)).status }).toEqual(expected)
  })
  test.each([
    ['no account', '/grants', 400],
    ['half an account', '/grants?tid=7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10', 400],
    ['nobody’s', '/grants?iss=https://idp.test&sub=nobody', 200],
  ])('listing: %s', async (_name, path, status) => {
    const api = await apiClient(fixture, '__grants')
    expect((await api.get(path)).status).toBe(status)
  })
  test('only with the scope for it', async () => {
    const api = await apiClient(fixture, '__launch')
    const answer = await api.post('/grants/end').send({ all: true })
    expect([answer.status, answer.body.error]).toEqual([403, 'insufficient_scope'])
  })
})

test('REF-09: an account that is disabled while its pages are open sees no further one', async () => {
  const api = await apiClient(fixture, '__grants')
  const { browser, page: picker } = await begin(fixture.server, 'wei')
  expect(picker.text).toContain('Name of carl')
  const apps = await follow(browser, await browser.get('/apps'), 'wei')
  expect(apps.status).toBe(200)
  await api.post('/accounts/disable').send(account('wei')).expect(204)
  try {
    const page = await follow(browser, await browser.get(formOf(picker).action), 'wei')
    expect([page.status, String(page.headers.location)]).toEqual([303, expect.stringContaining('error=access_denied')])
    expect((await browser.get('/apps')).status).toBe(303)
  } finally {
    await api.post('/accounts/enable').send(account('wei')).expect(204)
  }
})
