import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Access, compileAccess } from '../access/access.ts'
import type { Reach } from '../access/reach.ts'
import { parseInteraction } from '../fhir/interaction.ts'
import { allowsResource, judgeSearchset } from './guard.ts'
import { type Plan, plan } from './plan.ts'
import { judgeWrite } from './write.ts'

const BASES = ['https://smart.example/fhir', 'http://upstream.internal/r4']
const settings = { panelLimit: 3, bases: BASES }
const nobody: Reach = { kind: 'none' }
const everyone: Reach = { kind: 'all' }
const patients = (...ids: string[]): Reach => ({ kind: 'patients', ids: new Set(ids) })

/** Alice is in the launch context; the person acting is a practitioner, so that user clauses live by the reach given. */
function accessOf(
  scope: string,
  more: { patient?: string; person?: string } = { patient: 'alice', person: 'Practitioner/wei' },
): Access {
  return compileAccess({ client_id: 'app', scope, ...more })
}

function planOf(scope: string, request: string, reach: Reach = nobody, access = accessOf(scope)): Plan {
  const [method = '', path = ''] = request.split(' ')
  const parsed = parseInteraction(method, `/fhir/${path}`, '/fhir')
  if (!parsed.ok) throw new Error(parsed.message)
  return plan(access, reach, parsed.interaction, settings)
}

function summary(decided: Plan): string {
  if (decided.kind === 'deny') return `deny:${decided.reason}`
  if (decided.kind === 'write') return `${decided.interaction} ${decided.type}/${decided.id ?? ''}`
  if (decided.kind === 'composed') return decided.as
  if (decided.kind === 'chain') {
    const followed = decided.hops.map(({ chain, searches }) => `${chain.parameter} of (${searches.map(summary)})`)
    return [summary(decided.restPlan), ...followed].join(' with ')
  }
  const requests = decided.kind === 'merge' ? decided.searches.map(({ request }) => request) : [decided.request]
  return requests
    .map(({ path, query }) => {
      const printed = query.map(([name, value]) => `${name}=${value}`).join('&')
      return printed === '' ? path : `${path}?${printed}`
    })
    .join(' + ')
}

const observationOf = (patient: string, category = 'lab') => ({
  resourceType: 'Observation',
  id: '1',
  category: [{ coding: [{ system: 'http://c', code: category }] }],
  subject: { reference: `Patient/${patient}` },
})

