// How much one holder of a grant may ask of the proxy, and how many invalid tokens one address may bring.
import { expect, test } from '@jest/globals'
import request from 'supertest'
import { ALICE, type Caller, startWorld, tokenOf, withForeign } from './two-worlds.ts'

const bob: Caller = { ...ALICE, patient: 'bob', person: 'Patient/bob' }
const limited = (perMinute: string, more: Record<string, string> = {}) =>
  startWorld(withForeign(), false, { settings: { RATE_LIMIT_PER_MINUTE: perMinute, ...more } })

test('SEED-74: a burst is refused, the holder alone, with the time to wait', async () => {
  const world = await limited('5')
  const statuses: number[] = []
  for (let at = 0; at < 6; at += 1) statuses.push((await world.get('Patient/alice')).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
  const over = await world.get('Patient/alice')
  expect([over.body.issue[0].code, Number(over.headers['retry-after']) > 0]).toEqual(['throttled', true])
  expect((await world.get('Patient/bob', bob)).status).toBe(200)
  expect((await request(world.proxy).get('/fhir/metadata')).status).toBe(200)
  await world.close()
})
test('SEED-74: each entry of a Bundle counts', async () => {
  const world = await limited('5')
  const send = async (entries: number) =>
    request(world.proxy)
      .post('/fhir')
      .set('Authorization', `Bearer ${await tokenOf(ALICE)}`)
      .type('application/fhir+json')
      .send(
        JSON.stringify({
          resourceType: 'Bundle',
          type: 'batch',
          entry: Array.from({ length: entries }, () => ({ request: { method: 'GET', url: 'Patient/alice' } })),
        }),
      )
  expect((await send(5)).status).toBe(429)
  await world.close()
})
test('SEED-74: invalid tokens from one address, told apart behind a trusted hop', async () => {
  const world = await limited('100', { TRUSTED_HOPS: '1' })
  const attempt = (address: string, token: string) =>
    request(world.proxy)
      .get('/fhir/Patient/alice')
      .set('X-Forwarded-For', address)
      .set('Authorization', `Bearer ${token}`)
  const statuses = await Promise.all(
    Array.from({ length: 120 }, async () => (await attempt('1.2.3.4', 'guess')).status),
  )
  expect(new Set(statuses)).toEqual(new Set([401]))
  expect((await attempt('1.2.3.4', 'guess')).status).toBe(429)
  expect((await attempt('6.6.6.6, 1.2.3.4', 'guess')).status).toBe(429)
  expect((await attempt('1.2.3.5', await tokenOf(ALICE))).status).toBe(200)
  await world.close()
})
