// The doctor finds a healthy sandbox well, and each fault that is put into it, and says what to do.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { createKey } from '../auth-server/keys/create-key.ts'
import { examine, report } from '../operate/doctor/examine.ts'
import type { Environments } from '../operate/doctor/settings.ts'
import { sandboxEnvironments } from '../sandbox/settings.ts'
import { withSandbox } from './testing/sandbox.ts'

const PORT_BASE = 23_940
const running = withSandbox({
  portBase: PORT_BASE,
  services: ['entra', 'tables', 'fhir-server', 'auth-server', 'proxy', 'front-door'],
})
let healthy: Environments

beforeAll(async () => {
  const secrets = JSON.parse(await readFile(join(running.dataFolder, 'secrets.json'), 'utf8'))
  const { dataFolder } = running
  healthy = sandboxEnvironments({ portBase: PORT_BASE, host: '127.0.0.2', dataFolder, secrets, environment: {} })
})

type Change = Record<string, string>
const changed = (authServer: Change = {}, proxy: Change = {}): Environments => ({
  authServer: { ...healthy.authServer, ...authServer },
  proxy: { ...healthy.proxy, ...proxy },
})
/** What is not well, each in one line with its remedy. */
async function faults(given: Environments = healthy, now: () => number = Date.now): Promise<string[]> {
  const findings = await examine(given, now)
  return findings.flatMap((one) => (one.isWell ? [] : [`${one.about}: ${one.says}. ${one.remedy}`]))
}

test('SEED-77: a sandbox in which nothing is wrong', async () => {
  const findings = await examine(healthy, Date.now)
  expect(findings.filter(({ isWell }) => !isWell)).toEqual([])
  expect(findings.map(({ about }) => about)).toEqual([
    'settings',
    'tables',
    'signing keys',
    'Entra',
    'FHIR server',
    'discovery',
    'refusal',
    'clocks',
  ])
  expect(report(findings)).toMatch(/\n\nNothing to mend\.\n$/)
})

test('npm run doctor says the same, and ends with 1 where there is a fault', async () => {
  const [one, other] = [join(running.dataFolder, 'auth.env'), join(running.dataFolder, 'proxy.env')]
  const print = (environment: Environments['proxy']) =>
    Object.entries(environment)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join('')
  await writeFile(one, print(healthy.authServer))
  await writeFile(other, print(healthy.proxy))
  const doctor = (...words: string[]) =>
    promisify(execFile)(process.execPath, ['operate/doctor/main.ts', ...words], {
      cwd: join(import.meta.dirname, '..'),
    })
  expect((await doctor('--auth-server', one, '--proxy', other)).stdout).toContain('Nothing to mend.')
  await writeFile(other, print({ ...healthy.proxy, UPSTREAM_URL: 'http://127.0.0.1:23949/r4' }))
  const failed = await doctor('--auth-server', one, '--proxy', other).catch((error) => error)
  expect([failed.code, failed.stdout]).toEqual([1, expect.stringContaining('FAULT  FHIR server')])
})

describe('settings', () => {
  test('SEED-73: one that is missing, and one that is wrong, each by its name', async () => {
    expect(await faults(changed({ OPERATOR_NAME: '' }, { UPSTREAM_URL: 'nonsense' }))).toEqual([
      expect.stringMatching(/^settings of the authorization server: OPERATOR_NAME/),
      expect.stringMatching(/^settings of the proxy: UPSTREAM_URL/),
    ])
  })

  test('those in which the services do not agree', async () => {
    expect(await faults(changed({}, { ISSUER: 'https://other.example' }))).toEqual([
      expect.stringMatching(/^settings: ISSUER differs: .* and https:\/\/other\.example\. Give both/),
    ])
    // What is said by one alone, and is what the other has without saying it, is no difference.
    expect(await faults(changed({ AUDIT_DAYS: '2190' }))).toEqual([])
  })
})

