// Bulk export through the proxy: begun, watched, fetched and ended by the client that began it, and by no other.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import {
  ALICE,
  type Caller,
  FHIR_BASE,
  startProxy,
  startWorld,
  tokenOf,
  type World,
  withForeign,
} from './two-worlds.ts'

type Client = Caller & { client_id?: string }
const all: Client = { scope: 'system/*.rs' }
const ISSUER = new URL(FHIR_BASE).origin

async function send(world: World, method: 'get' | 'post' | 'delete', path: string, client: Client = all) {
  const below = path.startsWith(ISSUER) ? path.slice(ISSUER.length) : `/fhir/${path}`
  return request(world.proxy)
    [method](below)
    .set('Authorization', `Bearer ${await tokenOf(client)}`)
    .set('Prefer', 'respond-async')
    .buffer(true)
}

/** Kick-off to manifest. */
async function exported(world: World, path: string, client: Client = all) {
  const begun = await send(world, 'get', path, client)
  expect(begun.status).toBe(202)
  const job = begun.headers['content-location'] as string
  const running = await send(world, 'get', job, client)
  expect([running.status, running.headers['x-progress'], running.headers['retry-after']]).toEqual([202, '50 %', '1'])
  const done = await send(world, 'get', job, client)
  expect(done.status).toBe(200)
  return { job, manifest: JSON.parse(done.text) }
}

