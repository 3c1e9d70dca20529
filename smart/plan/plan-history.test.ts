import { describe, expect, test } from '@jest/globals'
import { compileAccess } from '../access/access.ts'
import type { Reach } from '../access/reach.ts'
import { parseInteraction } from '../fhir/interaction.ts'
import { judgeSearchset } from './guard.ts'
import { type Plan, plan } from './plan.ts'
import { parseHistoryParameters } from './plan-history.ts'
import { type VersionsGuard, visibleVersions } from './versions.ts'

const BASES = ['https://smart.example/fhir', 'http://upstream.internal/r4']
const none: Reach = { kind: 'none' }
const all: Reach = { kind: 'all' }

function decided(scope: string, request: string, reach: Reach = none, who: object = { patient: 'alice' }): Plan {
  const parsed = parseInteraction('GET', request, '')
  if (!parsed.ok) throw new Error(parsed.message)
  const access = compileAccess({ client_id: 'app', scope, ...who })
  return plan(access, reach, parsed.interaction, { panelLimit: 3, bases: BASES })
}
function summary(of: Plan): string {
  if (of.kind === 'deny') return [of.reason, of.smallestScope].filter(Boolean).join(' ')
  if (of.kind !== 'forward') return of.kind
  const query = of.request.query.map(([name, value]) => `${name}=${value}`).join('&')
  return `${of.before.map(({ path }) => `${path}, `).join('')}${of.request.path}?${query}`
}
const nora = { person: 'Practitioner/nora' }
const itself = {}

describe('plan', () => {
  test.each<[string, string, string, Reach, object, string]>([
    [
      'ENF-22: the current version first',
      'patient/Observation.r',
      '/Observation/1/_history?_count=5',
      none,
      { patient: 'alice' },
      'Observation/1, Observation/1/_history?_count=1000',
    ],
    [
      'ENF-22: searching is not reading',
      'patient/Observation.s',
      '/Observation/1/_history',
      none,
      { patient: 'alice' },
      'insufficient-scope patient/Observation.r',
    ],
    ['ENF-22: no way to confine', 'patient/*.rs', '/Binary/1/_history', none, { patient: 'alice' }, 'not-confinable'],
    ['ENF-22: no reach', 'user/*.rs', '/Observation/1/_history', none, nora, 'outside-reach'],
    [
      'ENF-22: an odd parameter',
      'patient/*.rs',
      '/Observation/1/_history?_at=2020',
      none,
      { patient: 'alice' },
      'bad-parameter',
    ],
    ['ENF-23: confined', 'patient/*.rs', '/Observation/_history', none, { patient: 'alice' }, 'not-supported'],
    [
      'ENF-23: a type that all may see',
      'patient/*.rs',
      '/Practitioner/_history',
      none,
      { patient: 'alice' },
      'not-supported',
    ],
    ['ENF-23: a clinician with reach to all', 'user/*.rs', '/Observation/_history', all, nora, 'not-supported'],
    [
      'ENF-23: a client for itself',
      'system/Observation.s',
      '/Observation/_history?_since=2026-01-01',
      none,
      itself,
      'Observation/_history?_count=100&_since=2026-01-01',
    ],
    [
      'ENF-23: under a condition',
      'system/Observation.s?category=lab',
      '/Observation/_history',
      none,
      itself,
      'not-supported',
    ],
    [
      'ENF-23: reading is not enough',
      'system/Observation.r',
      '/Observation/_history',
      none,
      itself,
      'insufficient-scope system/Observation.s',
    ],
    ['ENF-24: a client for itself', 'system/*.rs', '/_history', none, itself, '_history?_count=100'],
    ['ENF-24: with some types', 'system/Observation.rs', '/_history', none, itself, 'insufficient-scope system/*.s'],
    ['ENF-24: confined', 'patient/*.rs', '/_history', none, { patient: 'alice' }, 'not-supported'],
    ['ENF-24: a clinician', 'user/*.rs', '/_history', all, nora, 'not-supported'],
    [
      'ENF-28: a client for itself',
      'system/*.rs',
      '/?_type=Patient,Encounter&_lastUpdated=gt2020',
      none,
      itself,
      '?_type=Patient,Encounter&_lastUpdated=gt2020',
    ],
    [
      'ENF-28: each type once',
      'system/*.rs',
      '/?_type=Patient,Patient&_count=0',
      none,
      itself,
      '?_type=Patient&_summary=count',
    ],
    ['ENF-28: without types', 'system/*.rs', '/', none, itself, 'not-supported'],
    [
      'ENF-28: a type without scope',
      'system/Patient.s',
      '/?_type=Patient,Encounter',
      none,
      itself,
      'insufficient-scope system/Encounter.s',
    ],
    ['ENF-28: confined', 'patient/*.rs', '/?_type=Patient', none, { patient: 'alice' }, 'not-supported'],
    ['ENF-28: a clinician', 'user/*.rs', '/?_type=Patient', all, nora, 'not-supported'],
    [
      'ENF-28: a parameter of one type alone',
      'system/*.rs',
      '/?_type=Patient,Encounter&birthdate=2000',
      none,
      itself,
      'bad-parameter',
    ],
    [
      'ENF-28: includes',
      'system/*.rs',
      '/?_type=Patient&_revinclude=Observation:subject',
      none,
      itself,
      'not-supported',
    ],
    [
      'ENF-27: the patient as one more condition',
      'patient/*.rs',
      '/Patient/bob/Observation?code=x',
      none,
      { patient: 'alice' },
      'Observation?patient=Patient/bob&code=x&patient=Patient/alice',
    ],
    [
      'ENF-27: of the patient alone',
      'patient/*.rs',
      '/Patient/bob/Patient',
      none,
      { patient: 'alice' },
      'Patient?_id=bob&_id=alice',
    ],
    [
      'ENF-27: of its own parameter',
      'patient/*.rs',
      '/Patient/alice/Coverage',
      none,
      { patient: 'alice' },
      'Coverage?patient=Patient/alice&patient=Patient/alice',
    ],
    ['ENF-27: all of it', 'patient/*.rs', '/Patient/alice/*', none, { patient: 'alice' }, 'composed'],
    [
      'ENF-27: another compartment',
      'patient/*.rs',
      '/Encounter/1/Observation',
      none,
      { patient: 'alice' },
      'not-supported',
    ],
    [
      'ENF-27: the scope counts',
      'patient/Patient.rs',
      '/Patient/alice/Observation',
      none,
      { patient: 'alice' },
      'insufficient-scope patient/Observation.s',
    ],
  ])('%s: %s, %s', (_name, scope, request, reach, who, expected) =>
    expect(summary(decided(scope, request, reach, who))).toBe(expected),
  )
})

