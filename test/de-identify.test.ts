// The processor de-identify before the sandbox's FHIR server: what a caller without identifiers gets, and by what it cannot ask.
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import request from 'supertest'
import { processorsFor } from './testing/processors-for.ts'
import { ALICE, type Caller, observation, seenIn, startWorld, tokenOf, type World } from './two-worlds.ts'

type Client = Caller & { client_id: string }
const RESEARCH: Client = { scope: 'system/*.rs', client_id: 'research' }
const REGISTRY: Client = { scope: 'system/*.rs', client_id: 'registry' }
/** A patient's app that is to get nothing else either. */
const SURVEY: Client = { ...ALICE, scope: 'patient/*.cruds', client_id: 'survey' }

const meta = { lastUpdated: '2026-01-01T00:00:00.000Z' }
const record = (resource: object) => ({ meta, ...resource }) as unknown as Resource
const person = (id: string, family: string, birthDate: string) =>
  record({
    resourceType: 'Patient',
    id,
    identifier: [{ system: 'http://ssn.example', value: `${family}-ssn` }],
    name: [{ family, given: [`${family}given`] }],
    telecom: [{ system: 'email', value: `${family}@example.org` }],
    address: [{ city: `${family}ville` }],
    gender: 'female',
    birthDate,
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${family}</div>` },
    generalPractitioner: [{ reference: 'Practitioner/wei', display: 'Weibel' }],
  })
const AT_ALICE = { reference: 'Patient/alice', display: 'Ruizella' }
const HERS = [
  record({ resourceType: 'Practitioner', id: 'wei', name: [{ family: 'Weibel' }] }),
  person('alice', 'Ruizella', '1974-05-06'),
  observation('sugar', 'alice', {
    subject: AT_ALICE,
    note: [{ text: 'Ruizella felt well' }],
    valueQuantity: { value: 70.1, unit: 'mg' },
  }),
  observation('said', 'alice', {
    valueString: 'I am Ruizella',
    contained: [{ resourceType: 'Patient', id: 'c', name: [{ family: 'Ruizella' }] }],
  }),
  record({
    resourceType: 'Encounter',
    id: 'visit',
    status: 'finished',
    class: { code: 'AMB', display: 'ambulatory' },
    subject: AT_ALICE,
  }),
  record({
    resourceType: 'DocumentReference',
    id: 'letter',
    status: 'current',
    subject: AT_ALICE,
    description: 'About Ruizella',
    content: [{ attachment: { url: 'Binary/file', title: 'Ruizella.pdf' } }],
  }),
  record({
    resourceType: 'Binary',
    id: 'file',
    contentType: 'text/plain',
    data: Buffer.from('Ruizella').toString('base64'),
  }),
]
const HIS = [person('bob', 'Bobsson', '1980-01-02'), observation('of-bob', 'bob', { note: [{ text: 'Bobsson' }] })]
/** Who they are, wherever it stands. */
const WHO = /Ruizella|Bobsson|Weibel|-ssn|1974-|1980-|<div/

const keysIn = ({ body }: request.Response): string[] =>
  (body.entry ?? []).map(({ fullUrl }: { fullUrl: string }) => fullUrl)

let world: World
let without: World
beforeAll(async () => {
  const processors = () =>
    processorsFor([
      { use: 'de-identify', settings: { only: { clients: ['research', 'survey'] } } },
      { use: 'date-sort' },
    ])
  world = await startWorld([...HIS, ...HERS], false, { deps: { processors: await processors() } })
  without = await startWorld(HERS, false, { deps: { processors: await processors() } })
})
afterAll(() => Promise.all([world.close(), without.close()]))

async function send(
  method: 'get' | 'post' | 'put' | 'patch' | 'delete',
  path: string,
  body: object | undefined,
  caller: Client,
) {
  return request(world.proxy)
    [method](path.startsWith('http') ? new URL(path).pathname : `/fhir/${path}`)
    .set('Authorization', `Bearer ${await tokenOf(caller)}`)
    .type('application/fhir+json')
    .buffer(true)
    .send(body === undefined ? undefined : JSON.stringify(body))
}

describe('whatever is read has no identifiers', () => {
  test.each([
    'Patient/alice',
    'Patient/alice/_history/1',
    'Patient/alice/_history',
    'Patient',
    'Patient?_id=alice&_revinclude=Observation:subject',
    'Observation?_sort=date',
    'Observation?_count=1',
    'Observation?_include=Observation:subject&_include:iterate=Patient:general-practitioner',
    'Observation/said',
    'Patient/alice/$everything',
    'Patient/alice/*',
    'Observation/$lastn?patient=Patient/alice',
    'DocumentReference?status=current',
    '?_type=Patient,Practitioner',
    '_history',
    'Binary/file?_format=json',
  ])('%s', async (path) => {
    const answer = await world.get(path, RESEARCH)
    expect([answer.status, answer.body.resourceType]).toEqual([200, expect.any(String)])
    expect(answer.text).not.toMatch(WHO)
    expect(answer.text).toContain('REDACTED')
    const known = await world.get(path, REGISTRY)
    expect(known.status).toBe(200)
    expect(keysIn(answer)).toEqual(keysIn(known))
  })
  test('and what is left is what is of use', async () => {
    const patient = (await world.get('Patient/alice', RESEARCH)).body
    expect(patient).toMatchObject({
      id: 'alice',
      gender: 'female',
      birthDate: '1974',
      generalPractitioner: [{ reference: 'Practitioner/wei' }],
    })
    expect((await world.get('Observation/sugar', RESEARCH)).body).toMatchObject({
      valueQuantity: { value: 70.1, unit: 'mg' },
      subject: { reference: 'Patient/alice' },
    })
    expect((await world.get('Encounter/visit', RESEARCH)).body.class).toEqual({ code: 'AMB', display: 'ambulatory' })
  })
  test('the next page too', async () => {
    const first = await world.get('Observation?_count=1', RESEARCH)
    const next = first.body.link.find(({ relation }: { relation: string }) => relation === 'next').url
    const second = await world.get(next, RESEARCH)
    expect([second.status, second.text]).toEqual([200, expect.not.stringMatching(WHO)])
  })
  test('entries of a batch too', async () => {
    const entry = ['Patient/alice', 'Patient', 'Patient?name=Ruizella'].map((url) => ({
      request: { method: 'GET', url },
    }))
    const answer = await send('post', '', { resourceType: 'Bundle', type: 'batch', entry }, RESEARCH)
    const statuses = answer.body.entry.map(({ response }: { response: { status: string } }) => response.status)
    expect([statuses, answer.text]).toEqual([['200', '200', '403'], expect.not.stringMatching(WHO)])
  })
  test('files are not shown at all', async () => {
    const bytes = async (caller: Client) =>
      request(world.proxy)
        .get('/fhir/Binary/file')
        .set('Authorization', `Bearer ${await tokenOf(caller)}`)
        .set('Accept', 'text/plain')
    expect((await bytes(REGISTRY)).text).toBe('Ruizella')
    const refused = await bytes(RESEARCH)
    expect([refused.status, refused.text]).toEqual([403, expect.not.stringMatching(WHO)])
  })
  test('for others all stays as it is', async () => {
    expect((await world.get('Patient/alice', REGISTRY)).body.name[0].family).toBe('Ruizella')
  })
})

test('an export, line by line, compressed or not, and never a part of a file', async () => {
  const begun = await request(world.proxy)
    .get('/fhir/$export?_type=Patient,Observation,Practitioner')
    .set('Authorization', `Bearer ${await tokenOf(RESEARCH)}`)
    .set('Prefer', 'respond-async')
  const job = begun.headers['content-location'] as string
  await send('get', job, undefined, RESEARCH)
  const manifest = JSON.parse((await send('get', job, undefined, RESEARCH)).text)
  expect(manifest.output).toHaveLength(3)
  for (const { url, count } of manifest.output) {
    const ask = async (headers: Record<string, string>) =>
      request(world.proxy)
        .get(new URL(url).pathname)
        .set({ Authorization: `Bearer ${await tokenOf(RESEARCH)}`, 'Accept-Encoding': 'identity', ...headers })
        .buffer(true)
        .parse((response, done) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => done(null, Buffer.concat(chunks)))
        })
    const plain = await ask({})
    const text = String(plain.body)
    expect([plain.status, text.trim().split('\n').length]).toEqual([200, count])
    expect(text).not.toMatch(WHO)
    expect((await ask({ Range: 'bytes=0-20' })).body).toEqual(plain.body)
    const compressed = await ask({ 'Accept-Encoding': 'gzip' })
    expect(compressed.headers['content-encoding']).toBe('gzip')
    const bytes = compressed.body as Buffer
    expect(bytes[0] === 0x1f ? String(gunzipSync(bytes)) : String(bytes)).toBe(text)
  }
})

describe('it cannot ask who somebody is', () => {
  test.each([
    'Patient?name=Ruizella',
    'Patient?family:exact=Ruizella',
    'Patient?identifier=http://ssn.example|Ruizella-ssn',
    'Patient?birthdate=1974-05-06',
    'Patient?email=Ruizella@example.org',
    'Patient?address-city=x',
    'Patient?_sort=family',
    'Patient?_sort=-birthdate,_id',
    'Patient?_summary=count&name=Ruizella',
    'Observation?subject:Patient.name=Ruizella',
    'Observation?subject.birthdate=1974-05-06',
    'Patient?_has:RelatedPerson:patient:name=x',
    'Observation?value-string=Ruizella',
    'DocumentReference?description=Ruizella',
    'Patient/alice/Observation?value-string=x',
    'ValueSet?_has:Patient:x:name=y',
    '?_type=Patient&name=Ruizella',
    '$export?_type=Patient&_typeFilter=Patient%3Fname%3DRuizella',
    'Observation/$lastn?patient=Patient/alice&value-string=x',
    'Patient/$match?name=Ruizella',
  ])('%s', async (path) => {
    const answer = await world.get(path, RESEARCH)
    expect([answer.status, answer.text]).toEqual([403, expect.not.stringMatching(WHO)])
  })
  test.each([
    'Patient?gender=female',
    'Observation?code=sugar&date=ge2020',
    'Observation?_lastUpdated=ge2020',
    'ValueSet?name=x',
  ])('and may ask %s', async (path) => expect((await world.get(path, RESEARCH)).status).toBe(200))
  test('nor by a form, or the parameters of an operation', async () => {
    expect((await world.post('Patient/_search', 'name=Ruizella', RESEARCH)).status).toBe(403)
    const parameter = [
      { name: 'value-string', valueString: 'x' },
      { name: 'patient', valueString: 'Patient/alice' },
    ]
    const parameters = { resourceType: 'Parameters', parameter }
    expect((await send('post', 'Observation/$lastn', parameters, RESEARCH)).status).toBe(403)
    const resource = {
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource: { resourceType: 'Patient' } }],
    }
    expect((await send('post', 'Observation/$lastn', resource, RESEARCH)).status).toBe(403)
  })
})

test.each([
  ['put', 'Observation/sugar', { ...observation('sugar', 'alice') }],
  ['patch', 'Patient/alice', [{ op: 'test', path: '/name/0/family', value: 'Ruizella' }]],
  ['post', 'Observation', { resourceType: 'Observation' }],
  ['delete', 'Observation/said', undefined],
  ['post', 'Patient/$validate', { resourceType: 'Patient' }],
  [
    'post',
    '',
    {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ request: { method: 'DELETE', url: 'Observation/said' } }],
    },
  ],
] as const)('what it was shown without is not written back: %s %s', async (method, path, body) => {
  const answer = await send(method, path, body, SURVEY)
  expect([answer.status, answer.body.resourceType]).toEqual([403, 'OperationOutcome'])
  expect((await world.get('Observation/said', REGISTRY)).status).toBe(200)
})

test.each([
  'Patient',
  'Observation',
  'Observation?_sort=date',
  'Patient/alice/$everything',
  'Patient/bob',
  'Observation/of-bob',
  'Binary/file',
])('non-interference, SEED-39: %s', async (path) =>
  expect(seenIn(await world.get(path, SURVEY), world)).toEqual(seenIn(await without.get(path, SURVEY), without)),
)

describe('whom it is for', () => {
  const shows = async (settings: object, caller: Caller) => {
    const processors = await processorsFor([{ use: 'de-identify', settings }])
    const one = await startWorld(HERS, false, { deps: { processors } })
    const { text } = await one.get('Patient/alice', caller)
    await one.close()
    return text.includes('Ruizella')
  }
  const patient: Client = { ...ALICE, scope: 'patient/*.rs research', client_id: 'any' }
  test.each<[string, object, Caller, boolean]>([
    ['everyone, where nobody is named', {}, ALICE, false],
    ['a client', { only: { clients: ['any'] } }, patient, false],
    ['another client', { only: { clients: ['other'] } }, patient, true],
    ['a scope', { only: { scopes: ['research'] } }, patient, false],
    ['a part of a scope', { only: { scopes: ['resear'] } }, patient, true],
    ['everyone but a client', { except: { clients: ['any'] } }, patient, true],
    ['everyone but another', { except: { clients: ['other'] } }, patient, false],
  ])('%s', async (_case, settings, caller, isShown) => expect(await shows(settings, caller)).toBe(isShown))
  test.each([
    [{ only: {} }],
    [{ only: { clients: ['a'] }, except: { clients: ['b'] } }],
    [{ clients: ['a'] }],
    [{ only: { scopes: ['Ward Nurse'] } }],
  ])('settings %j stop the start', async (settings) => {
    await expect(processorsFor([{ use: 'de-identify', settings }])).rejects.toThrow('settings')
  })
})
