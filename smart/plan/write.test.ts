import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Access, compileAccess } from '../access/access.ts'
import type { Reach } from '../access/reach.ts'
import { type Interaction, parseInteraction } from '../fhir/interaction.ts'
import { plan } from './plan.ts'
import { judgeWrite, makesVisible, mayReferTo, type WritePlan } from './write.ts'

const BASES = ['https://smart.example/fhir', 'http://upstream.internal/r4']
const settings = { panelLimit: 3, bases: BASES }
const nobody: Reach = { kind: 'none' }
const panel: Reach = { kind: 'patients', ids: new Set(['alice', 'bob']) }

function planOf(
  scope: string,
  request: string,
  reach = nobody,
  claims: object = { patient: 'alice', person: 'Patient/alice' },
) {
  const access: Access = compileAccess({ client_id: 'app', scope, ...claims })
  const [method = '', path = ''] = request.split(' ')
  const parsed = parseInteraction(method, `/fhir/${path}`, '/fhir')
  if (!parsed.ok) throw new Error(parsed.message)
  return plan(access, reach, parsed.interaction as Interaction, settings)
}
function writeOf(...of: Parameters<typeof planOf>): WritePlan {
  const decided = planOf(...of)
  if (decided.kind !== 'write') throw new Error(decided.kind === 'deny' ? decided.reason : decided.kind)
  return decided
}
const observation = (patient: string, more: object = {}) => ({
  resourceType: 'Observation',
  category: [{ coding: [{ system: 'http://c', code: 'lab' }] }],
  subject: { reference: `Patient/${patient}` },
  ...more,
})
const stored = (patient: string, more: object = {}) => observation(patient, { id: '1', ...more })
const verdict = (...of: Parameters<typeof judgeWrite>) => judgeWrite(...of).kind

describe('the right to write', () => {
  test.each<[string, string, string, string]>([
    ['ENF-30: create needs c', 'patient/Observation.ruds', 'POST Observation', 'insufficient-scope'],
    ['ENF-32: update needs u', 'patient/Observation.crds', 'PUT Observation/1', 'insufficient-scope'],
    ['ENF-35: patch needs u', 'patient/Observation.crds', 'PATCH Observation/1', 'insufficient-scope'],
    ['ENF-37: delete needs d', 'patient/Observation.crus', 'DELETE Observation/1', 'insufficient-scope'],
    ['SCP-04: read gives no write', 'patient/*.read', 'POST Observation', 'insufficient-scope'],
    ['ENF-82: shared types are nobody’s to change', 'patient/*.cruds', 'PUT Organization/1', 'not-confinable'],
    [
      'ENF-38: no switches of the vendor’s',
      'patient/*.cruds',
      'DELETE Observation/1?_hardDelete=true',
      'bad-parameter',
    ],
    ['a type of nobody’s', 'patient/*.cruds', 'POST Subscription', 'not-confinable'],
  ])('%s', (_name, scope, request, reason) => {
    expect(planOf(scope, request)).toMatchObject({ kind: 'deny', reason })
  })
  test('SCP-03: v1 write is create, update and delete', () => {
    for (const request of ['POST Observation', 'PUT Observation/1', 'DELETE Observation/1'])
      expect(planOf('patient/Observation.write', request).kind).toBe('write')
  })
  test('SCP-11: no letter r, nothing to be read of the answer', () => {
    expect(writeOf('patient/Observation.cud', 'POST Observation').readable).toEqual([])
  })
})

