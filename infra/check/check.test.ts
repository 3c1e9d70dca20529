// infra/ is as it should be, and each thing that should not be there is found: every fault below is put in and must be named.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { openGateway } from '../../sandbox/front-door/policies/gateway.ts'
import { faultsOfInfra, resourcesOf } from './check.ts'
import { parseBicep } from './parse.ts'
import { at, Deployed, isValues, type Value } from './values.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const INFRA = join(ROOT, 'infra')
const copy = mkdtempSync(join(tmpdir(), 'infra-'))

beforeEach(() => cpSync(INFRA, copy, { recursive: true }))
afterAll(() => rmSync(copy, { recursive: true }))

test('SEED-76: infra/ is understood, and as it should be', () => {
  expect(faultsOfInfra(INFRA)).toEqual([])
})

/** Puts `new_` in the place of the one `old` that must be there. */
function change(file: string, old: string, new_: string): void {
  const text = readFileSync(join(copy, file), 'utf8')
  expect(text.split(old).length).toBeGreaterThan(1)
  writeFileSync(join(copy, file), text.replace(old, new_))
}

function isFound(_name: string, file: string, old: string, new_: string, fault: string): void {
  change(file, old, new_)
  expect(faultsOfInfra(copy).join('\n')).toContain(fault)
}

const services = 'modules/services.bicep'
const app = 'modules/container-app.bicep'
const storage = 'modules/storage.bicep'
const alerts = 'modules/alerts.bicep'

describe('settings of the services', () => {
  test.each([
    ['a setting that was renamed', services, "'OPERATOR_NAME'", "'OPERATOR'", 'auth-server has no setting OPERATOR'],
    [
      'one that is needed and missing',
      services,
      "{ name: 'UPSTREAM_URL', value: upstreamUrl }",
      "{ name: 'UPSTREAM_SCOPE', value: upstreamUrl }",
      'proxy would not start: UPSTREAM_URL',
    ],
    [
      'one that is needed with another',
      services,
      "{ name: 'EVENTS_HUB_NAME', value: 'change-events' }",
      '',
      'proxy would not start: EVENTS_HUB_NAME',
    ],
    ['a value that is refused', services, "value: 'event-hubs'", "value: 'event-hub'", 'proxy would not start: EVENTS'],
    [
      'a choice that the service does not know',
      'main.bicep',
      "'none' | 'panel' | 'all'",
      "'none' | 'some' | 'panel'",
      'proxy would not start: PRACTITIONER_REACH',
    ],
    [
      'a setting said twice',
      services,
      "{ name: 'HOST', value: '0.0.0.0' }",
      "{ name: 'HOST', value: '0.0.0.0' }\n  { name: 'HOST', value: '::' }",
      'HOST is set twice',
    ],
    [
      'SEED-73: a secret in the clear',
      services,
      "'PAGING_SECRET', secretRef: 'paging-secret'",
      "'PAGING_SECRET', value: 'known-to-all-who-read-the-file-here'",
      'PAGING_SECRET must be a secret',
    ],
    [
      'SEED-73: a secret that the service is not given',
      services,
      "secretRef: 'cookie-secrets'",
      "secretRef: 'cookies'",
      'there is no secret cookies',
    ],
    [
      'a file of a secret that it is not given',
      services,
      'files: proxyFiles',
      "files: concat(proxyFiles, ['logo'])",
      'there is no secret logo',
    ],
    [
      'a setting that names a file which is not there',
      services,
      "files: concat(['clients'], authServerFiles)",
      'files: authServerFiles',
      'CLIENTS_FILE names /settings/clients.json, which is not mounted',
    ],
    [
      'a service that we do not have',
      app,
      '  name: name\n  location',
      "  name: 'gateway'\n  location",
      'gateway is none of our services',
    ],
  ])('%s is found', isFound)
})

