// The admin tool against the real server over HTTP: what it does, and what it says when it cannot.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { type Fixture, ISSUER, oidOf, startAuthServer, TENANT } from '../testing/auth-server-fixture.ts'
import { begin, redeemCode, share } from '../testing/launch-flow.ts'
import { adminApi } from './admin-api.ts'
import { findConnection } from './connection.ts'
import { run } from './run.ts'

let fixture: Fixture
let folder: string
let key: JWK

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'admin-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  fixture = await startAuthServer()
  key = { ...(await exportJWK(fixture.ehrKey)), kid: 'ehr-1' }
})
afterEach(() => fixture.close())

/** The issuer has a name of its own here: requests to it go to the port of this test. */
const toFixture: typeof fetch = (url, request) => {
  const { port } = fixture.server.address() as AddressInfo
  return fetch(String(url).replace(ISSUER, `http://127.0.0.1:${port}`), request)
}
const admin = (...given: string[]) =>
  run(given, async () => adminApi({ issuer: ISSUER, clientId: 'ehr', key, fetch: toFixture }))
const json = async (...given: string[]) => JSON.parse((await admin(...given, '--json')).out)

const REDIRECT = ['--redirect-uri', 'https://portal.test/callback']

describe('clients', () => {
  test('are added, listed, changed, disabled, enabled and removed', async () => {
    const added = await admin('clients', 'add', 'portal', '--name', 'Portal', '--auth', 'none', ...REDIRECT)
    expect(added).toEqual({ code: 0, out: 'portal added\n', err: '' })
    expect((await admin('clients', 'list')).out).toMatch(/^ID .*\n[\s\S]*portal +enabled +none +api +Portal\n/)
    await admin('clients', 'update', 'portal', '--scope', 'openid patient/*.rs')
    expect(await json('clients', 'get', 'portal')).toMatchObject({
      scope: 'openid patient/*.rs',
      client_name: 'Portal',
    })
    const switched = await json('clients', 'update', 'portal', '--sandbox', '--legacy-launch')
    expect(switched).toMatchObject({ sandbox: true, legacy_launch: true, scope: 'openid patient/*.rs' })
    const back = await json('clients', 'update', 'portal', '--no-sandbox')
    expect(back).toMatchObject({ sandbox: false, legacy_launch: true })
    for (const [deed, enabled] of [
      ['disable', false],
      ['enable', true],
    ] as const) {
      expect((await admin('clients', deed, 'portal')).code).toBe(0)
      expect((await json('clients', 'get', 'portal')).enabled).toBe(enabled)
    }
    expect((await admin('clients', 'remove', 'portal')).out).toBe('portal removed\n')
    expect(await admin('clients', 'get', 'portal')).toMatchObject({ code: 1, err: 'not_found: no such client\n' })
  })
  test('with secrets: told once, several at a time', async () => {
    const auth = ['--name', 'Portal', '--auth', 'client_secret_basic']
    expect((await admin('clients', 'add', 'portal', ...auth, ...REDIRECT)).out).toMatch(/shown this once: [\w-]{43}\n/)
    const made = await json('clients', 'add-secret', 'portal', '--expires', '2030-01-01T00:00:00Z')
    expect(made).toMatchObject({ client_secret: expect.any(String), expires: '2030-01-01T00:00:00Z' })
    expect((await admin('clients', 'remove-secret', 'portal', made.id)).code).toBe(0)
    expect((await json('clients', 'get', 'portal')).secrets).toHaveLength(1)
  })
  test('with keys and members from files', async () => {
    const { publicKey } = await generateKeyPair('ES384', { extractable: true })
    const jwks = join(folder, 'jwks.json')
    await writeFile(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one' }] }))
    const file = join(folder, 'members.json')
    await writeFile(file, JSON.stringify({ client_name: 'Export', token_endpoint_auth_method: 'private_key_jwt' }))
    const scope = ['--scope', 'system/*.rs']
    const added = await json('clients', 'add', 'export', '--file', file, '--jwks-file', jwks, ...scope)
    expect(added).toMatchObject({ client_name: 'Export', jwks: { keys: [{ kid: 'one' }] } })
  })
})

describe('links', () => {
  const carl = ['--tid', TENANT, '--oid', '22222222-aaaa-4aaa-8aaa-000000000009']
  test('are added, listed and removed', async () => {
    expect((await admin('links', 'add', 'Patient/carl', ...carl, '--until', '2030-01-01T00:00:00Z')).code).toBe(0)
    expect(await json('links', 'list', ...carl)).toMatchObject([{ person: 'Patient/carl' }])
    expect((await admin('links', 'list', '--person', 'Patient/carl')).out).toContain(carl[3])
    expect((await admin('links', 'remove', 'Patient/carl', ...carl)).out).toBe('Patient/carl unlinked\n')
    expect(await json('links', 'list', ...carl)).toEqual([])
  })
  test("SEED-48: the older proxy's table is imported, row by row, and what cannot be is named", async () => {
    const file = join(folder, 'links.csv')
    const good = `Patient,${TENANT}-22222222-aaaa-4aaa-8aaa-000000000009,carl,2099-01-01T00:00:00Z`
    const unknown = `Patient,${TENANT}-22222222-aaaa-4aaa-8aaa-000000000008,nobody,2099-01-01T00:00:00Z`
    await writeFile(file, `PartitionKey,RowKey,LinkedResourceId,ValidUntil\n${good}\n${unknown}\nPatient,x,y,\n`)
    expect((await admin('import-links', file, '--dry-run')).out).toMatch(/2 could be linked, 1 refused\n$/)
    expect(await json('links', 'list', ...carl)).toEqual([])
    expect((await admin('import-links', file)).out).toMatch(/Patient\/nobody of [\s\S]*1 linked, 2 refused\n$/)
    expect(await json('links', 'list', ...carl)).toMatchObject([{ person: 'Patient/carl' }])
  })
})

test('grants are listed and ended', async () => {
  const { browser, page } = await begin(fixture.server, 'ana')
  const told = await share(browser, page, 'ana', ['patient/Patient.rs'])
  expect((await redeemCode(fixture.server, String(told.searchParams.get('code')))).status).toBe(200)
  const ana = ['--tid', TENANT, '--oid', oidOf('ana')]
  const [grant] = await json('grants', 'list', ...ana)
  expect(grant).toMatchObject({ client_id: 'app', person: 'Patient/ana' })
  expect((await admin('grants', 'end', '--grant', `${grant.sub}/${grant.id}`)).code).toBe(0)
  expect(await json('grants', 'list', ...ana)).toEqual([])
  expect((await admin('grants', 'end', '--client', 'app')).code).toBe(0)
})

test('accounts are disabled, and enabled again', async () => {
  const ana = ['--tid', TENANT, '--oid', oidOf('ana')]
  const isLetIn = async () => (await begin(fixture.server, 'ana')).page.status === 200
  expect((await admin('accounts', 'disable', ...ana)).out).toBe(`${TENANT} ${oidOf('ana')} disabled\n`)
  expect(await isLetIn()).toBe(false)
  expect(await json('accounts', 'enable', ...ana)).toMatchObject({ account: { tid: TENANT }, enabled: true })
  expect(await isLetIn()).toBe(true)
})

test.each<[string, string[], RegExp]>([
  ['an unknown command', ['clients', 'burn'], /no command: clients burn/],
  ['an unknown option', ['clients', 'list', '--colour'], /--colour/],
  ['a word too few', ['clients', 'get'], /usage: clients get ID/],
  ['nothing to change', ['clients', 'update', 'app'], /what is to be changed/],
  ['a file that is not there', ['clients', 'add', 'x', '--file', '/nowhere.json'], /\/nowhere\.json: cannot be read/],
  ['a switch both ways', ['clients', 'update', 'app', '--sandbox', '--no-sandbox'], /--sandbox or --no-sandbox/],
  ['no account', ['accounts', 'disable'], /which account\?/],
  ['an account in part', ['links', 'list', '--tid', TENANT], /--oid/],
  ['two things to end', ['grants', 'end', '--all', '--client', 'app'], /exactly one/],
  ['nothing to end', ['grants', 'end'], /exactly one/],
  ["the server's refusal", ['clients', 'add', 'x', '--name', 'X', '--auth', 'none'], /redirect_uris: an app needs one/],
])('one line and exit code 1 for %s', async (_name, given, expected) => {
  const { code, out, err } = await admin(...given)
  expect([code, out]).toEqual([1, ''])
  expect(err).toMatch(expected)
})

test('a key that is not registered, and a server that is away, are told plainly', async () => {
  const { privateKey } = await generateKeyPair('ES384', { extractable: true })
  const other = { ...(await exportJWK(privateKey)), kid: 'ehr-1' }
  const refused = await run(['clients', 'list'], async () =>
    adminApi({ issuer: ISSUER, clientId: 'ehr', key: other, fetch: toFixture }),
  )
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('invalid_client') })
  const away = await run(['clients', 'list'], async () =>
    adminApi({ issuer: 'http://127.0.0.1:9', clientId: 'ehr', key }),
  )
  expect(away.err).toMatch(/^http:\/\/127\.0\.0\.1:9 does not answer/)
})

