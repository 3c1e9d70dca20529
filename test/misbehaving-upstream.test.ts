// Whatever the FHIR server behind gets wrong: never a byte of another's, nothing of where it is, and the next request is
// answered as if nothing had been.
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  bytesOf,
  FOREIGN,
  json,
  type MisbehavingUpstream,
  type Misbehaviour,
  searchset,
  startMisbehavingUpstream,
  typeOf,
} from './testing/misbehaving-upstream.ts'
import { exchange } from './testing/raw-client.ts'
import { ALICE, startProxy, tokenOf, type World } from './two-worlds.ts'

let upstream: MisbehavingUpstream
let world: World
let port: number
let token: string
let hidden: RegExp

beforeAll(async () => {
  upstream = await startMisbehavingUpstream()
  const settings = { UPSTREAM_TIMEOUT_MS: '250', MAX_BODY_BYTES: '100000' }
  world = await startProxy(upstream.url, undefined, [], { settings })
  port = (world.proxy.address() as AddressInfo).port
  token = await tokenOf({ ...ALICE, scope: 'patient/*.cruds' })
  hidden = new RegExp(`bob|secret|evil|${new URL(upstream.url).port}`, 'i')
})
afterAll(async () => {
  await world.close()
  await upstream.close()
})

const OWN = '{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/alice"}}'
const REQUESTS: [string, string, string, string?][] = [
  ['read', 'GET', 'Observation/1'],
  ['vread', 'GET', 'Observation/1/_history/1'],
  ['history', 'GET', 'Observation/1/_history'],
  ['search', 'GET', 'Observation?code=1'],
  ['count', 'GET', 'Observation?_summary=count'],
  ['include', 'GET', 'Observation?_include=Observation:encounter'],
  ['chain', 'GET', 'Observation?encounter.status=finished'],
  ['everything', 'GET', 'Patient/alice/$everything'],
  ['create', 'POST', 'Observation', OWN.replace('"id":"1",', '')],
  ['update', 'PUT', 'Observation/1', OWN],
  ['delete', 'DELETE', 'Observation/1'],
  ['conditional update', 'PUT', 'Observation?code=1', OWN],
  [
    'batch',
    'POST',
    '',
    '{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Observation/1"}},{"request":{"method":"GET","url":"Observation?code=1"}}]}',
  ],
  [
    'transaction',
    'POST',
    '',
    `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"Observation/1"},"resource":${OWN}}]}`,
  ],
  ['metadata', 'GET', 'metadata'],
]

/** All that comes over the wire. */
async function ask([, method, path, body = '']: (typeof REQUESTS)[number]): Promise<string> {
  const head = [
    `${method} /fhir${path === '' ? '' : `/${path}`} HTTP/1.1`,
    'Host: x',
    'Connection: close',
    `Authorization: Bearer ${token}`,
    ...(body === '' ? [] : ['Content-Type: application/fhir+json', `Content-Length: ${Buffer.byteLength(body)}`]),
  ]
  return exchange(port, `${head.join('\r\n')}\r\n\r\n${body}`)
}

const foreignOf = (asked: { method: string; target: string; body: string }) =>
  FOREIGN[typeOf(asked)] ?? FOREIGN.Patient ?? {}
