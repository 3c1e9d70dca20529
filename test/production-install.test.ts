// Each service as its image has it: the files that its Dockerfile copies and the packages that it installs, in a clean folder,
// started by its own entry as somebody who may write nothing there.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  request as httpRequest,
  type ServerResponse,
} from 'node:http'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair } from 'jose'
import { startTables, type Tables } from '../sandbox/tables/azurite.ts'
import { imageOf } from './testing/dockerfile.ts'

const PORTS = { auth: 23_501, proxy: 23_502, upstream: 23_503, tables: 23_505, taken: 23_507 }
const SERVICES = ['auth-server', 'proxy'] as const
const IMAGES = { 'auth-server': imageOf('auth-server'), proxy: imageOf('proxy') }
/** As in the images. Whoever is not root cannot become somebody else, and is kept from writing by the folder's mode. */
const NOBODY = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {}

let folder: string
let tables: Tables
const running: ChildProcess[] = []
const upstreams: HttpServer[] = []

afterEach(() => {
  for (const server of upstreams.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'production-'))
  const root = join(import.meta.dirname, '..')
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) await cp(join(root, name), join(folder, name))
  const [npm = '', ...words] = IMAGES.proxy.install
  await promisify(execFile)(npm, [...words, '--prefer-offline'], { cwd: folder })
  for (const service of SERVICES) {
    const home = join(folder, service)
    await mkdir(home)
    await symlink(join(folder, 'node_modules'), join(home, 'node_modules'))
    for (const { from, to } of IMAGES[service].copied)
      for (const one of from)
        await cp(
          join(root, one),
          to.endsWith('/') && !one.endsWith('/') ? join(home, to, basename(one)) : join(home, to),
          {
            recursive: true,
          },
        )
    await chmod(home, 0o555)
  }
  await mkdir(join(folder, 'data'))
  const jwk = async (alg: string) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true })
    return { ...(await exportJWK(privateKey)), alg, kid: alg }
  }
  await writeFile(join(folder, 'data/keys.json'), JSON.stringify({ keys: [await jwk('ES256'), await jwk('RS256')] }))
  await writeFile(join(folder, 'data/clients.json'), '[]')
  await writeFile(join(folder, 'data/links.json'), '[]')
  await chmod(folder, 0o755)
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
    KEYS_FILE: join(folder, 'data/keys.json'),
    COOKIE_SECRETS: 'a-cookie-secret-of-at-least-32-characters',
    ENTRA_TENANT_ID: '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10',
    ENTRA_CLIENT_ID: 'client',
    ENTRA_CLIENT_SECRET: 'secret',
    CLIENTS_FILE: join(folder, 'data/clients.json'),
    LINKS_FILE: join(folder, 'data/links.json'),
    OPERATOR_NAME: 'Contoso Health',
  }),
  proxy: () => ({ ...shared, PORT: String(PORTS.proxy), UPSTREAM_URL: 'http://127.0.0.1:1/r4', ...ofTables() }),
}
type Service = keyof typeof settings

function start(service: Service, changed: Record<string, string> = {}) {
  const [, ...words] = IMAGES[service].entry
  const child = spawn(process.execPath, words, {
    cwd: join(folder, service),
    env: {
      PATH: process.env.PATH,
      ...IMAGES[service].environment,
      HOST: '127.0.0.1',
      ...settings[service](),
      ...changed,
    },
    ...NOBODY,
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

describe.each(SERVICES)('%s', (service) => {
  test('starts alone, says that it is well, and ends when told to', async () => {
    const { child, ended } = start(service)
    expect(await health(service === 'proxy' ? PORTS.proxy : PORTS.auth, () => child.exitCode !== null)).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toEqual({ code: 0, said: '' })
  })

  test('SEED-17: has nothing of the sandbox: no launch simulator, nobody to sign in as', async () => {
    const { child, ended } = start(service)
    const port = service === 'proxy' ? PORTS.proxy : PORTS.auth
    expect(await health(port, () => child.exitCode !== null)).toBe(200)
    for (const path of ['/', '/close-chart', '/style.css', '/smart-style.json', '/front-door/health'])
      expect([401, 404]).toContain((await fetch(`http://127.0.0.1:${port}${path}`)).status)
    child.kill('SIGTERM')
    // It goes on with connections that it has, and this process would come back on one.
    await ended
  })

  test("the image's own check says whether it is well", async () => {
    const [, ...words] = IMAGES[service].healthCheck
    const env = { PORT: String(service === 'proxy' ? PORTS.proxy : PORTS.auth) }
    const check = () =>
      promisify(execFile)(process.execPath, words, { cwd: join(folder, service), env }).then(
        () => 'well',
        (error: { code: number }) => error.code,
      )
    expect(await check()).toBe(1)
    const { child, ended } = start(service)
    expect(await health(Number(env.PORT), () => child.exitCode !== null)).toBe(200)
    expect(await check()).toBe('well')
    child.kill('SIGTERM')
    await ended
  })

  test('told to end, it takes no new request, finishes the one that it has, and ends well', async () => {
    const upstream = await openUpstream()
    const { child, ended } = start(service, {
      UPSTREAM_URL: `http://127.0.0.1:${PORTS.upstream}/r4`,
      PROBE_EVERY_MINUTES: '0',
    })
    const port = service === 'proxy' ? PORTS.proxy : PORTS.auth
    expect(await health(port, () => child.exitCode !== null)).toBe(200)
    // One that is under way: at the authorization server its body is not all there, at the proxy the FHIR server ponders.
    const isProxy = service === 'proxy'
    const under = httpRequest({
      port,
      method: isProxy ? 'GET' : 'POST',
      path: isProxy ? '/fhir/metadata' : '/token',
      headers: isProxy ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': 29 },
    })
    const answered = new Promise<number | undefined>((resolve, reject) => {
      under.once('response', (answer) => resolve(answer.resume().statusCode)).once('error', reject)
    })
    if (isProxy) under.end()
    else await new Promise<void>((resolve) => under.write('grant_type=', () => resolve()))
    const asked = isProxy ? await upstream.asked : undefined
    child.kill('SIGTERM')
    while (await accepts(port)) await new Promise((resolve) => setImmediate(resolve))
    if (isProxy) asked?.writeHead(200, { 'content-type': 'application/fhir+json' }).end(STATEMENT)
    else under.end('authorization_code')
    expect(await answered).toBe(isProxy ? 200 : 400)
    expect(await ended).toEqual({ code: 0, said: '' })
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
  const { code, said } = await start('auth-server', { KEYS_FILE: '/settings/none.json' }).ended
  expect({ code, said }).toEqual({ code: 1, said: 'auth-server: /settings/none.json: cannot be read\n' })
})

test('proxy: brands that cannot be published are named, exit code 1', async () => {
  const { code, said } = await start('proxy', { BRANDS_FILE: '/settings/none.json' }).ended
  expect({ code, said }).toEqual({ code: 1, said: 'proxy: BRANDS_FILE: cannot be read\n' })
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

const STATEMENT = JSON.stringify({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2030-01-01',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [{ mode: 'server' }],
})

/** A FHIR server that keeps those who ask for its metadata waiting. */
async function openUpstream() {
  const asked = Promise.withResolvers<ServerResponse>()
  const server = createHttpServer((request, response) => {
    if (request.url?.startsWith('/r4/metadata')) asked.resolve(response)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(PORTS.upstream, '127.0.0.1', resolve))
  upstreams.push(server)
  return { asked: asked.promise }
}

/** Whether a new connection is taken. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