async function linesOf(world: World, url: string, client: Client = all) {
  const answer = await send(world, 'get', url, client)
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/fhir+ndjson'])
  return answer.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe.each([
  ['strict', false],
  ['lenient', true],
])('ENF-44, SEED-67: before a %s server', (_name, lenient) => {
  let world: World
  beforeAll(async () => {
    world = await startWorld(withForeign(), lenient)
    const member = [{ entity: { reference: 'Patient/bob' } }]
    await world.direct('PUT', 'Group/ward', { resourceType: 'Group', id: 'ward', type: 'person', actual: true, member })
  })
  afterAll(() => world.close())

  test('of everything: a file for each type, at addresses of ours, behind the token', async () => {
    const { manifest } = await exported(world, '$export')
    expect(manifest).toMatchObject({
      requiresAccessToken: true,
      request: expect.stringContaining(`${FHIR_BASE}/$export`),
    })
    const types = manifest.output.map(({ type }: { type: string }) => type)
    expect(types).toEqual(expect.arrayContaining(['Patient', 'Observation', 'Practitioner', 'Provenance', 'Group']))
    for (const { url } of manifest.output) expect(url).toContain(`${FHIR_BASE}/_file/`)
    const patients = manifest.output.find(({ type }: { type: string }) => type === 'Patient')
    expect((await linesOf(world, patients.url)).map(({ id }) => id).sort()).toEqual(['alice', 'bob'])
    expect(patients.count).toBe(2)
  })
  test('of patients, of a group, of some types, by POST', async () => {
    const typesOf = async (path: string) =>
      (await exported(world, path)).manifest.output.map(({ type }: { type: string }) => type)
    expect(await typesOf('Patient/$export')).not.toContain('Organization')
    expect(await typesOf('$export?_type=Encounter,Practitioner')).toEqual(['Encounter', 'Practitioner'])
    const { manifest } = await exported(world, 'Group/ward/$export?_type=Observation')
    const lines = await linesOf(world, manifest.output[0].url)
    expect(lines.map(({ id }) => id).sort()).toEqual(['gone', 'of-bob', 'salt'])
    const token = await tokenOf(all)
    const posted = await request(world.proxy)
      .post('/fhir/$export')
      .set('Authorization', `Bearer ${token}`)
      .type('application/fhir+json')
      .send(JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: '_type', valueString: 'Encounter' }] }))
    expect(posted.status).toBe(202)
  })
  test('_since brings deletions too; _typeFilter narrows', async () => {
    await world.direct('DELETE', 'Provenance/of-bobs')
    const { manifest } = await exported(world, '$export?_type=Provenance&_since=2020-01-01T00:00:00Z')
    expect(await linesOf(world, manifest.deleted[0].url)).toEqual([
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ request: { method: 'DELETE', url: 'Provenance/of-bobs' } }],
      },
    ])
    const filtered = await exported(
      world,
      `$export?_type=Observation&_typeFilter=${encodeURIComponent('Observation?_id=salt')}`,
    )
    expect(filtered.manifest.output[0].count).toBe(1)
  })
  test('without _type: what is granted, and no more', async () => {
    const { manifest } = await exported(world, '$export', { scope: 'system/Encounter.rs system/Patient.r' })
    expect(manifest.output.map(({ type }: { type: string }) => type)).toEqual(['Encounter'])
  })
  test('gzip where it is asked for', async () => {
    const { manifest } = await exported(world, '$export?_type=Encounter')
    const path = (manifest.output[0].url as string).slice(ISSUER.length)
    const { port } = world.proxy.address() as AddressInfo
    const chunks: Buffer[] = []
    const { get } = await import('node:http')
    const encoding = await new Promise<unknown>((resolve, reject) => {
      tokenOf(all).then((token) => {
        get({ port, path, headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' } }, (answer) => {
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => resolve(answer.headers['content-encoding']))
        }).on('error', reject)
      }, reject)
    })
    expect(encoding).toBe('gzip')
    expect(gunzipSync(Buffer.concat(chunks)).toString()).toContain('"Encounter"')
  })
  test('SEED-68: a part of a file', async () => {
    const { manifest } = await exported(world, '$export?_type=Encounter')
    const path = (manifest.output[0].url as string).slice(ISSUER.length)
    const { port } = world.proxy.address() as AddressInfo
    const get = async (range?: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { Authorization: `Bearer ${await tokenOf(all)}`, ...(range === undefined ? {} : { Range: range }) },
      })
      const [status, of] = [answer.status, answer.headers.get('content-range')]
      return { status, of, text: await answer.text() }
    }
    const { text: whole } = await get()
    expect(await get('bytes=5-14')).toEqual({ status: 206, of: `bytes 5-14/${whole.length}`, text: whole.slice(5, 15) })
    expect((await get('bytes=-7')).text).toBe(whole.slice(-7))
    expect(await get('bytes=99999999-')).toMatchObject({ status: 416, of: `bytes */${whole.length}` })
    expect(await get('bytes=0-1,4-5')).toEqual({ status: 200, of: null, text: whole })
  })
  test('an end to it: then there is nothing', async () => {
    const { job, manifest } = await exported(world, '$export?_type=Encounter')
    expect((await send(world, 'delete', job)).status).toBe(202)
    for (const url of [job, manifest.output[0].url]) expect((await send(world, 'get', url)).status).toBe(404)
  })
  test('another client, and the same with less: as if there were nothing', async () => {
    const client: Client = { ...all, client_id: 'archive' }
    const { job, manifest } = await exported(world, '$export?_type=Encounter', client)
    const file = manifest.output[0].url as string
    const others: Client[] = [all, { ...client, scope: 'system/Encounter.r' }, { ...ALICE, client_id: 'archive' }]
    for (const other of others) {
      for (const url of [job, file]) expect((await send(world, 'get', url, other)).status).toBe(404)
      expect((await send(world, 'delete', job, other)).status).toBe(404)
    }
    // A status is no file, and a file no status.
    const [jobHandle = '', fileHandle = ''] = [job, file].map((url) => url.split('/').at(-1))
    expect((await send(world, 'get', `_file/${jobHandle}`, client)).status).toBe(404)
    expect((await send(world, 'get', `_export/${fileHandle}`, client)).status).toBe(404)
    expect((await send(world, 'get', `_page/${jobHandle}`, client)).status).toBe(410)
    expect((await send(world, 'get', file, client)).status).toBe(200)
  })
  test.each<[string, string, Client, number]>([
    ['a patient', '$export', ALICE, 403],
    ['a clinician who may open all', 'Patient/$export', { scope: 'user/*.rs', person: 'Practitioner/nora' }, 403],
    ['only reading', '$export?_type=Patient', { scope: 'system/Patient.r' }, 403],
    ['a type without a scope', '$export?_type=Patient,Goal', { scope: 'system/Patient.rs' }, 403],
    ['a condition, which no job carries', '$export', { scope: 'system/Observation.rs?category=http://c|lab' }, 403],
    ['no scope at all', '$export', { scope: 'openid' }, 403],
    ['of one patient', 'Patient/alice/$export', all, 403],
    ['an unknown type', '$export?_type=Unicorn', all, 400],
    ['an unknown parameter', '$export?patient=Patient/alice', all, 400],
    ['another format', '$export?_outputFormat=text/csv', all, 400],
    ['a filter on another type', '$export?_type=Patient&_typeFilter=Goal%3F_id%3D1', all, 400],
    ['a group without the right to read it', 'Group/ward/$export?_type=Patient', { scope: 'system/Patient.rs' }, 403],
    ['a group that is not there', 'Group/none/$export', all, 404],
  ])('%s: refused', async (_case, path, client, status) => {
    const answer = await send(world, 'get', path, client)
    expect([answer.status, JSON.parse(answer.text).resourceType]).toEqual([status, 'OperationOutcome'])
  })
})