describe('plan', () => {
  test.each<[string, string, string, Reach, string]>([
    ['patient clause, read', 'patient/Observation.r', 'GET Observation/1', nobody, 'Observation/1'],
    ['patient clause, v1', 'patient/*.read', 'GET Observation/1', nobody, 'Observation/1'],
    ['patient clause, search', 'patient/Observation.s', 'GET Observation', nobody, 'Observation?patient=Patient/alice'],
    ['the patient record itself', 'patient/Patient.rs', 'GET Patient', nobody, 'Patient?_id=alice'],
    [
      "the client's own patient= stays beside ours",
      'patient/*.rs',
      'GET Observation?patient=bob',
      nobody,
      'Observation?patient=bob&patient=Patient/alice',
    ],
    ["the client's own _id= too", 'patient/*.rs', 'GET Patient?_id=bob', nobody, 'Patient?_id=bob&_id=alice'],
    [
      'our absolute URLs are made relative',
      'patient/*.rs',
      'GET Observation?subject=https://smart.example/fhir/Patient/bob',
      nobody,
      'Observation?subject=Patient/bob&patient=Patient/alice',
    ],
    [
      'a type confined by another parameter',
      'patient/*.rs',
      'GET AdverseEvent',
      nobody,
      'AdverseEvent?subject=Patient/alice',
    ],
    [
      'a condition goes upstream as its own parameter (ENF-67, SCP-07)',
      'patient/Observation.rs?category=http://c|lab',
      'GET Observation?category=x',
      nobody,
      'Observation?category=x&category=http://c|lab&patient=Patient/alice',
    ],
    [
      'dates and references are conditions too (SCP-08)',
      'patient/Observation.rs?date=ge2026&performer=Practitioner/wei',
      'GET Observation?_elements=code',
      nobody,
      'Observation?_elements=id,code,subject,effective,performer&date=ge2026&performer=Practitioner/wei&patient=Patient/alice',
    ],
    [
      'conditions on every type (SCP-08)',
      'patient/*.rs?_lastUpdated=ge2026',
      'GET Practitioner',
      nobody,
      'Practitioner?_lastUpdated=ge2026',
    ],
    [
      'one patient named by the scope itself, beside ours',
      'patient/Observation.rs?patient=bob',
      'GET Observation',
      nobody,
      'Observation?patient=Patient/bob&patient=Patient/alice',
    ],
    [
      'conditions on one parameter join by comma',
      'patient/Observation.rs?category=a patient/Observation.rs?category=b',
      'GET Observation',
      nobody,
      'Observation?category=a,b&patient=Patient/alice',
    ],
    [
      'the wider scope swallows the narrower (SCP-05)',
      'patient/Observation.rs?category=a patient/Observation.rs',
      'GET Observation',
      nobody,
      'Observation?patient=Patient/alice',
    ],
    [
      'the same scope twice',
      'patient/Observation.rs?category=a patient/Observation.rs?category=a',
      'GET Observation',
      nobody,
      'Observation?category=a&patient=Patient/alice',
    ],
    [
      '_elements keeps what is judged (ENF-64)',
      'patient/*.rs',
      'GET Observation?_elements=code',
      nobody,
      'Observation?_elements=id,code,subject&patient=Patient/alice',
    ],
    [
      '_count=0 is a count (ENF-71)',
      'patient/*.rs',
      'GET Observation?_count=0',
      nobody,
      'Observation?_summary=count&patient=Patient/alice',
    ],
    [
      '_count is capped',
      'patient/*.rs',
      'GET Observation?_count=99999',
      nobody,
      'Observation?_count=1000&patient=Patient/alice',
    ],
    ['shared type (ENF-82)', 'patient/*.rs', 'GET Practitioner?name=wei', nobody, 'Practitioner?name=wei'],
    ['panel', 'user/*.rs', 'GET Observation', patients('a', 'b'), 'Observation?patient=Patient/a,Patient/b'],
    ['panel of patients', 'user/*.rs', 'GET Patient?name=x', patients('a', 'b'), 'Patient?name=x&_id=a,b'],
    [
      'panel, one patient named',
      'user/*.rs',
      'GET Observation?patient=a',
      patients('a', 'b'),
      'Observation?patient=a&patient=Patient/a',
    ],
    [
      'panel, a foreign patient named',
      'user/*.rs',
      'GET Observation?patient=z',
      patients('a', 'b'),
      'Observation?patient=z&patient=Patient/a,Patient/b',
    ],
    ['reach all', 'user/*.rs', 'GET Observation', everyone, 'Observation'],
    [
      'context and panel together',
      'user/Observation.rs patient/Observation.rs',
      'GET Observation',
      patients('b'),
      'Observation?patient=Patient/b,Patient/alice',
    ],
    [
      'a chain is a search of its own, confined as one (ENF-61)',
      'patient/*.rs',
      'GET Observation?code=x&encounter:Encounter.status=finished',
      nobody,
      'Observation?code=x&patient=Patient/alice with encounter of (Encounter?status=finished&_count=1000&_elements=id,subject&patient=Patient/alice)',
    ],
    [
      'by the scopes of what it goes through (ENF-61)',
      'patient/Observation.rs user/Encounter.s?status=finished',
      'GET Observation?encounter.date=2026',
      patients('b'),
      'Observation?patient=Patient/alice with encounter of (Encounter?date=2026&_count=1000&_elements=id,subject,status&status=finished&patient=Patient/b)',
    ],
    [
      'to every type that it could mean (ENF-61)',
      'patient/*.rs',
      'GET Encounter?participant.name=x',
      nobody,
      'Encounter?patient=Patient/alice with participant of (Practitioner?name=x&_count=1000&_elements=id,RelatedPerson?name=x&_count=1000&_elements=id,patient&patient=Patient/alice)',
    ],
    [
      'backwards: what names it (ENF-61)',
      'patient/*.rs',
      'GET Patient?_has:Observation:patient:code=x',
      nobody,
      'Patient?_id=alice with _id of (Observation?code=x&_count=1000&_elements=id,subject&patient=Patient/alice)',
    ],
    [
      'through two references (ENF-61)',
      'patient/*.rs',
      'GET Observation?encounter.service-provider.name=x',
      nobody,
      'Observation?patient=Patient/alice with encounter of (Encounter?_count=1000&_elements=id,subject&patient=Patient/alice with service-provider of (Organization?name=x&_count=1000&_elements=id))',
    ],
    // refusals
    [
      'a chain to what no scope allows to search (ENF-61)',
      'patient/Observation.rs patient/Encounter.r',
      'GET Observation?encounter.status=finished',
      nobody,
      'deny:insufficient-scope',
    ],
    [
      'one of several types without a scope (ENF-61)',
      'patient/Encounter.rs patient/Practitioner.s',
      'GET Encounter?participant.name=x',
      nobody,
      'deny:insufficient-scope',
    ],
    [
      'a chain from what may not be searched (ENF-61)',
      'patient/Encounter.rs',
      'GET Observation?encounter.status=finished',
      nobody,
      'deny:insufficient-scope',
    ],
    [
      'a chain of a panel beyond the limit (ENF-61)',
      'patient/Observation.rs user/Encounter.s',
      'GET Observation?encounter.status=finished',
      patients('a', 'b', 'c', 'd'),
      'deny:too-costly',
    ],
    ['no scope for the type', 'patient/Condition.rs', 'GET Observation/1', nobody, 'deny:insufficient-scope'],
    ['search is not read (SCP-04)', 'patient/Observation.r', 'GET Observation', nobody, 'deny:insufficient-scope'],
    ['read is not search (SCP-04)', 'patient/Observation.s', 'GET Observation/1', nobody, 'deny:insufficient-scope'],
    [
      'writing is not reading (SCP-11)',
      'patient/Observation.cud',
      'GET Observation/1',
      nobody,
      'deny:insufficient-scope',
    ],
    [
      'a scope that does not parse gives nothing',
      'patient/Observation.sr',
      'GET Observation/1',
      nobody,
      'deny:insufficient-scope',
    ],
    [
      'a condition that cannot be judged gives nothing (SCP-08)',
      'patient/Observation.rs?value-quantity=gt5',
      'GET Observation',
      nobody,
      'deny:insufficient-scope',
    ],
    [
      'when a record changed is not for whoever changes it (SCP-08)',
      'patient/Observation.us?_lastUpdated=ge2026',
      'GET Observation',
      nobody,
      'deny:insufficient-scope',
    ],
    [
      'nor one on a plain code with a system',
      'patient/Observation.rs?status=http://x|final',
      'GET Observation',
      nobody,
      'deny:insufficient-scope',
    ],
    [
      'system clauses never beside a person (SCP-10)',
      'system/*.rs',
      'GET Observation/1',
      everyone,
      'deny:insufficient-scope',
    ],
    ['user clause without reach', 'user/*.rs', 'GET Observation/1', nobody, 'deny:outside-reach'],
    ['user clause without reach, shared type too', 'user/*.rs', 'GET Practitioner/1', nobody, 'deny:outside-reach'],
    [
      'user clause lends no reach to a patient clause (SCP-10)',
      'user/Patient.rs patient/Observation.rs',
      'GET Observation',
      everyone,
      'Observation?patient=Patient/alice',
    ],
    [
      'patient clause lends no reach to a user clause (SCP-10)',
      'patient/Patient.rs user/Observation.rs',
      'GET Observation',
      patients('b'),
      'Observation?patient=Patient/b',
    ],
    ['types outside the compartment', 'patient/*.rs', 'GET Substance/1', nobody, 'deny:not-confinable'],
    ['a file, whose it is is judged by what leads to it (ENF-47)', 'patient/*.rs', 'GET Binary/1', nobody, 'Binary/1'],
    ['an old version of a file', 'patient/*.rs', 'GET Binary/1/_history/1', nobody, 'deny:not-confinable'],
    ['a file, changed', 'patient/*.cruds', 'DELETE Binary/1', nobody, 'deny:not-confinable'],
    ['a file, for a clinician of nobody', 'user/*.rs', 'GET Binary/1', nobody, 'deny:outside-reach'],
    ['groups name others (ENF-84)', 'patient/*.rs', 'GET Group', nobody, 'deny:not-confinable'],
    ['AuditEvent (ENF-86)', 'patient/*.rs', 'GET AuditEvent', nobody, 'deny:not-confinable'],
    [
      'a search for Provenance, whose targets cannot be judged in one query (ENF-86)',
      'patient/*.rs',
      'GET Provenance',
      nobody,
      'deny:not-confinable',
    ],
    [
      'lists can name others, and no search says so (ENF-84)',
      'patient/*.rs',
      'GET List',
      nobody,
      'deny:not-confinable',
    ],
    ['search where several patients can be named', 'patient/*.rs', 'GET Person', nobody, 'deny:not-confinable'],
    ['panel beyond the limit', 'user/*.rs', 'GET Observation', patients('a', 'b', 'c', 'd'), 'deny:too-costly'],
    [
      'different conditions for different patients (ENF-67)',
      'patient/Observation.rs?category=a user/Observation.rs?category=b',
      'GET Observation?code=x',
      patients('b'),
      'Observation?code=x&_count=1000&category=a&patient=Patient/alice + Observation?code=x&_count=1000&category=b&patient=Patient/b',
    ],
    [
      'different parameters (ENF-67)',
      'patient/Observation.rs?category=a patient/Observation.rs?code=b patient/Observation.rs?code=c',
      'GET Observation',
      nobody,
      'Observation?_count=1000&category=a&patient=Patient/alice + Observation?_count=1000&code=b,c&patient=Patient/alice',
    ],
    [
      'one condition for some patients, none for others',
      'patient/Observation.rs user/Observation.rs?code=b&category=a',
      'GET Observation',
      patients('b'),
      'Observation?_count=1000&patient=Patient/alice + Observation?_count=1000&code=b&category=a&patient=Patient/b',
    ],
    [
      'the same condition for several patients is one search',
      'patient/Observation.rs?code=b user/Observation.rs?code=b user/Observation.rs?code=c patient/Observation.rs?code=c',
      'GET Observation',
      patients('b'),
      'Observation?code=b,c&patient=Patient/alice,Patient/b',
    ],
    [
      'what each of several looks at comes from all (ENF-64)',
      'patient/Observation.rs?category=a patient/Observation.rs?code=b',
      'GET Observation?_elements=value&_sort=-date&_count=5&_total=none',
      nobody,
      'Observation?_count=1000&_elements=id,value,subject,category,code,effective&category=a&patient=Patient/alice + Observation?_count=1000&_elements=id,value,subject,category,code,effective&code=b&patient=Patient/alice',
    ],
    [
      'an order that cannot be told of several searches',
      'patient/Observation.rs?category=a patient/Observation.rs?code=b',
      'GET Observation?_sort=code',
      nobody,
      'deny:several-searches',
    ],
    [
      'one of several that covers too many patients',
      'patient/Observation.rs?category=a user/Observation.rs?code=b',
      'GET Observation',
      patients('a', 'b', 'c', 'd'),
      'deny:too-costly',
    ],
    [
      'more searches than any app needs',
      Array.from({ length: 11 }, (_one, at) => `patient/Observation.rs?category=${at}&code=${at}`).join(' '),
      'GET Observation',
      nobody,
      'deny:too-costly',
    ],
    ['create', 'patient/*.cruds', 'POST Observation', nobody, 'create Observation/'],
    ['a batch', 'patient/*.cruds', 'POST ', nobody, 'deny:not-supported'],
    ['everything', 'patient/*.cruds', 'GET Patient/alice/$everything', nobody, 'gather'],
    ['an operation without a rule', 'patient/*.cruds', 'GET Patient/$match', nobody, 'deny:not-supported'],
    ['a read takes no parameters', 'patient/*.rs', 'GET Observation/1?_summary=text', nobody, 'deny:bad-parameter'],
    [
      'no modifier on the confining parameter (ENF-70)',
      'patient/*.rs',
      'GET Observation?patient:missing=true',
      nobody,
      'deny:unsupported-parameter',
    ],
  ])('%s: %s, %s', (_name, scope, request, reach, expected) => {
    expect(summary(planOf(scope, request, reach))).toBe(expected)
  })

  test('ENF-61: the scope that a chain needs is named', () => {
    expect(planOf('patient/Observation.rs', 'GET Observation?encounter.status=finished')).toMatchObject({
      smallestScope: 'patient/Encounter.s',
    })
    expect(planOf('patient/Patient.rs', 'GET Patient?_has:Observation:patient:encounter.status=x')).toMatchObject({
      smallestScope: 'patient/Observation.s',
    })
  })

  test('without a patient in context patient clauses permit nothing (ENF-04)', () => {
    const access = accessOf('patient/*.rs', { person: 'Patient/alice' })
    expect(planOf('', 'GET Observation/1', everyone, access)).toMatchObject({
      reason: 'insufficient-scope',
      smallestScope: 'user/Observation.r',
    })
  })

  test('a client for itself: system clauses only (ENF-06, SCP-10)', () => {
    expect(summary(planOf('', 'GET Observation', nobody, accessOf('system/*.rs', {})))).toBe('Observation')
    expect(summary(planOf('', 'GET Observation', everyone, accessOf('user/*.rs patient/*.rs', {})))).toBe(
      'deny:insufficient-scope',
    )
  })

  test('a read is judged by each clause alone (ENF-07)', () => {
    const decided = planOf(
      'patient/Observation.rs?category=lab user/Observation.rs?category=vital',
      'GET Observation/1',
      patients('bob'),
    )
    if (decided.kind !== 'forward' || decided.guard.kind !== 'resource') throw new Error('not forwarded')
    const { guard } = decided
    expect(allowsResource(guard, observationOf('alice', 'lab'))).toBe(true)
    expect(allowsResource(guard, observationOf('bob', 'vital'))).toBe(true)
    expect(allowsResource(guard, observationOf('alice', 'vital'))).toBe(false)
    expect(allowsResource(guard, observationOf('bob', 'lab'))).toBe(false)
  })
})

