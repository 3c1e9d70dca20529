import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseInteraction } from '../fhir/interaction.ts'
import { plan } from '../plan/plan.ts'
import type { PersonReference } from './access.ts'
import { compileRoles, personaTypes, ROLES } from './roles.ts'

const ana: PersonReference = { type: 'Patient', id: 'ana' }
const wei: PersonReference = { type: 'Practitioner', id: 'wei' }
const operations = new Map([
  ['$import', 'unconfined'],
  ['$convert-data', 'unconfined'],
] as const)

function decided(
  request: string,
  roles: readonly string[],
  more: { scopes?: string; persons?: readonly PersonReference[] } = {},
): string {
  const [method = '', path = ''] = request.split(' ')
  const parsed = parseInteraction(method, `/${path}`, '')
  if (!parsed.ok) throw new Error(parsed.message)
  const access = compileRoles({ clientId: 'app', roles, scopes: more.scopes, persons: more.persons ?? [] })
  const reach = { kind: 'patients', ids: new Set(['ana']) } as const
  const of = plan(access, reach, parsed.interaction, { panelLimit: 9, bases: ['https://a/fhir'], operations })
  if (of.kind === 'deny') return of.reason
  const patients = of.kind === 'forward' && 'allowances' in of.guard ? of.guard.allowances[0]?.patients : undefined
  const written = of.kind === 'write' ? of.allowances[0]?.patients : undefined
  const whose = patients ?? written
  return whose === undefined || whose === 'any' ? 'yes' : [...whose].join()
}

const REQUESTS = {
  read: 'GET Observation/1',
  search: 'GET Observation?code=1',
  create: 'POST Observation',
  update: 'PUT Observation/1',
  delete: 'DELETE Observation/1',
  export: 'GET $export',
  validate: 'POST Observation/$validate',
  convert: 'POST $convert-data',
  import: 'POST $import',
} as const
const NAMES = Object.keys(REQUESTS) as (keyof typeof REQUESTS)[]

describe('SEED-43: what each role may do', () => {
  test.each([
    ['Administrator', NAMES],
    ['globalAdmin', NAMES],
    ['Reader', ['read', 'search']],
    ['Writer', ['create', 'update', 'delete', 'validate']],
    ['DataScientist', ['read', 'search']],
    ['Patient', []],
    ['Practitioner', []],
    ['RelatedPerson', []],
    ['read', ['read', 'search']],
    ['readById', ['read']],
    ['search', ['search']],
    ['write', ['create', 'update', 'validate']],
    ['create', ['create', 'validate']],
    ['update', ['update']],
    ['delete', ['delete']],
    ['export', ['export']],
    ['resourceValidate', ['validate']],
    ['convertData', ['convert']],
    ['import', ['import']],
    ['reindex', []],
    ['globalReader', ['read', 'search']],
    ['globalWriter', ['create', 'update', 'delete', 'validate']],
    ['globalExporter', ['export']],
    ['globalConverter', ['convert']],
    ['globalImporter', ['import']],
    ['Unknown', []],
  ])('%s: %j', (role, allowed) => {
    expect(NAMES.filter((name) => decided(REQUESTS[name], [role]) === 'yes')).toEqual(allowed)
  })
  test('every role stands in the table above', () => expect(ROLES.size).toBe(25))
})