test('what is no authorization server is told, and one token serves a run', async () => {
  const page: typeof fetch = async () => new Response('<html>', { status: 200 })
  const html = await run(['clients', 'list'], async () =>
    adminApi({ issuer: ISSUER, clientId: 'ehr', key, fetch: page }),
  )
  expect(html).toEqual({ code: 1, out: '', err: `${ISSUER} does not answer as an authorization server\n` })
  const paths: string[] = []
  const counted: typeof fetch = (url, sent) => {
    paths.push(new URL(String(url)).pathname)
    return toFixture(url, sent)
  }
  const api = adminApi({ issuer: ISSUER, clientId: 'ehr', key, fetch: counted })
  for (let i = 0; i < 3; i++) await api.call('__clients', 'GET', '/clients')
  expect(paths).toEqual(['/token', '/clients', '/clients', '/clients'])
})

test('help names every command', async () => {
  for (const given of [[], ['help'], ['clients', '--help']]) {
    expect((await admin(...given)).out).toMatch(/clients add[\s\S]*import-links[\s\S]*grants end[\s\S]*rotate-keys/)
  }
})

describe('where the server is', () => {
  test('a sandbox leaves it in its data folder', async () => {
    await writeFile(join(folder, 'admin-key.json'), JSON.stringify(key))
    const file = { issuer: 'http://127.0.0.2:4000', client_id: 'admin', key_file: 'admin-key.json' }
    await writeFile(join(folder, 'admin.json'), JSON.stringify(file))
    const found = await findConnection({ SANDBOX_DATA: folder })
    expect(found).toMatchObject({ issuer: file.issuer, clientId: 'admin', key: { kid: 'ehr-1' } })
  })
  test.each([
    ['nothing', { SANDBOX_DATA: '/nowhere' }, 'ADMIN_ISSUER'],
    ['half of it', { ADMIN_ISSUER: 'https://smart.test' }, 'go together'],
    ['no URL', { ADMIN_ISSUER: 'smart', ADMIN_KEY_FILE: 'x' }, 'ADMIN_ISSUER'],
    ['no key', { ADMIN_ISSUER: 'https://smart.test', ADMIN_KEY_FILE: '/nowhere' }, '/nowhere'],
  ])('%s is told', (_name, environment, named) => expect(findConnection(environment)).rejects.toThrow(named))
})