describe('rights', () => {
  test.each([
    [
      'SEED-24: a role that is not given here',
      storage,
      '76199698-9eea-4c19-bc75-cec21354c6b6',
      '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
      'the role 8e3af657',
    ],
    [
      'a role on all of the account',
      storage,
      'scope: readable[place]',
      'scope: account',
      'is given on Microsoft.Storage/storageAccounts, not on',
    ],
    ['a role on all of the group', storage, '  scope: readable[place]\n', '', 'is given on all of the group'],
    [
      'all secrets for one service',
      services,
      'scope: proxySecrets[place]',
      'scope: vault',
      'is given on Microsoft.KeyVault/vaults, not on',
    ],
    [
      'SEED-24: a permission in Graph',
      alerts,
      'Microsoft.Insights/actionGroups@2023-01-01',
      'Microsoft.Graph/applications@v1.0',
      'Microsoft.Graph/applications is not one that is used here',
    ],
    [
      'a role of our own making',
      alerts,
      'Microsoft.Insights/actionGroups@2023-01-01',
      'Microsoft.Authorization/roleDefinitions@2022-04-01',
      'Microsoft.Authorization/roleDefinitions is not one that is used here',
    ],
    [
      'keys of the storage',
      storage,
      'allowSharedKeyAccess: false',
      'allowSharedKeyAccess: true',
      'allowSharedKeyAccess must be false',
    ],
    [
      'a key that is read',
      storage,
      'string = account.id',
      'string = listKeys(account.id, account.apiVersion).keys[0].value',
      'the function listKeys',
    ],
    [
      'local sign-in of event hubs',
      'modules/events.bicep',
      'disableLocalAuth: true',
      'disableLocalAuth: false',
      'disableLocalAuth must be true',
    ],
    [
      'the administrator of the registry',
      'modules/registry.bicep',
      'adminUserEnabled: false',
      'adminUserEnabled: true',
      'adminUserEnabled must be false',
    ],
    ['http', app, 'allowInsecure: false', 'allowInsecure: true', 'allowInsecure must be false'],
    [
      'a vault of which nobody says who reaches it',
      'modules/vault.bicep',
      'publicNetworkAccess: isClosed',
      'access: isClosed',
      'publicNetworkAccess must be told',
    ],
  ])('%s: found', isFound)
})

describe('the language', () => {
  test.each([
    ['a name that nobody declared', storage, 'name: name\n', 'name: nmae\n', 'nothing is named nmae'],
    [
      'a parameter that a module does not take',
      'main.bicep',
      'isPrivate: privateNetwork\n    withEvents',
      'private: privateNetwork\n    withEvents',
      'storage: no parameter private',
    ],
    [
      'one that it needs and is not given',
      'main.bicep',
      '    withEvents: withEvents\n',
      '',
      'storage: withEvents is not given',
    ],
    [
      'one of another type',
      'main.bicep',
      'auditDays: auditDays',
      'auditDays: string(auditDays)',
      'auditDays must be int',
    ],
    [
      'an output that there is not',
      'main.bicep',
      'storage.outputs.tablesUrl\n    authServerIdentityName',
      'storage.outputs.tableUrl\n    authServerIdentityName',
      'has no output tableUrl',
    ],
    ['one in a branch that is not taken', 'main.bicep', 'fhir!.outputs.url', 'fhir!.outputs.uri', 'has no output uri'],
    ['a module that is not there', 'main.bicep', 'modules/events.bicep', 'modules/event.bicep', 'event.bicep'],
    [
      'a member that Azure does not tell',
      storage,
      'primaryEndpoints.table',
      'primaryEndpoints.tables',
      'nothing is known of .tables',
    ],
    [
      'a declaration that nobody uses',
      storage,
      'var tableNames',
      "var idle = 'idle'\nvar tableNames",
      'idle is declared and not used',
    ],
    [
      'a parameter that nobody explains',
      storage,
      "@description('Name of the account.')\n",
      '',
      'the parameter name has no description',
    ],
    [
      'what depends on itself',
      storage,
      'var readByProxy = [',
      'var readByProxy = [readByProxy[0], ',
      'depends on itself',
    ],
    [
      'another version of a type',
      storage,
      'storageAccounts@2023-05-01',
      'storageAccounts@2019-04-01',
      'the version must be 2023-05-01',
    ],
    [
      'a name that Azure refuses',
      'main.bicep',
      "'st${toLower",
      "'st-${toLower",
      'is no name for Microsoft.Storage/storageAccounts',
    ],
    ['a child in a parent of another type', storage, 'parent: service', 'parent: account', 'cannot lie in'],
    ['two resources of one name', 'main.bicep', "-vault'", "-tables'", 'there are two named'],
    ['a sign that is out of place', storage, "kind: 'StorageV2'", "kind; 'StorageV2'", 'is not understood'],
    ['a word that is no statement', storage, 'output id', 'assert id', 'is not understood'],
    ['a string that does not end', storage, "kind: 'StorageV2'", "kind: 'StorageV2", 'does not end'],
    [
      'what is lambda, and not read here',
      storage,
      "['revocations', 'referencetokens', 'personlinks']",
      "filter(['revocations'], one => true)",
      'is not understood',
    ],
  ])('%s is found', isFound)

  test('what is read: interpolation, loops, choices over lines, comments, signs in their order', () => {
    const [, statement] = parseBicep(
      `/* a\n b */ param x string // c\nvar y = !x == 'it\\'s \${x}'\n  ? [for (a, i) in [1, 2]: { '\${a}': i }]\n  : a ?? b`,
    )
    expect(statement).toMatchObject({
      kind: 'var',
      value: {
        kind: 'choice',
        condition: {
          kind: 'binary',
          sign: '==',
          left: { kind: 'not' },
          right: { kind: 'text', parts: ["it's ", { name: 'x' }, ''] },
        },
        yes: { kind: 'for', item: 'a', index: 'i' },
        no: { kind: 'binary', sign: '??' },
      },
    })
  })
})

