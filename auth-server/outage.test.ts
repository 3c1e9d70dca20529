// What people and apps are told while something behind this service is down: 503, nothing shared, and no detail.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import request from 'supertest'
import { memoryStore } from './storage/memory.ts'
import type { RecordStore } from './storage/record-store.ts'
import { type Fixture, startAuthServer } from './testing/auth-server-fixture.ts'
import { authorizeUrl, begin, formOf, redeemCode } from './testing/launch-flow.ts'
import { Unavailable } from './unavailable.ts'

let isDown = false
const memory = memoryStore()
const failing = async () => {
  throw new Unavailable('storage', new Error('connect ECONNREFUSED 10.0.0.1:10002'))
}
const store: RecordStore = {
  find: (...of) => (isDown ? failing() : memory.find(...of)),
  insert: (...of) => (isDown ? failing() : memory.insert(...of)),
  put: (...of) => (isDown ? failing() : memory.put(...of)),
  replace: (...of) => (isDown ? failing() : memory.replace(...of)),
  remove: (...of) => (isDown ? failing() : memory.remove(...of)),
  list: (...of) => (isDown ? failing() : memory.list(...of)),
}

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer({ store })
})
afterAll(() => fixture.close())

test('storage down: token endpoint, authorization and consent answer without a detail, and go on afterwards', async () => {
  const { browser, page } = await begin(fixture.server, 'ana')
  const { action, csrf } = formOf(page)
  isDown = true
  const token = await redeemCode(fixture.server, 'some-code')
  expect([token.status, token.body.error]).toEqual([503, 'temporarily_unavailable'])
  const authorize = await request(fixture.server).get(authorizeUrl()).redirects(0)
  expect(String(authorize.headers.location)).toContain('error=temporarily_unavailable')
  const consent = await browser.post(action, { csrf, decision: 'share', until: 'now' })
  expect([consent.status, consent.headers['retry-after']]).toEqual([503, '5'])
  for (const answer of [token, authorize, consent])
    expect(JSON.stringify([answer.text, answer.headers])).not.toMatch(/ECONN|10\.0\.0/)
  isDown = false
  expect((await browser.post(action, { csrf, decision: 'share', until: 'now' })).status).toBe(303)
})
