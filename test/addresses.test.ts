// The FHIR server's own address, wherever it writes it, and what clients see in its place.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import request, { type Response } from 'supertest'
import { ALICE, type Caller, FHIR_BASE, own, startWorld, tokenOf, type World } from './two-worlds.ts'

const meta = { lastUpdated: '2026-01-01T00:00:00.000Z' }
const WRITER: Caller = { ...ALICE, scope: 'patient/*.cruds' }
const SYSTEM: Caller = { scope: 'system/*.rs' }
const FHIR = 'application/fhir+json'

let world: World
beforeAll(async () => {
  world = await startWorld(own, false)
  const { upstreamUrl } = world
  const full = (path: string) => ({ reference: `${upstreamUrl}/${path}` })
  const records = [
    {
      ...{
        resourceType: 'Observation',
        id: 'absolute',
        status: 'final',
        code: { text: 'x' },
        subject: full('Patient/alice'),
      },
      ...{ performer: [full('Practitioner/wei'), full('Practitioner/wei/_history/1')] },
      text: {
        status: 'generated',
        div: '<div xmlns="http://www.w3.org/1999/xhtml">see http://lab.example/report/1</div>',
      },
    },
    {
      ...{ resourceType: 'DocumentReference', id: 'file', status: 'current', subject: full('Patient/alice') },
      content: [{ attachment: { contentType: 'text/plain', url: `${upstreamUrl}/Binary/note` } }],
    },
    { resourceType: 'Binary', id: 'note', contentType: 'text/plain', data: 'aGVsbG8=' },
  ]
  for (const resource of records)
    await world.direct('PUT', `${resource.resourceType}/${resource.id}`, { meta, ...resource } as Resource)
})
afterAll(async () => world.close())

async function ask(
  method: 'get' | 'post' | 'put' | 'patch',
  path: string,
  caller: Caller,
  body?: object,
  headers = {},
) {
  const asked = request(world.proxy)
    [method](`/fhir/${path}`)
    .set('Authorization', `Bearer ${await tokenOf(caller)}`)
    .set({ 'Content-Type': FHIR, Prefer: 'return=representation', ...headers })
  return body === undefined ? asked : asked.send(JSON.stringify(body))
}

/** All that goes out, headers and all. */
const allOf = ({ headers, text }: Response) => JSON.stringify(headers) + text

const made = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'y' },
  subject: { reference: 'Patient/alice' },
}
const entry = (method: string, url: string, resource?: object) => ({
  request: { method, url },
  ...(resource ? { resource } : {}),
})

const ASKED: readonly [string, () => Promise<Response>][] = [
  ['a read', () => ask('get', 'Observation/absolute', ALICE)],
  ['an old version', () => ask('get', 'Observation/absolute/_history/1', ALICE)],
  ['a history', () => ask('get', 'Observation/absolute/_history', ALICE)],
  ['the history of all', () => ask('get', '_history', SYSTEM)],
  ['a search', () => ask('get', 'Observation?_count=1&_include=Observation:performer', ALICE)],
  ['a search over types', () => ask('get', '?_type=Observation,Patient&_count=1', SYSTEM)],
  ['a document', () => ask('get', 'DocumentReference/file', ALICE)],
  ['a file as its record', () => ask('get', 'Binary/note', ALICE, undefined, { Accept: FHIR })],
  ['all of a patient', () => ask('get', 'Patient/alice/$everything?_count=2', ALICE)],
  ['a create', () => ask('post', 'Observation', WRITER, made)],
  ['an update', () => ask('put', 'Observation/absolute', WRITER, { ...made, id: 'absolute' })],
  [
    'a batch',
    () =>
      ask('post', '', WRITER, {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          entry('GET', 'Observation/absolute'),
          entry('POST', 'Observation', made),
          entry('GET', 'Observation?_count=1'),
        ],
      }),
  ],
  [
    'a transaction',
    () =>
      ask('post', '', WRITER, {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [entry('POST', 'Observation', made)],
      }),
  ],
  ['metadata', () => ask('get', 'metadata', ALICE)],
  ['SMART configuration', () => ask('get', '.well-known/smart-configuration', ALICE)],
  ['the start of an export', () => ask('get', '$export', SYSTEM, undefined, { Prefer: 'respond-async' })],
  ['a refusal', () => ask('get', 'Observation?value-quantity=x%7Cy%7Cz%7Cw', ALICE)],
  ['nothing', () => ask('get', 'Observation/none', ALICE)],
]

test.each(ASKED)('SEED-60: %s does not show where the FHIR server is', async (_name, asking) => {
  const answer = await asking()
  const { host, port } = new URL(world.upstreamUrl)
  expect(answer.status).not.toBe(500)
  expect(allOf(answer)).not.toContain(host)
  expect(allOf(answer)).not.toContain(`:${port}`)
  expect(allOf(answer)).not.toContain('/r4')
})

test('SEED-60: our address stands in its place, in references, addresses, links and headers', async () => {
  const [found, created, document] = [
    await ask('get', 'Observation?_count=1', ALICE),
    await ask('post', 'Observation', WRITER, made),
    await ask('get', 'DocumentReference/file', ALICE),
  ]
  expect(found.body.entry[0].fullUrl).toMatch(new RegExp(`^${FHIR_BASE}/Observation/`))
  expect(found.body.link.every(({ url }: { url: string }) => url.startsWith(`${FHIR_BASE}/`))).toBe(true)
  expect(created.headers.location).toMatch(new RegExp(`^${FHIR_BASE}/Observation/[^/]+/_history/1$`))
  expect(document.body.content[0].attachment.url).toBe(`${FHIR_BASE}/Binary/note`)
  expect(document.body.subject.reference).toBe(`${FHIR_BASE}/Patient/alice`)
})

test('SEED-60: what people wrote stays as it is', async () => {
  const { text } = await ask('get', 'Observation/absolute/_history/1', ALICE)
  expect(text).toContain('see http://lab.example/report/1')
})

test('SEED-60: what a request says of its host changes nothing', async () => {
  const forged = {
    ...{ Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example;proto=gopher' },
    ...{ 'X-Forwarded-Proto': 'gopher', 'X-Original-URL': '/fhir/Patient/bob', 'X-Rewrite-URL': '/fhir/Patient/bob' },
  }
  for (const path of [
    'Observation?_count=1',
    'metadata',
    '.well-known/smart-configuration',
    'Patient/alice/$everything?_count=2',
  ]) {
    const strip = (answer: Response) => answer.text.replace(/_page\/[A-Za-z0-9_-]+/g, '')
    const [plain, odd] = [await ask('get', path, ALICE), await ask('get', path, ALICE, undefined, forged)]
    expect([odd.status, strip(odd)]).toEqual([200, strip(plain)])
    expect(allOf(odd)).not.toContain('evil')
  }
})
