// Each of the three systems converted: what comes out starts our services, and no secret comes out.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { pino } from 'pino'
import { parseConfig as parseAuthServer } from '../auth-server/config.ts'
import { parseConfig as parseProxy } from '../proxy/config.ts'
import { loadProcessors } from '../proxy/processors/load.ts'
import { type Conversion, convert } from './convert.ts'
import { GROUPS } from './our-settings.ts'
import { asJson, envFile, report } from './print.ts'
import { readSettings } from './read-settings.ts'
import { SYSTEMS } from './systems.ts'

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8')
const of = (settings: Record<string, string>): Conversion => convert(new Map(Object.entries(settings)))
const valuesOf = ({ lines }: Conversion): Record<string, string> =>
  Object.fromEntries(lines.flatMap((line) => ('value' in line ? [[line.name, line.value]] : [])))
const fillsOf = ({ lines }: Conversion): string[] => lines.flatMap((line) => ('fill' in line ? [line.name] : [])).sort()
const became = (conversion: Conversion, name: string) => conversion.became.find((one) => one.name === name)

const TENANT = '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10'
const OURS_ALONE = ['COOKIE_SECRETS', 'ENTRA_CLIENT_ID', 'ENTRA_CLIENT_SECRET', 'KEYS_SECRET_URL', 'PAGING_SECRET']

describe('SEED-80: whole configurations', () => {
  test('the FHIR Proxy: addresses, credential, panel, consents, links and roles', () => {
    const conversion = convert(readSettings(fixture('fhir-proxy.json')))
    expect(conversion.system.id).toBe('fhir-proxy')
    expect(valuesOf(conversion)).toEqual({
      ISSUER: 'https://fhir.contoso.example',
      FHIR_BASE: 'https://fhir.contoso.example/fhir',
      TABLES_URL: 'https://sfpstore.table.core.windows.net',
      ENTRA_TENANT_ID: TENANT,
      LINK_DAYS: '180',
      UPSTREAM_URL: 'https://contoso.azurehealthcareapis.com',
      UPSTREAM_AUTH: 'client-credentials',
      UPSTREAM_SCOPE: 'https://contoso.azurehealthcareapis.com/.default',
      UPSTREAM_TENANT_ID: TENANT,
      UPSTREAM_CLIENT_ID: '22222222-bbbb-4bbb-8bbb-000000000002',
      PRACTITIONER_REACH: 'panel',
      PANEL_SOURCES: 'general-practitioner,encounter',
      CONSENT_OPT_OUT_CATEGORY: 'http://loinc.org|59284-0',
      CONSENT_OPT_OUT_MINUTES: '60',
      CONSENT_OPT_OUT_EXEMPT: 'Administrator',
      ROLE_TENANTS: TENANT,
      ROLE_AUDIENCES: 'https://fhir.contoso.example,22222222-bbbb-4bbb-8bbb-000000000001',
      ROLE_ALIASES: 'Ward Nurse=Reader',
    })
    expect(fillsOf(conversion)).toEqual([...OURS_ALONE, 'OPERATOR_NAME', 'UPSTREAM_CLIENT_SECRET'].sort())
    expect(became(conversion, 'CONTOSO_FEATURE')).toMatchObject({ fate: 'unknown' })
    expect(became(conversion, 'Contoso.Own.Masking')).toMatchObject({ fate: 'no-counterpart' })
    expect(became(conversion, 'FP-AUTHFREEPASS')).toMatchObject({ fate: 'no-counterpart' })
  })

  test('Azure API for FHIR, as it is shown: tenant, server and its audience, who may call it, where files lie', () => {
    const conversion = convert(readSettings(fixture('azure-api-for-fhir.json')))
    expect(conversion.system.id).toBe('azure-smart-proxy')
    expect(valuesOf(conversion)).toEqual({
      ENTRA_TENANT_ID: TENANT,
      UPSTREAM_URL: 'https://contoso.azurehealthcareapis.com',
      UPSTREAM_AUTH: 'managed-identity',
      UPSTREAM_SCOPE: 'https://contoso.azurehealthcareapis.com/.default',
      ROLE_ALLOWED_OBJECT_IDS: '33333333-cccc-4ccc-8ccc-000000000001,33333333-cccc-4ccc-8ccc-000000000002',
      EXPORT_FILES_URL: 'https://contosoexports.blob.core.windows.net',
    })
  })

  test('the FHIR Server for Azure, by its file of parameters', () => {
    const conversion = convert(readSettings(fixture('fhir-server.parameters.json')))
    expect(valuesOf(conversion)).toEqual({
      ENTRA_TENANT_ID: TENANT,
      UPSTREAM_AUTH: 'managed-identity',
      UPSTREAM_SCOPE: 'api://contoso-fhir/.default',
    })
    expect(fillsOf(conversion)).toContain('UPSTREAM_URL')
    expect(became(conversion, 'ownParameter')).toMatchObject({ fate: 'unknown' })
  })

  test('the samples: addresses stay good, and the FHIR server is asked as ourselves', () => {
    const conversion = convert(readSettings(fixture('samples.env')))
    expect(conversion.system.id).toBe('samples')
    expect(valuesOf(conversion)).toEqual({
      ISSUER: 'https://smart.contoso.example',
      FHIR_BASE: 'https://smart.contoso.example/smart',
      LEGACY_ADDRESSES: 'true',
      OPERATOR_NAME: 'Contoso Health',
      ENTRA_TENANT_ID: TENANT,
      UPSTREAM_URL: 'https://contoso-fhirdata.fhir.azurehealthcareapis.com',
      UPSTREAM_AUTH: 'managed-identity',
      UPSTREAM_SCOPE: 'https://contoso-fhirdata.fhir.azurehealthcareapis.com/.default',
      EXPORT_FILES_URL: 'https://contosofunc.blob.core.windows.net',
    })
    expect(became(conversion, 'AZURE_BackendServiceKeyVaultStore')).toMatchObject({ fate: 'by-hand' })
  })

  test.each(['fhir-proxy.json', 'azure-api-for-fhir.json', 'fhir-server.parameters.json', 'samples.env'])(
    '%s: with what is to be filled in, both services start with it',
    (name) => {
      const written = parseEnv(envFile(convert(readSettings(fixture(name)))))
      const filled = { ...FILLED, ...Object.fromEntries(Object.entries(written).filter(([, value]) => value !== '')) }
      expect(parseAuthServer(filled)).toMatchObject({ ISSUER: filled.ISSUER })
      expect(parseProxy(filled)).toMatchObject({ ok: true })
    },
  )

  test('nothing of ours is written that we do not have', () => {
    const known = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8')
    expect(
      Object.values(GROUPS)
        .flat()
        .filter((name) => !known.includes(`\n#${name}=`)),
    ).toEqual([])
    const made = SYSTEMS.flatMap(({ settings, modules }) => [
      ...settings.flatMap((one) => ('ours' in one ? one.ours : [])),
      ...modules.flatMap(({ made }) => Object.keys(made ?? {})),
    ])
    expect(made.filter((name) => !Object.values(GROUPS).flat().includes(name))).toEqual([])
  })
})

