// Small worlds, callers and requests, drawn by chance: a few patients whose records refer to one another in every way, and
// scopes of every form.
import fc from 'fast-check'
import type { Caller, Thing } from './oracle.ts'

const PATIENTS = ['alice', 'bob', 'carl']
const PRACTITIONERS = ['wei', 'ann']
const somePatient = fc.constantFrom(...PATIENTS)

/** Mostly to a patient, in the forms that count and in some that do not. */
const someSubject = fc
  .tuple(
    somePatient,
    fc.constantFrom(
      ...['Patient/?', 'Patient/?', 'Patient/?', 'Patient/?/_history/1'],
      ...['https://elsewhere.example/r4/Patient/?', 'Group/all', ''],
    ),
  )
  .map(([patient, form]) => (form === '' ? { display: patient } : to(form.replace('?', patient))))
const someStatus = fc.constantFrom('final', 'preliminary', 'amended')
const someConcept = fc
  .tuple(fc.constantFrom('http://c', 'http://d'), fc.constantFrom('lab', 'vital', 'x'))
  .map(([system, code]) => ({ coding: [{ system, code }] }))
const someDate = fc.constantFrom('2025', '2026-05', '2026-05-04', '2026-05-31', '2026-06-01', undefined)
const someEncounter = fc.constantFrom('e0', 'e1', 'e2', 'gone').map((id) => to(`Encounter/${id}`))

const KINDS: Record<string, fc.Arbitrary<object>> = {
  Observation: fc.record({
    status: someStatus,
    code: someConcept,
    category: fc.array(someConcept, { maxLength: 2 }),
    subject: someSubject,
    encounter: fc.option(someEncounter, { nil: undefined }),
    effectiveDateTime: someDate,
    performer: fc.array(
      fc.constantFrom('Practitioner/wei', 'Practitioner/ann', 'Patient/alice', 'Patient/bob').map(to),
      {
        maxLength: 2,
      },
    ),
  }),
  Encounter: fc
    .record({
      status: fc.constantFrom('finished', 'planned', 'cancelled'),
      subject: someSubject,
      participant: fc.array(
        fc.constantFrom(...PRACTITIONERS).map((id) => ({ individual: to(`Practitioner/${id}`) })),
        {
          maxLength: 1,
        },
      ),
    })
    .map((one) => ({ ...one, class: { code: 'AMB' } })),
  Condition: fc.record({
    code: someConcept,
    subject: someSubject,
    asserter: somePatient.map((id) => to(`Patient/${id}`)),
  }),
  MedicationRequest: fc
    .record({ subject: someSubject, status: fc.constantFrom('active', 'stopped') })
    .map((one) => ({ ...one, intent: 'order', medicationReference: to('Medication/m0') })),
  Coverage: fc
    .record({ beneficiary: someSubject, payor: fc.array(someSubject, { minLength: 1, maxLength: 1 }) })
    .map((one) => ({ ...one, status: 'active' })),
  Appointment: fc
    .array(someSubject, { minLength: 1, maxLength: 3 })
    .map((actors) => ({ status: 'booked', participant: actors.map((actor) => ({ actor, status: 'accepted' })) })),
  Account: fc.array(someSubject, { minLength: 1, maxLength: 2 }).map((subject) => ({ status: 'active', subject })),
}
const MOST = { Observation: 8, Encounter: 3 } as Record<string, number>

const someOfAll = fc.tuple(
  ...Object.entries(KINDS).map(([resourceType, kind]) =>
    fc.array(kind, { maxLength: MOST[resourceType] ?? 3 }).map((all) =>
      all.map(
        (one, at): Thing => ({
          resourceType,
          id: `${resourceType.charAt(0).toLowerCase()}${at}`,
          ...filled(one),
        }),
      ),
    ),
  ),
)
const somePeople = fc.tuple(...PATIENTS.map(() => fc.subarray(PRACTITIONERS))).map((treating) =>
  PATIENTS.map((id, at): Thing => {
    const practitioners = (treating[at] ?? []).map((one) => to(`Practitioner/${one}`))
    return { resourceType: 'Patient', id, ...filled({ generalPractitioner: practitioners }) }
  }),
)
const SHARED: readonly Thing[] = [
  ...PRACTITIONERS.map((id) => ({ resourceType: 'Practitioner', id })),
  { resourceType: 'Organization', id: 'ward', name: 'Ward' },
  { resourceType: 'Medication', id: 'm0', status: 'active' },
  {
    resourceType: 'Group',
    id: 'all',
    type: 'person',
    actual: true,
    member: PATIENTS.map((id) => ({ entity: to(`Patient/${id}`) })),
  },
]

export const someWorld: fc.Arbitrary<readonly Thing[]> = fc
  .tuple(somePeople, someOfAll)
  .map(([people, others]) => [...SHARED, ...people, ...others.flat()])

