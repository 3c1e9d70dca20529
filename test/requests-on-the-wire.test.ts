// Requests that hops in front may read otherwise than the proxy: two of a header, lengths that do not agree, another host,
// other spellings of a path. What is not plain is refused, and never sent on.
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type MisbehavingUpstream, startMisbehavingUpstream } from './testing/misbehaving-upstream.ts'
import { exchange } from './testing/raw-client.ts'
import { ALICE, startProxy, tokenOf, type World } from './two-worlds.ts'

let upstream: MisbehavingUpstream
let world: World
let port: number
let bearer: string
let bobs: string

beforeAll(async () => {
  upstream = await startMisbehavingUpstream()
  world = await startProxy(upstream.url, undefined)
  port = (world.proxy.address() as AddressInfo).port
  bearer = `Authorization: Bearer ${await tokenOf({ ...ALICE, scope: 'patient/*.cruds' })}`
  bobs = `Authorization: Bearer ${await tokenOf({ scope: 'patient/*.cruds', patient: 'bob', person: 'Patient/bob' })}`
})
afterAll(async () => {
  await world.close()
  await upstream.close()
})
beforeEach(() => {
  upstream.asked.length = 0
})

const OWN = '{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/alice"}}'
const request = (line: string, headers: readonly string[], body = '') =>
  exchange(port, `${line} HTTP/1.1\r\n${['Host: x', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n${body}`)
const statusOf = (said: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(said)?.[1])
/** Without what differs from one answer to the next. */
const plain = (said: string) => said.replace(/^(date|x-request-id): .*\r\n/gim, '')

describe('ENF-02: a header given twice', () => {
  test.each<[string, () => string[]]>([
    ['two tokens', () => [bearer, bobs]],
    ['the same token twice', () => [bearer, bearer]],
    ['a token and another scheme', () => [bearer, 'Authorization: Basic YTpi']],
    ['another scheme and a token', () => ['Authorization: Basic YTpi', bearer]],
    ['two tokens in one line', () => [`${bearer}, ${bobs.slice('Authorization: '.length)}`]],
  ])('%s: 401', async (_name, headers) => {
    const said = await request('GET /fhir/Observation/1', headers())
    expect([statusOf(said), upstream.asked]).toEqual([401, []])
  })

  test.each<[string, string[], number]>([
    ['two types of a body', ['Content-Type: application/fhir+json', 'Content-Type: text/plain'], 415],
    ['two versions', ['Content-Type: application/fhir+json', 'If-Match: W/"1"', 'If-Match: W/"2"'], 400],
    [
      'two encodings',
      ['Content-Type: application/fhir+json', 'Content-Encoding: identity', 'Content-Encoding: gzip'],
      415,
    ],
  ])('%s: %j: %d', async (_name, headers, status) => {
    const said = await request('PUT /fhir/Observation/1', [bearer, ...headers, `Content-Length: ${OWN.length}`], OWN)
    expect([statusOf(said), upstream.asked]).toEqual([status, []])
  })

  test('two conditions of a create', async () => {
    const body = OWN.replace('"id":"1",', '')
    const conditions = ['If-None-Exist: identifier=a', 'If-None-Exist: identifier=b']
    const headers = [bearer, 'Content-Type: application/fhir+json', ...conditions, `Content-Length: ${body.length}`]
    expect(statusOf(await request('POST /fhir/Observation', headers, body))).toBe(400)
    expect(upstream.asked).toEqual([])
  })
})

