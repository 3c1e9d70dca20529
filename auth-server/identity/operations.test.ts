// The API for links over HTTP: what a change means at once, to the account it is about and to no other (SEED-48).
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { apiClient } from '../testing/api-client.ts'
import { type Fixture, oidOf, type Person, startAuthServer, subOf, TENANT } from '../testing/auth-server-fixture.ts'
import { begin, redeemCode, share } from '../testing/launch-flow.ts'

import { linkStore } from './links.ts'

const DAY = 24 * 3600 * 1000
let fixture: Fixture
let api: Awaited<ReturnType<typeof apiClient>>
let time = Date.now()
const started: Fixture[] = []

beforeEach(async () => {
  time = Date.now()
  fixture = await startAuthServer({ now: () => time })
  started.push(fixture)
  api = await apiClient(fixture, '__links')
})
afterAll(async () => {
  for (const one of started) await one.close()
})

const accountOf = (person: Person) => ({ tid: TENANT, oid: oidOf(person) })
const link = (person: Person, record: string, more = {}) =>
  api.post('/links').send({ account: accountOf(person), person: record, ...more })
const personsOf = async (person: Person) => {
  const { body } = await api.get(`/links?${new URLSearchParams(accountOf(person))}`)
  return body.links.map((one: { person: string }) => one.person)
}
const at = (days: number) => new Date(time + days * DAY).toISOString()

async function tokensOf(person: Person) {
  const { browser, page } = await begin(fixture.server, person)
  const told = await share(browser, page, person, ['patient/Patient.rs', 'offline_access'])
  return (await redeemCode(fixture.server, String(told.searchParams.get('code')))).body
}
const refresh = (refresh_token: string) =>
  request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })

test('an account is linked, found by itself and by the record, and unlinked', async () => {
  const made = await link('noah', 'Patient/carl')
  expect(made.status).toBe(201)
  expect(made.body).toMatchObject({ account: accountOf('noah'), sub: subOf('noah'), person: 'Patient/carl' })
  expect(Date.parse(made.body.valid_until) - time).toBe(365 * DAY)
  expect(await personsOf('noah')).toEqual(['Patient/carl'])
  const { body } = await api.get('/links?person=Patient/carl')
  expect(body.links).toEqual([made.body])

  expect((await api.delete(`/links/${subOf('noah')}/Patient/carl`)).status).toBe(204)
  expect(await personsOf('noah')).toEqual([])
  expect((await api.delete(`/links/${subOf('noah')}/Patient/carl`)).status).toBe(404)
})

test('a linked person gets in, and an unlinked one does not', async () => {
  await link('noah', 'Patient/ana')
  expect((await tokensOf('noah')).patient).toBe('ana')
  await api.delete(`/links/${subOf('noah')}/Patient/ana`)
  const { page } = await begin(fixture.server, 'noah')
  expect(page.text).not.toContain('Name of ana')
})

