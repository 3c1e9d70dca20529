// Brands from an operator's file: what is published, who may read it, and what is refused at the start.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Bundle, Endpoint, Organization } from '@medplum/fhirtypes'
import request from 'supertest'
import { validationOutcome } from '../../sandbox/fhir-server/validate.ts'
import { closeAll, FHIR_BASE, startProxyBefore } from '../../test/testing/proxy-stack.ts'
import { readBrands } from './brands-file.ts'
import { serviceBase } from './service-base.ts'

const GIVEN = {
  updated: '2030-01-02T03:04:05Z',
  developers: 'https://developers.contoso.example',
  brands: [
    {
      name: 'Contoso Health',
      identifier: 'https://contoso.example',
      furtherIdentifiers: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }],
      aliases: ['Contoso Clinics'],
      types: ['prov'],
      website: 'https://www.contoso.example/start',
      logo: 'https://contoso.example/logo.svg',
      logoLicense: 'https://contoso.example/logo-license',
      addresses: [{ city: 'Boston', state: 'MA', postalCode: '02111', country: 'US' }],
      portal: { name: 'My Contoso', url: 'https://my.contoso.example', description: 'For all our patients.' },
    },
    {
      name: 'Contoso Children',
      identifier: 'https://children.contoso.example',
      website: { absent: 'declined' },
      logo: { absent: 'unknown' },
      partOf: 'https://contoso.example',
    },
  ],
}

const folder = mkdtempSync(join(tmpdir(), 'brands-'))
const file = join(folder, 'brands.json')
let proxy: Server

async function read(given: unknown) {
  writeFileSync(file, typeof given === 'string' ? given : JSON.stringify(given))
  return readBrands(file)
}

async function published() {
  const made = await read(GIVEN)
  if (!made.ok) throw new Error(made.faults.join())
  return serviceBase(made.brands, FHIR_BASE)
}

beforeAll(async () => {
  proxy = (await startProxyBefore('http://127.0.0.1:9/r4', { deps: { serviceBase: await published() } })).proxy
})
afterAll(async () => {
  await closeAll([proxy])
  rmSync(folder, { recursive: true })
})

const get = () => request(proxy).get('/fhir/service-base')

test('BRD-01, SEED-71: anyone may read the bundle, a collection with the time of its last change, and whoever has it is told so', async () => {
  const answer = await get().set('Origin', 'https://app.example').expect(200)
  expect(answer.headers).toMatchObject({
    'content-type': 'application/fhir+json; charset=utf-8',
    'access-control-allow-origin': '*',
    etag: expect.stringMatching(/^W\/"[0-9a-f]{16}"$/),
  })
  expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'collection', timestamp: GIVEN.updated })
  const again = await get().set('If-None-Match', String(answer.headers.etag)).expect(304)
  expect(again.text).toBe('')
  await get().set('If-None-Match', 'W/"another"').expect(200)
})

test('SEED-71: each record is well-formed R4, references lead to others of the bundle, and ids are the same each time', async () => {
  const { body } = (await get()) as { body: Bundle }
  const records = (body.entry ?? []).map(({ resource }) => resource as Organization | Endpoint)
  const issues = records.flatMap((record) => validationOutcome(record.resourceType, record).issue)
  expect(issues?.map((one) => one?.diagnostics ?? one?.details?.text)).toEqual(records.map(() => 'No issues detected'))
  const there = records.map(({ resourceType, id }) => `${resourceType}/${id}`)
  const named =
    JSON.stringify(body)
      .match(/"reference":"[^"]+"/g)
      ?.map((one) => one.slice(13, -1)) ?? []
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter((one) => !there.includes(one))).toEqual([])
  expect(new Set(there).size).toBe(3)
  expect((await published()).answer(undefined).body).toBe(JSON.stringify(body))
})

