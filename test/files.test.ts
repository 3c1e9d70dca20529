// Binary through the proxy: seen through the document that leads to it or the record that it names, by nobody else.
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import {
  ALICE,
  type Caller,
  FHIR_BASE,
  own,
  seenIn,
  startWorld,
  tokenOf,
  type World,
  withForeign,
} from './two-worlds.ts'

const nora: Caller = { scope: 'user/*.rs', person: 'Practitioner/nora' }
const wei: Caller = { scope: 'user/*.rs', person: 'Practitioner/wei' }
const FHIR = 'application/fhir+json'

const meta = { lastUpdated: '2026-01-01T00:00:00.000Z' }
const binary = (id: string, more: object = {}) => ({
  resourceType: 'Binary',
  id,
  meta,
  contentType: 'text/plain',
  data: Buffer.from(`words of ${id}`).toString('base64'),
  ...more,
})
const document = (id: string, patient: string, ...urls: string[]) => ({
  resourceType: 'DocumentReference',
  id,
  meta,
  status: 'current',
  subject: { reference: `Patient/${patient}` },
  content: urls.map((url) => ({ attachment: { url } })),
})
const context = (reference: string) => ({ securityContext: { reference } })

const large = randomBytes(20 * 1024 * 1024)
const ofAlice = [
  document('note', 'alice', 'Binary/note', 'Binary/large', 'Binary/page', 'http://elsewhere.example/Binary/elsewhere'),
  document('odd', 'alice', 'binary/of-bob', './Binary/of-bob', 'Binary/of-bob?x', 'Binary/of-bob/_history/x/y'),
  binary('note'),
  binary('large', { contentType: 'application/pdf', data: large.toString('base64') }),
  binary('page', { contentType: 'text/html', data: Buffer.from('<script>alert(1)</script>').toString('base64') }),
  binary('elsewhere'),
  binary('hers', context('Patient/alice')),
  binary('of-visit', context('Encounter/visit')),
  binary('of-nobody'),
  binary('of-ward', context('Organization/ward')),
]
const ofBob = [
  document('his-note', 'bob', 'Binary/of-bob'),
  binary('of-bob'),
  binary('his', context('Patient/bob')),
  binary('of-his-visit', context('Encounter/visit-of-bob')),
]