describe('ENF-44: a server that does not do as it was asked', () => {
  let files: Record<string, string> = {}
  let manifest: object = {}
  const server = createServer((incoming, response) => {
    const path = incoming.url ?? ''
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`
    if (path.includes('$export')) response.writeHead(202, { 'content-location': `${base}/job` }).end()
    else if (path === '/r4/job')
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(manifest).replaceAll('BASE', base))
    else response.writeHead(200, { 'content-type': 'application/fhir+ndjson' }).end(files[path.slice(3)])
  })
  let world: World
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    world = await startProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`, undefined, [server])
  })
  afterAll(() => world.close())
  const client: Client = { scope: 'system/Encounter.rs' }
  const transactionTime = '2026-01-01T00:00:00Z'

  async function manifestOf(output: object[]) {
    manifest = { transactionTime, output }
    const begun = await send(world, 'get', '$export', client)
    return send(world, 'get', begun.headers['content-location'] as string, client)
  }

  test.each([
    ['a type that was not asked for', [{ type: 'Patient', url: 'BASE/f' }]],
    ['a file elsewhere', [{ type: 'Encounter', url: 'http://elsewhere.example/f' }]],
    ['no address', [{ type: 'Encounter' }]],
  ])('%s: 502', async (_case, output) => {
    expect((await manifestOf(output)).status).toBe(502)
    expect(world.alarms.at(-1)).toContain('export-manifest')
  })

  const encounter = (id: string) => JSON.stringify({ resourceType: 'Encounter', id })
  test.each([
    ['a record of another type', `${encounter('1')}\n{"resourceType":"Patient","id":"secret"}\n`],
    ['a key twice', `${encounter('1')}\n{"resourceType":"Patient","resourceType":"Encounter","id":"secret"}\n`],
    ['no JSON', `${encounter('1')}\nsecret\n`],
    ['a Bundle around it', `{"resourceType":"Bundle","id":"secret","entry":[]}`],
  ])('%s: the connection is cut before it', async (_case, text) => {
    files = { '/f': text }
    const { output } = JSON.parse((await manifestOf([{ type: 'Encounter', url: 'BASE/f' }])).text)
    let received = ''
    const { port } = world.proxy.address() as AddressInfo
    const url = `http://127.0.0.1:${port}${output[0].url.slice(ISSUER.length)}`
    const headers = { Authorization: `Bearer ${await tokenOf(client)}`, 'Accept-Encoding': 'identity' }
    const reading = async () => {
      const answer = await fetch(url, { headers })
      for await (const chunk of answer.body ?? []) received += Buffer.from(chunk).toString()
    }
    await expect(reading()).rejects.toThrow()
    expect(received).not.toContain('secret')
    expect(world.alarms.at(-2)).toContain('export-line')
  })
  test('SEED-68: files in a storage beside the server: from the container that was set, without the server’s credential', async () => {
    const seen: (string | undefined)[][] = []
    const storage = createServer(({ url, headers }, response) => {
      seen.push([url, headers.authorization, headers['x-ms-version']?.toString()])
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(encounter('1'))
    })
    await new Promise<void>((resolve) => storage.listen(0, '127.0.0.1', resolve))
    const account = `http://127.0.0.1:${(storage.address() as AddressInfo).port}`
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`
    const with_ = await startProxy(base, undefined, [storage], {
      settings: { EXPORT_FILES_URL: `${account}/exports`, EXPORT_FILES_AUTH: 'none' },
    })
    const of = async (url: string) => {
      manifest = { transactionTime, output: [{ type: 'Encounter', url }] }
      const begun = await send(with_, 'get', '$export', client)
      return send(with_, 'get', begun.headers['content-location'] as string, client)
    }
    const { output } = JSON.parse((await of(`${account}/exports/1/Encounter.ndjson`)).text)
    expect(output[0].url).not.toContain(account)
    expect(await linesOf(with_, output[0].url, client)).toEqual([{ resourceType: 'Encounter', id: '1' }])
    expect(seen).toEqual([['/exports/1/Encounter.ndjson', undefined, '2023-11-03']])
    for (const elsewhere of [
      `${account}/others/1`,
      `${account}/exports/../others/1`,
      `${account}/exports%2F..%2Fothers/1`,
    ])
      expect((await of(elsewhere)).status).toBe(502)
    await with_.close()
  })
  test('addresses of the server become ours, and the last line needs no end', async () => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`
    files = { '/f': `{"resourceType":"Encounter","id":"1","subject":{"reference":"${base}/Patient/1"}}` }
    const { output } = JSON.parse((await manifestOf([{ type: 'Encounter', url: 'BASE/f' }])).text)
    const [line] = await linesOf(world, output[0].url, client)
    expect(line.subject.reference).toBe(`${FHIR_BASE}/Patient/1`)
  })
})