describe('SEED-43, SEED-50: whose records', () => {
  test.each<[string, readonly string[], readonly PersonReference[], string]>([
    ['a patient reads her own', ['Reader', 'Patient'], [ana], 'ana'],
    ['a clinician within reach', ['Reader', 'Practitioner'], [wei], 'ana'],
    ['with a link of another type, nothing', ['Reader', 'Patient'], [wei], 'insufficient-scope'],
    ['without a link, nothing', ['Reader', 'Practitioner'], [], 'insufficient-scope'],
    [
      'with two, nothing: which one is meant would be a guess',
      ['Reader', 'Patient', 'Practitioner'],
      [ana, wei],
      'insufficient-scope',
    ],
    ['who is a person and more than that is not limited', ['Reader', 'Practitioner', 'DataScientist'], [], 'yes'],
    ['an administrator neither', ['Administrator', 'Patient'], [ana], 'yes'],
    ['to be a patient alone allows nothing', ['Patient'], [ana], 'insufficient-scope'],
  ])('%s', (_name, roles, persons, expected) => {
    expect(decided(REQUESTS.read, roles, { persons })).toBe(expected)
  })
  test('writes are limited likewise, and operations of the whole server are for nobody who is', () => {
    expect(decided(REQUESTS.create, ['Writer', 'Patient'], { persons: [ana] })).toBe('ana')
    expect(decided(REQUESTS.export, ['Reader', 'export', 'Patient'], { persons: [ana] })).toBe('not-supported')
    expect(decided(REQUESTS.import, ['import', 'Patient'], { persons: [ana] })).toBe('insufficient-scope')
  })
  test('links are asked for where they decide', () => {
    expect(personaTypes(['Reader', 'Patient'])).toEqual(['Patient'])
    expect(personaTypes(['Administrator', 'Patient'])).toEqual([])
    expect(personaTypes(['Reader'])).toEqual([])
  })
})

describe('SEED-43, AUTHZ-24: scopes beside roles narrow, and give nothing', () => {
  test.each([
    ['a scope for the type', 'user.Observation.read', ['Reader'], 'GET Observation/1', 'yes'],
    ['with a dollar', 'user$Observation$rs', ['Reader'], 'GET Observation/1', 'yes'],
    ['with a slash', 'openid user/*.rs', ['Reader'], 'GET Observation/1', 'yes'],
    ['a scope for another type', 'user.Goal.read', ['Reader'], 'GET Observation/1', 'insufficient-scope'],
    ['a scope for more than the role', 'user.*.write', ['Reader'], 'POST Observation', 'insufficient-scope'],
    ['a scope without a role', 'user/*.cruds', [], 'GET Observation/1', 'insufficient-scope'],
    ['a scope that cannot be read', 'user.Unicorn.read', ['Reader'], 'GET Observation/1', 'insufficient-scope'],
    ['a patient scope of who is no patient', 'patient/*.rs', ['Reader'], 'GET Observation/1', 'insufficient-scope'],
    ['a system scope of a person', 'system/*.rs', ['Reader'], 'GET Observation/1', 'insufficient-scope'],
    ['no export beside scopes', 'user/*.cruds', ['Administrator'], 'GET $export', 'insufficient-scope'],
    ['a scope that is not SMART’s', 'user_impersonation', ['Reader'], 'GET Observation/1', 'yes'],
  ])('%s', (_name, scopes, roles, request, expected) => {
    expect(decided(request, roles, { scopes })).toBe(expected)
  })
  test('a condition holds too', () => {
    const access = compileRoles({
      clientId: 'app',
      roles: ['Reader'],
      scopes: 'user/Observation.rs?code=1',
      persons: [],
    })
    expect(access.clauses).toEqual([
      expect.objectContaining({
        context: 'system',
        type: 'Observation',
        permissions: 'rs',
        filter: [expect.anything()],
      }),
    ])
  })
  test('never more than without them', () => {
    const role = fc.constantFrom(...ROLES.keys())
    const scope = fc.constantFrom('user/*.rs', 'user.Observation.cruds', 'patient/*.*', 'system/*.cruds', 'user/Goal.r')
    fc.assert(
      fc.property(
        fc.array(role, { maxLength: 4 }),
        fc.array(scope, { minLength: 1, maxLength: 3 }),
        (roles, scopes) => {
          for (const request of Object.values(REQUESTS)) {
            const narrowed = decided(request, roles, { scopes: scopes.join(' '), persons: [ana] })
            const whole = decided(request, roles, { persons: [ana] })
            if (narrowed === 'yes' || narrowed === 'ana') expect(whole).toBe(narrowed)
          }
        },
      ),
    )
  })
})
