import { describe, expect, test } from '@jest/globals'
import { compileAccess } from '../access/access.ts'
import type { Reach } from '../access/reach.ts'
import { judgeIncluded, planInclude } from '../plan/plan-include.ts'
import { elementsOf, type Include, isInclude, namedBy, parseInclude, wantedBy } from './includes.ts'
import { findReferenceElement } from './resource-types.ts'

const BASES = ['https://smart.example/fhir', 'http://upstream.internal/r4']
const settings = { panelLimit: 2, bases: BASES }
const none: Reach = { kind: 'none' }
const panel = (...ids: string[]): Reach => ({ kind: 'patients', ids: new Set(ids) })

function parsed(type: string, name: string, value: string): string {
  const result = parseInclude(type, [name, value])
  if (!result.ok) return result.reason
  const { direction, iterates, source, parameter, target } = result.include
  return [direction, ...(iterates ? ['iterates'] : []), source, parameter, ...(target ? [target] : [])].join(' ')
}
const include = (type: string, name: string, value: string): Include => {
  const result = parseInclude(type, [name, value])
  if (!result.ok) throw new Error(result.message)
  return result.include
}

describe('ENF-60: directives', () => {
  test.each([
    ['Observation', '_include', 'Observation:subject', 'forward Observation subject'],
    ['Observation', '_include', 'Observation:subject:Patient', 'forward Observation subject Patient'],
    ['Patient', '_revinclude', 'Provenance:target', 'reverse Provenance target'],
    ['Patient', '_revinclude', 'Provenance:target:Patient', 'reverse Provenance target Patient'],
    ['MedicationRequest', '_include:iterate', 'Medication:manufacturer', 'forward iterates Medication manufacturer'],
    ['MedicationRequest', '_include:recurse', 'Medication:manufacturer', 'forward iterates Medication manufacturer'],
    ['Patient', '_revinclude:iterate', 'Observation:encounter', 'reverse iterates Observation encounter'],
    ['Observation', '_include', '*', 'unsupported-parameter'],
    ['Observation', '_include', 'Observation:*', 'unsupported-parameter'],
    ['Observation', '_include', 'Observation:code', 'bad-parameter'],
    ['Observation', '_include', 'Observation:constructor', 'bad-parameter'],
    ['Observation', '_include', '__proto__:subject', 'bad-parameter'],
    ['Observation', '_include', 'observation:subject', 'bad-parameter'],
    ['Observation', '_include', 'Observation:subject:Nothing', 'bad-parameter'],
    ['Observation', '_include', 'Observation:subject:Encounter', 'bad-parameter'],
    ['Observation', '_include', 'Encounter:subject', 'bad-parameter'],
    ['Observation', '_include:exact', 'Observation:subject', 'bad-parameter'],
    ['Observation', '_revinclude', 'Encounter:patient', 'bad-parameter'],
    ['Observation', '_revinclude', 'Provenance:target:Patient', 'bad-parameter'],
  ])('%s?%s=%s: %s', (type, name, value, expected) => expect(parsed(type, name, value)).toBe(expected))

  test('which parameters are includes', () =>
    expect(['_include', '_revinclude:iterate', '_included', 'include', '_includes:x'].map(isInclude)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]))
})

describe('what a record names', () => {
  test.each<[string, string, object, string[]]>([
    ['Observation', 'subject', { subject: { reference: 'Patient/a' } }, ['Patient/a']],
    ['Observation', 'patient', { subject: { reference: 'Group/a' } }, []],
    ['Observation', 'subject', { subject: { reference: `${BASES[0]}/Patient/a/_history/2` } }, ['Patient/a']],
    ['Observation', 'subject', { subject: { reference: 'https://other.example/Patient/a' } }, []],
    ['Observation', 'subject', { subject: { reference: '#a' } }, []],
    ['Observation', 'subject', { subject: { identifier: { value: 'a' } } }, []],
    ['Observation', 'subject', { subject: 'Patient/a' }, []],
    ['MedicationRequest', 'medication', { medicationReference: { reference: 'Medication/m' } }, ['Medication/m']],
    ['MedicationRequest', 'medication', { medicationCodeableConcept: { text: 'Medication/m' } }, []],
    [
      'Encounter',
      'participant',
      { participant: [{ individual: { reference: 'Practitioner/p' } }, {}, null] },
      ['Practitioner/p'],
    ],
    ['CareTeam', 'participant', { participant: [{ member: { reference: 'Patient/a' } }] }, ['Patient/a']],
    [
      'Provenance',
      'target',
      { target: [{ reference: 'Patient/a' }, { reference: 'Encounter/e' }] },
      ['Patient/a', 'Encounter/e'],
    ],
  ])('%s:%s of %j', (resourceType, parameter, content, expected) => {
    const named = namedBy({ resourceType, ...content }, parameter, BASES)
    expect(named.map(({ type, id }) => `${type}/${id}`)).toEqual(expected)
  })

  test.each([
    'AllergyIntolerance:patient',
    'CareTeam:participant',
    'DiagnosticReport:result',
    'DocumentReference:author',
    'Encounter:location',
    'Goal:patient',
    'Immunization:patient',
    'MedicationDispense:prescription',
    'MedicationRequest:medication',
    'PractitionerRole:endpoint',
    'PractitionerRole:practitioner',
    'Procedure:encounter',
    'Provenance:target',
    'ServiceRequest:requester',
  ])('US Core’s %s can be followed', (name) => {
    const [type = '', parameter = ''] = name.split(':')
    expect(findReferenceElement(type, parameter)?.paths.length).toBeGreaterThan(0)
  })

  test('each value once, forward together by type, in order', () => {
    const of = (id: string, encounter: string) => ({
      resourceType: 'Observation',
      id,
      subject: { reference: 'Patient/a' },
      encounter: { reference: `Encounter/${encounter}` },
    })
    const includes = [
      include('Observation', '_include', 'Observation:encounter'),
      include('Observation', '_include', 'Observation:subject'),
      include('Observation', '_include', 'Observation:patient'),
      include('Observation', '_revinclude', 'Provenance:target'),
      include('Observation', '_revinclude:iterate', 'Observation:encounter'),
    ]
    expect(wantedBy(includes, [of('1', 'y'), of('2', 'x'), of('3', 'y'), null], BASES)).toEqual({
      forward: [
        { type: 'Encounter', parameter: '_id', values: ['y', 'x'] },
        { type: 'Patient', parameter: '_id', values: ['a'] },
      ],
      reverse: [
        { type: 'Provenance', parameter: 'target', values: ['Observation/1', 'Observation/2', 'Observation/3'] },
      ],
    })
    expect(elementsOf(includes, 'Observation')).toEqual(['encounter', 'subject', 'subject'])
  })
})

