// Keeps docs/ true: nothing that an operator or a developer can use is missing there, links lead somewhere, programs run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { adminApi } from '../auth-server/cli/admin-api.ts'
import { UsageError } from '../auth-server/cli/command.ts'
import { findConnection } from '../auth-server/cli/connection.ts'
import { run as runAdmin } from '../auth-server/cli/run.ts'
import { startAuthServer } from '../auth-server/testing/auth-server-fixture.ts'
import { webhookSink } from '../proxy/events/webhook-sink.ts'
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts'
import { anchorOf } from '../scripts/docs/page.ts'
import { SETTING_FILES as CONFIGS, metricsTable, referencePage } from '../scripts/docs/reference.ts'
import { ENDPOINTS } from '../smart/discovery.ts'

const ROOT = resolve(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found)

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const endpoints = read('docs/endpoints.md')

/** As the schemas in the configuration files spell them. */
const settingsOf = (file: string): string[] => matches(read(file), /^ {2,4}([A-Z][A-Z0-9_]+):/gm)

describe('settings', () => {
  test.each(CONFIGS)('each of %s is in docs/settings.md and in .env.example', (file) => {
    const settings = settingsOf(file)
    expect(settings.length).toBeGreaterThan(1)
    const [page, example] = [read('docs/settings.md'), read('.env.example')]
    expect(settings.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
    expect(settings.filter((name) => !example.includes(`\n#${name}=`))).toEqual([])
  })

  test('none is told of that nobody reads', () => {
    const sources = [
      ...CONFIGS,
      'sandbox/main.ts',
      'sandbox/settings.ts',
      'sandbox/front-door/main.ts',
      'sandbox/fhir-server/main.ts',
      'auth-server/cli/connection.ts',
    ].map(read)
    const named = [
      ...matches(read('docs/settings.md'), /^\| (`[^|]+) \|/gm).flatMap((cell) =>
        matches(cell, /`([A-Z][A-Z0-9_]+)`/g),
      ),
      ...matches(read('.env.example'), /^#([A-Z][A-Z0-9_]+)=/gm),
    ]
    expect(named.length).toBeGreaterThan(60)
    expect(named.filter((name) => !sources.some((source) => source.includes(name)))).toEqual([])
  })
})

describe('endpoints', () => {
  test('each operation of the OpenAPI description is there, with its scope', async () => {
    const fixture = await startAuthServer()
    const { body } = await request(fixture.server).get('/openapi.json')
    await fixture.close()
    const operations = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(
          ([method, { security }]) => `| ${method.toUpperCase()} \`${path}\` | \`${security[0]?.oauth[0]}\` |`,
        ),
    )
    expect(operations).toContain('| POST `/launch` | `__launch` |')
    expect(operations.filter((row) => !endpoints.includes(row))).toEqual([])
  })

  test('each endpoint of discovery is there', () => {
    expect(Object.values(ENDPOINTS).filter((path) => !endpoints.includes(`\`${path}\``))).toEqual([])
  })

  test('each problem page, and each reason for a trimmed scope, is explained', () => {
    const problems = matches(read('consent-ui/words/problems.ts'), /^ {2}'?([a-z-]+)'?: \{$/gm)
    expect(problems).toContain('timed-out')
    expect(problems.filter((name) => !endpoints.includes(`\`${name}\``))).toEqual([])
    const reasons = matches(read('smart/access/granting.ts'), /^ {2}\| '([a-z-]+)'$/gm)
    expect(reasons).toContain('not-registered')
    expect(reasons.filter((name) => !read('docs/register-an-app.md').includes(`\`${name}\``))).toEqual([])
  })
})

describe('what is made from the code', () => {
  test('docs/reference.md is what the code says: npm run docs -- --write', () => {
    expect(read('docs/reference.md')).toBe(referencePage())
  })

  test('docs/telemetry.md has every metric', () => {
    expect(read('docs/telemetry.md')).toContain(metricsTable())
  })
})

type Operation = { security: { oauth: string[] }[] }

describe('links', () => {
  test.each(PAGES)('those of %s lead to files and headings that are there', (page) => {
    const targets = matches(read(page), /\]\((?!https?:)([^)\s]+)\)/g)
    const isBroken = (target: string): boolean => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      if (!existsSync(join(ROOT, file))) return true
      return (
        anchor !== undefined &&
        !matches(read(file), /^#+ (.+)$/gm)
          .map(anchorOf)
          .includes(anchor)
      )
    }
    expect(targets.filter(isBroken)).toEqual([])
  })
})

/** Words of a shell line, quotes taken off. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain ?? '')

/** Lines of code blocks, those that go on put together. */
const blocksOf = (page: string): string[] =>
  matches(page, /^```[a-z]*\n([\s\S]*?)^```$/gm).flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
const commandsOf = (page: string): string[] => blocksOf(page).filter((line) => line.startsWith('npm run '))
/** Those within sentences, often without what they are given. */
const namedIn = (page: string): string[] => matches(page, /`(npm run [^`\n]+)`/g)

describe('commands', () => {
  const whole = PAGES.flatMap((page) => commandsOf(read(page)))
  const named = PAGES.flatMap((page) => namedIn(read(page)))

  test('each script that is named is there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const names = [...whole, ...named].map((line) => /^npm run (?:-s )?([\w:-]+)/.exec(line)?.[1] ?? '')
    expect(names.length).toBeGreaterThan(50)
    expect([...new Set(names)].filter((name) => !(name in scripts))).toEqual([])
  })

  test('the admin tool understands each that is for it', async () => {
    const ofTool = (lines: readonly string[]) => lines.filter((line) => /^npm run (-s )?admin -- (?!\.\.\.)/.test(line))
    const faultOf = async (line: string) => {
      const words = wordsOf(line.replace(/^npm run (-s )?admin -- /, ''))
      const said = await runAdmin(words, () => Promise.reject(new UsageError('it would be sent')))
      return said.code === 0 || /it would be sent|cannot be read/.test(said.err) ? [] : [`${line}: ${said.err}`]
    }
    expect(ofTool(whole).length).toBeGreaterThan(10)
    expect((await Promise.all(ofTool(whole).map(faultOf))).flat()).toEqual([])
    const unknown = (await Promise.all(ofTool(named).map(faultOf))).flat().filter((fault) => /no command/.test(fault))
    expect(unknown).toEqual([])
  })
})

describe('programs', () => {
  let folder: string
  let sandbox: Sandbox

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docs-test-'))
    const services = ['entra', 'tables', 'fhir-server', 'auth-server', 'proxy', 'front-door']
    sandbox = await startSandbox({ portBase: 23_780, dataFolder: join(folder, 'data'), services })
    const blocks = PAGES.flatMap((page) => matches(read(page), /```js\n([\s\S]*?)```/g))
    for (const block of blocks) {
      const [, name] = /^\/\/ ([a-z-]+\.mjs)/.exec(block) ?? []
      if (name !== undefined) await writeFile(join(folder, name), block)
    }
  }, 90_000)

  afterAll(async () => {
    await sandbox?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (program: string, words: readonly string[], environment: Record<string, string> = {}) =>
    spawn(process.execPath, [program, ...words], { cwd: folder, env: { ...process.env, ...environment } })
  const outputOf = async (program: string, words: readonly string[]): Promise<string> => {
    const child = run(program, words)
    let out = ''
    for await (const chunk of child.stdout) out += String(chunk)
    return out.trim()
  }
  const admin = async () => adminApi(await findConnection({ SANDBOX_DATA: join(folder, 'data') }))
  const key = async (name: string) => JSON.parse(await readFile(join(folder, `${name}.public.json`), 'utf8'))

  test('a key is made and registered, a token is had with it, and a chart is opened', async () => {
    const { issuer } = sandbox.urls
    await outputOf('make-key.mjs', ['my-ehr'])
    await (await admin()).call('__clients', 'POST', '/clients', {
      client_id: 'my-ehr',
      client_name: 'My EHR',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: await key('my-ehr'),
      scope: '__launch',
    })
    await (await admin()).call('__clients', 'POST', '/clients', {
      client_id: 'my-app',
      client_name: 'My app',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://localhost:8765/callback'],
      launch_url: 'http://localhost:8765/launch',
      scope: 'openid fhirUser launch launch/patient offline_access patient/*.rs',
    })
    const token = await outputOf('token.mjs', [issuer, 'my-ehr', 'my-ehr.private.json', '__launch'])
    const answer = await fetch(`${issuer}/launch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ client_id: 'my-app', patient: 'ana-ruiz', need_patient_banner: true }),
    })
    expect([answer.status, await answer.json()]).toEqual([
      201,
      { launch: expect.any(String), id: expect.any(String), expires_in: 300 },
    ])
  })

  test('the app of the first launch sends a request that is taken', async () => {
    const app = run('app.mjs', [], { FHIR_BASE: sandbox.urls.fhirBase })
    try {
      for await (const line of app.stdout) if (String(line).includes('open http://localhost:8765/')) break
      const begun = await fetch('http://localhost:8765/', { redirect: 'manual' })
      const taken = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' })
      expect([taken.status, taken.headers.get('location')]).toEqual([303, expect.stringMatching(/^\/interaction\//)])
    } finally {
      app.kill()
    }
  })

  test('the receiver of change events takes what we signed, once, and nothing else', async () => {
    const secret = 'a-secret-of-at-least-32-characters'
    const url = 'http://127.0.0.1:8090'
    const receiver = run('signed.mjs', [], { EVENTS_WEBHOOK_SECRET: secret })
    const sinks = [secret, `${secret}?`].map((one) => webhookSink({ url, secret: one, isPrivate: true }))
    const body = JSON.stringify({ id: '1', type: 'org.hl7.fhir.resource.created', subject: 'Observation/1' })
    const message = { id: '1', key: 'Patient/1', contentType: 'application/cloudevents+json', body }
    try {
      expect(String(await once(receiver.stdout, 'data'))).toBe('listening\n')
      const lines = once(receiver.stdout, 'data')
      await expect(sinks[1]?.deliver([message])).rejects.toThrow('the webhook answered 401')
      await sinks[0]?.deliver([message, message])
      expect(String(await lines)).toBe('org.hl7.fhir.resource.created Observation/1\n')
    } finally {
      for (const sink of sinks) await sink.close()
      receiver.kill()
    }
  })

  test('a secret is changed as the run-book says: both work, then the new one alone', async () => {
    const { authServer, issuer } = sandbox.urls
    const asked = async (command: string) => {
      const said = await runAdmin([...wordsOf(command), '--json'], admin)
      expect([command, said.err]).toEqual([command, ''])
      return JSON.parse(said.out) as Record<string, unknown>
    }
    const made = (await (
      await admin()
    ).call('__clients', 'POST', '/clients', {
      client_id: 'my-web-app',
      client_name: 'My web app',
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: ['http://localhost:8765/callback'],
      scope: 'openid launch/patient patient/*.rs',
    })) as { client_secret: string }
    /** Whether it is let in; that there is no such code is another question. */
    const errorWith = async (secret: unknown) => {
      const authorization = `Basic ${Buffer.from(`my-web-app:${String(secret)}`).toString('base64')}`
      const body = new URLSearchParams({ grant_type: 'authorization_code', code: 'none', redirect_uri: issuer })
      const answer = await fetch(`${authServer}/token`, { method: 'POST', headers: { authorization }, body })
      return ((await answer.json()) as { error: string }).error
    }
    const lines = commandsOf(read('docs/operate-keys.md')).map((line) => line.replace('npm run admin -- ', ''))
    const command = (name: string) => lines.find((line) => line.startsWith(`clients ${name} my-web-app`)) ?? name
    const { client_secret: next } = await asked(command('add-secret'))
    expect([await errorWith(made.client_secret), await errorWith(next)]).toEqual(['invalid_grant', 'invalid_grant'])
    const { secrets } = (await asked(command('get'))) as { secrets: { id: string }[] }
    await asked(command('remove-secret').replace('SECRET-ID', String(secrets[0]?.id)))
    // Replicas know clients for two seconds.
    const deadline = Date.now() + 10_000
    while ((await errorWith(made.client_secret)) !== 'invalid_client') expect(Date.now()).toBeLessThan(deadline)
    expect(await errorWith(next)).toBe('invalid_grant')
  })

  test('the next signing keys are planned with the command, and published without a restart', async () => {
    const published = async () => {
      const answer = await fetch(`${sandbox.urls.authServer}/jwks`)
      return ((await answer.json()) as { keys: unknown[] }).keys.length
    }
    expect(await published()).toBe(2)
    const [line = ''] = commandsOf(read('docs/operate-keys.md')).filter((one) =>
      one.startsWith('npm run rotate-keys -- .data'),
    )
    const words = wordsOf(line.replace('npm run ', '').replace(' -- .data', ` ${join(folder, 'data')}`))
    expect((await runAdmin(words, admin)).err).toBe('')
    const deadline = Date.now() + 20_000
    while ((await published()) !== 4) expect(Date.now()).toBeLessThan(deadline)
  })

  test('after a leak, keys that wait sign and the others are gone', async () => {
    await writeFile(
      join(folder, 'plan.json'),
      JSON.stringify({ keys: [{ kid: 'old' }, { kid: 'new', use_from: '2030-01-01T00:00:00Z' }] }),
    )
    await outputOf('now.mjs', ['plan.json'])
    expect(JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8'))).toEqual({
      keys: [
        { kid: 'old', retire_at: expect.any(String) },
        { kid: 'new', use_from: expect.not.stringContaining('2030') },
      ],
    })
  })
})