describe('ENF-30: a new record', () => {
  const create = writeOf('patient/*.cruds', 'POST Observation')
  test.each<[string, object, string]>([
    ['of the patient', observation('alice'), 'pass'],
    ['by an address of ours', observation('x', { subject: { reference: `${BASES[0]}/Patient/alice` } }), 'pass'],
    ['of another patient', observation('bob'), 'refuse'],
    ['of nobody', { ...observation('alice'), subject: undefined }, 'refuse'],
    ['of somebody by identifier', observation('x', { subject: { identifier: { value: '1' } } }), 'refuse'],
    ['of somebody by a search', observation('x', { subject: { reference: 'Patient?identifier=1' } }), 'refuse'],
    [
      'of somebody elsewhere',
      observation('x', { subject: { reference: 'https://evil.test/Patient/alice' } }),
      'refuse',
    ],
    [
      'of somebody contained',
      observation('x', { subject: { reference: '#p' }, contained: [{ resourceType: 'Patient', id: 'p' }] }),
      'refuse',
    ],
    [
      'that names another patient further down',
      observation('alice', { performer: [{ reference: 'Patient/bob' }] }),
      'refuse',
    ],
    [
      'that refers elsewhere',
      observation('alice', { hasMember: [{ reference: 'https://evil.test/Observation/1' }] }),
      'refuse',
    ],
    ['that refers by a search', observation('alice', { hasMember: [{ reference: 'Observation?code=1' }] }), 'refuse'],
    [
      'that refers to what cannot be confined',
      observation('alice', { focus: [{ reference: 'Subscription/1' }] }),
      'refuse',
    ],
    [
      'that refers from within a contained record',
      observation('alice', {
        contained: [{ resourceType: 'Observation', id: 'o', subject: { reference: 'Patient/bob' } }],
      }),
      'refuse',
    ],
    ['that refers to a shared record', observation('alice', { performer: [{ reference: 'Practitioner/1' }] }), 'pass'],
  ])('%s', (_name, content, expected) => expect(verdict(create, undefined, content)).toBe(expected))

  test('what it refers to must be there and be the patient’s: it is named for that, each once', () => {
    const content = observation('alice', {
      encounter: { reference: 'Encounter/e' },
      hasMember: [{ reference: 'Observation/2' }, { reference: `${BASES[0]}/Observation/2` }],
      performer: [{ reference: 'Patient/alice' }, { reference: 'Organization/1' }],
    })
    expect(judgeWrite(create, undefined, content)).toEqual({
      kind: 'pass',
      resolve: [
        { type: 'Encounter', id: 'e', isKnown: false },
        { type: 'Observation', id: '2', isKnown: false },
      ],
      within: new Set(['alice']),
    })
  })
  test('SCP-07: the condition of a granular scope holds for what is written', () => {
    const lab = writeOf('patient/Observation.cud?category=http://c|lab', 'POST Observation')
    expect(verdict(lab, undefined, observation('alice'))).toBe('pass')
    expect(verdict(lab, undefined, observation('alice', { category: [] }))).toBe('refuse')
  })
  test('ENF-30: no new patients, and none removed', () => {
    expect(verdict(writeOf('patient/*.cruds', 'POST Patient'), undefined, { resourceType: 'Patient' })).toBe('refuse')
    const alice = { resourceType: 'Patient', id: 'alice' }
    expect(verdict(writeOf('patient/*.cruds', 'DELETE Patient/alice'), alice, undefined)).toBe('refuse')
  })
})

describe('ENF-32: a changed record', () => {
  const update = writeOf('patient/*.cruds', 'PUT Observation/1')
  test.each<[string, unknown, unknown, string]>([
    ['of the patient', stored('alice'), stored('alice', { status: 'final' }), 'pass'],
    ['of another patient', stored('bob'), stored('bob'), 'not-found'],
    ['taken from another patient', stored('bob'), stored('alice'), 'not-found'],
    ['given to another patient', stored('alice'), stored('bob'), 'refuse'],
    ['ENF-33: that is not there', undefined, stored('alice'), 'not-found'],
    ['that answers with another id', { ...stored('alice'), id: '2' }, stored('alice'), 'not-found'],
  ])('%s', (_name, before, after, expected) => expect(verdict(update, before, after)).toBe(expected))

  test('a record stays with its patient, even between two whom the person may open', () => {
    const clinician = writeOf('user/*.cruds', 'PUT Observation/1', panel, { person: 'Practitioner/wei' })
    expect(verdict(clinician, stored('alice'), stored('alice'))).toBe('pass')
    expect(verdict(clinician, stored('alice'), stored('bob'))).toBe('refuse')
  })
  test('one clause must allow both versions: two do not lend each other their reach', () => {
    const scope = 'patient/Observation.u?category=http://c|lab patient/Observation.u?category=http://c|vitals'
    const both = writeOf(scope, 'PUT Observation/1')
    const vitals = { category: [{ coding: [{ system: 'http://c', code: 'vitals' }] }] }
    expect(verdict(both, stored('alice'), stored('alice'))).toBe('pass')
    expect(verdict(both, stored('alice'), stored('alice', vitals))).toBe('refuse')
  })
  test.each<[string, string, Reach, string]>([
    ['a backend service may', 'system/*.cruds', nobody, 'pass'],
    ['not where it sees some records alone', 'system/*.cruds?_tag=x|y', nobody, 'not-found'],
    ['nor where some are withheld', 'system/*.cruds', { ...nobody, withheld: new Set(['bob']) }, 'not-found'],
  ])('ENF-33: create by update: %s', (_name, scope, reach, expected) => {
    const service = writeOf(scope, 'PUT Observation/1', reach, {})
    const tagged = stored('alice', { meta: { tag: [{ system: 'x', code: 'y' }] } })
    expect(verdict(service, undefined, tagged)).toBe(expected)
  })
  test.each<[string, string, object, string]>([
    ['a security label', 'patient/*.cruds', { security: [{ code: 'R' }] }, 'refuse'],
    ['a tag', 'patient/*.cruds', { tag: [{ code: 't' }] }, 'pass'],
    [
      'a tag that a scope goes by',
      'patient/*.cruds patient/Observation.rs?_tag=x|y',
      { tag: [{ code: 't' }] },
      'refuse',
    ],
    ['a profile', 'patient/*.cruds', { profile: ['http://p'] }, 'pass'],
    ['a label, for whom nothing is limited', 'system/*.cruds', { security: [{ code: 'R' }] }, 'pass'],
  ])('ENF-48: labels stay: %s', (_name, scope, meta, expected) => {
    const claims = scope.startsWith('system') ? {} : { patient: 'alice', person: 'Patient/alice' }
    const update = writeOf(scope, 'PUT Observation/1', nobody, claims)
    expect(verdict(update, stored('alice', { meta }), stored('alice'))).toBe(expected)
    expect(verdict(update, stored('alice'), stored('alice', { meta }))).toBe(expected)
    expect(verdict(update, stored('alice', { meta }), stored('alice', { meta, status: 'final' }))).toBe('pass')
  })
})

