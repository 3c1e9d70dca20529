// Where we learn which records an account stands for: a table a source, and the order between them (SEED-49).
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { PersonReader, Resource } from '../fhir/person-reader.ts'
import type { Identity, IdentityProvider } from '../sign-in/identity-provider.ts'
import { memoryStore } from '../storage/memory.ts'
import { type Account, subjectOf } from './account.ts'
import { linkStore } from './links.ts'
import { claimsRead, type PersonaSettings, personaSources } from './persona-sources.ts'
import { type Persona, personas } from './personas.ts'

const BASE = 'https://smart.test/fhir'
const NUMBER = 'https://numbers.test/national'
const DAY = 24 * 3600
const account: Account = { iss: 'https://login.test', sub: 'ana' }
const sub = subjectOf(account)

const provider = (id: string, trustsFhirUser: boolean) => ({ id, trustsFhirUser }) as IdentityProvider
const identity = (claims: Record<string, unknown>, from = 'staff'): Identity => ({
  account,
  sub,
  name: 'Ana',
  provider: from,
  claims,
})

let time = 0
let records: Resource[] = []
let asked: string[] = []
const reader: PersonReader = {
  bases: [BASE],
  read: async () => undefined,
  search: async (type, parameters) => {
    asked.push(`${type}?${parameters}`)
    return records.filter(({ resourceType }) => resourceType === type)
  },
}
const links = linkStore(
  memoryStore(() => time),
  () => time,
)
const lookup = { provider: 'citizens', claim: 'number', system: NUMBER, type: 'Patient' } as const

function known(changed: Partial<PersonaSettings> = {}) {
  const settings: PersonaSettings = {
    sources: ['claim', 'links'],
    fhirUserClaims: ['fhirUser', 'extension_fhirUser'],
    claimSeconds: 365 * DAY,
    identifierLookups: [lookup],
    ...changed,
  }
  const identityProviders = [provider('staff', true), provider('citizens', false)]
  return personas(personaSources(settings, { links, identityProviders, reader, fhirBase: BASE, now: () => time }))
}
const recordsOf = async (of: Promise<readonly Persona[]>) => (await of).map(({ record }) => record)
const numbered = (resourceType: string, id: string, more = {}): Resource => ({
  resourceType,
  id,
  identifier: [{ system: NUMBER, value: '42' }],
  ...more,
})

beforeEach(async () => {
  time = 1000 * DAY
  records = []
  asked = []
  await links.remove(sub, 'Patient/ana')
})

describe('SEED-49: source claim', () => {
  test.each([
    ['relative', { fhirUser: 'Practitioner/ana' }, ['Practitioner/ana']],
    ['absolute under our base', { fhirUser: `${BASE}/Patient/ana` }, ['Patient/ana']],
    ['a directory extension', { extension_fhirUser: 'RelatedPerson/ana' }, ['RelatedPerson/ana']],
    [
      'several, in order',
      { extension_fhirUser: 'Patient/a', fhirUser: ['Patient/b', 'Patient/a'] },
      ['Patient/b', 'Patient/a'],
    ],
    ['another host', { fhirUser: 'https://evil.test/fhir/Patient/ana' }, []],
    ['a host that only begins like ours', { fhirUser: `${BASE}.evil.test/Patient/ana` }, []],
    ['another type', { fhirUser: 'Organization/ana' }, []],
    ['PractitionerRole', { fhirUser: 'PractitionerRole/ana' }, []],
    ['a version', { fhirUser: 'Patient/ana/_history/1' }, []],
    ['a path', { fhirUser: 'Patient/../ana' }, []],
    ['lower case', { fhirUser: 'patient/ana' }, []],
    ['a query', { fhirUser: 'Patient/ana?x=y' }, []],
    ['no text', { fhirUser: { reference: 'Patient/ana' } }, []],
    ['another claim', { user: 'Patient/ana' }, []],
    ['empty', { fhirUser: '' }, []],
  ])('%s', async (_name, claims, expected) => {
    expect(await recordsOf(known().of(identity(claims)))).toEqual(expected)
  })
  test('a provider whose word does not count gives nothing', async () => {
    expect(await known().of(identity({ fhirUser: 'Patient/ana' }, 'citizens'))).toEqual([])
  })
  test('REF-09: it holds until the sign-in is too old, and no longer than its provider is trusted', async () => {
    const [persona] = await known().of(identity({ fhirUser: 'Patient/ana' }))
    const given = persona as Persona
    expect(await known().stillHolds(sub, given)).toBe(true)
    expect(await known().stillHolds(sub, { ...given, provider: 'citizens' })).toBe(false)
    expect(await known({ sources: ['links'] }).stillHolds(sub, given)).toBe(false)
    time += 365 * DAY * 1000
    expect(await known().stillHolds(sub, given)).toBe(false)
  })
})

