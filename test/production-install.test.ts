// Each service as it is deployed: installed without development packages in a clean folder, started alone by its own entry.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair } from 'jose'
import { startTables, type Tables } from '../sandbox/tables/azurite.ts'

const PORTS = { auth: 23_501, proxy: 23_502, tables: 23_505, taken: 23_507 }
const FOLDERS = ['smart', 'network', 'consent-ui', 'auth-server', 'proxy']

let folder: string
let tables: Tables
const running: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'production-'))
  const root = join(import.meta.dirname, '..')
  for (const name of ['package.json', 'package-lock.json', '.npmrc', ...FOLDERS]) {
    await cp(join(root, name), join(folder, name), { recursive: true })
  }
  await promisify(execFile)('npm', ['ci', '--omit=dev', '--prefer-offline'], { cwd: folder })
  await mkdir(join(folder, 'data'))
  const jwk = async (alg: string) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true })
    return { ...(await exportJWK(privateKey)), alg, kid: alg }
  }
  await writeFile(join(folder, 'data/keys.json'), JSON.stringify({ keys: [await jwk('ES256'), await jwk('RS256')] }))
  await writeFile(join(folder, 'data/clients.json'), '[]')
  await writeFile(join(folder, 'data/links.json'), '[]')
  tables = await startTables({ port: PORTS.tables })
}, 180_000)

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await tables?.stop()
  await rm(folder, { recursive: true, force: true })
})

const shared = { ISSUER: 'https://smart.example.org', FHIR_BASE: 'https://smart.example.org/fhir', LOG_LEVEL: 'silent' }
const ofTables = () => ({ TABLES_URL: tables.url, TABLES_ACCOUNT: tables.account, TABLES_KEY: tables.key })
const settings = {
  'auth-server': () => ({
    ...shared,
    PORT: String(PORTS.auth),
    ...ofTables(),
    KEYS_FILE: 'data/keys.json',
    COOKIE_SECRETS: 'a-cookie-secret-of-at-least-32-characters',
    ENTRA_TENANT_ID: '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10',
    ENTRA_CLIENT_ID: 'client',
    ENTRA_CLIENT_SECRET: 'secret',
    CLIENTS_FILE: 'data/clients.json',
    LINKS_FILE: 'data/links.json',
    OPERATOR_NAME: 'Contoso Health',
  }),
  proxy: () => ({ ...shared, PORT: String(PORTS.proxy), UPSTREAM_URL: 'http://127.0.0.1:1/r4', ...ofTables() }),
}
type Service = keyof typeof settings

function start(service: Service, changed: Record<string, string> = {}) {
  const child = spawn(process.execPath, [`${service}/main.ts`], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...settings[service](), ...changed },
  })
  running.push(child)
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += String(chunk)
  })
  const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, said }))
  })
  return { child, ended }
}

async function health(port: number, isOver: () => boolean): Promise<number | undefined> {
  while (!isOver()) {
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
    // The proxy is well once it can read what the authorization server, started first, has laid out.
    if (answer?.status === 200) return 200
    await new Promise((resolve) => setImmediate(resolve))
  }
  return undefined
}

describe.each(['auth-server', 'proxy'] as const)('%s', (service) => {
  test('starts alone, says that it is well, and ends when told to', async () => {
    const { child, ended } = start(service)
    expect(await health(service === 'proxy' ? PORTS.proxy : PORTS.auth, () => child.exitCode !== null)).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toEqual({ code: 0, said: '' })
  })

  test('SEED-17: has nothing of the sandbox: no launch simulator, nobody to sign in as', async () => {
    const { child } = start(service)
    const port = service === 'proxy' ? PORTS.proxy : PORTS.auth
    expect(await health(port, () => child.exitCode !== null)).toBe(200)
    for (const path of ['/', '/close-chart', '/style.css', '/smart-style.json', '/front-door/health'])
      expect([401, 404]).toContain((await fetch(`http://127.0.0.1:${port}${path}`)).status)
    child.kill('SIGTERM')
  })

  test('a port in use: one line, exit code 1', async () => {
    const taken = await listen(PORTS.taken)
    const { code, said } = await start(service, { PORT: String(PORTS.taken) }).ended
    await new Promise((resolve) => taken.close(resolve))
    expect(code).toBe(1)
    expect(said.trim().split('\n')).toEqual([expect.stringContaining(String(PORTS.taken))])
  })

  test('broken settings: a line for each, exit code 1', async () => {
    const { code, said } = await start(service, { ISSUER: 'nonsense', PORT: 'many' }).ended
    expect(code).toBe(1)
    expect(said).toContain('ISSUER')
    expect(said).toContain('PORT')
    expect(said).not.toMatch(/\n\s+at /)
  })
})

test('auth-server: a missing file is named, exit code 1', async () => {
  const { code, said } = await start('auth-server', { KEYS_FILE: 'data/none.json' }).ended
  expect({ code, said }).toEqual({ code: 1, said: 'auth-server: data/none.json: cannot be read\n' })
})

test('ENF-48: proxy: its log lists at the start what rights follow from', async () => {
  const { child } = start('proxy', { LOG_LEVEL: 'info', PRACTITIONER_REACH: 'panel', PANEL_SOURCES: 'care-team' })
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    if (said.includes('"ready"')) break
  }
  const line = said.split('\n').find((one) => one.includes('"authority"')) ?? '{}'
  expect(JSON.parse(line).authority).toMatchObject({
    'whose records relatives open': ['RelatedPerson'],
    'whose records clinicians open': ['CareTeam'],
  })
  child.kill('SIGTERM')
})

async function listen(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}
