// The policies of apim-policies/, carried out in front of two services that say what reached them.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import request from 'supertest'
import { frontDoor } from '../front-door.ts'
import { parsePolicies } from './document.ts'
import { parseCondition, parseExpression } from './expression.ts'
import { openGateway, POLICIES } from './gateway.ts'

const servers: Server[] = []
let issuer: string
let keys: Server | undefined
let privateKey: CryptoKey
let asked: string[] = []

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const service = (listener: RequestListener) => listening(createServer(listener))

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true })
  privateKey = pair.privateKey
  const jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ES256' }
  issuer = await service((req, res) => {
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify(req.url === '/jwks' ? { keys: [jwk] } : { jwks_uri: `${issuer}/jwks` }))
  })
  keys = servers.pop()
})
afterAll(() => {
  if (keys !== undefined) close(keys)
})
const close = (server: Server) => {
  server.closeAllConnections()
  server.close()
}
afterEach(() => {
  asked = []
  for (const server of servers.splice(0)) close(server)
})

const valuesFor = (more: Record<string, string> = {}) => ({
  maintenance: 'false',
  'validate-tokens': 'true',
  issuer,
  'fhir-base': 'https://fhir.example/fhir',
  'auth-server-url': 'http://127.0.0.1:9',
  'proxy-url': 'http://127.0.0.1:9',
  ...more,
})

async function door(more: Record<string, string> = {}, folder?: string) {
  const echo = (name: string) =>
    service((req, res) => {
      asked.push(`${name} ${req.method} ${req.url}`)
      res.setHeader('server', 'kestrel').setHeader('access-control-allow-origin', 'https://of-the-service.example')
      res.setHeader('content-type', 'application/json').end(JSON.stringify({ name, headers: req.headers }))
    })
  const [authServerUrl, proxyUrl] = [await echo('auth-server'), await echo('proxy')]
  const values = valuesFor({ 'auth-server-url': authServerUrl, 'proxy-url': proxyUrl, ...more })
  return request(
    await listening(
      frontDoor({
        publicUrl: 'http://127.0.0.2:4000',
        authServerUrl,
        proxyUrl,
        entraUrl: 'http://localhost:4004',
        runsKey: 'a key for tests, long enough',
        gateway: openGateway(values, folder),
      }),
    ),
  )
}

const token = (claims: Record<string, unknown> = {}) =>
  new SignJWT({ aud: 'https://fhir.example/fhir', iss: issuer, exp: Math.floor(Date.now() / 1000) + 60, ...claims })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(privateKey)

test('SEED-75: each verb reaches the service of its path, with the path as it was', async () => {
  const through = await door()
  for (const verb of ['get', 'post', 'put', 'patch', 'delete', 'options'] as const)
    await through[verb]('/fhir/Patient/a%7Cb?x=//y').expect(200)
  await through.post('/token').expect(200)
  expect(asked).toEqual([
    ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((verb) => `proxy ${verb} /fhir/Patient/a%7Cb?x=//y`),
    'auth-server POST /token',
  ])
})