describe('SEED-49: source links', () => {
  const end = () => new Date(time + DAY * 1000).toISOString()
  test('REF-09: a link holds until its end, and until it is removed', async () => {
    await links.put({ account, record: 'Patient/ana', validUntil: end() })
    const [persona] = (await known().of(identity({}))) as [Persona]
    expect(persona).toEqual({ record: 'Patient/ana', source: 'links', validUntil: end() })
    expect(await known().stillHolds(sub, persona)).toBe(true)
    expect(await known().stillHolds(subjectOf({ ...account, sub: 'ben' } as Account), persona)).toBe(false)
    time += DAY * 1000
    expect(await known().stillHolds(sub, persona)).toBe(false)
  })
  test('each record once, from the first source that knows it', async () => {
    await links.put({ account, record: 'Patient/ana', validUntil: end() })
    const both = identity({ fhirUser: ['Practitioner/ana', 'Patient/ana'] })
    expect((await known().of(both)).map(({ record, source }) => [record, source])).toEqual([
      ['Practitioner/ana', 'claim'],
      ['Patient/ana', 'claim'],
    ])
    const other = known({ sources: ['links', 'claim'] })
    expect((await other.of(both)).map(({ source }) => source)).toEqual(['links', 'claim'])
  })
})

describe('source identifier', () => {
  const byNumber = () => known({ sources: ['identifier'] })
  const ana = (claims: Record<string, unknown> = { number: '42' }) => identity(claims, 'citizens')

  test('exactly one record with the system and the value', async () => {
    records = [numbered('Patient', 'ana')]
    expect(await byNumber().of(ana())).toEqual([
      {
        record: 'Patient/ana',
        source: 'identifier',
        provider: 'citizens',
        identifier: { system: NUMBER, value: '42' },
      },
    ])
    expect(asked).toEqual([`Patient?identifier=${encodeURIComponent(`${NUMBER}|42`)}&_count=20`])
  })
  test.each([
    ['none', []],
    ['two', [numbered('Patient', 'ana'), numbered('Patient', 'other')]],
    [
      'one that the server gave unasked',
      [{ resourceType: 'Patient', id: 'ben', identifier: [{ system: NUMBER, value: '43' }] }],
    ],
    [
      'one of another system',
      [{ resourceType: 'Patient', id: 'ben', identifier: [{ system: 'https://x.test', value: '42' }] }],
    ],
    ['one without identifiers', [{ resourceType: 'Patient', id: 'ben' }]],
    ['one that is not active', [numbered('Patient', 'ana', { active: false })]],
  ])('%s: nothing', async (_name, found) => {
    records = found
    expect(await byNumber().of(ana())).toEqual([])
  })
  test('a merged record that is not active is not counted', async () => {
    records = [numbered('Patient', 'ana'), numbered('Patient', 'old', { active: false })]
    expect(await recordsOf(byNumber().of(ana()))).toEqual(['Patient/ana'])
  })
  test.each(['42,43', 'x|42', '42\\', '42$', '', '4\u00002', 42, ['42'], null, 'x'.repeat(201)])(
    'a claim of %j asks for nothing',
    async (number) => {
      records = [numbered('Patient', 'ana')]
      expect(await byNumber().of(ana({ number }))).toEqual([])
      expect(asked).toEqual([])
    },
  )
  test('the same claim of another provider asks for nothing', async () => {
    records = [numbered('Patient', 'ana')]
    expect(await byNumber().of(identity({ number: '42' }, 'staff'))).toEqual([])
    expect(asked).toEqual([])
  })
  test('REF-09: it is looked up again', async () => {
    records = [numbered('Patient', 'ana')]
    const [persona] = (await byNumber().of(ana())) as [Persona]
    expect(await byNumber().stillHolds(sub, persona)).toBe(true)
    expect(await known({ sources: ['identifier'], identifierLookups: [] }).stillHolds(sub, persona)).toBe(false)
    records = [numbered('Patient', 'other')]
    expect(await byNumber().stillHolds(sub, persona)).toBe(false)
    const { identifier: _none, ...unfound } = persona
    expect(await byNumber().stillHolds(sub, unfound)).toBe(false)
  })
})

test('source related-person: a parent is there once for each child', async () => {
  const settings: Partial<PersonaSettings> = { sources: ['identifier', 'related-person'] }
  records = [
    numbered('Patient', 'maria'),
    numbered('RelatedPerson', 'for-mateo'),
    numbered('RelatedPerson', 'for-lucia'),
    numbered('RelatedPerson', 'former', { active: false }),
    { resourceType: 'RelatedPerson', id: 'strangers' },
  ]
  const found = await known(settings).of(identity({ number: '42' }, 'citizens'))
  expect(found.map(({ record }) => record)).toEqual([
    'Patient/maria',
    'RelatedPerson/for-mateo',
    'RelatedPerson/for-lucia',
  ])
  const [, mateo] = found as [Persona, Persona]
  expect(await known(settings).stillHolds(sub, mateo)).toBe(true)
  records = [numbered('Patient', 'maria'), numbered('RelatedPerson', 'for-lucia')]
  expect(await known(settings).stillHolds(sub, mateo)).toBe(false)
})

test('a look-up for a provider that is not configured stops the start', () => {
  expect(() => known({ identifierLookups: [{ ...lookup, provider: 'nobody' }] })).toThrow('IDENTIFIER_LOOKUPS')
})

test('only the claims that a source reads are kept', () => {
  const settings = {
    sources: ['links'],
    fhirUserClaims: ['fhirUser'],
    claimSeconds: 1,
    identifierLookups: [lookup],
  } as const
  expect(claimsRead(settings)).toEqual([])
  expect(claimsRead({ ...settings, sources: ['claim', 'identifier'] })).toEqual(['fhirUser', 'number'])
})