describe('ENF-30: what may be referred to', () => {
  const BOTH = 'patient/Observation.cruds patient/Encounter.rs'
  const visit = { encounter: { reference: 'Encounter/e' } }
  const launched = { patient: 'alice', person: 'Patient/alice', encounter: 'e' }
  const of = (patient: string) => ({ resourceType: 'Encounter', id: 'e', subject: { reference: `Patient/${patient}` } })
  const resolved = (decided: WritePlan, before: unknown, after: unknown, sent = after) => {
    const judged = judgeWrite(decided, before, after, sent)
    return judged.kind === 'pass' ? judged.resolve.map(({ id, isKnown }) => `${id} ${isKnown}`) : judged.kind
  }

  test.each<[string, string, object, unknown, string | string[]]>([
    ['what the scopes show', BOTH, {}, undefined, ['e false']],
    ['not what they do not', 'patient/Observation.cruds', {}, undefined, 'refuse'],
    ['the visit of the launch', 'patient/Observation.cruds', launched, undefined, ['e true']],
    ['what the record refers to already', 'patient/Observation.cruds', {}, stored('alice', visit), ['e true']],
    ['which the app must be able to read', 'patient/Observation.u', {}, stored('alice', visit), 'refuse'],
  ])('%s', (_name, scope, claims, before, expected) => {
    const decided = writeOf(scope, before === undefined ? 'POST Observation' : 'PUT Observation/1', nobody, {
      patient: 'alice',
      person: 'Patient/alice',
      ...claims,
    })
    const after = before === undefined ? observation('alice', visit) : stored('alice', visit)
    expect(resolved(decided, before, after)).toEqual(expected)
  })
  test('a patch of something else tells nothing of it', () => {
    const blind = writeOf('patient/Observation.u', 'PATCH Observation/1')
    const after = stored('alice', { ...visit, language: 'en' })
    expect(resolved(blind, stored('alice', visit), after, [{ op: 'add', path: '/language', value: 'en' }])).toEqual([])
    const again = [{ op: 'add', path: '/encounter', value: visit.encounter }]
    expect(resolved(blind, stored('alice', visit), stored('alice', visit), again)).toBe('refuse')
  })
  test.each<[string, unknown, boolean]>([
    ['the patient’s own', of('alice'), true],
    ['another’s', of('bob'), false],
    ['of another id', { ...of('alice'), id: 'x' }, false],
    ['of another type', { ...of('alice'), resourceType: 'Observation' }, false],
    ['beyond a condition', { ...of('alice'), status: 'planned' }, false],
  ])('SCP-07: %s', (_name, resource, expected) => {
    const decided = writeOf('patient/Observation.cruds patient/Encounter.rs?status=finished', 'POST Observation')
    const target = { type: 'Encounter', id: 'e', isKnown: false }
    const finished = { status: 'finished', ...(resource as object) }
    expect(mayReferTo(decided, target, finished, new Set(['alice']))).toBe(expected)
  })
})