const TYPES = [...Object.keys(KINDS), 'Patient', 'Practitioner', 'Organization', 'Medication', 'Group']
const someFilter = fc.constantFrom(
  ...['', '', '?category=http://c|lab', '?category=vital', '?code=http://d|x,lab', '?status=final'],
  ...['?date=ge2026-05', '?date=lt2026-05-31', '?date=ne2026', '?_id=o0,o1,e0', '?performer=Practitioner/wei'],
  ...['?patient=Patient/alice', '?encounter=Encounter/e0', '?category=lab&status=final', '?value-quantity=5'],
)
const LETTERS = ['rs', 'rs', 'r', 's', 'read', '*', 'cruds', 'cud', 'write']
const someScope = fc.oneof(
  fc.constantFrom(...LETTERS).map((letters) => `*.${letters}`),
  fc.tuple(fc.constantFrom(...TYPES), fc.constantFrom(...LETTERS)).map((parts) => parts.join('.')),
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('rs', 'rs', 'r', 's', 'cruds'), someFilter)
      .map(([letters, filter]) => `Observation.${letters}${filter}`),
  },
  fc.constantFrom('Encounter.rs?status=finished', 'Encounter.s', 'Patient.rs', 'Encounter.rs'),
)
const scopesIn = (...contexts: string[]) =>
  fc
    .array(
      fc.tuple(fc.constantFrom(...contexts), someScope).map((parts) => parts.join('/')),
      { minLength: 2, maxLength: 6 },
    )
    .map((scopes) => scopes.join(' '))

/** Patients, clinicians with a panel, one with all, and clients that act for themselves; some with scopes of no use to them. */
export const someCaller: fc.Arbitrary<Caller> = fc.oneof(
  fc.tuple(scopesIn('patient', 'patient', 'user'), somePatient).map(([scope, patient]) => ({
    scope,
    patient,
    person: `Patient/${patient}`,
  })),
  fc.tuple(scopesIn('patient', 'user', 'user', 'system'), somePatient).map(([scope, patient]) => ({
    scope,
    patient,
    person: 'Practitioner/wei',
  })),
  scopesIn('user').map((scope) => ({ scope, person: 'Practitioner/ann' })),
  fc.tuple(scopesIn('user', 'patient'), somePatient).map(([scope, patient]) => ({
    scope,
    patient,
    person: 'Practitioner/nora',
  })),
  scopesIn('system', 'system', 'user').map((scope) => ({ scope })),
)

export type SmallRequest =
  | { kind: 'read'; type: string; id: string }
  | { kind: 'search'; type: string; criteria: readonly (readonly [string, string])[]; count: number }

/** Of the type, and now and then of another. */
const idsOf = (type: string): fc.Arbitrary<string> => {
  const known: Record<string, string[]> = {
    ...{ Patient: PATIENTS, Practitioner: PRACTITIONERS, Organization: ['ward'], Medication: ['m0'], Group: ['all'] },
  }
  const ids = known[type] ?? ['0', '1', '2'].map((at) => `${type.charAt(0).toLowerCase()}${at}`)
  return fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...ids) }, fc.constantFrom('alice', 'wei', 'o0', 'gone'))
}
const OBSERVATION_CRITERIA: readonly (readonly [string, string])[] = [
  ['category', 'lab'],
  ['category', 'http://c|lab,http://d|vital'],
  ['status', 'final'],
  ['date', 'ge2026-05'],
  ['date', 'sa2026-05-04'],
  ['patient', 'Patient/alice'],
  ['patient', 'Patient/bob'],
  ['performer', 'Patient/alice'],
  ['encounter', 'Encounter/e0'],
  ['encounter.status', 'finished'],
  ['encounter._id', 'e0,e1'],
  ['_id', 'o0,o2'],
]
const criteriaOf = (type: string) => {
  if (type === 'Observation') return OBSERVATION_CRITERIA
  if (type !== 'Encounter') return [['_id', 'alice,c0,m0,wei,a0']] as const
  return [
    ['status', 'finished'],
    ['_has:Observation:encounter:status', 'final'],
    ['_has:Observation:encounter:_id', 'o0'],
  ] as const
}
/** An account names several patients, which no search confines. */
const SEARCHED = [
  ...TYPES.filter((type) => type !== 'Account'),
  'Observation',
  'Observation',
  'Observation',
  'Encounter',
]

export const someRequest: fc.Arbitrary<SmallRequest> = fc.oneof(
  fc
    .constantFrom(...SEARCHED, 'Account')
    .chain((type) => fc.record({ kind: fc.constant('read' as const), type: fc.constant(type), id: idsOf(type) })),
  fc.constantFrom(...SEARCHED).chain((type) =>
    fc.record({
      kind: fc.constant('search' as const),
      type: fc.constant(type),
      criteria: fc.array(fc.constantFrom<readonly [string, string]>(...criteriaOf(type)), { maxLength: 2 }),
      count: fc.constantFrom(1, 2, 50),
    }),
  ),
)

function to(reference: string): { reference: string } {
  return { reference }
}

/** FHIR has no empty lists, and JSON no undefined. */
function filled(record: object): object {
  const isThere = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(record).filter(([, value]) => isThere(value)))
}