describe('ENF-02: where a request ends', () => {
  const hidden = `GET /fhir/Observation/hidden HTTP/1.1\r\nHost: x\r\n\r\n`
  const chunked = `0\r\n\r\n${hidden}`
  test.each<[string, string[], string]>([
    ['two lengths', ['Content-Length: 3', `Content-Length: ${hidden.length}`], hidden],
    ['one length twice', ['Content-Length: 3', 'Content-Length: 3'], `a=b${hidden}`],
    ['a list of lengths', ['Content-Length: 3, 3'], `a=b${hidden}`],
    ['a signed length', ['Content-Length: +3'], `a=b${hidden}`],
    ['a length of no number', ['Content-Length: 3x'], `a=b${hidden}`],
    ['a length and chunks', [`Content-Length: ${chunked.length}`, 'Transfer-Encoding: chunked'], chunked],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 3'], chunked],
    ['chunks within something else', ['Transfer-Encoding: chunked, gzip'], chunked],
    ['no chunks', ['Transfer-Encoding: identity'], hidden],
    ['chunks, misspelt', ['Transfer-Encoding: xchunked'], chunked],
    ['chunks, in two lines', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], chunked],
    ['chunks of no length', ['Transfer-Encoding: chunked'], `zz\r\n${chunked}`],
    ['chunks of a signed length', ['Transfer-Encoding: chunked'], `-1\r\n${chunked}`],
    ['a blank before the colon', ['Content-Length : 3'], `a=b${hidden}`],
    ['a header that goes on in the next line', ['X-A: b', ' Content-Length: 3'], `a=b${hidden}`],
    ['a line that is none', ['hello'], hidden],
    ['a header with a zero byte', ['X-A: b\0c'], hidden],
  ])('%s: refused, and what follows is no request', async (_name, headers, body) => {
    const type = 'Content-Type: application/x-www-form-urlencoded'
    const said = await request('POST /fhir/Observation/_search', [bearer, type, ...headers], body)
    expect(said).toMatch(/^HTTP\/1\.1 400 /)
    expect(said.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(upstream.asked.filter(({ target }) => target.includes('hidden'))).toEqual([])
  })

  test('a body that nobody reads is not taken for the next request', async () => {
    const smuggled = `GET /fhir/Observation/hidden HTTP/1.1\r\nHost: x\r\n${bearer}\r\n\r\n`
    const said = await exchange(
      port,
      `GET /fhir/Observation/1 HTTP/1.1\r\nHost: x\r\n${bearer}\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    )
    expect([statusOf(said), said.match(/HTTP\/1\.1/g)?.length]).toEqual([200, 1])
    expect(upstream.asked.map(({ target }) => target)).toEqual(['Observation/1'])
  })
})

describe('ENF-02, ENF-03: what a request says of itself', () => {
  test.each([
    'Host: evil.test',
    'Host: evil.test:99@x',
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Proto: gopher',
    'X-Forwarded-Port: 99',
    'X-Forwarded-Prefix: /evil',
    'X-Forwarded-For: 127.0.0.1, evil',
    'Forwarded: for=127.0.0.1;host=evil.test;proto=gopher',
    'X-Original-URL: /fhir/Patient/bob',
    'X-Rewrite-URL: /fhir/Patient/bob',
    'X-Original-Method: DELETE',
    'X-MS-Proxy: evil',
    'X-Amzn-Oidc-Identity: bob',
    'X-Forwarded-User: bob',
    'Remote-User: bob',
    'Cookie: patient=bob',
    'Upgrade: h2c',
    'TE: trailers, evil',
    'Prefer: handling=lenient',
    'Cache-Control: only-if-cached',
    'Max-Forwards: 0',
  ])('%s: changes nothing', async (header) => {
    const usual = await request('GET /fhir/Observation?code=1', [bearer])
    const asked = upstream.asked.splice(0)
    const [name = ''] = header.split(':')
    const others = name === 'Host' ? [] : ['Host: x']
    const said = await exchange(
      port,
      `GET /fhir/Observation?code=1 HTTP/1.1\r\n${[...others, 'Connection: close', bearer, header].join('\r\n')}\r\n\r\n`,
    )
    expect(plain(said)).toBe(plain(usual))
    expect(statusOf(said)).toBe(200)
    expect(upstream.asked).toEqual(asked)
  })

  test.each(['X-HTTP-Method-Override: DELETE', 'X-HTTP-Method: DELETE', 'X-Method-Override: DELETE'])(
    '%s: 400',
    async (header) => {
      const said = await request('GET /fhir/Observation/1', [bearer, header])
      expect([statusOf(said), upstream.asked]).toEqual([400, []])
    },
  )
})

describe('ENF-02: other spellings of a path', () => {
  test.each([
    'http://x/fhir/Observation/1',
    'https://smart.example/fhir/Observation/1',
    'x:443',
    '/fhir/Observation/1/',
    '/fhir/Observation/1//',
    '/fhir//Observation/1',
    '//fhir/Observation/1',
    '/./fhir/Observation/1',
    '/fhir/./Observation/1',
    '/x/../fhir/Observation/1',
    '/fhir/Observation/2/../1',
    '/fhir/Observation/%2e%2e/Observation/1',
    '/fhir/Observation/.%2e/Observation/1',
    '/fhir%2fObservation/1',
    '/fhir/Observation%2f1',
    '/fhir/Observation%5c1',
    '/fhir/Observation\\1',
    '/fhir/%4fbservation/1',
    '/fhir/Observation/%31',
    '/fhir/Observation/1%00',
    '/fhir/Observation/1%20',
    '/fhir/Observation/1%0d%0a',
    '/fhir/Observation/%c0%ae%c0%ae/1',
    '/fhir/Observation/%252e%252e/1',
    '/fhir/Observation/1;x=2',
    '/fhir/Observation;x/1',
    '/fhir;x/Observation/1',
    '/fhir/Observation/1%3bx',
    '/fhir/Observation/1+',
    '/fhir/Observation/1~',
    '/fhir/Observation/1*',
    '/fhir/Observation/1,2',
    '/fhir/Observation/1#2',
    '/fhir/Observation/\u00b9',
    '/FHIR/Observation/1',
    '/Fhir/Observation/1',
    '/fhir/observation/1',
    '/fhir/OBSERVATION/1',
    '/fhir/Observation/1/_HISTORY',
    '/fhir/Observation/1/_history/%31',
    '/fhir/Observation/1?_method=DELETE',
    '/fhir/Observation/1?_format=json&_elements=note',
    '/fhir/Observation/1??',
    `/fhir/${'Observation'.repeat(100)}/1`,
    `/fhir/Observation/${'1'.repeat(65)}`,
    `/fhir${'/Observation/1'.repeat(500)}`,
  ])('%s: refused, and nothing is sent on', async (target) => {
    const said = await request(`GET ${target}`, [bearer])
    expect(said).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(upstream.asked).toEqual([])
  })

  test.each(['get', 'Get', 'GETT', 'TRACE', 'CONNECT', 'PROPFIND', 'SEARCH', 'PURGE', 'M-SEARCH'])(
    '%s: refused',
    async (method) => {
      const said = await request(`${method} /fhir/Observation/1`, [bearer])
      expect(said).not.toMatch(/^HTTP\/1\.1 [235]/)
      expect(upstream.asked).toEqual([])
    },
  )

  test('longer than any: refused', async () => {
    const said = await request(`GET /fhir/Observation?code=${'a'.repeat(70_000)}`, [bearer])
    expect(said).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(upstream.asked).toEqual([])
  })
})
