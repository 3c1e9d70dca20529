// Keeps the folder map true: which folder may import which, and that only main files start things.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, test } from '@jest/globals'

const ROOT = resolve(import.meta.dirname, '..')

/** For each folder the other folders of ours that it may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  smart: [],
  'consent-ui': ['smart'],
  network: [],
  service: [],
  'auth-server': ['smart', 'consent-ui', 'network', 'service'],
  proxy: ['smart', 'network', 'service'],
  sandbox: ['smart', 'consent-ui'],
  'leak-kit': ['smart'],
  'consent-kit': ['smart', 'consent-ui'],
  migrate: [],
  // Tools of operators, who see both services.
  operate: ['smart', 'auth-server', 'proxy', 'sandbox'],
  infra: ['auth-server', 'proxy'],
  'apim-policies': ['auth-server'],
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
}

const IMPORT =
  /^\s*(?:import|export)\s[^'"`;]*?from\s*(['"])(.+?)\1|^\s*import\s*(['"])(.+?)\3|\bimport\(\s*(['"])(.+?)\5/gm

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(IMPORT)].map((match) => match[2] ?? match[4] ?? match[6] ?? '')
}

/** The folders of ours that a file reaches into, its own left out. */
function foldersReached(file: string): string[] {
  const own = file.split('/')[0]
  return importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(ROOT, resolve(ROOT, file, '..', specifier)).split('/')[0] ?? '')
    .filter((folder) => folder !== own)
}

const SOURCES = Object.keys(MAY_IMPORT).flatMap(sourcesIn)
const PRODUCT = SOURCES.filter((file) => !file.endsWith('.test.ts'))

test('there is something to check', () => {
  expect(importsOf('consent-ui/describe-scope.ts')).toEqual([
    '../smart/access/scope.ts',
    '../smart/access/scope.ts',
    '../smart/fhir/resource-types.ts',
    './catalogue.ts',
    './foreign-text.ts',
    './words/scopes.ts',
  ])
})

test.each(Object.entries(MAY_IMPORT))('%s imports only %j', (folder, allowed) => {
  const faults = PRODUCT.filter((file) => file.startsWith(`${folder}/`)).flatMap((file) =>
    foldersReached(file)
      .filter((reached) => !allowed.includes(reached))
      .map((reached) => `${file} imports ${reached}/`),
  )
  expect(faults).toEqual([])
})

test('smart does no input or output: it imports no Node module and no package', () => {
  const faults = PRODUCT.filter((file) => file.startsWith('smart/')).flatMap((file) =>
    importsOf(file)
      .filter((specifier) => !specifier.startsWith('.'))
      .map((specifier) => `${file} imports ${specifier}`),
  )
  expect(faults).toEqual([])
})

test('relative imports name a file with its ending', () => {
  const faults = SOURCES.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith('.') && !/\.(ts|json)$/.test(specifier))
      .map((specifier) => `${file} imports ${specifier}`),
  )
  expect(faults).toEqual([])
})

test('only main files read the environment', () => {
  const readers = PRODUCT.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('process.env'))
  expect(readers.filter((file) => !file.endsWith('main.ts'))).toEqual([])
})

test('OpenTelemetry is loaded only where it is on', () => {
  const users = PRODUCT.filter((file) => importsOf(file).some((specifier) => specifier.startsWith('@opentelemetry/')))
  expect(users.sort()).toEqual(['service/telemetry/log-record.ts', 'service/telemetry/open-telemetry.ts'])
  const importers = PRODUCT.filter((file) =>
    importsOf(file).some((one) => /\/(open-telemetry|log-record)\.ts$/.test(one)),
  )
  expect(importers.sort()).toEqual(['service/telemetry/open-telemetry.ts', 'service/telemetry/settings.ts'])
  expect(readFileSync(join(ROOT, 'service/telemetry/settings.ts'), 'utf8')).toContain(
    "await import('./open-telemetry.ts')",
  )
})