/** What an operator fills in. */
const FILLED: Record<string, string> = {
  ISSUER: 'https://smart.contoso.example',
  FHIR_BASE: 'https://smart.contoso.example/fhir',
  TABLES_URL: 'https://contoso.table.core.windows.net',
  KEYS_SECRET_URL: 'https://contoso.vault.azure.net/secrets/signing-keys',
  COOKIE_SECRETS: 'x'.repeat(32),
  OPERATOR_NAME: 'Contoso Health',
  ENTRA_CLIENT_ID: 'registration',
  ENTRA_CLIENT_SECRET: 'secret',
  UPSTREAM_URL: 'https://contoso.azurehealthcareapis.com',
  UPSTREAM_CLIENT_SECRET: 'secret',
  PAGING_SECRET: 'x'.repeat(32),
}

describe('SEED-73: secrets', () => {
  const secret = fc.string({
    unit: fc.constantFrom(...'abcdefghjkmnpqrstuvwxyz23456789'),
    minLength: 24,
    maxLength: 40,
  })
  const all = (conversion: Conversion) => envFile(conversion) + report(conversion) + asJson(conversion)

  test('none is printed: values of secrets and keys, of what is not known, and of what is not converted', () => {
    const shown = new Set(['converted', 'secret'])
    const names = SYSTEMS.map(({ id, settings }) => ({
      id,
      hidden: settings.filter(({ fate }) => fate === 'secret' || !shown.has(fate)).flatMap((one) => one.names),
    }))
    fc.assert(
      fc.property(fc.constantFrom(...names), secret, ({ id, hidden }, value) => {
        const given = Object.fromEntries(hidden.map((name) => [name.replaceAll('*', 'X'), value]))
        const conversion = of({ ...given, 'somebody’s': value, [`own-${id}`]: value })
        expect(conversion.became.length).toBeGreaterThan(5)
        expect(all(conversion)).not.toContain(value)
      }),
    )
  })

  test('of a connection string only the account or the namespace is told', () => {
    fc.assert(
      fc.property(secret, (key) => {
        const conversion = of({
          'FP-STORAGEACCT': `DefaultEndpointsProtocol=https;AccountName=store;AccountKey=${key};EndpointSuffix=core.windows.net`,
          'FP-EXPORT-STORAGEACCT': `BlobEndpoint=https://files.blob.core.windows.net/;SharedAccessSignature=${key}`,
          'FP-MOD-EVENTHUB-CONNECTION': `Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=all;SharedAccessKey=${key}`,
          'FS-URL': `https://user:${key}@fhir.contoso.example`,
          'FP-POST-PROCESSOR-TYPES': 'x.ProfileValidationPreProcess,x.PublishFHIREventPostProcess',
          'FP-MOD-FHIRVALIDATION-URL': `https://v.test/validate?code=${key}`,
        })
        expect(all(conversion)).not.toContain(key)
        expect(valuesOf(conversion)).toMatchObject({
          TABLES_URL: 'https://store.table.core.windows.net',
          EVENTS_HUB_NAMESPACE: 'contoso.servicebus.windows.net',
        })
        expect(fillsOf(conversion)).toContain('UPSTREAM_URL')
      }),
    )
  })

  test.each([
    '@Microsoft.KeyVault(SecretUri=https://contoso-kv.vault.azure.net/secrets/the-host/0123456789abcdef)',
    '@Microsoft.KeyVault(VaultName=contoso-kv;SecretName=the-host)',
  ])('what lies in a Key Vault is to be filled in, and it says from where: %s', (value) => {
    const conversion = of({ 'FP-HOST': value, 'FS-URL': 'https://contoso.azurehealthcareapis.com' })
    expect(conversion.lines).toContainEqual({
      name: 'FHIR_BASE',
      from: ['FP-HOST'],
      fill: 'from FP-HOST: secret the-host in the Key Vault contoso-kv',
    })
  })
})

