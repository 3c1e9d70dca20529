// How often a client's key set is fetched, from where, and how much of it is taken (CLI-08).
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { JWK } from 'jose'
import { isPublicAddress } from '../../network/public-addresses.ts'
import { freshMillisecondsOf, keySets } from './key-sets.ts'

let now = Date.now()
let requests = 0
let answer = { status: 200, body: '', headers: {} as Record<string, string> }
let server: Server
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`

beforeAll(async () => {
  server = createServer((_request, response) => {
    requests += 1
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  requests = 0
  publish(['old'])
})

function publish(kids: string[], cacheControl?: string): void {
  const body = JSON.stringify({ keys: kids.map((kid) => ({ kty: 'EC', kid })) })
  answer = { status: 200, body, headers: cacheControl === undefined ? {} : { 'cache-control': cacheControl } }
}
const withKid = (kid: string) => (key: JWK) => key.kid === kid
const local = () => keySets({ allowLocalKeySets: true, now: () => now })

test('many at once cause one request', async () => {
  const sets = local()
  await Promise.all(Array.from({ length: 20 }, () => sets.keysAt(url(), withKid('old'))))
  expect(requests).toBe(1)
})

test('an unknown kid causes one more, but not within ten seconds of the last', async () => {
  const sets = local()
  await sets.keysAt(url(), withKid('old'))
  publish(['old', 'new'])
  for (let i = 0; i < 5; i++) expect(await sets.keysAt(url(), withKid('new'))).toHaveLength(1)
  expect(requests).toBe(1)
  now += 11_000
  expect(await sets.keysAt(url(), withKid('new'))).toHaveLength(2)
  for (let i = 0; i < 5; i++) await sets.keysAt(url(), withKid('made-up'))
  expect(requests).toBe(2)
})

test('a set is kept as long as the client says, and then a key that it took back is gone', async () => {
  const sets = local()
  publish(['old'], 'public, max-age=20')
  await sets.keysAt(url(), withKid('old'))
  publish(['new'], 'no-store')
  now += 19_000
  expect(await sets.keysAt(url(), withKid('old'))).toMatchObject([{ kid: 'old' }])
  now += 2_000
  expect(await sets.keysAt(url(), withKid('old'))).toMatchObject([{ kid: 'new' }])
  await sets.keysAt(url(), withKid('new'))
  expect(requests).toBe(3)
})

test.each([
  [null, 300_000],
  ['max-age=5', 5_000],
  ['no-cache', 0],
  ['no-store, max-age=100', 0],
  ['max-age=99999999', 3_600_000],
])('Cache-Control %s is %d milliseconds', (header, expected) => expect(freshMillisecondsOf(header)).toBe(expected))

describe('refused, and not asked for again at once', () => {
  test.each([
    ['an error', () => ({ ...answer, status: 500 })],
    ['a redirect', () => ({ ...answer, status: 302, headers: { location: '/elsewhere' } })],
    ['more than 64 KiB', () => ({ ...answer, body: JSON.stringify({ keys: [], x: 'x'.repeat(70_000) }) })],
    ['what is no JSON', () => ({ ...answer, body: '<html>' })],
    ['what is no key set', () => ({ ...answer, body: '{"keys":{}}' })],
  ])('%s', async (_name, make) => {
    answer = make()
    const sets = local()
    for (let i = 0; i < 3; i++) await expect(sets.keysAt(url(), withKid('old'))).rejects.toThrow()
    expect(requests).toBe(1)
  })
  test.each(['http://example.org/jwks', 'https://127.0.0.1/jwks', 'https://[::1]/jwks', 'https://localhost:1/jwks'])(
    'outside a sandbox: %s',
    async (target) => {
      const sets = keySets({ allowLocalKeySets: false, now: () => now })
      await expect(sets.keysAt(target, withKid('old'))).rejects.toThrow()
    },
  )
  test('outside a sandbox no request reaches loopback', async () => {
    const sets = keySets({ allowLocalKeySets: false, now: () => now })
    const named = url().replace('http:', 'https:').replace('127.0.0.1', 'localhost')
    await expect(sets.keysAt(named, withKid('old'))).rejects.toThrow('fetch failed')
    expect(requests).toBe(0)
  })
})

test.each([
  ['93.184.216.34', true],
  ['2606:2800:220:1::1', true],
  ['10.1.2.3', false],
  ['169.254.169.254', false],
  ['168.63.129.16', false],
  ['172.31.0.1', false],
  ['100.64.0.1', false],
  ['0.0.0.0', false],
  ['::1', false],
  ['::ffff:10.0.0.1', false],
  ['fd00::1', false],
  ['fe80::1', false],
  ['2001:db8::1', false],
  ['2002:0a00:0001::', false],
  ['64:ff9b::a00:1', false],
])('%s is public: %s', (address, expected) => expect(isPublicAddress(address)).toBe(expected))