const scopes = fc.array(
  fc.constantFrom(
    'patient/*.rs',
    'patient/Observation.r',
    'patient/Observation.s',
    'patient/Observation.rs?category=lab',
    'user/Observation.rs',
    'user/*.r',
    'user/*.rs',
    'user/Observation.rs?category=vital',
    'system/*.rs',
    'openid',
    'patient/Observation.sr',
    'patient/Observation.rs?date=1',
    'user/Observation.rs?_id=1',
    'patient/Observation.cruds?category=vital',
    'user/Observation.u',
    'patient/*.cud',
    'patient/Observation.rs?patient=bob',
  ),
  { maxLength: 5 },
)
const somePatient = fc.constantFrom('alice', 'bob', 'carl', 'dora')
const someReach = fc.oneof(
  fc.constant(nobody),
  fc.uniqueArray(fc.constantFrom('alice', 'bob', 'carl'), { minLength: 1 }).map((ids) => patients(...ids)),
)
const someObservation = fc
  .tuple(somePatient, fc.constantFrom('lab', 'vital'))
  .map(([patient, category]) => observationOf(patient, category))

const searchesOf = (decided: Plan) =>
  decided.kind === 'merge' ? decided.searches : decided.kind === 'forward' ? [decided] : []
const bundleOf = (resource: object) => ({ resourceType: 'Bundle', type: 'searchset', entry: [{ resource }] })