test('what callers say of themselves does not go on; where they are and which request it is does', async () => {
  const through = await door()
  const { body } = await through.get('/fhir/Patient').set({
    'X-Forwarded-For': '6.6.6.6',
    'X-MS-CLIENT-PRINCIPAL': 'somebody',
    'X-Original-URL': '/fhir/admin',
    Forwarded: 'for=6.6.6.6',
  })
  expect(body.headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect(JSON.stringify(body)).not.toMatch(/6\.6\.6\.6|somebody|admin/)
  expect((await through.get('/token').set('X-Request-Id', 'mine')).body.headers['x-request-id']).toBe('mine')
})

test('what services say of themselves goes no further', async () => {
  const answer = await (await door()).get('/fhir/Patient')
  expect(answer.headers).not.toHaveProperty('server')
})

describe('tokens', () => {
  test('ours go on, so do none at all and handles: the proxy answers these', async () => {
    const through = await door()
    for (const authorization of [`Bearer ${await token()}`, 'Bearer ref_abc'])
      await through.get('/fhir/Patient').set('Authorization', authorization).expect(200)
    await through.get('/fhir/metadata').expect(200)
    expect(asked).toHaveLength(3)
  })

  test.each<[string, () => Promise<string>]>([
    ['of another issuer', async () => `Bearer ${await token({ iss: 'https://evil.example' })}`],
    ['for another audience', async () => `Bearer ${await token({ aud: issuer })}`],
    ['that are over', async () => `Bearer ${await token({ exp: 1 })}`],
    ['without an end', async () => `Bearer ${await token({ exp: undefined })}`],
    ['that nobody signed', async () => `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
    ['of another key', async () => `Bearer ${(await token()).slice(0, -6)}AAAAAA`],
    ['in another scheme', async () => `Basic ${Buffer.from('a:b').toString('base64')}`],
  ])('SEED-75: those %s are refused, in words of FHIR, and reach nobody', async (_name, authorization) => {
    const answer = await (await door()).get('/fhir/Patient').set('Authorization', await authorization())
    expect([answer.status, answer.headers['content-type']]).toEqual([401, 'application/fhir+json'])
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    expect(JSON.parse(answer.text)).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'login' }] })
    expect(asked).toEqual([])
  })

  test('those for the authorization server itself are its own to check', async () => {
    await (await door()).get('/clients').set('Authorization', 'Bearer something').expect(200)
  })
})

describe('CORS', () => {
  const origin = { Origin: 'https://app.example' }

  test('at the FHIR base: a preflight is answered here, an answer may be read by all, and is said to be once', async () => {
    const through = await door()
    const preflight = await through
      .options('/fhir/Patient')
      .set({ ...origin, 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'authorization' })
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '600',
    })
    expect(asked).toEqual([])
    const answer = await through.get('/fhir/Patient').set(origin)
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    expect(answer.headers['access-control-expose-headers']).toContain('ETag')
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
  })

  test('at the authorization server: it says so itself, for each client', async () => {
    const answer = await (await door()).post('/token').set(origin)
    expect(answer.headers['access-control-allow-origin']).toBe('https://of-the-service.example')
  })
})

test('too large a body is refused before it is read', async () => {
  const through = await door()
  const fhir = await through.post('/fhir/Binary').set('Content-Length', String(101 * 1024 * 1024))
  expect([fhir.status, JSON.parse(fhir.text).issue[0].code]).toEqual([413, 'too-long'])
  const auth = await through.post('/token').set('Content-Length', String(2 * 1024 * 1024))
  expect([auth.status, JSON.parse(auth.text).error]).toEqual([413, 'invalid_request'])
  expect(asked).toEqual([])
})

test("documents that are the same for all are kept for a minute, what is somebody's is not", async () => {
  const through = await door()
  for (const _ of [1, 2]) {
    const answer = await through.get('/jwks').expect(200)
    expect(answer.body.name).toBe('auth-server')
    await through.get('/fhir/.well-known/smart-configuration').expect(200)
    await through.get('/fhir/Patient').expect(200)
  }
  await through.get('/jwks').set('Authorization', 'Bearer x').expect(200)
  expect(asked.sort()).toEqual([
    'auth-server GET /jwks',
    'auth-server GET /jwks',
    'proxy GET /fhir/.well-known/smart-configuration',
    'proxy GET /fhir/Patient',
    'proxy GET /fhir/Patient',
  ])
})

test('while there is maintenance, programs and people are told, each in their form', async () => {
  const through = await door({ maintenance: 'true' })
  const fhir = await through.get('/fhir/Patient')
  expect([fhir.status, fhir.headers['retry-after'], JSON.parse(fhir.text).resourceType]).toEqual([
    503,
    '300',
    'OperationOutcome',
  ])
  expect((await through.post('/token')).body.error).toBe('temporarily_unavailable')
  const page = await through.get('/apps').set('Accept', 'text/html')
  expect([page.status, page.text]).toEqual([503, expect.stringMatching(/^<!doctype html><html lang="en">/)])
  expect(asked).toEqual([])
})

const ORDERED = `<audiences><audience>{{fhir-base}}</audience></audiences>
          <issuers><issuer>{{issuer}}</issuer></issuers>`

describe('with files that are changed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'policies-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  function change(file: string, old: string, new_: string): void {
    cpSync(POLICIES, folder, { recursive: true })
    const text = readFileSync(join(folder, file), 'utf8')
    expect(text).toContain(old)
    writeFileSync(join(folder, file), text.replace(old, new_))
  }

  test('SEED-74: more than may be asked in a time is refused, in words of FHIR', async () => {
    change('proxy.xml', 'calls="12000"', 'calls="2"')
    const through = await door({}, folder)
    for (const _ of [1, 2]) await through.get('/fhir/Patient').expect(200)
    const over = await through.get('/fhir/Patient').expect(429)
    expect([over.headers['retry-after'], JSON.parse(over.text).issue[0].code]).toEqual(['60', 'throttled'])
    await through.get('/apps').expect(200)
  })

  test.each([
    [
      'an element that is not known',
      '<base />',
      '<base /><mock-response />',
      'mock-response is not a policy that is carried out here',
    ],
    [
      'one in a section where it has no place',
      '<forward-request',
      '<cors /><forward-request',
      'cors has no place in backend',
    ],
    ['one within another where it has none', '<audiences>', '<keys /><audiences>', 'keys has no place here'],
    ['children in another order', ORDERED, ORDERED.split('\n').reverse().join('\n'), 'audiences stands too late'],
    [
      'an attribute that is not known',
      'require-scheme="Bearer"',
      'require-scheme="Bearer" output-token-variable-name="jwt"',
      'the attribute output-token-variable-name is not known',
    ],
    ['one that is missing', 'calls="12000" ', '', 'the attribute calls is needed'],
    [
      'an expression that is not understood',
      'counter-key="@(context.Request.IpAddress)"',
      'counter-key="@(context.Subscription.Id)"',
      'context.Subscription is not known here',
    ],
    ['a value that nobody names', '{{fhir-base}}', '{{audience}}', 'there is no named value audience'],
    ['text that has no place', '<base />', '<base />text', 'text has no place here'],
    [
      'a section that is missing',
      '<outbound>\n    <base />\n    <set-header name="Server" exists-action="delete" />\n    <set-header name="X-Powered-By" exists-action="delete" />\n  </outbound>',
      '',
      'each section stands once, in order',
    ],
    ['what is not well-formed', '</policies>', '', 'unclosed tag'],
    [
      'tokens that nobody signs',
      'require-signed-tokens="true"',
      'require-signed-tokens="false"',
      'tokens must be signed',
    ],
    [
      'credentials for every origin',
      'allow-credentials="false"',
      'allow-credentials="true"',
      'credentials are for no origin here',
    ],
  ])('%s: the start is refused', (_name, old, new_, fault) => {
    change('proxy.xml', old, new_)
    expect(() => openGateway(valuesFor(), folder)).toThrow(fault)
  })
})

describe('expressions', () => {
  const context = {
    requestId: 'id-1',
    request: {
      method: 'GET',
      path: '/fhir/Patient',
      address: '192.0.2.1',
      header: (name: string) => (name === 'Content-Length' ? '12' : undefined),
    },
  }

  test.each<[string, unknown]>([
    ['@(context.Request.Method == "GET" && !context.Request.Headers.ContainsKey("Authorization"))', true],
    ['@(context.Request.Method != "GET" || context.Request.Url.Path.EndsWith("/Patient"))', true],
    ['@(int.Parse(context.Request.Headers.GetValueOrDefault("Content-Length", "0")) > 12)', false],
    ['@(("a" == "b" || "a" == "a") && context.Request.Url.Path.Contains("fhir"))', true],
    ['@(context.RequestId.ToString())', 'id-1'],
    ['@(context.LastError.Source)', ''],
    ['plain text', 'plain text'],
  ])('%s is %s', (source, value) => {
    expect(parseExpression(source)(context)).toBe(value)
  })

  test.each([
    '@(context.Request.Body.As<string>())',
    '@{ return "x"; }',
    '@(context.Request)',
    '@("a" == 1)',
    '@(context.Request.Method && "a")',
    '@(context.Request.Headers.GetValueOrDefault("a"))',
    '@(!"a")',
    '@(context.Request.Method == "GET"',
    '@("a" + "b")',
  ])('%s is refused', (source) => {
    expect(() => parseExpression(source)).toThrow()
  })

  test('a condition must be an expression', () => {
    expect(() => parseCondition('true')).toThrow('is no condition')
  })
})

test('a document type, and with it entities, is nothing that we use', () => {
  const text =
    '<!DOCTYPE policies [<!ENTITY x "y">]><policies><inbound>&x;</inbound><backend/><outbound/><on-error/></policies>'
  expect(() => parsePolicies(text, {})).toThrow()
})