test('least rights: of the storage, the proxy writes what it writes and reads what it reads', () => {
  const given = (choice: string, module: RegExp) =>
    resourcesOf(INFRA, choice)
      .filter(({ type, symbol }) => type === 'Microsoft.Authorization/roleAssignments' && module.test(symbol))
      .map(({ body }) => (body.scope instanceof Deployed ? body.scope.name : ''))
  expect(given('with as little as can be said', /^proxyWrites$/)).toEqual(['audit'])
  expect(given('with all that there is', /^proxyWrites$/)).toEqual(['audit', 'changes'])
  expect(given('with all that there is', /^proxyReads$/)).toEqual([
    'revocations',
    'referencetokens',
    'personlinks',
    'paging-secret',
    'brands',
  ])
  expect(given('with all that there is', /^authServerWrites$/)).not.toContain('changes')
})

test('SEED-73: values of secrets stand nowhere: services have their names alone', () => {
  const secrets = resourcesOf(INFRA, 'with all that there is')
    .map(({ body }) => at(body, 'properties', 'configuration', 'secrets'))
    .flatMap((list) => (Array.isArray(list) ? (list as readonly Value[]) : []))
  expect(secrets.length).toBe(6)
  for (const one of secrets) expect(isValues(one) && Object.keys(one)).toEqual(['name', 'keyVaultUrl', 'identity'])
})

describe('azure.yaml', () => {
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
  const azure = parse(read('azure.yaml'))
  const parameters = JSON.parse(read('infra/main.parameters.json')).parameters as Record<string, { value: string }>
  const taken = parseBicep(read('infra/main.bicep')).filter((one) => one.kind === 'param')

  test('its services are those that infra/ tags, and are built from files that are there', () => {
    const tagged = resourcesOf(INFRA, 'with all that there is').flatMap(
      ({ body }) => at(body, 'tags', 'azd-service-name') ?? [],
    )
    expect(Object.keys(azure.services)).toEqual(tagged)
  })

  test('its hook runs commands of ours, with what infra/ puts out', () => {
    const { run } = azure.hooks.postprovision as { run: string }
    const scripts = [...run.matchAll(/npm run --silent ([a-z-]+)/g)].map(([, script = '']) => script)
    expect(scripts).toEqual(['setup-entra', 'make-secrets'])
    expect(JSON.parse(read('package.json')).scripts).toEqual(
      expect.objectContaining(Object.fromEntries(scripts.map((script) => [script, expect.any(String)]))),
    )
    const outputs = parseBicep(read('infra/main.bicep')).flatMap((one) => (one.kind === 'output' ? [one.symbol] : []))
    expect(outputs).toEqual(expect.arrayContaining(['ISSUER', 'AZURE_KEY_VAULT_ENDPOINT']))
  })

  test('each parameter is one of main.bicep, and those without a default are given', () => {
    const names = taken.map(({ symbol }) => symbol)
    expect(Object.keys(parameters).filter((name) => !names.includes(name))).toEqual([])
    const needed = taken.filter((one) => one.default === undefined).map(({ symbol }) => symbol)
    expect(needed.filter((name) => parameters[name] === undefined)).toEqual([])
    for (const { value } of Object.values(parameters)) expect(value).toMatch(/^\$\{[A-Z_]+(=[a-z]*)?\}$/)
  })

  test('each parameter is explained in docs/deploy-to-azure.md', () => {
    const page = read('docs/deploy-to-azure.md')
    expect(taken.map(({ symbol }) => symbol).filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([])
  })
})

test('SEED-75: API Management: its values are those that policies name, and the services listen to nobody else', () => {
  const resources = resourcesOf(INFRA, 'behind API Management')
  const named = resources
    .filter(({ type }) => type === 'Microsoft.ApiManagement/service/namedValues')
    .map(({ name, body }) => [name, String(at(body, 'properties', 'value'))] as const)
  expect(() => openGateway(Object.fromEntries(named))).not.toThrow()
  expect(Object.fromEntries(named)).toMatchObject({ issuer: expect.stringMatching(/^https:.*azure-api\.net$/) })
  const restricted = resources
    .filter(({ type }) => type === 'Microsoft.App/containerApps')
    .map(({ body }) => at(body, 'properties', 'configuration', 'ingress', 'ipSecurityRestrictions'))
  const alone = [{ name: 'caller-0', action: 'Allow', ipAddressRange: '203.0.113.77/32' }]
  expect(restricted).toEqual([alone, alone])
})

test('alerts are about lines that the services log', () => {
  const sources = ['auth-server', 'proxy'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
  )
  const rules = JSON.parse(readFileSync(join(INFRA, 'alerts.json'), 'utf8')) as { query: string }[]
  const lines = rules.flatMap(({ query }) => [...query.matchAll(/Log has '([^']+)'/g)].map(([, line = '']) => line))
  expect(lines.length).toBeGreaterThan(10)
  expect(
    lines.filter((line) => !sources.some((source) => source.includes(`'${line}`) || source.includes(`, '${line}`))),
  ).toEqual([])
})
