// The headers of FHIR's RESTful API through the proxy to the sandbox's FHIR server, both ways.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { entriesOf, entry, statusesOf } from './testing/bundles.ts'
import {
  type App,
  FHIR_BASE,
  observation,
  type ProxiedServer,
  SERVERS,
  startProxiedServer,
} from './testing/proxied-server.ts'

describe.each(SERVERS)('SEED-62: before a %s server', (_server, options) => {
  let server: ProxiedServer
  let ana: App
  beforeAll(async () => {
    server = await startProxiedServer(options)
    ana = await server.as('ana-ruiz')
  })
  afterAll(() => server.close())

  describe('a read of what the caller has already', () => {
    const LONG_AGO = 'Mon, 01 Jan 2024 00:00:00 GMT'
    const IN_AGES = 'Fri, 01 Jan 2100 00:00:00 GMT'
    test.each<[string, Record<string, string>, number]>([
      ['its version', { 'If-None-Match': 'W/"1"' }, 304],
      ['its version, strong', { 'If-None-Match': '"1"' }, 304],
      ['its version among others', { 'If-None-Match': 'W/"7", W/"1"' }, 304],
      ['any version', { 'If-None-Match': '*' }, 304],
      ['another version', { 'If-None-Match': 'W/"2"' }, 200],
      ['no version', { 'If-None-Match': '1' }, 200],
      ['as late as it', { 'If-Modified-Since': IN_AGES }, 304],
      ['earlier', { 'If-Modified-Since': LONG_AGO }, 200],
      ['no date', { 'If-Modified-Since': 'yesterday' }, 200],
      ['another version, whatever the date', { 'If-None-Match': 'W/"2"', 'If-Modified-Since': IN_AGES }, 200],
    ])('%s', async (_name, headers, status) => {
      const path = `Observation/${await server.hold(observation('ana-ruiz'))}`
      for (const read of [path, `${path}/_history/1`]) {
        const answer = await ana.get(read).set(headers)
        expect([answer.status, answer.headers.etag]).toEqual([status, 'W/"1"'])
        expect(Date.parse(String(answer.headers['last-modified']))).not.toBeNaN()
        expect(answer.text === '').toBe(status === 304)
      }
    })
    test('ENF-20: a foreign record is missing, whatever is known of it', async () => {
      const id = await server.hold(observation('ben-okafor'))
      const ask = (of: string) =>
        ana.get(`Observation/${of}`).set({ 'If-None-Match': '*', 'If-Modified-Since': IN_AGES })
      const [foreign, missing] = [await ask(id), await ask('not-there')]
      expect([foreign.status, foreign.text]).toEqual([404, missing.text])
    })
    test('in a batch', async () => {
      const own = await server.hold(observation('ana-ruiz'))
      const foreign = await server.hold(observation('ben-okafor'))
      const entries: [string, object][] = [
        [own, { ifNoneMatch: 'W/"1"' }],
        [own, { ifModifiedSince: '2100-01-01T00:00:00Z' }],
        [own, { ifNoneMatch: 'W/"2"' }],
        [foreign, { ifNoneMatch: '*' }],
      ]
      const asked = entries.map(([id, request]) => entry('GET', `Observation/${id}`, undefined, { request }))
      const answer = await ana.bundle('batch', asked)
      expect(statusesOf(answer)).toEqual(['304', '304', '200', '404'])
      expect(entriesOf(answer).map(({ resource }) => resource !== undefined)).toEqual([false, false, true, false])
    })
    test('HEAD: the same headers, and no body', async () => {
      const path = `Observation/${await server.hold(observation('ana-ruiz'))}`
      const [whole, head] = [await ana.get(path), await ana.head(path)]
      const { date: _date, 'x-request-id': _id, ...headers } = whole.headers
      expect(head.headers).toMatchObject(headers)
      expect([head.status, head.text]).toEqual([200, undefined])
      expect((await ana.head(path).set('If-None-Match', 'W/"1"')).status).toBe(304)
      expect((await ana.head(`Observation/${await server.hold(observation('ben-okafor'))}`)).status).toBe(404)
    })
  })

  describe('Prefer', () => {
    const OUTCOME = { resourceType: 'OperationOutcome', issue: [{ severity: 'information' }] }
    test.each<[string, string | undefined, object]>([
      ['nothing', undefined, observation('ana-ruiz')],
      ['the record', 'return=representation', observation('ana-ruiz')],
      ['little', 'return=minimal', {}],
      ['little, among other things', 'handling=strict; return=minimal', {}],
      ['an outcome', 'respond-async, return=OperationOutcome', OUTCOME],
      ['what there is not', 'return=everything', observation('ana-ruiz')],
    ])('%s', async (_name, prefer, expected) => {
      const made = await ana.post('Observation', observation('ana-ruiz')).set(prefer === undefined ? {} : { prefer })
      const [, id] = /^.*\/Observation\/([^/]+)\/_history\/1$/.exec(String(made.headers.location)) ?? []
      expect([made.status, made.headers.location, made.headers.etag]).toEqual([
        201,
        `${FHIR_BASE}/Observation/${id}/_history/1`,
        'W/"1"',
      ])
      const changed = await ana
        .put(`Observation/${id}`, observation('ana-ruiz', { id }))
        .set(prefer === undefined ? {} : { prefer })
      expect([changed.status, changed.headers.location]).toEqual([200, `${FHIR_BASE}/Observation/${id}/_history/2`])
      for (const { body } of [made, changed]) expect(body).toMatchObject(expected)
      for (const { text } of [made, changed]) expect(text === '').toBe(Object.keys(expected).length === 0)
    })
    test.each(['batch', 'transaction'] as const)('little, of a %s', async (type) => {
      const made = entry('POST', 'Observation', observation('ana-ruiz'))
      const answer = await ana.bundle(type, [made]).set('prefer', 'return=minimal')
      expect(answer.body.entry).toEqual([{ response: expect.objectContaining({ status: '201' }) }])
      expect(entriesOf(answer)[0]?.response.location).toMatch(`${FHIR_BASE}/Observation/`)
    })
  })
})
