// Dashboards and alert rules are about metrics that the services send, told apart by what these are told apart by; and every
// metric is on a dashboard.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { anchorOf } from '../scripts/docs/page.ts'
import { METRICS, type Metric } from '../service/telemetry/metrics.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const ALL = Object.values<Metric>(METRICS)

/** As OpenTelemetry's metrics are named in Prometheus: with their unit, and `_total` for what only grows. */
function prometheusNames({ name, kind, unit }: Metric): string[] {
  const suffix = unit === 's' ? '_seconds' : unit === '1' && kind === 'gauge' ? '_ratio' : ''
  const base = `${name.replaceAll('.', '_')}${suffix}`
  if (kind === 'counter') return [`${base}_total`]
  return kind === 'gauge' ? [base] : ['bucket', 'count', 'sum'].map((part) => `${base}_${part}`)
}

const KNOWN = new Map(ALL.flatMap((metric) => prometheusNames(metric).map((name) => [name, metric] as const)))
/** What each series has besides. */
const OF_ALL = ['service_name', 'service_instance_id', 'le']

function faultsOf(expression: string): string[] {
  const names = [...expression.matchAll(/\bsmart_\w+/g)].map(([name]) => name)
  const labels = [
    ...[...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
      list.split(',').map((one) => one.trim()),
    ),
    ...[...expression.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label),
  ]
  const apart = [...OF_ALL, ...names.flatMap((name) => KNOWN.get(name)?.attributes ?? [])]
  return [...names.filter((name) => !KNOWN.has(name)), ...labels.filter((label) => !apart.includes(label))]
}

type Rule = { alert: string; expr: string; annotations: { runbook: string } }
const rules = (parse(read('operate/dashboards/alert-rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
)
const panels = (
  JSON.parse(read('operate/dashboards/grafana.json')) as { panels: { title: string; targets: { expr: string }[] }[] }
).panels
const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
const queries = (
  JSON.parse(read('operate/dashboards/azure-workbook.json')) as { items: { content: { query?: string } }[] }
).items.flatMap(({ content }) => content.query ?? [])

test('what is not ours is found', () => {
  expect(faultsOf('sum by (patient) (rate(smart_nothing_total{interaction="read"}[5m]))')).toEqual([
    'smart_nothing_total',
    'patient',
    'interaction',
  ])
})

describe('Grafana', () => {
  test.each(expressions)('%s', (expression) => {
    expect(faultsOf(expression)).toEqual([])
  })
  test('every metric is on it', () => {
    const shown = expressions.join('\n')
    expect(ALL.filter((metric) => !prometheusNames(metric).some((name) => shown.includes(name)))).toEqual([])
  })
})

describe('Azure workbook', () => {
  test.each(queries)('%s', (query) => {
    const [, name] = /^AppMetrics \| where Name == '([\w.]+)'/.exec(query) ?? []
    const metric = ALL.find((one) => one.name === name)
    const used = [...query.matchAll(/Properties\.(\w+)/g)].map(([, attribute = '']) => attribute)
    expect([name, used.filter((one) => metric?.attributes.includes(one) !== true)]).toEqual([metric?.name, []])
  })
  test('every metric is on it', () => {
    const shown = queries.join('\n')
    expect(ALL.filter(({ name }) => !shown.includes(`'${name}'`))).toEqual([])
  })
})

describe('alert rules', () => {
  test.each(rules)('$alert', ({ expr, annotations }) => {
    expect(faultsOf(expr)).toEqual([])
    const [file = '', anchor = ''] = annotations.runbook.split('#')
    const headings = [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
    expect(headings).toContain(anchor)
  })
  test('are the same as those that go by lines of the log', () => {
    const ofLog = (JSON.parse(read('infra/alerts.json')) as { name: string }[]).map(({ name }) => name)
    expect(rules.map(({ alert }) => alert).sort()).toEqual(ofLog.sort())
  })
})
