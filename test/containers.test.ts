// Images and what runs them, read and held to our rules: no image is built here. What is in them is run in
// production-install.test.ts.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, chown, cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'
import { faultsOfEnvironment } from '../infra/check/settings.ts'
import { imageOf } from './testing/dockerfile.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const IMAGES = ['auth-server', 'proxy', 'sandbox']

/** @param text a Dockerfile */
function faultsOfImage(name: string, text: string): string[] {
  const { bases, instructions, copied, user, entry, healthCheck } = imageOf(name, text)
  const faults: string[] = []
  if (bases.some((base) => !/^node:\d+\.\d+\.\d+-[a-z-]+$/.test(base))) faults.push('a base that is not one version')
  if (new Set(bases).size !== 1) faults.push('bases that differ')
  if (instructions.some(({ keyword }) => ['ADD', 'ONBUILD', 'MAINTAINER', 'SHELL', 'ARG'].includes(keyword)))
    faults.push('an instruction that we do not use')
  if (instructions.some(({ text }) => /https?:\/\/(?!127\.)|curl|wget|sudo|(SECRET|PASSWORD|TOKEN|KEY)=/.test(text)))
    faults.push('something from elsewhere, or a secret')
  if (!/^[1-9]\d*:[1-9]\d*$/.test(user ?? '')) faults.push('root')
  if (entry[0] !== 'node') faults.push('an entry that a shell runs: signals would not reach it')
  if (healthCheck[0] !== 'node') faults.push('no check of health without a shell')
  const places = copied.flatMap(({ from }) => from).filter((place) => place !== '.')
  if (places.some((place) => !existsSync(join(ROOT, place)))) faults.push('files that are not there')
  if (!instructions.some(({ text }) => /^RUN npm ci .*--ignore-scripts$/.test(text)))
    faults.push('packages that are not those of the lockfile')
  return faults
}

describe('images', () => {
  test.each(IMAGES)('%s keeps to our rules', (name) => {
    expect(faultsOfImage(name, read(`containers/${name}.Dockerfile`))).toEqual([])
  })

  test.each([
    ['USER 1000:1000', 'USER root', 'root'],
    ['USER 1000:1000\n', '', 'root'],
    [
      'CMD ["node", "--max-semi-space-size=8", "proxy/main.ts"]',
      'CMD node proxy/main.ts',
      'an entry that a shell runs: signals would not reach it',
    ],
    ['COPY package.json ./', 'ADD https://example.org/package.json ./', 'an instruction that we do not use'],
    ['FROM node:24.21.0-bookworm-slim\n', 'FROM node:latest\n', 'a base that is not one version'],
    ['FROM node:24.21.0-bookworm-slim\n', 'FROM node:24.20.0-bookworm-slim\n', 'bases that differ'],
    ['COPY proxy/ proxy/', 'COPY gateway/ proxy/', 'files that are not there'],
    ['ENV NODE_ENV=production', 'ENV PAGING_SECRET=known', 'something from elsewhere, or a secret'],
    ['npm ci', 'npm install', 'packages that are not those of the lockfile'],
    [
      'HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["node", "containers/healthy.ts"]\n',
      '',
      'no check of health without a shell',
    ],
  ])('%s instead of %s: %s', (right, wrong, fault) => {
    const text = read('containers/proxy.Dockerfile')
    expect(text).toContain(right)
    expect(faultsOfImage('proxy', text.replace(right, wrong))).toContain(fault)
  })

  test('what the images copy is let through to them, tests are not', () => {
    const let_through = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    const copied = IMAGES.flatMap((name) => imageOf(name).copied.flatMap(({ from }) => from)).filter(
      (place) => place !== '.',
    )
    expect(copied.filter((place) => !let_through.includes(place))).toEqual([])
    expect(read('.dockerignore')).toContain('\n**/*.test.ts\n')
    expect(let_through.filter((place) => !existsSync(join(ROOT, place)))).toEqual([])
  })
})

