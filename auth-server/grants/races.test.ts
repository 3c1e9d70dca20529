// Access that is ended while a refresh is under way: no row, and no token, is left of it.
import { afterEach, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import request from 'supertest'
import { memoryStore } from '../storage/memory.ts'
import type { RecordStore } from '../storage/record-store.ts'
import { apiClient } from '../testing/api-client.ts'
import { type Fixture, oidOf, startAuthServer, subOf, TENANT } from '../testing/auth-server-fixture.ts'
import { Browser } from '../testing/browser.ts'
import { follow } from '../testing/launch-flow.ts'
import { tokensOf } from '../testing/whole-launch.ts'

let fixture: Fixture
afterEach(() => fixture.close())

const SCOPE = 'openid launch/patient patient/Patient.rs offline_access'

const refresh = (refresh_token: string) =>
  request(fixture.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })

/** Does something just before the next write of a kind, as another replica might. */
function racingStore() {
  const store = memoryStore()
  let armed: { kind: string; deed(): Promise<void> } | undefined
  async function race(kind: string): Promise<void> {
    if (armed?.kind !== kind) return
    const { deed } = armed
    armed = undefined
    await deed()
  }
  const racing: RecordStore = {
    ...store,
    insert: async (kind, ...of) => race(kind).then(() => store.insert(kind, ...of)),
    put: async (kind, ...of) => race(kind).then(() => store.put(kind, ...of)),
    replace: async (kind, ...of) => race(kind).then(() => store.replace(kind, ...of)),
  }
  const before = (kind: string, deed: () => Promise<void>) => {
    armed = { kind, deed }
  }
  return { store: racing, before, isOver: () => armed === undefined }
}

test.each(['Grant', 'GrantRecord'])(
  'REF-06: access that ends while a refresh writes its %s stays ended',
  async (kind) => {
    const { store, before, isOver } = racingStore()
    fixture = await startAuthServer({ store })
    const api = await apiClient(fixture, '__grants')
    const { body: tokens } = await tokensOf(fixture, 'ana', { scope: SCOPE })
    const path = `/grants/${subOf('ana')}/${decodeJwt(tokens.access_token).gid}`
    before(kind, async () => void (await api.delete(path).expect(204)))
    const { body: renewed } = await refresh(tokens.refresh_token)
    expect(isOver()).toBe(true)
    const again = await refresh(renewed.refresh_token ?? tokens.refresh_token)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant'])
    const { body: held } = await api.get(`/grants?tid=${TENANT}&oid=${oidOf('ana')}`)
    expect(held.grants).toEqual([])
  },
)

test.each([
  ['client', { client_id: 'app' }],
  ['person', { account: { tid: TENANT, oid: oidOf('ana') } }],
  ['everything', { all: true }],
])('REF-06: no token is given when %s ends between the judgement and the signature', async (_name, ended) => {
  const { store, before, isOver } = racingStore()
  fixture = await startAuthServer({ store })
  const api = await apiClient(fixture, '__grants')
  const { body: tokens } = await tokensOf(fixture, 'ana', { scope: SCOPE })
  before('RefreshToken', async () => void (await api.post('/grants/end').send(ended).expect(204)))
  const answer = await refresh(tokens.refresh_token)
  expect([isOver(), answer.status, answer.body.error]).toEqual([true, 400, 'invalid_grant'])
})

test('REF-06: no token is given for what the person takes out between the judgement and the signature', async () => {
  const { store, before, isOver } = racingStore()
  fixture = await startAuthServer({ store })
  const { body: tokens } = await tokensOf(fixture, 'ana', { scope: `${SCOPE} patient/Observation.rs` })
  const browser = new Browser(fixture.server)
  const page = await follow(browser, await browser.get('/apps'), 'ana')
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const path = `/apps/${decodeJwt(tokens.access_token).gid}/remove`
  before('RefreshToken', async () => {
    expect((await browser.post(path, { csrf, kind: 'patient/Observation.rs', sure: 'yes' })).status).toBe(303)
  })
  const answer = await refresh(tokens.refresh_token)
  expect([isOver(), answer.status, answer.body.error]).toEqual([true, 400, 'invalid_grant'])
})

test('REF-09: an account that is disabled while its access is ended stays disabled', async () => {
  const { store, before, isOver } = racingStore()
  fixture = await startAuthServer({ store })
  const api = await apiClient(fixture, '__grants')
  const { body: tokens } = await tokensOf(fixture, 'ana', { scope: SCOPE })
  const account = { tid: TENANT, oid: oidOf('ana') }
  before('Ending', async () => void (await api.post('/accounts/disable').send({ account }).expect(204)))
  await api.post('/grants/end').send({ account }).expect(204)
  expect(isOver()).toBe(true)
  const { status } = await tokensOf(fixture, 'ana', { scope: SCOPE }).catch(() => ({ status: 0 }))
  expect([status, (await refresh(tokens.refresh_token)).status]).toEqual([400, 400])
})