describe('rotate-keys', () => {
  test('adds the next keys, leaves the present ones, and does so once', async () => {
    const file = join(folder, 'keys.json')
    const present = await Promise.all(
      ['ES256', 'RS256'].map(async (alg) => {
        const { privateKey } = await generateKeyPair(alg, { extractable: true })
        return { ...(await exportJWK(privateKey)), alg, kid: alg }
      }),
    )
    await writeFile(file, JSON.stringify({ keys: present }))
    expect((await admin('rotate-keys', file, '--ahead', '2')).out).toMatch(/ES256 \S+ signs from .*\nRS256 /)
    const { keys } = JSON.parse(await readFile(file, 'utf8'))
    expect(keys.slice(0, 2)).toEqual(present)
    expect(keys).toHaveLength(4)
    expect((await admin('rotate-keys', file)).err).toMatch(/planned already/)
    expect((await admin('rotate-keys', file, '--ahead', '0')).err).toMatch(/--ahead/)
  })
})

test('explain needs no server, and says what is decided and why', async () => {
  const offline = (...given: string[]) => run(given, () => Promise.reject(new Error('no server')))
  const allowed = await offline(
    'explain',
    'GET',
    'Observation/1',
    '--scope',
    'patient/*.rs',
    '--patient',
    'ana',
    '--person',
    'Patient/ana',
  )
  expect(allowed).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^allowed: read\n[\s\S]*must be {3}Observation about Patient\/ana/),
  })
  const denied = await offline('explain', 'DELETE', 'Observation/1', '--scope', 'patient/*.rs', '--patient', 'ana')
  expect(denied.out).toContain('This needs the scope patient/Observation.d. (insufficient-scope)')
  expect(await offline('explain', 'GET', 'Patient')).toEqual({ code: 1, out: '', err: '--scope is needed\n' })
})
