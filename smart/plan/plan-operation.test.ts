import { describe, expect, test } from '@jest/globals'
import { type AccessClaims, compileAccess } from '../access/access.ts'
import { parseInteraction } from '../fhir/interaction.ts'
import { parametersOf, withBody } from '../fhir/operation.ts'
import { type Plan, plan } from './plan.ts'
import { type OperationRule, partsOf } from './plan-operation.ts'

const BASES = ['https://smart.example/fhir', 'http://upstream.example/r4']
const OF_PATIENT = { patient: 'ana', person: 'Patient/ana' }

function planOf(
  scope: string,
  request: string,
  who: Omit<AccessClaims, 'client_id' | 'scope'> = OF_PATIENT,
  operations?: ReadonlyMap<string, OperationRule>,
): Plan {
  const [method = '', path = ''] = request.split(' ')
  const parsed = parseInteraction(method, `/${path}`, '')
  if (!parsed.ok) throw new Error(parsed.message)
  const access = compileAccess({ client_id: 'app', scope, ...who })
  const settings = { panelLimit: 3, bases: BASES, ...(operations === undefined ? {} : { operations }) }
  return plan(access, { kind: 'patients', ids: new Set(['ana']) }, parsed.interaction, settings)
}

function summary(decided: Plan): string {
  if (decided.kind === 'deny') return [decided.reason, decided.smallestScope].filter(Boolean).join(' ')
  if (decided.kind === 'pass') {
    const { path, query } = decided.request
    return `${decided.method} ${path}${query.map(([name, value]) => ` ${name}=${value}`).join('')}`
  }
  if (decided.kind !== 'composed') return decided.kind
  const parts = partsOf(decided).map((part) => {
    if (part.kind === 'search') return `${part.type}?${part.parameters.map(([n, v]) => `${n}=${v}`).join('&')}`
    return part.kind === 'read' ? `${part.type}/${part.id}` : part.kind
  })
  return `${decided.as}: ${parts.join(', ')}`
}

describe('which operations there are', () => {
  test.each([
    [
      'ENF-43: everything of a patient',
      'patient/Patient.r patient/Goal.s',
      'GET Patient/ana/$everything',
      'gather: Patient/ana, Goal?patient=Patient/ana',
    ],
    ['ENF-43: by POST as well', 'patient/Patient.r', 'POST Patient/ana/$everything', 'gather: Patient/ana'],
    [
      'ENF-43: without the right to read patients',
      'patient/Goal.rs',
      'GET Patient/ana/$everything',
      'insufficient-scope patient/Patient.r',
    ],
    [
      'ENF-43: types that are asked for',
      'patient/*.rs',
      'GET Patient/ana/$everything?_type=Goal,AdverseEvent',
      'gather: Patient/ana, Goal?patient=Patient/ana, AdverseEvent?subject=Patient/ana',
    ],
    [
      'ENF-43: a type that no scope is for',
      'patient/Patient.rs',
      'GET Patient/ana/$everything?_type=Goal',
      'insufficient-scope patient/Goal.s',
    ],
    [
      'ENF-43: since, and dates of care',
      'patient/Patient.r patient/Goal.s patient/Coverage.s patient/MedicationRequest.s',
      'GET Patient/ana/$everything?_since=2026-01-01&start=2025&end=2026-02',
      'gather: Patient/ana, Goal?patient=Patient/ana&_lastUpdated=ge2026-01-01, MedicationRequest?patient=Patient/ana&_lastUpdated=ge2026-01-01&authoredon=ge2025&authoredon=le2026-02, Coverage?patient=Patient/ana&_lastUpdated=ge2026-01-01',
    ],
    ['ENF-43: what it does not take', 'patient/*.rs', 'GET Patient/ana/$everything?code=1', 'bad-parameter'],
    ['ENF-43: a parameter twice', 'patient/*.rs', 'GET Patient/ana/$everything?_type=Goal&_type=Flag', 'bad-parameter'],
    ['ENF-43: of all patients', 'patient/*.rs', 'GET Patient/$everything', 'not-supported'],
    ['ENF-43: of a visit', 'patient/*.rs', 'GET Encounter/1/$everything', 'not-supported'],
    [
      'ENF-27: a whole compartment',
      'patient/Patient.r patient/Goal.s',
      'GET Patient/ana/*',
      'gather: Patient/ana, Goal?patient=Patient/ana',
    ],
    [
      'ENF-27: of some types',
      'patient/*.rs',
      'GET Patient/ana/*?_type=Goal',
      'gather: Patient/ana, Goal?patient=Patient/ana',
    ],
    ['ENF-27: criteria mean nothing over all types', 'patient/*.rs', 'GET Patient/ana/*?code=1', 'bad-parameter'],
    [
      'ENF-46: the latest',
      'patient/Observation.rs',
      'GET Observation/$lastn?category=laboratory&max=3',
      'latest: Observation?category=laboratory&_sort=-date',
    ],
    [
      'ENF-46: the latest, without the right to search',
      'patient/Observation.r',
      'GET Observation/$lastn?code=1',
      'insufficient-scope patient/Observation.s',
    ],
    ['ENF-46: the latest of none', 'patient/Observation.s', 'GET Observation/$lastn?max=0', 'bad-parameter'],
    ['ENF-46: an order of its own', 'patient/Observation.s', 'GET Observation/$lastn?_sort=code', 'bad-parameter'],
    [
      'ENF-46: documents',
      'patient/DocumentReference.s',
      'GET DocumentReference/$docref?patient=ana',
      'search: DocumentReference?patient=ana&status=current&type=http://loinc.org|34133-9&_sort=-date&_count=1',
    ],
    [
      'ENF-46: documents of a time',
      'patient/DocumentReference.s',
      'GET DocumentReference/$docref?patient=ana&start=2025&end=2026&type=t',
      'search: DocumentReference?patient=ana&status=current&type=t&period=ge2025&period=le2026&_sort=-date',
    ],
    ['ENF-46: documents of nobody', 'patient/DocumentReference.s', 'GET DocumentReference/$docref', 'bad-parameter'],
    [
      'ENF-46: documents made on demand',
      'patient/DocumentReference.s',
      'GET DocumentReference/$docref?patient=ana&on-demand=true',
      'not-supported',
    ],
    ['ENF-45: validation', 'patient/Goal.c', 'POST Goal/$validate', 'validation: create'],
    [
      'ENF-45: validation, without the right to create',
      'patient/Goal.rs',
      'POST Goal/$validate',
      'insufficient-scope patient/Goal.c',
    ],
    ['ENF-45: validation of what is stored', 'patient/Goal.cruds', 'GET Goal/1/$validate', 'not-supported'],
    ['ENF-45: validation of a deletion', 'patient/Goal.cruds', 'POST Goal/$validate?mode=delete', 'bad-parameter'],
    [
      'ENF-46: terminology',
      'patient/ValueSet.r',
      'GET ValueSet/$expand?url=http://v',
      'GET ValueSet/$expand url=http://v',
    ],
    ['ENF-46: terminology of one', 'patient/ValueSet.r', 'GET ValueSet/x/$expand', 'GET ValueSet/x/$expand'],
    [
      'ENF-46: terminology without its scope',
      'patient/Patient.r',
      'GET CodeSystem/$lookup?code=1',
      'insufficient-scope patient/CodeSystem.r',
    ],
    ['ENF-46: terminology under a condition', 'patient/ValueSet.r?_tag=a', 'GET ValueSet/$expand', 'not-confinable'],
    ['ENF-42: an unknown one', 'patient/*.cruds', 'POST Patient/$match', 'not-supported'],
    ['ENF-42: of the server', 'patient/*.cruds', 'POST $graphql', 'not-supported'],
    ['ENF-42: a rule for one level is not for another', 'patient/*.cruds', 'GET CodeSystem/x/$lookup', 'not-supported'],
  ])('%s', (_name, scope, request, expected) => expect(summary(planOf(scope, request))).toBe(expected))
})