test.each<[string, readonly (readonly [string, string])[], object | undefined]>([
  ['none', [], { count: 100 }],
  ['a page size, capped', [['_count', '5000']], { count: 1000 }],
  ['a date', [['_since', '2026-01-01']], { count: 100, since: '2026-01-01' }],
  ['an instant', [['_since', '2026-01-01T10:00:00.5+01:00']], { count: 100, since: '2026-01-01T10:00:00.5+01:00' }],
  ['an instant without a zone', [['_since', '2026-01-01T10:00:00']], undefined],
  ['no date', [['_since', '2026-13-41']], undefined],
  [
    'twice',
    [
      ['_since', '2026-01-01'],
      ['_since', '2026-01-02'],
    ],
    undefined,
  ],
  ['none on a page', [['_count', '0']], undefined],
  ['another', [['_at', '2020']], undefined],
])('parameters of a history: %s', (_name, parameters, expected) =>
  expect(parseHistoryParameters(parameters)).toEqual(expected),
)

describe('ENF-22: which versions are shown', () => {
  const guard: VersionsGuard = {
    kind: 'versions',
    type: 'Observation',
    id: '1',
    allowances: [{ patients: new Set(['alice']), filter: [] }],
    bases: BASES,
  }
  const of = (patient: string, id = '1') => ({
    resource: { resourceType: 'Observation', id, subject: { reference: `Patient/${patient}` } },
  })
  const deletion = { request: { method: 'DELETE' } }
  test.each<[string, readonly (object | null)[], boolean, number[] | undefined]>([
    ['all', [of('alice'), of('alice')], false, [0, 1]],
    ['without those of another', [of('alice'), of('bob'), of('alice')], false, [0, 2]],
    ['nor of another record', [of('alice'), of('alice', '2')], false, [0]],
    ['a deletion among one’s own', [of('alice'), deletion, of('alice')], false, [0, 1, 2]],
    ['no deletion beside another’s', [of('alice'), deletion, of('bob')], false, [0]],
    ['nothing without a method', [of('alice'), {}, null], false, [0]],
    ['deleted, and one’s own', [deletion, of('alice')], true, [0, 1]],
    ['deleted, and another’s once', [deletion, of('alice'), of('bob')], true, undefined],
    ['deleted, and nothing known', [deletion], true, undefined],
    ['nothing at all', [], true, undefined],
    ['a record that is null', [{ resource: null, request: { method: 'DELETE' } }], true, undefined],
  ])('%s', (_name, entries, isDeleted, expected) =>
    expect(visibleVersions(guard, entries, isDeleted)).toEqual(expected),
  )
})

describe('lists that nothing confines', () => {
  const judge = (bundle: 'searchset' | 'history', types: string[], answer: unknown) =>
    judgeSearchset({ kind: 'unconfined', bundle, types: new Set(types), bases: BASES }, answer).kind
  const set = (type: string, ...entry: unknown[]) => ({ resourceType: 'Bundle', type, entry })
  test.each<[string, 'searchset' | 'history', unknown, string]>([
    ['a type that was asked for', 'searchset', set('searchset', { resource: { resourceType: 'Patient' } }), 'pass'],
    ['another', 'searchset', set('searchset', { resource: { resourceType: 'Encounter' } }), 'refuse'],
    [
      'an include',
      'searchset',
      set('searchset', { resource: { resourceType: 'Patient' }, search: { mode: 'include' } }),
      'refuse',
    ],
    ['a history for a search', 'searchset', set('history'), 'refuse'],
    [
      'a deletion in a search',
      'searchset',
      set('searchset', { request: { method: 'DELETE', url: 'Patient/1' } }),
      'refuse',
    ],
    ['a deletion', 'history', set('history', { request: { method: 'DELETE', url: 'Patient/1' } }), 'pass'],
    [
      'a deletion at the upstream’s address',
      'history',
      set('history', { request: { method: 'DELETE', url: `${BASES[1]}/Patient/1` } }),
      'pass',
    ],
    [
      'a deletion of another type',
      'history',
      set('history', { request: { method: 'DELETE', url: 'Encounter/1' } }),
      'refuse',
    ],
    ['an empty entry', 'history', set('history', {}), 'refuse'],
    ['null', 'history', null, 'refuse'],
  ])('%s', (_name, bundle, answer, expected) => expect(judge(bundle, ['Patient'], answer)).toBe(expected))
})