describe.each([
  ['strict', false],
  ['lenient', true],
])('before a %s server', (_name, lenient) => {
  let world: World
  let without: World
  beforeAll(async () => {
    ;[world, without] = await Promise.all([
      startWorld([...withForeign(), ...ofAlice, ...ofBob] as typeof own, lenient),
      startWorld([...own, ...ofAlice] as typeof own, lenient),
    ])
    // Its absolute address names the file as well.
    const absolute = document('absolute', 'alice', `${world.upstreamUrl}/Binary/by-address`)
    await world.direct('PUT', 'DocumentReference/absolute', absolute)
    await world.direct('PUT', 'Binary/by-address', binary('by-address'))
  })
  afterAll(() => Promise.all([world.close(), without.close()]))

  async function get(path: string, accept: string | undefined, caller: Caller = ALICE, of = world) {
    const call = request(of.proxy)
      .get(`/fhir/${path}`)
      .set('Authorization', `Bearer ${await tokenOf(caller)}`)
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => done(null, Buffer.concat(chunks)))
      })
    return accept === undefined ? call : call.set('Accept', accept)
  }

  describe('ENF-47: the patient', () => {
    test.each(['note', 'hers', 'of-visit', 'by-address'])('%s, as its bytes', async (id) => {
      const answer = await get(`Binary/${id}`, '*/*')
      expect([answer.status, String(answer.body)]).toEqual([200, `words of ${id}`])
      expect(answer.headers).toMatchObject({
        'content-type': 'text/plain',
        'content-disposition': 'attachment',
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      })
    })
    test.each([FHIR, 'application/json'])('as the resource: Accept %s', async (accept) => {
      const answer = await get('Binary/note', accept)
      expect(answer.headers['content-type']).toContain(FHIR)
      expect(JSON.parse(String(answer.body))).toMatchObject({ resourceType: 'Binary', id: 'note' })
    })
    test('_format says so too', async () => {
      expect(JSON.parse(String((await get('Binary/hers?_format=json', '*/*')).body)).id).toBe('hers')
    })
    test('SEED-62: larger than what is judged in memory, byte for byte', async () => {
      const answer = await get('Binary/large', 'application/pdf')
      const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/pdf'])
      expect(hash(answer.body as Buffer)).toBe(hash(large))
    })
    test('a page is not shown as one of ours', async () => {
      expect((await get('Binary/page', 'text/html')).headers['content-disposition']).toBe('attachment')
    })
    test.each(['of-bob', 'his', 'of-his-visit', 'of-nobody', 'of-ward', 'elsewhere'])(
      '%s is like one that does not exist, in every form',
      async (id) => {
        for (const accept of ['*/*', FHIR]) {
          const [answer, missing] = await Promise.all([get(`Binary/${id}`, accept), get('Binary/none', accept)])
          expect([answer.status, String(answer.body)]).toEqual([404, String(missing.body)])
        }
      },
    )
    test.each(['of-bob', 'his', 'none', 'note', 'large', 'hers'])('non-interference, SEED-39: %s', async (id) => {
      const path = `Binary/${id}?_format=json`
      expect(seenIn(await world.get(path), world)).toEqual(seenIn(await without.get(path), without))
    })
  })

  test.each<[string, string, Caller, number]>([
    ['without a scope for files', 'note', { ...ALICE, scope: 'patient/DocumentReference.rs' }, 403],
    ['without a scope for documents', 'note', { ...ALICE, scope: 'patient/Binary.r' }, 404],
    ['with scopes for both', 'note', { ...ALICE, scope: 'patient/Binary.r patient/DocumentReference.s' }, 200],
    ['without a scope for the visit', 'of-visit', { ...ALICE, scope: 'patient/Binary.r patient/Patient.r' }, 404],
    ['with one', 'of-visit', { ...ALICE, scope: 'patient/Binary.r patient/Encounter.r' }, 200],
    ['a clinician of the patient', 'of-bob', wei, 200],
    ['a clinician who may open all', 'of-nobody', nora, 200],
    [
      'no clause lends another its reach (ENF-07)',
      'of-bob',
      { ...nora, patient: 'alice', scope: 'patient/Binary.r user/DocumentReference.rs' },
      404,
    ],
    ['a client for itself', 'of-bob', { scope: 'system/Binary.r' }, 200],
    ['a condition that the file meets', 'tagged', { scope: 'system/Binary.r?_tag=a' }, 200],
    ['a condition that it does not meet', 'of-bob', { scope: 'system/Binary.r?_tag=a' }, 404],
    ['a condition beside a patient', 'tagged', { ...ALICE, scope: 'patient/Binary.r?_tag=a patient/Patient.r' }, 200],
    ['one that her file does not meet', 'hers', { ...ALICE, scope: 'patient/Binary.r?_tag=a patient/Patient.r' }, 404],
  ])('ENF-47: %s', async (_case, id, caller, status) => {
    const tagged = binary('tagged', { ...context('Patient/alice'), meta: { tag: [{ code: 'a' }] } })
    await world.direct('PUT', 'Binary/tagged', tagged)
    for (const accept of ['*/*', FHIR]) expect((await get(`Binary/${id}`, accept, caller)).status).toBe(status)
  })

  test('SEED-62: 50 MB as its own bytes, in and out, the same by hash; only for who may write any', async () => {
    const bytes = randomBytes(50 * 1024 * 1024)
    const hash = (of: Buffer) => createHash('sha256').update(of).digest('hex')
    const put = async (caller: Caller, body: Buffer = bytes) =>
      request(world.proxy)
        .put('/fhir/Binary/film')
        .set('Authorization', `Bearer ${await tokenOf(caller)}`)
        .type('video/mp4')
        .send(body)
    const service: Caller = { scope: 'system/Binary.cru' }
    const made = await put(service)
    expect([made.status, made.headers.location]).toEqual([201, `${FHIR_BASE}/Binary/film/_history/1`])
    const back = await get('Binary/film', 'video/mp4', service)
    expect([back.headers['content-type'], hash(back.body as Buffer)]).toEqual(['video/mp4', hash(bytes)])
    const small = Buffer.from('x')
    expect((await put({ ...ALICE, scope: 'patient/*.cruds' }, small)).status).toBe(403)
    expect((await put({ scope: 'system/Binary.cru?_tag=a' }, small)).status).toBe(403)
    expect((await put(nora, small)).status).toBe(403)
    expect((await put({ ...nora, scope: 'user/Binary.cu' }, small)).status).toBe(200)
  })
  test('HEAD: the same head and no bytes', async () => {
    const answer = await request(world.proxy)
      .head('/fhir/Binary/note')
      .set('Authorization', `Bearer ${await tokenOf(ALICE)}`)
      .set('Accept', '*/*')
    expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '13', undefined])
  })
  test('in a batch it comes as the resource', async () => {
    const entry = ['Binary/note', 'Binary/of-bob'].map((url) => ({ request: { method: 'GET', url } }))
    const answer = await request(world.proxy)
      .post('/fhir')
      .set('Authorization', `Bearer ${await tokenOf(ALICE)}`)
      .type(FHIR)
      .send(JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }))
    expect(answer.body.entry.map((one: { response: { status: string } }) => one.response.status)).toEqual([
      '200',
      '404',
    ])
    expect(answer.body.entry[0].resource).toMatchObject({ resourceType: 'Binary', id: 'note' })
  })
  test('a document in $everything leads to it', async () => {
    const everything = await world.get('Patient/alice/$everything?_type=DocumentReference')
    expect(everything.text).toContain(`${FHIR_BASE}/DocumentReference/note`)
  })
})