describe('REF-09: what was granted as a record', () => {
  test('ends with the link, at once, and for no one else', async () => {
    await link('noah', 'Patient/ana')
    const [ana, noah, ben] = [await tokensOf('ana'), await tokensOf('noah'), await tokensOf('ben')]
    await api.delete(`/links/${subOf('noah')}/Patient/ana`)
    expect(fixture.revocations.map(({ kind }) => kind)).toEqual(['grant'])
    expect((await refresh(noah.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(ana.refresh_token)).status).toBe(200)
    expect((await refresh(ben.refresh_token)).status).toBe(200)
  })
  test('ends with an earlier end, and lives on with a later one', async () => {
    const ana = await tokensOf('ana')
    await link('ana', 'Patient/ana', { valid_until: at(500) })
    const later = (await refresh(ana.refresh_token)).body
    expect(later.patient).toBe('ana')
    await link('ana', 'Patient/ana', { valid_until: at(400) })
    expect((await refresh(later.refresh_token)).body.error).toBe('invalid_grant')
    expect((await tokensOf('ana')).patient).toBe('ana')
  })
  test('has whole tokens again after a later end', async () => {
    await link('ana', 'Patient/ana', { valid_until: at(1) })
    const tokens = await tokensOf('ana')
    await link('ana', 'Patient/ana', { valid_until: at(300) })
    time += 2 * DAY
    expect((await refresh(tokens.refresh_token)).body.expires_in).toBe(3600)
  })
  test('SEED-47: ends when the link does', async () => {
    await link('ana', 'Patient/ana', { valid_until: at(1) })
    const tokens = await tokensOf('ana')
    time += DAY
    expect((await refresh(tokens.refresh_token)).body.error).toBe('invalid_grant')
  })
  test('a code is worth nothing when the link goes between consent and exchange', async () => {
    const { browser, page } = await begin(fixture.server, 'ana')
    const told = await share(browser, page, 'ana', ['patient/Patient.rs'])
    // As when the API looks for grants a moment before this one is written.
    await linkStore(fixture.store, () => time).remove(subOf('ana'), 'Patient/ana')
    const { body } = await redeemCode(fixture.server, String(told.searchParams.get('code')))
    expect(body.error).toBe('invalid_grant')
  })
  test('SEED-47: no token outlives the link', async () => {
    await link('ana', 'Patient/ana', { valid_until: new Date(time + 120_000).toISOString() })
    expect((await tokensOf('ana')).expires_in).toBeLessThanOrEqual(120)
  })
  test('of another record of the same account stays', async () => {
    const tokens = await tokensOf('ana')
    await link('ana', 'Patient/carl')
    await api.delete(`/links/${subOf('ana')}/Patient/carl`)
    expect((await refresh(tokens.refresh_token)).status).toBe(200)
  })
})

test.each([
  ['a record that is not there', { account: accountOf('noah'), person: 'Patient/nobody' }],
  ['another type', { account: accountOf('noah'), person: 'Organization/x' }],
  ['a search instead of a record', { account: accountOf('noah'), person: 'Patient?name=x' }],
  ['half an account', { account: { tid: TENANT }, person: 'Patient/ana' }],
  ['no account', { person: 'Patient/ana' }],
  ['an end that is over', { account: accountOf('noah'), person: 'Patient/ana', valid_until: '2020-01-01T00:00:00Z' }],
  ['an unknown member', { account: accountOf('noah'), person: 'Patient/ana', validUntil: '2999-01-01T00:00:00Z' }],
  ['a name as markup', { account: accountOf('noah'), person: 'Patient/<script>alert(1)</script>' }],
])('SEED-48: %s is refused, and nothing is linked', async (_name, body) => {
  const answer = await api.post('/links').send(body)
  expect(answer.status).toBe(400)
  expect(answer.type).toBe('application/json')
  expect(await personsOf('noah')).toEqual([])
})

describe('SEED-48: who may', () => {
  test.each(['get', 'post'] as const)('%s without a token', async (method) => {
    expect((await request(fixture.server)[method]('/links')).status).toBe(401)
  })
  test.each(['__launch', '__grants'])('a token for %s', async (scope) => {
    const other = await apiClient(fixture, scope)
    expect((await other.get('/links?person=Patient/ana')).status).toBe(403)
    expect((await other.delete(`/links/${subOf('ana')}/Patient/ana`)).status).toBe(403)
    expect(await personsOf('ana')).toEqual(['Patient/ana'])
  })
  test('a browser’s cookies are no token', async () => {
    const cookie = 'session=x'
    const answer = await request(fixture.server)
      .post('/links')
      .set('cookie', cookie)
      .send({ account: accountOf('noah'), person: 'Patient/ana' })
    expect(answer.status).toBe(401)
  })
  test('GET changes nothing', async () => {
    expect((await api.get(`/links/${subOf('ana')}/Patient/ana`)).status).toBe(405)
    await api.get(`/links?${new URLSearchParams({ ...accountOf('noah'), person: 'Patient/ana' })}`)
    expect(await personsOf('ana')).toEqual(['Patient/ana'])
    expect(await personsOf('noah')).toEqual([])
  })
})
