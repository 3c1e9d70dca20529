// Access over months, and a refresh token that somebody else has: with a clock that the test moves.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import request from 'supertest'
import { memoryStore } from '../storage/memory.ts'
import { APP_SECRET, type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { redeemCode } from '../testing/launch-flow.ts'
import { answerOf } from '../testing/whole-launch.ts'

const ALL_BUT_DATES = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const satisfies readonly string[]
const DAY = 24 * 3600 * 1000
let fixture: Fixture
const pass = (milliseconds: number) => jest.setSystemTime(Date.now() + milliseconds)
beforeEach(async () => {
  // Dates alone are moved: all that waits goes on by the real clock.
  jest.useFakeTimers({ now: Date.now(), doNotFake: [...ALL_BUT_DATES] })
  const now = () => Date.now()
  fixture = await startAuthServer({ store: memoryStore(now), now })
})
afterEach(async () => {
  await fixture.close()
  jest.useRealTimers()
})

type App = { client_id: string; redirect_uri?: string }
const SECRET_APP = { client_id: 'secret-app' }
const authenticated = (app: App, sending: request.Test) =>
  app.client_id === 'secret-app' ? sending.auth('secret-app', APP_SECRET) : sending

async function tokensFor(app: App, person: 'ana' | 'ben' = 'ana') {
  const scope = 'launch/patient patient/Patient.rs offline_access'
  const code = String((await answerOf(fixture, person, { scope, changed: app })).get('code'))
  return (await authenticated(app, redeemCode(fixture.server, code, app))).body
}
const refresh = (app: App, refresh_token: string) =>
  authenticated(app, request(fixture.server).post('/token'))
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: app.client_id, refresh_token })

describe.each([
  ['a client with a secret', SECRET_APP],
  ['an app on a phone', { client_id: 'native-app', redirect_uri: 'com.example.native:/callback' }],
])('REF-04: %s', (_name, app) => {
  test('goes on for three more months from each use, with no end to it', async () => {
    let { refresh_token } = await tokensFor(app)
    for (let period = 0; period < 3; period++) {
      pass(91 * DAY)
      const { status, body } = await refresh(app, refresh_token)
      expect([period, status, body.patient]).toEqual([period, 200, 'ana'])
      refresh_token = body.refresh_token ?? refresh_token
    }
  })
  test('has ended when it was not used for longer', async () => {
    const { refresh_token } = await tokensFor(app)
    pass(101 * DAY)
    expect((await refresh(app, refresh_token)).body.error).toBe('invalid_grant')
  })
})

describe('REF-05, SEED-29: a refresh token used again', () => {
  const APP = { client_id: 'app' }
  test('after more than some seconds ends the whole family, and nobody else’s', async () => {
    const [first, other] = [await tokensFor(APP), await tokensFor(APP, 'ben')]
    const second = await refresh(APP, first.refresh_token)
    expect(second.status).toBe(200)
    pass(15_000)
    expect((await refresh(APP, first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(APP, second.body.refresh_token)).body.error).toBe('invalid_grant')
    expect(fixture.revocations.some(({ kind }) => kind === 'grant')).toBe(true)
    expect((await refresh(APP, other.refresh_token)).status).toBe(200)
  })
  test('within seconds is refused, and the family lives on', async () => {
    const first = await tokensFor(APP)
    const second = await refresh(APP, first.refresh_token)
    pass(5_000)
    expect((await refresh(APP, first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(APP, second.body.refresh_token)).status).toBe(200)
  })
})