describe('tables', () => {
  test('one that is not there', async () => {
    const { TABLES_URL = '', TABLES_ACCOUNT = '', TABLES_KEY = '' } = healthy.proxy
    const credential = new AzureNamedKeyCredential(TABLES_ACCOUNT, TABLES_KEY)
    const table = new TableClient(TABLES_URL, 'personlinks', credential, { allowInsecureConnection: true })
    await table.deleteTable()
    try {
      expect(await faults()).toEqual([
        expect.stringMatching(/^table personlinks: is not there\. The authorization server makes/),
      ])
    } finally {
      await table.createTable()
    }
  })

  test('a key that is not theirs', async () => {
    const key = Buffer.from('another').toString('base64')
    const found = await faults(changed({ TABLES_KEY: key }, { TABLES_KEY: key }))
    expect(found).toContainEqual(
      expect.stringMatching(/^table revocations: we may not read it\. Give the identity the role/),
    )
  })

  test('an address at which nobody answers', async () => {
    const url = { TABLES_URL: 'http://127.0.0.1:23949/account' }
    expect(await faults(changed(url, url))).toContainEqual(
      expect.stringMatching(/^table smartstate: .*Is TABLES_URL right/),
    )
  })
})

describe('signing keys', () => {
  test('a file that is not there', async () => {
    expect(await faults(changed({ KEYS_FILE: '/nowhere/keys.json' }))).toEqual([
      expect.stringMatching(/^signing keys: \/nowhere\/keys\.json: cannot be read\. Is the file there/),
    ])
  })

  test('keys that are not those that are published', async () => {
    const file = join(running.dataFolder, 'other-keys.json')
    await writeFile(file, JSON.stringify({ keys: [await createKey('ES256'), await createKey('RS256')] }))
    expect(await faults(changed({ KEYS_FILE: file }))).toEqual([
      expect.stringMatching(
        /^signing keys: .* should sign, and is not published\. The authorization server reads another file/,
      ),
    ])
  })
})

test('Entra: a tenant that it does not know, and no answer', async () => {
  const tenant = '7c0de5b1-3d1f-4c56-9d0e-000000000000'
  const url = String(healthy.authServer.ENTRA_METADATA_URL)
  const unknown = { ENTRA_TENANT_ID: tenant, ENTRA_METADATA_URL: url.replace(/\/[0-9a-f-]{36}\//, `/${tenant}/`) }
  expect(await faults(changed(unknown))).toEqual([
    expect.stringMatching(/^Entra: knows no tenant .*Is ENTRA_TENANT_ID/),
  ])
  expect(await faults(changed({ ENTRA_METADATA_URL: 'http://127.0.0.1:23949/' }))).toEqual([
    expect.stringMatching(/^Entra: .*Can this address be reached/),
  ])
})

test('the FHIR server: no answer, and an address that is not its base', async () => {
  expect(await faults(changed({}, { UPSTREAM_URL: 'http://127.0.0.1:23949/r4' }))).toEqual([
    expect.stringMatching(/^FHIR server: .*can UPSTREAM_URL be reached/),
  ])
  expect(await faults(changed({}, { UPSTREAM_URL: `${running.sandbox.urls.fhirServer}/r4` }))).toEqual([
    expect.stringMatching(/^FHIR server: .*Is UPSTREAM_URL the FHIR base itself/),
  ])
})

test('a FHIR base that leads past the proxy', async () => {
  const past = { FHIR_BASE: running.sandbox.urls.fhirServer }
  const found = await faults(changed(past, past))
  expect(found).toContainEqual(
    expect.stringMatching(/^refusal: .* answers 200 without a token\. FHIR_BASE leads to the FHIR server itself/),
  )
  expect(found).toContainEqual(expect.stringMatching(/^discovery: .*smart-configuration answers 404/))
})

test('clocks that differ', async () => {
  const found = await faults(healthy, () => Date.now() - 90_000)
  expect(found).toHaveLength(4)
  expect(found[0]).toMatch(
    /^clocks: that of the authorization server is (89|90|91) seconds ahead of ours\. Let both machines/,
  )
})

test('services that do not run', async () => {
  const { sandbox } = running
  await sandbox.halt('front-door')
  const shut = await faults()
  expect(shut.map((one) => one.split(':')[0])).toEqual(['signing keys', 'discovery', 'discovery', 'refusal'])
  await sandbox.restart('front-door')
  await sandbox.halt('proxy')
  expect(await faults()).toContainEqual(expect.stringMatching(/^discovery: .*answers 502\. Does the proxy run/))
  await sandbox.restart('proxy')
  expect(await faults()).toEqual([])
}, 60_000)