describe('what an operator allows', () => {
  const stated = new Map<string, OperationRule>([
    ['$reindex', 'unconfined'],
    ['Patient/$match', 'unconfined'],
    ['Patient/[id]/$everything', 'unconfined'],
  ])
  test.each<[string, string, string, Omit<AccessClaims, 'client_id' | 'scope'>, string]>([
    ['for a client that may do everything', 'system/*.cruds', 'POST Patient/$match', {}, 'POST Patient/$match'],
    ['with the type', 'system/Patient.cruds', 'POST Patient/$match', {}, 'POST Patient/$match'],
    ['not with less', 'system/Patient.rs', 'POST Patient/$match', {}, 'insufficient-scope system/Patient.cruds'],
    [
      'not under a condition',
      'system/Patient.cruds?_tag=a',
      'POST Patient/$match',
      {},
      'insufficient-scope system/Patient.cruds',
    ],
    [
      'not in the hands of a person',
      'user/*.cruds',
      'POST Patient/$match',
      { person: 'Practitioner/wei' },
      'not-supported',
    ],
    [
      'of the server only with all types',
      'system/Patient.cruds',
      'POST $reindex',
      {},
      'insufficient-scope system/*.cruds',
    ],
    [
      'what has a rule of ours keeps it',
      'system/*.rs',
      'GET Patient/ana/$everything?_type=Goal',
      {},
      'gather: Patient/ana, Goal?patient=Patient/ana',
    ],
    ['and what is not stated is denied', 'system/*.cruds', 'GET ValueSet/$expand', {}, 'not-supported'],
  ])('ENF-42: %s', (_name, scope, request, who, expected) =>
    expect(summary(planOf(scope, request, who, stated))).toBe(expected),
  )
})

describe('parameters of a body', () => {
  const of = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter })
  test.each<[string, unknown, unknown]>([
    [
      'primitives',
      of({ name: 'url', valueUri: 'http://v' }, { name: 'count', valueInteger: 5 }),
      [
        ['url', 'http://v'],
        ['count', '5'],
      ],
    ],
    ['none', { resourceType: 'Parameters' }, []],
    ['a resource', of({ name: 'valueSet', resource: { resourceType: 'ValueSet' } }), undefined],
    ['a coding', of({ name: 'coding', valueCoding: { code: '1' } }), undefined],
    ['parts', of({ name: 'p', part: [] }), undefined],
    ['two values', of({ name: 'p', valueCode: 'a', valueString: 'b' }), undefined],
    ['an object where a text should stand', of({ name: 'p', valueCode: {} }), undefined],
    ['another resource', { resourceType: 'Patient' }, undefined],
    ['nothing', undefined, undefined],
  ])('%s', (_name, body, expected) => expect(parametersOf(body)).toEqual(expected))

  test('$validate has its resource beside them', () => {
    const operation = { kind: 'operation', name: '$validate', type: 'Goal', method: 'POST', parameters: [] } as const
    const body = of({ name: 'resource', resource: {} }, { name: 'profile', valueUri: 'http://p' })
    expect(withBody(operation, body).body).toEqual([['profile', 'http://p']])
    expect(withBody(operation, { resourceType: 'Goal' }).body).toEqual([])
    expect(withBody({ ...operation, name: '$expand' }, body).body).toBe('other')
  })
})