describe('planInclude', () => {
  const searches = (scope: string, wanted: [string, string, string[]], reach: Reach = none) => {
    const access = compileAccess({ client_id: 'app', scope, patient: 'alice', person: 'Practitioner/wei' })
    const [type, parameter, values] = wanted
    const planned = planInclude(access, reach, { type, parameter, values }, settings)
    if ('kind' in planned) return planned.reason
    return planned.map(({ request: { path, query }, guard }) => {
      const by = guard.by === 'targets' ? ' by targets' : ''
      return `${path}?${query.map(([name, value]) => `${name}=${value}`).join('&')}${by}`
    })
  }
  test.each<[string, string, [string, string, string[]], Reach, string[] | string]>([
    [
      'by id, confined',
      'patient/*.r',
      ['Encounter', '_id', ['x', 'y']],
      none,
      ['Encounter?_id=x,y&_count=2&patient=Patient/alice'],
    ],
    ['a shared type', 'patient/*.s', ['Practitioner', '_id', ['x']], none, ['Practitioner?_id=x&_count=1']],
    ['no scope', 'patient/Patient.rs', ['Encounter', '_id', ['x']], none, []],
    ['writing is not reading', 'patient/Encounter.cud', ['Encounter', '_id', ['x']], none, []],
    ['no reach', 'user/*.rs', ['Encounter', '_id', ['x']], none, []],
    ['no way to confine', 'patient/*.rs', ['Binary', '_id', ['x']], none, []],
    ['several patients named', 'patient/*.rs', ['Person', '_id', ['x']], none, []],
    [
      'backwards',
      'patient/*.s',
      ['Encounter', 'patient', ['Patient/alice']],
      none,
      ['Encounter?patient=Patient/alice&_count=1000&patient=Patient/alice'],
    ],
    ['backwards without searching', 'patient/*.r', ['Encounter', 'patient', ['Patient/alice']], none, []],
    [
      'ENF-86: provenance',
      'patient/*.s',
      ['Provenance', 'target', ['Patient/alice']],
      none,
      ['Provenance?target=Patient/alice&_count=1000 by targets'],
    ],
    ['ENF-86: never by id alone', 'patient/*.rs', ['Provenance', '_id', ['x']], none, []],
    ['ENF-86: no audit events', 'patient/*.rs', ['AuditEvent', 'entity', ['Patient/alice']], none, []],
    [
      'a panel',
      'user/*.rs',
      ['Encounter', '_id', ['x']],
      panel('a', 'b'),
      ['Encounter?_id=x&_count=1&patient=Patient/a,Patient/b'],
    ],
    ['a panel beyond the limit', 'user/*.rs', ['Encounter', '_id', ['x']], panel('a', 'b', 'c'), 'too-costly'],
    [
      'conditions that do not join',
      'patient/Observation.rs?category=a patient/Observation.rs?code=b',
      ['Observation', '_id', ['x']],
      none,
      [
        'Observation?_id=x&_count=1&category=a&patient=Patient/alice',
        'Observation?_id=x&_count=1&code=b&patient=Patient/alice',
      ],
    ],
  ])('%s', (_name, scope, wanted, reach, expected) => {
    const found = searches(scope, wanted, reach)
    expect(Array.isArray(found) ? [...new Set(found)] : found).toEqual(expected)
  })

  test('judged by itself: what was asked for and is about the patient', () => {
    const access = compileAccess({ client_id: 'app', scope: 'patient/*.rs', patient: 'alice' })
    const planned = planInclude(access, none, { type: 'Encounter', parameter: '_id', values: ['x', 'y'] }, settings)
    const guard = 'kind' in planned ? undefined : planned[0]?.guard
    if (guard === undefined) throw new Error('none planned')
    const of = (id: string, patient: string) => ({
      resource: { resourceType: 'Encounter', id, subject: { reference: `Patient/${patient}` } },
    })
    const judge = (...entry: object[]) => judgeIncluded(guard, { resourceType: 'Bundle', type: 'searchset', entry })
    expect(judge(of('x', 'bob'), of('y', 'alice'))).toEqual({ kind: 'pass', positions: [1] })
    expect(judge(of('z', 'alice'))).toMatchObject({ reason: 'unasked-entry' })
    expect(judge({ resource: { resourceType: 'Patient', id: 'x' } })).toMatchObject({ reason: 'foreign-entry' })
    expect(judgeIncluded(guard, null)).toMatchObject({ reason: 'not-a-searchset' })
  })
})