test('the brand is what the operator says, and leads to this service', async () => {
  const { body } = await get()
  const [contoso, children, endpoint] = body.entry.map((one: { resource: unknown }) => one.resource)
  expect(contoso).toMatchObject({
    name: 'Contoso Health',
    active: true,
    alias: ['Contoso Clinics'],
    telecom: [{ system: 'url', value: 'https://www.contoso.example/start' }],
    address: [{ city: 'Boston', country: 'US' }],
    endpoint: [{ reference: `Endpoint/${endpoint.id}` }],
  })
  expect(JSON.stringify(contoso.extension)).toContain('"portalUrl","valueUrl":"https://my.contoso.example"')
  expect(children.partOf).toEqual({ reference: `Organization/${contoso.id}` })
  expect(endpoint).toMatchObject({
    resourceType: 'Endpoint',
    address: FHIR_BASE,
    status: 'active',
    contact: [{ system: 'url', value: GIVEN.developers }],
    extension: [{ valueCode: '4.0.1' }],
  })
})

test('BRD-02: discovery names the bundle, and an identifier that exactly one brand in it has', async () => {
  const { body } = await request(proxy).get('/fhir/.well-known/smart-configuration')
  expect(body.user_access_brand_bundle).toBe(`${FHIR_BASE}/service-base`)
  const { entry } = (await get()).body as Bundle
  const { system, value } = body.user_access_brand_identifier as { system: string; value: string }
  const having = (entry ?? []).filter(({ resource }) =>
    (resource as Organization).identifier?.some((one) => one.system === system && one.value === value),
  )
  expect(having).toHaveLength(1)
})

test('BRD-03: of what a brand does not say, it says in one of two ways why', async () => {
  const { text } = await get()
  const reasons = [...text.matchAll(/data-absent-reason","valueCode":"([^"]+)"/g)].map(([, reason]) => reason)
  expect(reasons.sort()).toEqual(['asked-declined', 'asked-unknown'])
})

test('without brands there is no such address, and discovery names none', async () => {
  const { proxy: plain } = await startProxyBefore('http://127.0.0.1:9/r4')
  expect((await request(plain).get('/fhir/service-base')).status).not.toBe(200)
  expect((await request(plain).get('/fhir/.well-known/smart-configuration')).body).not.toHaveProperty(
    'user_access_brand_bundle',
  )
  await closeAll([plain])
})

describe('a file that is refused, each fault by its place', () => {
  const [first, second] = GIVEN.brands
  test.each<[string, unknown, string]>([
    ['no JSON', '{', 'is not JSON'],
    ['no brand', { ...GIVEN, brands: [] }, 'brands'],
    ['another reason', { ...GIVEN, brands: [{ ...first, logo: { absent: 'not-asked' } }] }, 'brands.0.logo'],
    [
      'an identifier with a path',
      { ...GIVEN, brands: [{ ...first, identifier: 'https://contoso.example/a' }] },
      'brands.0.identifier',
    ],
    [
      'an identifier with www.',
      { ...GIVEN, brands: [{ ...first, identifier: 'https://www.contoso.example' }] },
      'brands.0.identifier',
    ],
    ['a logo by http', { ...GIVEN, brands: [{ ...first, logo: 'http://contoso.example/l.svg' }] }, 'brands.0.logo'],
    [
      'one identifier twice',
      { ...GIVEN, brands: [first, { ...second, identifier: first?.identifier }] },
      'one identifier twice',
    ],
    [
      'a part of nobody',
      { ...GIVEN, brands: [first, { ...second, partOf: 'https://nobody.example' }] },
      'there is no brand',
    ],
    ['neither portal nor whole', { ...GIVEN, brands: [{ ...first, portal: undefined }] }, 'either a portal or partOf'],
    ['a member that is not known', { ...GIVEN, brands: [{ ...first, colour: 'red' }] }, 'brands.0'],
    ['a time that is none', { ...GIVEN, updated: 'yesterday' }, 'updated'],
  ])('%s', async (_name, given, where) => {
    const made = await read(given)
    expect(made.ok ? [] : made.faults.join('\n')).toContain(where)
  })

  test('one that is not there', async () => {
    expect(await readBrands(join(folder, 'none.json'))).toEqual({ ok: false, faults: ['cannot be read'] })
  })
})

test('the example in docs/endpoints.md is one that is taken', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/endpoints.md'), 'utf8')
  const [, example = ''] = /```json\n(\{\n {2}"updated"[\s\S]*?)```/.exec(page) ?? []
  expect(await read(example)).toMatchObject({ ok: true })
})