const outcome = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'x', diagnostics: 'http://127.0.0.1/secret of bob' }],
}
const head = (lines: string, body: string | Buffer) =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`), Buffer.from(body as string)])
const JSON_TYPE = 'Content-Type: application/fhir+json'
const withHeaders =
  (...headers: [string, string][]): Misbehaviour =>
  (right) => ({ ...right, headers: [...headers, ...right.headers] })
const changed =
  (change: (text: string) => string | Buffer): Misbehaviour =>
  (right) => ({ ...right, body: change(String(right.body)) })

const foreign: Misbehaviour = (right, asked) => {
  const { resourceType } = JSON.parse(String(right.body) || '{}') as { resourceType?: string }
  const theirs = foreignOf(asked)
  if (resourceType !== 'Bundle') return json(theirs)
  const { type } = JSON.parse(String(right.body)) as { type: string }
  return json({ ...searchset(asked.target, [theirs]), type })
}

const BOMB = gzipSync(Buffer.alloc(20_000_000, 'bob'))

const MISBEHAVIOURS: [string, Misbehaviour][] = [
  ['gives others’ records', foreign],
  [
    'gives others’ records beside one’s own',
    (right, asked) => {
      const bundle = JSON.parse(String(right.body) || '{}') as { entry?: object[] }
      return bundle.entry === undefined
        ? foreign(right, asked)
        : json({ ...bundle, entry: [...bundle.entry, { resource: foreignOf(asked), search: { mode: 'match' } }] })
    },
  ],
  [
    'gives others’ records as includes',
    (_right, asked) =>
      json({ ...searchset(asked.target, []), entry: [{ resource: foreignOf(asked), search: { mode: 'include' } }] }),
  ],
  ['gives a record of another type', () => json(FOREIGN.Patient)],
  ['gives a record of another id', changed((text) => text.replaceAll(/"id":"[1e]"/g, '"id":"other"'))],
  ['gives everything to everyone', (_right, asked) => json(searchset(asked.target, Object.values(FOREIGN)))],
  [
    'says more around a list than is true of it',
    (right) => {
      const bundle = JSON.parse(String(right.body) || '{}') as { resourceType?: string }
      const more = {
        id: 'bob of evil',
        timestamp: 'bob',
        meta: { tag: [{ display: 'bob' }] },
        signature: { who: 'bob' },
      }
      return bundle.resourceType === 'Bundle' ? json({ ...bundle, ...more, text: 'bob', implicitRules: 'bob' }) : right
    },
  ],
  ['counts others', changed((text) => text.replace(/"total":\d+/, '"total":"bob"'))],
  [
    'gives a list where a record is asked for, and the reverse',
    (right, asked) =>
      String(right.body).includes('Bundle')
        ? json(foreignOf(asked))
        : json(searchset(asked.target, [foreignOf(asked)])),
  ],
  [
    'gives a Bundle within a Bundle',
    (_right, asked) => json(searchset(asked.target, [searchset('', [foreignOf(asked)])])),
  ],
  ['gives a list of texts', () => json(['bob'])],
  ['gives null', () => json(null)],
  ['gives a page', () => ({ status: 200, headers: [['Content-Type', 'text/html']], body: '<p>bob' })],
  ['gives a page that it calls JSON', () => ({ ...json(''), body: '<p>bob' })],
  ['gives two types of content', withHeaders(['Content-Type', 'text/html; bob'])],
  [
    'calls its content something else',
    (_right, asked) => ({ ...json(foreignOf(asked)), headers: [['Content-Type', 'application/fhir+xml']] }),
  ],
  ['gives UTF-16', (right, asked) => ({ ...right, body: Buffer.from(JSON.stringify(foreignOf(asked)), 'utf16le') })],
  [
    'gives what is no UTF-8',
    changed((text) =>
      Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from(',"x":"bob'), Buffer.from([0xff]), Buffer.from('"}')]),
    ),
  ],
  [
    'names a member twice',
    changed((text) => text.replaceAll('"subject":', '"subject":{"reference":"Patient/bob"},"subject":')),
  ],
  [
    'names a member twice, escaped',
    changed((text) => text.replaceAll('"subject":', '"\\u0073ubject":{"reference":"Patient/bob"},"subject":')),
  ],
  [
    'has a second list of entries',
    (right, asked) =>
      String(right.body).includes('"Bundle"')
        ? {
            ...right,
            body: String(right.body).replace(
              /}$/,
              `,"\\u0065ntry":[{"resource":${JSON.stringify(foreignOf(asked))}}]}`,
            ),
          }
        : right,
  ],
  [
    'nests ten thousand deep',
    changed((text) => text.replace(/}$/, `,"bob":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)),
  ],
  ['goes on behind the end', changed((text) => `${text}{"bob":1}`)],
  ['breaks off its text', changed((text) => `${text.slice(0, -2)},"bob":"`)],
  [
    'hangs up early',
    (right) => Buffer.concat([bytesOf({ ...right, headers: [...right.headers, ['Content-Length', '99999']] })]),
  ],
  ['hangs up within a chunk', (right) => head(`${JSON_TYPE}\r\nTransfer-Encoding: chunked`, `ffff\r\n${right.body}`)],
  [
    'compresses what was not to be',
    (_right, asked) => ({
      ...json(foreignOf(asked), [['Content-Encoding', 'gzip']]),
      body: gzipSync(JSON.stringify(foreignOf(asked))),
    }),
  ],
  ['says that it compresses, and does not', withHeaders(['Content-Encoding', 'gzip'])],
  ['sends a bomb', () => ({ ...json('', [['Content-Encoding', 'gzip']]), body: BOMB })],
  ['sends more than is held', () => json({ resourceType: 'Bundle', bob: 'bob'.repeat(100_000) })],
  [
    'puts in headers what is for nobody',
    withHeaders(
      ['Connection', 'x-hop'],
      ['X-Hop', 'bob'],
      ['Set-Cookie', 'evil=1'],
      ['Server', 'secret/1'],
      ['X-Powered-By', 'secret'],
      ['Via', 'evil'],
      ['WWW-Authenticate', 'Basic realm="bob"'],
      ['Refresh', '0; evil'],
      ['Link', '<http://evil/>; rel=x'],
      ['Warning', '299 bob'],
      ['Access-Control-Allow-Credentials', 'evil'],
      ['Content-Disposition', 'attachment; filename=bob'],
    ),
  ],
  [
    'says where things are',
    withHeaders(['Location', 'http://evil.test/Patient/bob'], ['Content-Location', 'http://evil.test/Patient/bob']),
  ],
  [
    'says what version it has, oddly',
    (right) => ({
      ...right,
      headers: [
        ['Content-Type', 'application/fhir+json'],
        ['ETag', '"bob of evil"'],
        ['Last-Modified', 'Bob, 99 Bar 9999 GMT'],
      ],
    }),
  ],
  [
    'sends a trailer',
    (right) =>
      head(
        `${JSON_TYPE}\r\nETag: W/"1"\r\nTrailer: X-Bob\r\nTransfer-Encoding: chunked`,
        `${Buffer.byteLength(String(right.body)).toString(16)}\r\n${right.body}\r\n0\r\nX-Bob: bob\r\n\r\n`,
      ),
  ],
  [
    'says something before',
    (right) =>
      Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </bob>; rel=evil\r\n\r\n'), bytesOf(right)]),
  ],
  [
    'says something behind, for whoever asks next',
    (right, asked) => Buffer.concat([bytesOf(right), bytesOf(json(foreignOf(asked)))]),
  ],
  ['speaks HTTP/1.0', (right) => Buffer.from(`HTTP/1.0 200 OK\r\n${JSON_TYPE}\r\nETag: W/"1"\r\n\r\n${right.body}`)],
  [
    'speaks HTTP/1.0, and breaks off',
    (right) => Buffer.from(`HTTP/1.0 200 OK\r\n${JSON_TYPE}\r\nETag: W/"1"\r\n\r\n${String(right.body).slice(0, -1)}`),
  ],
  ['speaks no HTTP', () => Buffer.from('bob\r\n\r\n')],
  ['says two lengths', (right) => head(`${JSON_TYPE}\r\nContent-Length: 1\r\nContent-Length: 999`, right.body)],
  [
    'says a length and chunks',
    (right) => head(`${JSON_TYPE}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked`, right.body),
  ],
  ['has endless headers', (right) => head(`${JSON_TYPE}\r\nX-Bob: ${'bob'.repeat(100_000)}`, right.body)],
  [
    'gives a part',
    (right) => ({ ...right, status: 206, headers: [...right.headers, ['Content-Range', 'bytes 0-1/bob']] }),
  ],
  [
    'gives nothing, with a body',
    (right) => head(`${JSON_TYPE}\r\nContent-Length: ${String(right.body).length}`, right.body),
  ],
]
for (const status of [301, 302, 303, 307, 308])
  MISBEHAVIOURS.push([
    `sends elsewhere: ${status}`,
    (_right, asked) => ({ ...json(foreignOf(asked), [['Location', `http://evil.test/Patient/bob`]]), status }),
  ])
