// Limits over HTTP: who is slowed down, who is not, and that nobody chooses the address that is counted.
import { afterEach, expect, test } from '@jest/globals'
import request from 'supertest'
import { APP_SECRET, type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { authorizeUrl } from '../testing/launch-flow.ts'

let fixture: Fixture
afterEach(() => fixture.close())

const from = (address: string) => ({ 'x-forwarded-for': address })
const refresh = (address: string, secret = APP_SECRET, client = 'secret-app') =>
  request(fixture.server)
    .post('/token')
    .set(from(address))
    .auth(client, secret)
    .type('form')
    .send({ grant_type: 'refresh_token', refresh_token: 'unknown' })

test('SEED-74: whoever guesses a secret is locked out, there and for that client alone', async () => {
  fixture = await startAuthServer({ rateLimits: { trustedHops: 1, factor: 1 } })
  for (let attempt = 0; attempt < 20; attempt++)
    expect((await refresh('192.0.2.1', `guess-${attempt}`)).status).toBe(401)
  const locked = await refresh('192.0.2.1')
  expect([locked.status, locked.body.error]).toEqual([429, 'temporarily_unavailable'])
  expect(Number(locked.headers['retry-after'])).toBeGreaterThan(0)
  expect((await refresh('192.0.2.2')).status).toBe(400)
  const asApp = await request(fixture.server)
    .post('/token')
    .set(from('192.0.2.1'))
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token: 'unknown' })
  expect(asApp.status).toBe(400)
})

test('SEED-74: no spelling of the client’s name gives more guesses', async () => {
  fixture = await startAuthServer({ rateLimits: { trustedHops: 1, factor: 0.1 } })
  const spelled = ['secret-app', '%73ecret-app', 's%65cret-app', 'secret%2Dapp', 'secret%2dapp', '%73%65cret-app']
  const statuses = []
  for (const client of spelled) statuses.push((await refresh('192.0.2.1', 'guess', client)).status)
  expect(statuses).toEqual([401, 401, 429, 429, 429, 429])
})

test('SEED-74: guesses in a form, or with keys, lock nobody else out at the same address', async () => {
  fixture = await startAuthServer({ rateLimits: { trustedHops: 1, factor: 0.1 } })
  const post = (form: Record<string, string>) =>
    request(fixture.server)
      .post('/token')
      .set(from('192.0.2.1'))
      .type('form')
      .send({ grant_type: 'refresh_token', refresh_token: 'unknown', ...form })
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  for (let attempt = 0; attempt < 5; attempt++) {
    await post({ client_id: 'secret-app', client_secret: `guess-${attempt}` })
    await post({ client_assertion_type, client_assertion: 'e30.e30.e30' })
    await post({ client_id: 'nobody', client_secret: 'x' })
  }
  expect((await post({ client_id: 'secret-app', client_secret: 'guess' })).status).toBe(429)
  expect((await post({ client_id: 'app' })).status).toBe(400)
})

test('SEC-06: a burst on one endpoint is slowed down, from that address and on that endpoint alone', async () => {
  fixture = await startAuthServer({ rateLimits: { trustedHops: 1, factor: 0.01 } })
  const authorize = (address: string) => request(fixture.server).get(authorizeUrl()).set(from(address)).redirects(0)
  const statuses = []
  for (let attempt = 0; attempt < 5; attempt++) statuses.push((await authorize('192.0.2.1')).status)
  expect(statuses).toEqual([303, 303, 303, 429, 429])
  const page = await authorize('192.0.2.1').set('accept', 'text/html')
  expect(page.text).toContain('Too many requests')
  expect((await authorize('192.0.2.2')).status).toBe(303)
  expect((await refresh('192.0.2.1')).status).toBe(400)
})

test.each(['/apps', '/interaction/anything', '/callback', '/callback/other'])(
  'SEC-06: %s leaves no more rows than an address may cause',
  async (path) => {
    fixture = await startAuthServer({ rateLimits: { trustedHops: 0, factor: 0.0001 } })
    const open = () => request(fixture.server).get(path).set('accept', 'text/html').redirects(0)
    expect((await open()).status).not.toBe(429)
    const refused = await open()
    expect([refused.status, refused.text.includes('Too many requests')]).toEqual([429, true])
  },
)

test.each([
  ['what a client adds in front of a trusted proxy’s word', 1, ['9.9.9.1, 192.0.2.1', '9.9.9.2, 192.0.2.1']],
  ['any of it without a trusted proxy', 0, ['192.0.2.1', '192.0.2.2']],
  ['another address of the same IPv6 subscriber', 1, ['2001:db8:1:2::5', '2001:db8:1:2:3:4:5:6']],
])('SEC-06: no way around the limit by %s', async (_name, trustedHops, addresses) => {
  fixture = await startAuthServer({ rateLimits: { trustedHops, factor: 0.001 } })
  const statuses = []
  for (const address of addresses) {
    statuses.push((await request(fixture.server).get(authorizeUrl()).set(from(address)).redirects(0)).status)
  }
  expect(statuses).toEqual([303, 429])
})
