// docs/reference.md: every setting, endpoint of discovery, reason, problem, event and metric, as the code has them. Pure, but for reading our own sources.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { authServerSettings } from '../../auth-server/config.ts'
import { problemWords } from '../../consent-ui/index.ts'
import { proxySettings } from '../../proxy/config.ts'
import { METRICS, type Metric } from '../../service/telemetry/metrics.ts'
import { ENDPOINTS } from '../../smart/discovery.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** Files that hold settings, as their docstrings explain them. */
export const SETTING_FILES: readonly string[] = [
  'auth-server/config.ts',
  'proxy/config.ts',
  'service/settings.ts',
  'service/telemetry/settings.ts',
  ...readdirSync(join(ROOT, 'proxy/settings'))
    .filter((name) => name.endsWith('-settings.ts'))
    .map((name) => `proxy/settings/${name}`),
]

type Setting = { name: string; services: string[]; fallback: string; meaning: string }

const DOCUMENTED =
  /^ {2,4}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n((?: {2,4}[A-Z][A-Z0-9_]+:(?:(?!\n {2,4}(?:\/\*\*|\.\.\.|\}))[\s\S])*)+)/gm

/** What stands above each setting; one sentence may stand for all that follow until the next. */
function meanings(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const file of SETTING_FILES)
    for (const [, comment = '', members = ''] of read(file).matchAll(DOCUMENTED)) {
      const meaning = comment.replaceAll(/\s*\n\s*\* ?/g, ' ').trim()
      for (const [, name = ''] of members.matchAll(/^ {2,4}([A-Z][A-Z0-9_]+):/gm)) found.set(name, meaning)
    }
  return found
}

/** @returns `needed`, `none`, or the value */
function fallbackOf(schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined)
  if (!parsed.success) return 'needed'
  const { data } = parsed
  if (data === undefined) return 'none'
  if (Array.isArray(data)) return data.length === 0 ? 'none' : `\`${data.join(',')}\``
  return `\`${String(data)}\``
}

export function settings(): Setting[] {
  const known = meanings()
  const all = new Map<string, Setting>()
  for (const [service, { shape }] of [
    ['auth-server', authServerSettings],
    ['proxy', proxySettings],
  ] as const)
    for (const [name, schema] of Object.entries<z.ZodType>(shape)) {
      const one = all.get(name) ?? { name, services: [], fallback: '', meaning: known.get(name) ?? '' }
      const fallback = fallbackOf(schema)
      one.fallback = one.fallback === '' || one.fallback === fallback ? fallback : `${one.fallback}; ${fallback}`
      one.services.push(service)
      all.set(name, one)
    }
  return [...all.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** The members of a union type of codes, each with what stands above it. */
function codesOf(file: string, type: string): string[] {
  const [, members = ''] = new RegExp(`export type ${type} =\\n((?: {2}[|/].*\\n)+)`).exec(read(file)) ?? []
  return [...members.matchAll(/'([a-z-]+)'/g)].map(([, code = '']) => code)
}

/** Of change events, by what was done. */
function eventTypes(): string[] {
  const [, actions = ''] = / {2}action: (.*)\n/.exec(read('proxy/events/change.ts')) ?? []
  return [...actions.matchAll(/'([a-z]+)'/g)].map(([, action = '']) => `org.hl7.fhir.resource.${action}`)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const code = (text: string): string => `\`${text}\``

export function metricsTable(): string {
  return table(
    ['Metric', 'Kind', 'Unit', 'From', 'Told apart by', 'What it says'],
    Object.values<Metric>(METRICS).map(({ name, kind, unit, services, attributes, description }) => [
      code(name),
      kind,
      unit === '1' ? '' : unit,
      services.join(', '),
      attributes.map(code).join(', '),
      description,
    ]),
  )
}

export function referencePage(): string {
  const sections: [string, string][] = [
    [
      'Settings',
      `Each with what its service takes when it is not set. [Settings](settings.md) says more of them.\n\n${table(
        ['Setting', 'Service', 'Default', 'Meaning'],
        settings().map(({ name, services, fallback, meaning }) => [code(name), services.join(', '), fallback, meaning]),
      )}`,
    ],
    [
      'Endpoints of discovery',
      `Below the issuer. [Endpoints](endpoints.md) has all others, \`/openapi.json\` those of our APIs.\n\n${table(
        ['Endpoint', 'Path'],
        Object.entries(ENDPOINTS).map(([name, path]) => [name, code(path)]),
      )}`,
    ],
    [
      'Reasons of refusals',
      `Of the proxy, in audit records, decisions and telemetry: ${codesOf('smart/plan/deny.ts', 'DenyReason').map(code).join(', ')}.\n\nOf scopes that are not granted, in \`__trimmed\`: ${codesOf(
        'smart/access/granting.ts',
        'DropReason',
      )
        .map(code)
        .join(', ')}.`,
    ],
    [
      'Problem pages',
      `What people are shown in place of a page. [Errors](endpoints.md) says when.\n\n${table(
        ['Code', 'What it says'],
        Object.entries(problemWords('en')).flatMap(([name, words]) =>
          typeof words === 'object' && 'title' in words ? [[code(name), words.title]] : [],
        ),
      )}`,
    ],
    [
      'Change events',
      `Types of [change events](change-events.md), as CloudEvents: ${eventTypes().map(code).join(', ')}.`,
    ],
    ['Metrics', `Sent over [OTLP](telemetry.md).\n\n${metricsTable()}`],
  ]
  const body = sections.map(([title, text]) => `## ${title}\n${text}\n`).join('\n')
  return `# Reference, made from the code\n\nWritten by \`npm run docs -- --write\`; a test fails when it is not what the code says.\n\n${body}`
}