test('the sandbox starts from what its image holds, as somebody who may write nothing there', async () => {
  const home = await mkdtemp(join(tmpdir(), 'sandbox-image-'))
  const data = await mkdtemp(join(tmpdir(), 'sandbox-data-'))
  const lines = read('.dockerignore').split('\n')
  const through = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1).replace(/\/$/, ''))
  const isLeftOut = (path: string) => path.endsWith('.test.ts') || /\/testing(\/|$)/.test(path)
  for (const place of through)
    await cp(join(ROOT, place), join(home, place), { recursive: true, filter: (path) => !isLeftOut(path) })
  await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'))
  const nobody = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {}
  if (nobody.uid !== undefined) await chown(data, nobody.uid, nobody.gid)
  await chmod(home, 0o555)
  const [, ...words] = imageOf('sandbox').entry
  const child = spawn(process.execPath, words, {
    cwd: home,
    env: { PATH: process.env.PATH, SANDBOX_PORT: '23960', SANDBOX_DATA: join(data, 'sandbox') },
    ...nobody,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
  const ended = once(child, 'exit')
  try {
    while (!said.includes('Ready after') && child.exitCode === null)
      await Promise.race([once(child.stdout, 'data'), ended])
    expect(said).toContain('Ready after')
  } finally {
    child.kill('SIGTERM')
    await ended
    await chmod(home, 0o755)
    for (const folder of [home, data]) await rm(folder, { recursive: true })
  }
}, 60_000)

test('compose.yaml runs the sandbox with no more rights than it needs', () => {
  const { sandbox } = parse(read('compose.yaml')).services
  expect(sandbox).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
  expect(existsSync(join(ROOT, sandbox.build.dockerfile))).toBe(true)
})

type Container = {
  name: string
  env: { name: string; value?: unknown; valueFrom?: { secretKeyRef: { name: string } } }[]
  securityContext: Record<string, unknown>
  [probe: string]: unknown
}

describe.each(['auth-server', 'proxy'])('Kubernetes: %s', (name) => {
  const kinds = new Map(
    parseAllDocuments(read(`containers/kubernetes/${name}.yaml`)).map((document) => {
      expect(document.errors).toEqual([])
      const value = document.toJS()
      return [value.kind as string, value]
    }),
  )
  const pod = kinds.get('Deployment').spec.template.spec
  const container = pod.containers[0] as Container

  test('the service starts with the settings that it is given, and secrets are secrets', () => {
    const settings = container.env.map(({ name: setting, value, valueFrom }) => {
      expect(valueFrom === undefined ? typeof value : 'string').toBe('string')
      return { name: setting, value: String(value), isSecret: valueFrom !== undefined }
    })
    expect(faultsOfEnvironment(name, settings)).toEqual([])
    expect(faultsOfEnvironment(name, settings.slice(3))).not.toEqual([])
  })

  test('it has no rights, and writes nothing', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  test('it is asked whether it is well, and one of it is always there', () => {
    expect(container.readinessProbe).toMatchObject({ httpGet: { path: '/health' } })
    expect(container.livenessProbe).toMatchObject({ tcpSocket: { port: 'http' } })
    expect(kinds.get('PodDisruptionBudget').spec).toMatchObject({ minAvailable: 1 })
    expect(kinds.get('Deployment').spec.strategy.rollingUpdate.maxUnavailable).toBe(0)
    expect(kinds.get('HorizontalPodAutoscaler').spec.minReplicas).toBeGreaterThan(1)
  })

  test('names agree', () => {
    const labels = { app: name }
    expect(kinds.get('Deployment').spec.template.metadata.labels).toEqual(labels)
    for (const selector of [
      kinds.get('Service').spec.selector,
      kinds.get('Deployment').spec.selector.matchLabels,
      kinds.get('PodDisruptionBudget').spec.selector.matchLabels,
    ])
      expect(selector).toEqual(labels)
    expect(container.name).toBe(name)
  })
})

test('npm run sbom lists all that is installed in an image, and nothing of development', () => {
  const printed = execFileSync(process.execPath, ['scripts/sbom.ts'], { cwd: ROOT, encoding: 'utf8' })
  const { bomFormat, components } = JSON.parse(printed) as { bomFormat: string; components: Component[] }
  expect(bomFormat).toBe('CycloneDX')
  const named = (full: string) => components.filter(({ group, name }) => full === (group ? `${group}/${name}` : name))
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>
  for (const [name, version] of Object.entries(dependencies ?? {})) {
    const component = named(name).find((one) => one.version === version)
    expect(component?.purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`)
    expect(component?.hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }])
  }
  for (const name of ['jest', 'azurite', 'typescript']) {
    expect(devDependencies).toHaveProperty(name)
    expect(named(name)).toEqual([])
  }
})

type Component = { group?: string; name: string; version: string; purl: string; hashes?: unknown }

test('each image is built by azure.yaml, or by compose.yaml', () => {
  const built = Object.values(parse(read('azure.yaml')).services as Record<string, { docker: { path: string } }>).map(
    ({ docker }) => docker.path,
  )
  const files = readdirSync(join(ROOT, 'containers')).filter((file) => file.endsWith('.Dockerfile'))
  expect([...built, parse(read('compose.yaml')).services.sandbox.build.dockerfile].sort()).toEqual(
    files.map((file) => `containers/${file}`).sort(),
  )
})
