import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RESOURCE_TYPES } from '../fhir/resource-types.ts'
import { canBeJudged, compileAccess } from './access.ts'
import { dateParameterOf, isDated, limitedFrom } from './look-back.ts'
import { parseScope, type Scope, scopeContains } from './scope.ts'

const FROM = '2025-11-21'
const LAB = 'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'

function scopesOf(texts: readonly string[]): Scope[] {
  return texts.map(parseScope).flatMap((parsed) => (parsed.ok ? [parsed.scope] : []))
}

describe('AUTHZ-21: a limit in time', () => {
  test.each([
    ['on a kind that has its day', 'patient/Observation.rs', ['patient/Observation.rs?date=ge2025-11-21']],
    ['beside a category', `patient/Observation.rs?${LAB}`, [`patient/Observation.rs?${LAB}&date=ge2025-11-21`]],
    ['only on looking', 'patient/Encounter.cruds', ['patient/Encounter.rs?date=ge2025-11-21', 'patient/Encounter.cud']],
    ['in v1 form too', 'user/Claim.read', ['user/Claim.rs?created=ge2025-11-21']],
    ['not on what is only written', 'patient/Observation.c', ['patient/Observation.c']],
    ['not on what must be known however old', 'patient/AllergyIntolerance.rs', ['patient/AllergyIntolerance.rs']],
    ['not on technical scopes', 'offline_access', ['offline_access']],
    ['leaves out kinds of which nobody can say the day', 'patient/MolecularSequence.rs', []],
    ['and keeps what is written of them', 'patient/MolecularSequence.rd', ['patient/MolecularSequence.d']],
    ['leaves out files without the notes that lead to them', 'patient/Binary.rs', []],
  ])('%s: %s', (_name, text, expected) => {
    expect(limitedFrom([text], FROM)).toEqual(expected)
  })

  test('files do not come with notes of another reach', () => {
    const limited = limitedFrom(['patient/Binary.rs', 'user/DocumentReference.rs'], FROM)
    expect(limited).toEqual(['user/DocumentReference.rs?date=ge2025-11-21'])
  })

  test('files come with the notes that lead to them', () => {
    expect(limitedFrom(['patient/Binary.rs', 'patient/DocumentReference.rs'], FROM)).toEqual([
      'patient/Binary.rs',
      'patient/DocumentReference.rs?date=ge2025-11-21',
    ])
  })

  test('a wildcard falls apart into its types, and its changes stay whole', () => {
    const limited = limitedFrom(['patient/*.cruds'], FROM)
    expect(limited).toEqual(
      expect.arrayContaining([
        'patient/*.cud',
        'patient/Condition.rs',
        'patient/DiagnosticReport.rs?date=ge2025-11-21',
        'patient/ExplanationOfBenefit.rs?created=ge2025-11-21',
        'patient/Binary.rs',
      ]),
    )
    expect(scopesOf(limited).filter(({ type, permissions }) => type === '*' && /[rs]/.test(permissions))).toEqual([])
  })

  test('of safety nothing is left out', () => {
    for (const type of ['AllergyIntolerance', 'Condition', 'MedicationRequest', 'Immunization', 'Device', 'Patient']) {
      expect(isDated(type)).toBe(false)
    }
  })

  test('each date is one that the proxy can judge', () => {
    const dated = RESOURCE_TYPES.filter((type) => dateParameterOf(type) !== undefined)
    expect(dated.length).toBeGreaterThan(20)
    for (const type of dated) {
      const [scope] = scopesOf(limitedFrom([`patient/${type}.rs`], FROM))
      expect(scope && canBeJudged(scope)).toBe(true)
    }
  })
})

describe('for any scopes', () => {
  const clinical = fc
    .tuple(
      fc.constantFrom('patient', 'user'),
      fc.constantFrom('*', ...RESOURCE_TYPES),
      fc.oneof(
        fc.constantFrom('read', 'write', '*'),
        fc.subarray([...'cruds'], { minLength: 1 }).map((all) => all.join('')),
      ),
    )
    .map(([context, type, suffix]) => `${context}/${type}.${suffix}`)
  const scopes = fc.array(
    fc.oneof(clinical, fc.constantFrom('openid', 'offline_access', `patient/Observation.rs?${LAB}`)),
    { maxLength: 6 },
  )

  test('a limit never widens: all that is left lies within something granted (SCP-12)', () => {
    fc.assert(
      fc.property(scopes, (texts) => {
        const before = scopesOf(texts)
        for (const after of scopesOf(limitedFrom(texts, FROM))) {
          expect(before.some((one) => scopeContains(one, after))).toBe(true)
        }
      }),
    )
  })

  test('nothing with its day can be read or searched without the limit', () => {
    fc.assert(
      fc.property(scopes, (texts) => {
        const { clauses } = compileAccess({
          client_id: 'app',
          scope: limitedFrom(texts, FROM).join(' '),
          patient: 'alice',
          person: 'Patient/alice',
        })
        for (const { type, permissions, filter } of clauses) {
          if (!/[rs]/.test(permissions)) continue
          expect(type).not.toBe('*')
          if (isDated(type)) expect(filter.some(({ value }) => value === `ge${FROM}`)).toBe(true)
        }
      }),
    )
  })

  test('what is written is what it was', () => {
    const written = (texts: readonly string[]) =>
      RESOURCE_TYPES.flatMap((type) =>
        [...'cud']
          .filter((letter) =>
            scopesOf(texts).some((one) => (one.type === '*' || one.type === type) && one.permissions.includes(letter)),
          )
          .map((letter) => `${type}.${letter}`),
      )
    fc.assert(fc.property(scopes, (texts) => expect(written(limitedFrom(texts, FROM))).toEqual(written(texts))))
  })

  test('limited again it is the same, for the same day', () => {
    fc.assert(
      fc.property(scopes, (texts) => {
        const once = limitedFrom(texts, FROM)
        const access = (all: readonly string[]) =>
          compileAccess({ client_id: 'app', scope: all.join(' '), patient: 'alice' }).clauses.length
        expect(access(limitedFrom(once, FROM))).toBe(access(once))
      }),
    )
  })
})