describe('the file that is written', () => {
  test('reads back as it was, whatever the values and names', () => {
    const text = fc.string({ unit: fc.constantFrom(...`aZ9 '"\`\\#$=;\n\r\t\0\u2028é`), minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(text, text, (value, name) => {
        const conversion = of({ ApiPublisherName: value, AZURE_TenantId: TENANT, [`REACT_APP_${name}`]: 'x' })
        const written = parseEnv(envFile(conversion))
        const made = valuesOf(conversion)
        expect(Object.fromEntries(Object.entries(written).filter(([, one]) => one !== ''))).toEqual(
          Object.fromEntries(Object.entries(made).filter(([, one]) => one !== '')),
        )
        if ('OPERATOR_NAME' in made) expect(made.OPERATOR_NAME).toBe(value.trim())
      }),
    )
  })
})

describe('single settings', () => {
  test.each<[string, Record<string, string>, Record<string, string>]>([
    [
      'names in other case, and with __ for :',
      { fhirserver__security__authentication__audience: 'api://a' },
      { UPSTREAM_SCOPE: 'api://a/.default' },
    ],
    [
      'a national cloud',
      { 'FP-LOGIN-AUTHORITY': 'login.microsoftonline.us' },
      { ENTRA_AUTHORITY: 'https://login.microsoftonline.us', ROLE_AUTHORITY: 'https://login.microsoftonline.us' },
    ],
    [
      'the identity of the machine',
      { 'FS-RESOURCE': 'https://f.test', 'FS-CLIENT-ID': '' },
      { UPSTREAM_AUTH: 'managed-identity' },
    ],
    [
      'a server without credential',
      { 'FS-URL': 'http://10.0.0.4/r4/' },
      { UPSTREAM_URL: 'http://10.0.0.4/r4', UPSTREAM_AUTH: 'none' },
    ],
    [
      'events, in the form of old',
      {
        'FP-POST-PROCESSOR-TYPES': 'FHIRProxy.postprocessors.PublishFHIREventPostProcess;',
        'FP-MOD-EVENTHUB-NAME': 'changes',
      },
      { EVENTS: 'event-hubs', EVENTS_FORM: 'six-fields', EVENTS_HUB_NAME: 'changes' },
    ],
    [
      'a list that the FHIR server cannot sort',
      { 'FP-POST-PROCESSOR-TYPES': 'FHIRProxy.postprocessors.DateSortPostProcessor:5' },
      { PROCESSORS_FILE: 'processors.json' },
    ],
    ['addresses of FHIR Proxy 2', { 'FP-SP-ID': 'a' }, { LEGACY_ADDRESSES: 'true' }],
    [
      'two tenants',
      { 'FP-LOGIN-TENANT': TENANT, 'FP-RBAC-TENANT-NAME': '00000000-0000-4000-8000-000000000001' },
      { ENTRA_TENANT_ID: TENANT, ROLE_TENANTS: `${TENANT},00000000-0000-4000-8000-000000000001` },
    ],
    [
      'aliases of several roles',
      { 'FP-READER-ROLE': 'Nurse', 'FP-WRITER-ROLE': 'Writer, Clerk' },
      { ROLE_ALIASES: 'Nurse=Reader,Clerk=Writer' },
    ],
    [
      'a service by its id',
      { fhirId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.HealthcareApis/workspaces/w/fhirservices/f' },
      { UPSTREAM_URL: 'https://w-f.fhir.azurehealthcareapis.com' },
    ],
    [
      'another path',
      { AZURE_ApiManagementHostName: 'h.test', AZURE_ApiManagementFhirPrefex: 'r4' },
      { FHIR_BASE: 'https://h.test/r4' },
    ],
  ])('%s', (_name, given, expected) => expect(valuesOf(of(given))).toMatchObject(expected))

  test.each<[string, Record<string, string>, string]>([
    ['a host that cannot come along', { 'FP-HOST': 'sfp-1.azurewebsites.net' }, 'FHIR_BASE'],
    ['a gateway’s own host', { AZURE_ApiManagementHostName: 'c.azure-api.net' }, 'ISSUER'],
    ['a tenant by its name', { 'FP-LOGIN-TENANT': 'contoso.onmicrosoft.com' }, 'ENTRA_TENANT_ID'],
    ['a number that is none', { 'FP-LINK-DAYS': 'many' }, 'LINK_DAYS'],
    ['fewer days than there may be', { 'FP-OIDC-REFRESH-TTL-DAYS': '14' }, 'OFFLINE_ACCESS_DAYS'],
    ['a category without its system', { 'FP-MOD-CONSENT-OPTOUT-CATEGORY': '59284-0' }, 'CONSENT_OPT_OUT_CATEGORY'],
    ['roles whose meaning nobody knows', { 'FP-PARTICIPANT-ACCESS-ROLES': 'Practitioner,Friend' }, 'ROLE_ALIASES'],
  ])('%s is told as a fault, and to be filled in', (_name, given, ours) => {
    const conversion = of(given)
    expect(conversion.became.filter(({ fault }) => fault !== undefined)).toHaveLength(1)
    expect(fillsOf(conversion)).toContain(ours)
    for (const value of Object.values(given)) expect(report(conversion)).not.toContain(value)
  })

  test('processors that are written are processors that there are', async () => {
    const all = SYSTEMS.flatMap(({ modules }) => modules.map(({ name }) => `FHIRProxy.postprocessors.${name}`))
    const conversion = of({
      'FP-POST-PROCESSOR-TYPES': all.join(','),
      'FP-MOD-FHIRVALIDATION-URL': 'https://v.test/r4',
    })
    const [, text = ''] = /\n# (\{"processors".*\})\n/.exec(envFile(conversion)) ?? []
    expect(JSON.parse(text)).toEqual({ processors: conversion.processors })
    expect(JSON.parse(text)).toMatchObject({ processors: [{}, { settings: { url: 'https://v.test/r4' } }] })
    const folder = mkdtempSync(join(tmpdir(), 'convert-test-'))
    try {
      writeFileSync(join(folder, 'processors.json'), text)
      writeFileSync(join(folder, 'profile_enforce_policy.json'), '{"enforce":[]}')
      const surroundings = { fhirBase: FILLED.FHIR_BASE ?? '', log: pino({ level: 'silent' }), clock: () => new Date() }
      const loaded = await loadProcessors(join(folder, 'processors.json'), surroundings)
      expect(loaded).toMatchObject({ ok: true, processors: [{ name: 'date-sort' }, { name: 'profile-validation' }] })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('what a module needs means nothing while the module is off', () => {
    const conversion = of({
      'FP-POST-PROCESSOR-TYPES': 'FHIRProxy.postprocessors.DateSortPostProcessor',
      'FP-MOD-CONSENT-OPTOUT-CATEGORY': 'a|b',
    })
    expect(valuesOf(conversion)).not.toHaveProperty('CONSENT_OPT_OUT_CATEGORY')
  })

  test('who saw every patient is not given that again by a conversion', () => {
    const conversion = of({ 'FP-POST-PROCESSOR-TYPES': 'FHIRProxy.postprocessors.DateSortPostProcessor' })
    expect(valuesOf(conversion)).not.toHaveProperty('PRACTITIONER_REACH')
    expect(fillsOf(conversion)).toContain('PRACTITIONER_REACH')
  })

  test.each<[string, Record<string, string>]>([
    ['the samples', { AZURE_IDPProvider: 'AzureADB2C', AZURE_TenantId: TENANT, AZURE_FhirUrl: 'https://f.test' }],
    ['FHIR Proxy 1', { 'FP-LOGIN-POLICY': 'B2C_1A_x', 'FP-LOGIN-TENANT': TENANT, 'FS-URL': 'https://f.test' }],
    ['FHIR Proxy 2', { 'FP-OIDC-ISAAD': 'false', 'FP-RBAC-TENANT-NAME': TENANT, 'FS-URL': 'https://f.test' }],
  ])('people of another identity provider need no registration in Entra: %s', (_name, given) => {
    const conversion = of(given)
    expect(fillsOf(conversion)).toContain('IDENTITY_PROVIDERS_FILE')
    expect(conversion.lines.map(({ name }) => name).filter((name) => name.startsWith('ENTRA_'))).toEqual([])
  })

  test('of two that say otherwise, the first one counts, and it is told', () => {
    const conversion = of({ AZURE_FhirUrl: 'https://one.test', AZURE_FhirServerUrl: 'https://other.test' })
    expect(valuesOf(conversion)).toMatchObject({ UPSTREAM_URL: 'https://one.test' })
    expect(became(conversion, 'AZURE_FhirServerUrl')?.fault).toContain('AZURE_FhirUrl')
  })

  test('settings of nobody are refused', () => expect(() => of({ PATH: '/bin' })).toThrow('no setting in it is known'))
})

test('no setting is meant by two rows', () => {
  for (const { settings } of SYSTEMS) {
    const names = settings.flatMap((one) => one.names.map((name) => name.toLowerCase()))
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  }
})

describe('the command', () => {
  const run = (words: string[], input?: string) =>
    spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...words], {
      encoding: 'utf8',
      ...(input === undefined ? {} : { input }),
    })
  const file = join(import.meta.dirname, 'fixtures/samples.env')

  test('settings go one way, what became of them the other', () => {
    const { status, stdout, stderr } = run([file])
    expect(status).toBe(0)
    expect(parseEnv(stdout)).toMatchObject({ FHIR_BASE: 'https://smart.contoso.example/smart', COOKIE_SECRETS: '' })
    expect(stderr).toContain('CONTOSO_FEATURE')
    expect(stdout + stderr).not.toContain('not-a-real')
  })
  test('or all as JSON, also of what is piped', () => {
    const { status, stdout, stderr } = run(['-', '--format', 'json'], readFileSync(file, 'utf8'))
    expect([status, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({
      system: 'samples',
      settings: { OPERATOR_NAME: 'Contoso Health' },
      fill_in: { TABLES_URL: expect.any(String) },
      became: expect.arrayContaining([expect.objectContaining({ name: 'AZURE_Debug', fate: 'no-counterpart' })]),
    })
  })
  test.each([[[]], [['nowhere.json']], [[file, '--format', 'xml']], [[file, file]]])('refuses %j', (words) => {
    const { status, stdout } = run(words)
    expect([status, stdout]).toEqual([1, ''])
  })
})