describe('ENF-37: a removed record', () => {
  const remove = writeOf('patient/*.cruds', 'DELETE Observation/1')
  test.each<[string, unknown, string]>([
    ['of the patient', stored('alice'), 'pass'],
    ['of another', stored('bob'), 'not-found'],
    ['that is not there', undefined, 'not-found'],
  ])('%s', (_name, before, expected) => expect(verdict(remove, before, undefined)).toBe(expected))
})

describe('ENF-48: nothing that an app writes enlarges its own rights', () => {
  const asParent = { patient: 'alice', person: 'RelatedPerson/mum' }
  test.each(['RelatedPerson', 'Person', 'CareTeam', 'Consent'])('%s is out of reach', (type) => {
    const about = { patient: { reference: 'Patient/alice' }, subject: { reference: 'Patient/alice' } }
    const content = { resourceType: type, ...about, link: [{ target: { reference: 'Patient/alice' } }] }
    expect(verdict(writeOf('patient/*.cruds', `POST ${type}`, nobody, asParent), undefined, content)).toBe('refuse')
  })
  const patient = { resourceType: 'Patient', id: 'alice', generalPractitioner: [{ reference: 'Practitioner/wei' }] }
  test.each<[string, object, string]>([
    ['a telephone number may change', { telecom: [{ value: '1' }] }, 'pass'],
    ['a general practitioner may not', { generalPractitioner: [{ reference: 'Practitioner/eve' }] }, 'refuse'],
    ['nor go', { generalPractitioner: undefined }, 'refuse'],
    ['an identifier may not come', { identifier: [{ value: '1' }] }, 'refuse'],
    ['nor a link to another patient', { link: [{ other: { reference: 'Patient/alice' } }] }, 'refuse'],
  ])('of a patient: %s', (_name, changed, expected) => {
    expect(verdict(writeOf('patient/*.cruds', 'PUT Patient/alice'), patient, { ...patient, ...changed })).toBe(expected)
  })
  test('of a visit: who took part', () => {
    const visit = { resourceType: 'Encounter', subject: { reference: 'Patient/alice' } }
    const create = writeOf('patient/*.cruds', 'POST Encounter')
    expect(verdict(create, undefined, visit)).toBe('pass')
    const participant = [{ individual: { reference: 'Practitioner/eve' } }]
    expect(verdict(create, undefined, { ...visit, participant })).toBe('refuse')
  })
})

test('whatever a body refers to, and wherever: nothing outside of the patient’s records passes', () => {
  const create = writeOf('patient/*.cruds', 'POST Observation')
  const places = ['performer', 'hasMember', 'focus', 'extension', 'note', 'component', 'device']
  const foreign = fc.constantFrom(
    'Patient/bob',
    'Patient?name=x',
    'urn:uuid:1',
    'https://evil.test/Patient/alice',
    '#nobody',
  )
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.nat(4), foreign, (place, depth, reference) => {
      let value: unknown = { reference }
      for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { nested: value }
      expect(verdict(create, undefined, observation('alice', { [place]: value }))).toBe('refuse')
    }),
  )
})

describe('SCP-11: a patch brings nothing in sight', () => {
  const seen = { meta: { lastUpdated: '2026-05-04T10:00:00Z' } }
  test.each<[string, string, object, object, boolean]>([
    ['into a filter', 'patient/Observation.rs?status=final', { status: 'draft' }, { status: 'final' }, true],
    ['of what is seen', 'patient/Observation.rs?status=final', { status: 'final' }, { status: 'draft' }, false],
    ['of what stays out', 'patient/Observation.rs?status=final', { status: 'draft' }, { status: 'x' }, false],
    ['which makes it the latest of all', 'patient/Observation.rs?_lastUpdated=ge2027', seen, seen, true],
    ['of what has been late enough', 'patient/Observation.rs?_lastUpdated=ge2026', seen, seen, false],
  ])('%s', (_name, scope, before, after, expected) => {
    const decided = writeOf(`patient/Observation.u ${scope}`, 'PATCH Observation/1')
    expect(makesVisible(decided, stored('alice', before), stored('alice', after))).toBe(expected)
  })
})