for (const status of [
  204, 205, 304, 400, 401, 402, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 423, 429, 451, 500, 501, 502, 503,
  504, 599,
])
  MISBEHAVIOURS.push([
    `says ${status}, and of whom`,
    () => ({
      ...json(outcome, [
        ['Retry-After', '0'],
        ['WWW-Authenticate', 'Bearer realm="bob"'],
      ]),
      status,
    }),
  ])

describe('ENF-08, ENF-11: the FHIR server behind', () => {
  test.each(MISBEHAVIOURS)('%s', async (_name, how) => {
    for (const from of [0, 1]) {
      // One after the other, so that what is wrong is wrong for one request alone.
      for (const request of REQUESTS) {
        upstream.misbehave(how, from)
        const said = await ask(request)
        const [kind] = request
        expect([kind, from, said]).toEqual([kind, from, expect.stringMatching(/^HTTP\/1\.1 [2-5]\d\d /)])
        expect([kind, from, said]).toEqual([kind, from, expect.not.stringMatching(hidden)])
        expect([kind, from, said]).toEqual([kind, from, expect.not.stringMatching(/^HTTP\/1\.1 (3|500)/)])
      }
    }
    upstream.misbehave(undefined)
    const own = await ask(['read', 'GET', 'Observation/1'])
    expect(own).toMatch(/^HTTP\/1\.1 200 /)
    expect(own).toContain('Patient/alice')
    expect(world.alarms.filter((line) => line.includes('unexpected'))).toEqual([])
  })

  test('drips: what is right comes through all the same', async () => {
    upstream.misbehave((right) => ({
      drip: bytesOf({ ...right, headers: [...right.headers, ['Connection', 'keep-alive']] }),
    }))
    for (const request of REQUESTS.slice(0, 4)) {
      const said = await ask(request)
      expect(said).toMatch(/^HTTP\/1\.1 200 /)
      expect(said).toContain('Patient/alice')
    }
  })
})