describe('for any scopes and reach', () => {
  const allowedRead = (scope: string[], reach: Reach, resource: object) => {
    const decided = planOf(scope.join(' '), 'GET Observation/1', reach)
    return decided.kind === 'forward' && decided.guard.kind === 'resource' && allowsResource(decided.guard, resource)
  }

  const found = (scope: string[], reach: Reach, resource: object) =>
    searchesOf(planOf(scope.join(' '), 'GET Observation', reach)).some(
      ({ guard }) => guard.kind === 'searchset' && judgeSearchset(guard, bundleOf(resource)).kind === 'pass',
    )
  const allowedWrite = (scope: string[], reach: Reach, resource: object) => {
    const decided = planOf(scope.join(' '), 'PUT Observation/1', reach)
    return decided.kind === 'write' && judgeWrite(decided, resource, resource).kind === 'pass'
  }

  test.each([
    ['a read', allowedRead],
    ['a search', found],
    ['a write', allowedWrite],
  ])(
    'SCP-05, ENF-07: %s is allowed by all scopes together if one of them alone allows it, and else not',
    (_name, isAllowed) => {
      fc.assert(
        fc.property(scopes, someReach, someObservation, (some, reach, resource) => {
          expect(isAllowed(some, reach, resource)).toBe(some.some((one) => isAllowed([one], reach, resource)))
        }),
        { numRuns: 300 },
      )
    },
  )

  test('so adding a scope takes nothing away, and removing one adds nothing', () => {
    fc.assert(
      fc.property(scopes, scopes, someReach, someObservation, (some, more, reach, resource) => {
        for (const isAllowed of [allowedRead, found, allowedWrite])
          if (isAllowed(some, reach, resource)) expect(isAllowed([...more, ...some], reach, resource)).toBe(true)
      }),
    )
  })

  test('a search asks for what the scopes allow, together, and a record is found if a read shows it (ENF-67)', () => {
    fc.assert(
      fc.property(scopes, someReach, someObservation, (some, reach, resource) => {
        const rs = some.filter((scope) => !/\.(r|s)$/.test(scope))
        expect(found(rs, reach, resource)).toBe(allowedRead(rs, reach, resource))
      }),
    )
  })

  test('no patient is seen but the one in context and those within reach, and a search asks for no others', () => {
    fc.assert(
      fc.property(scopes, someReach, someObservation, (some, reach, resource) => {
        const within = new Set(['alice', ...(reach.kind === 'patients' ? reach.ids : [])])
        const patient = resource.subject.reference.slice('Patient/'.length)
        if (allowedRead(some, reach, resource)) expect(within).toContain(patient)

        const search = planOf(some.join(' '), 'GET Observation', reach)
        for (const { request, guard } of searchesOf(search)) {
          const asked = request.query.filter(([name]) => name === 'patient').at(-1)?.[1] ?? 'nobody'
          for (const reference of asked.split(',')) expect(within).toContain(reference.slice('Patient/'.length))
          if (guard.kind === 'searchset' && judgeSearchset(guard, bundleOf(resource)).kind === 'pass')
            expect(within).toContain(patient)
        }
      }),
    )
  })
})

describe('OID-03: fhirUser makes a clinician’s own record readable, and nothing else', () => {
  const wei = { resourceType: 'Practitioner', id: 'wei' }
  const read = (request: string, more?: { patient?: string; person?: string }) =>
    planOf('openid fhirUser', request, nobody, accessOf('openid fhirUser', more))
  test('by id', () => {
    const decided = read('GET Practitioner/wei')
    expect(summary(decided)).toBe('Practitioner/wei')
    if (decided.kind !== 'forward' || decided.guard.kind !== 'resource') throw new Error('refused')
    expect(allowsResource(decided.guard, wei)).toBe(true)
    expect(allowsResource(decided.guard, { ...wei, id: 'nora' })).toBe(false)
  })
  test.each([
    ['a search', 'GET Practitioner', undefined],
    ['another type', 'GET Patient/alice', undefined],
    ['a patient’s own record', 'GET Patient/alice', { patient: 'alice', person: 'Patient/alice' }],
    ['no person', 'GET Practitioner/wei', {}],
  ])('not %s', (_name, request, more) => expect(summary(read(request, more))).toMatch(/^deny/))
  test('nor without the scope', () => expect(summary(planOf('openid', 'GET Practitioner/wei'))).toMatch(/^deny/))
})
