import { describe, expect, test } from '@jest/globals'
import { DEFAULT_OPERATIONS } from '../smart/plan/plan-operation.ts'
import { acceptsJson } from './answers/format.ts'
import { parseConfig } from './config.ts'

const enough = {
  ISSUER: 'https://a',
  FHIR_BASE: 'https://a/fhir/',
  UPSTREAM_URL: 'http://b:80/r4/',
  TABLES_URL: 'http://t/',
}

describe('parseConfig', () => {
  test('safe defaults', () => {
    expect(parseConfig(enough)).toMatchObject({
      ok: true,
      config: {
        host: '127.0.0.1',
        fhirBase: 'https://a/fhir',
        upstreamUrl: 'http://b/r4',
        jwksUrl: 'https://a/jwks',
        practitionerReach: 'none',
        panelLimit: 500,
      },
    })
  })

  test('SEED-73: all faults at once, each naming its setting', () => {
    const parsed = parseConfig({
      ISSUER: 'nonsense',
      FHIR_BASE: 'ftp://x',
      PORT: '99999',
      PRACTITIONER_REACH: 'some',
      PANEL_LIMIT: '0',
      PAGING_SECRET: 'short',
      PRACTITIONER_REACH_ALL: 'Patient/x',
      OPERATIONS: 'everything',
    })
    const names = parsed.ok ? [] : parsed.faults.map((fault) => fault.split(/[.:]/)[0])
    expect(new Set(names)).toEqual(
      new Set([
        'ISSUER',
        'FHIR_BASE',
        'UPSTREAM_URL',
        'TABLES_URL',
        'PORT',
        'PRACTITIONER_REACH',
        'PANEL_LIMIT',
        'PAGING_SECRET',
        'PRACTITIONER_REACH_ALL',
        'OPERATIONS',
      ]),
    )
  })

  test.each<[string | undefined, unknown]>([
    [undefined, [...DEFAULT_OPERATIONS]],
    ['none', []],
    [
      'Patient/$match=unconfined, ValueSet/[id]/$expand=terminology',
      [
        ['Patient/$match', 'unconfined'],
        ['ValueSet/[id]/$expand', 'terminology'],
      ],
    ],
    ['Patient/$match', undefined],
    ['Patient/$match=all', undefined],
    ['Patient/1/$match=unconfined', undefined],
  ])('ENF-42: OPERATIONS %s', (OPERATIONS, expected) => {
    const parsed = parseConfig({ ...enough, OPERATIONS })
    expect(parsed.ok ? [...parsed.config.operations] : undefined).toEqual(expected)
  })

  test.each<[Record<string, string>, unknown]>([
    [{}, { sinks: ['table'] }],
    [{ AUDIT: 'none' }, { sinks: [] }],
    [{ AUDIT: 'log, upstream' }, { sinks: ['log', 'upstream'] }],
    [{ AUDIT: 'table,nowhere' }, ['AUDIT.1']],
    [{ AUDIT: 'event-hubs' }, ['AUDIT_HUB_NAME', 'AUDIT_HUB_NAMESPACE']],
    [
      { AUDIT: 'event-hubs', AUDIT_HUB_NAME: 'a', AUDIT_HUB_NAMESPACE: 'n', AUDIT_HUB_CONNECTION: 'c' },
      ['AUDIT_HUB_NAMESPACE'],
    ],
    [
      { AUDIT: 'event-hubs', AUDIT_HUB_NAME: 'a', AUDIT_HUB_NAMESPACE: 'n' },
      { sinks: ['event-hubs'], hub: { hub: 'a', namespace: 'n' } },
    ],
    [{ AUDIT_HUB_NAME: 'a', AUDIT_HUB_NAMESPACE: 'n' }, { sinks: ['table'] }],
  ])('SEED-66: %j', (given, expected) => {
    const parsed = parseConfig({ ...enough, ...given })
    if (!parsed.ok) return expect(parsed.faults.map((fault) => fault.split(':')[0])).toEqual(expected)
    const { sinks, hub } = parsed.config.audit
    expect({ sinks: [...sinks], ...(hub === undefined ? {} : { hub }) }).toEqual(expected)
  })
})

test.each([
  [undefined, [], true],
  ['', [], true],
  ['*/*', [], true],
  ['application/json', [], true],
  ['application/fhir+json;fhirVersion=4.0', [], true],
  ['application/fhir+xml, */*;q=0.1', [], true],
  ['application/fhir+xml', ['json'], true],
  [undefined, ['application/fhir json'], true],
  ['application/fhir+xml', [], false],
  ['text/html', [], false],
  ['application/json;q=0', [], false],
  ['application/json', ['xml'], false],
  [undefined, ['json', 'xml'], false],
  [undefined, ['ttl'], false],
])('Accept %s, _format %j: %s (ENF-12)', (accept, formats, expected) => {
  expect(acceptsJson(accept, formats)).toBe(expected)
})
