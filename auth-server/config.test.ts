import { describe, expect, test } from '@jest/globals'
import { parseClients } from './clients/seed.ts'
import { parseConfig } from './config.ts'
import { parseLinks } from './identity/links-file.ts'

const GOOD = {
  ISSUER: 'https://smart.example.org/',
  FHIR_BASE: 'https://smart.example.org/fhir',
  TABLES_URL: 'https://account.table.core.windows.net',
  KEYS_FILE: 'keys.json',
  COOKIE_SECRETS: 'x'.repeat(32),
  ENTRA_TENANT_ID: '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10',
  ENTRA_CLIENT_ID: 'id',
  ENTRA_CLIENT_SECRET: 'secret',
  OPERATOR_NAME: 'Contoso Health',
}

test('a slash at the end of an address is dropped: tokens carry one spelling', () => {
  expect(parseConfig(GOOD)).toMatchObject({ ISSUER: 'https://smart.example.org', PORT: 4001 })
})

test.each(Object.keys(GOOD))('SEED-73: without %s the start is refused, naming it', (name) => {
  expect(() => parseConfig({ ...GOOD, [name]: undefined })).toThrow(name)
})

test('SEED-73: every fault is named at once, and no value', () => {
  const bad = { ...GOOD, PORT: 'many', COOKIE_SECRETS: 'too-short', TABLES_KEY: 'k' }
  const faults = () => parseConfig(bad)
  expect(faults).toThrow(/PORT.*\n.*COOKIE_SECRETS[\s\S]*TABLES_KEY/)
  expect(faults).not.toThrow(/too-short/)
})

describe('who signs people in', () => {
  const { ENTRA_TENANT_ID: _tenant, ENTRA_CLIENT_ID: _id, ENTRA_CLIENT_SECRET: _secret, ...others } = GOOD
  test('Entra’s settings are not needed where others are configured, and go together', () => {
    const file = { ...others, IDENTITY_PROVIDERS_FILE: 'providers.json' }
    expect(() => parseConfig(file)).not.toThrow()
    expect(() => parseConfig({ ...file, ENTRA_CLIENT_ID: 'id' })).toThrow(/ENTRA_TENANT_ID.*\nENTRA_CLIENT_SECRET/)
  })
})

describe('SEED-49: sources of personas', () => {
  const lookup = { provider: 'citizens', claim: 'number', system: 'https://numbers.test', type: 'Patient' }
  test('claims and links by default, for a year', () => {
    expect(parseConfig(GOOD)).toMatchObject({
      PERSONA_SOURCES: ['claim', 'links'],
      FHIR_USER_CLAIMS: ['fhirUser', 'extension_fhirUser'],
      CLAIM_PERSONA_DAYS: 365,
      LINK_DAYS: 365,
      IDENTIFIER_LOOKUPS: [],
    })
  })
  test('an order, and look-ups', () => {
    const chosen = { PERSONA_SOURCES: 'links, identifier', IDENTIFIER_LOOKUPS: JSON.stringify([lookup]) }
    expect(parseConfig({ ...GOOD, ...chosen })).toMatchObject({
      PERSONA_SOURCES: ['links', 'identifier'],
      IDENTIFIER_LOOKUPS: [lookup],
    })
  })
  test.each([
    ['PERSONA_SOURCES', 'links,guess'],
    ['FHIR_USER_CLAIMS', 'fhirUser,,'],
    ['LINK_DAYS', '0'],
    ['IDENTIFIER_LOOKUPS', 'no json'],
    ['IDENTIFIER_LOOKUPS', JSON.stringify([{ ...lookup, provider: undefined }])],
    ['IDENTIFIER_LOOKUPS', JSON.stringify([{ ...lookup, type: 'Person' }])],
  ])('%s=%s is refused', (name, value) => expect(() => parseConfig({ ...GOOD, [name]: value })).toThrow(name))
})

describe('clients', () => {
  const app = {
    client_id: 'app',
    client_name: 'App',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['https://app.test/cb'],
  }
  test.each([
    ['http beyond loopback', { ...app, redirect_uris: ['http://app.test/cb'] }],
    ['a script as redirect', { ...app, redirect_uris: ['javascript:alert(1)'] }],
    ['a fragment', { ...app, redirect_uris: ['https://app.test/cb#x'] }],
    ['an app without redirect', { ...app, redirect_uris: [] }],
    ['asymmetric without keys', { ...app, token_endpoint_auth_method: 'private_key_jwt' }],
    ['symmetric without a secret', { ...app, token_endpoint_auth_method: 'client_secret_basic' }],
    ['an unknown member', { ...app, secret: 'x' }],
  ])('refuses %s', (_name, client) => expect(() => parseClients([client])).toThrow(/client/))
  test('refuses one id twice', () => expect(() => parseClients([app, app])).toThrow('twice'))
  test('accepts loopback http and an own scheme', () => {
    const redirect_uris = ['http://localhost:1/cb', 'http://127.0.0.1/cb', 'com.example.app:/cb']
    expect(parseClients([{ ...app, redirect_uris }])).toMatchObject([{ redirect_uris }])
  })
})

test('links: a persona is a relative reference of a person, nothing else', () => {
  const link = { tid: GOOD.ENTRA_TENANT_ID, oid: GOOD.ENTRA_TENANT_ID, personas: ['Organization/x'] }
  expect(() => parseLinks([link])).toThrow('personas')
})
