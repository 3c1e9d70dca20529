// A wrong method is told the right ones: as JSON by what programs call, as a page by what people open.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import request from 'supertest'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options' | 'trace'
const send = (method: Method, path: string) => request(fixture.server)[method](path).redirects(0)

test.each<[Method, string, string]>([
  ['get', '/token', 'POST'],
  ['trace', '/token', 'POST'],
  ['options', '/token', 'POST'],
  ['get', '/AadSmartOnFhirProxy/token', 'POST'],
  ['get', '/token/revocation', 'POST'],
  ['delete', '/token/introspection', 'POST'],
  ['post', '/jwks', 'GET, HEAD'],
  ['put', '/.well-known/openid-configuration', 'GET, HEAD'],
  ['post', '/.well-known/oauth-authorization-server', 'GET, HEAD'],
  ['post', '/health', 'GET, HEAD'],
  ['delete', '/openapi.json', 'GET, HEAD'],
  ['put', '/launch', 'POST'],
])('RFC 9110 section 15.5.6: %s %s is 405, for programs', async (method, path, allow) => {
  const answer = await send(method, path).set('accept', 'text/html')
  expect([answer.status, answer.headers.allow, answer.headers['cache-control']]).toEqual([405, allow, 'no-store'])
  expect(answer.body).toEqual({ error: 'invalid_request', error_description: expect.any(String) })
})

test.each<[Method, string, string]>([
  ['put', '/auth', 'GET, POST'],
  ['delete', '/AadSmartOnFhirProxy/authorize', 'GET, POST'],
  ['options', '/auth', 'GET, POST'],
  ['post', '/auth/anything', 'GET'],
  ['put', '/interaction/anything', 'GET, POST'],
  ['post', '/apps', 'GET'],
  ['get', '/apps/signout', 'POST'],
  ['get', '/sign-in', 'POST'],
  ['post', '/sign-in-window', 'GET'],
  ['post', '/callback', 'GET'],
  ['put', '/callback/other', 'GET'],
  ['post', '/frontchannel-logout', 'GET'],
])('RFC 9110 section 15.5.6: %s %s is 405, for people', async (method, path, allow) => {
  const page = await send(method, path).set('accept', 'text/html')
  expect([page.status, page.headers.allow, page.type]).toEqual([405, allow, 'text/html'])
  expect(page.text).toContain('We could not read that request')
  expect(page.headers).not.toHaveProperty('set-cookie')
  expect((await send(method, path).set('accept', 'application/json')).body.error).toBe('bad-request')
})

test.each(['/health', '/openapi.json', '/jwks'])('%s answers HEAD as GET, without the body', async (path) => {
  const answer = await send('head', path)
  expect([answer.status, answer.text ?? '']).toEqual([200, ''])
})
