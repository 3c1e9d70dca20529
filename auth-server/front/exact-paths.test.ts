// Spellings of a path that the library would take for its own, and that nothing in front of it looks at.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import request from 'supertest'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { authorizeUrl } from '../testing/launch-flow.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer({ rateLimits: { trustedHops: 0, factor: 0.001 } })
})
afterAll(() => fixture.close())

test.each(['/TOKEN', '/Token', '/token/', '/Token/Introspection', '/token/introspection/', '/token/revocation/'])(
  'SEC-06: no way around what stands in front of the token endpoint by %s',
  async (path) => {
    const form = { grant_type: 'refresh_token', client_id: 'app', refresh_token: 'unknown', token: 'unknown' }
    const answer = await request(fixture.server).post(path).type('form').send(form)
    expect(answer.status).toBe(404)
  },
)

test.each(['/AUTH?', '/Auth?', '/auth/?'])('AUTHZ-02: nor of the authorization endpoint by %s', async (path) => {
  const url = authorizeUrl({ response_mode: 'fragment' }).replace('/auth?', path)
  const answer = await request(fixture.server).get(url).redirects(0)
  expect([answer.status, answer.headers.location]).toEqual([404, undefined])
})

test('AUTHZ-02: nor by HEAD', async () => {
  const answer = await request(fixture.server)
    .head(authorizeUrl({ response_mode: 'fragment' }))
    .redirects(0)
  expect([answer.status, answer.headers.location]).toEqual([405, undefined])
})
