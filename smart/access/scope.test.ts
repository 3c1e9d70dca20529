import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RESOURCE_TYPES } from '../fhir/resource-types.ts'
import { parseScope, printScope, type Scope, scopeContains } from './scope.ts'

/** What a scope means, in v2 form; or why it is none. */
function summary(text: string): string {
  const parsed = parseScope(text)
  return parsed.ok ? printScope(parsed.scope) : `refused: ${parsed.reason}`
}

function scopeOf(text: string): Scope {
  const parsed = parseScope(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.reason}`)
  return parsed.scope
}

describe('SEED-33: parseScope', () => {
  test.each([
    ['patient/Observation.r', 'patient/Observation.r'],
    ['patient/Observation.rs', 'patient/Observation.rs'],
    ['patient/Observation.cruds', 'patient/Observation.cruds'],
    ['patient/Observation.c', 'patient/Observation.c'],
    ['patient/Observation.u', 'patient/Observation.u'],
    ['patient/Observation.d', 'patient/Observation.d'],
    ['patient/Observation.s', 'patient/Observation.s'],
    ['patient/Observation.cud', 'patient/Observation.cud'],
    ['user/*.cruds', 'user/*.cruds'],
    ['system/*.rs', 'system/*.rs'],
    ['system/Patient.s', 'system/Patient.s'],
    ['user/PractitionerRole.r', 'user/PractitionerRole.r'],
  ])('SCP-01: letters: %s -> %s', (text, expected) => {
    expect(summary(text)).toBe(expected)
  })

  test.each([
    ['patient/*.read', 'patient/*.rs'],
    ['patient/Observation.read', 'patient/Observation.rs'],
    ['patient/Observation.write', 'patient/Observation.cud'],
    ['user/Observation.*', 'user/Observation.cruds'],
    ['user/*.*', 'user/*.cruds'],
  ])('SCP-02, SCP-03: words before letters: %s -> %s', (text, expected) => {
    expect(summary(text)).toBe(expected)
  })

  test.each([
    ['http://smarthealthit.org/fhir/scopes/patient/Observation.rs', 'patient/Observation.rs'],
    ['http://smarthealthit.org/fhir/scopes/user/*.read', 'user/*.rs'],
  ])('SCP-14: URI form: %s -> %s', (text, expected) => {
    expect(summary(text)).toBe(expected)
  })

  test.each([
    ['patient/Observation.rs?category=laboratory', 'patient/Observation.rs?category=laboratory'],
    [
      'patient/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item',
      'patient/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item',
    ],
    [
      'patient/Condition.rs?category=http%3A%2F%2Fterminology.hl7.org%2FCodeSystem%2Fcondition-category%7Chealth-concern',
      'patient/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|health-concern',
    ],
    ['patient/Observation.rs?category=a,b', 'patient/Observation.rs?category=a,b'],
    ['patient/Observation.rs?category=a&status=final', 'patient/Observation.rs?category=a&status=final'],
    ['patient/Observation.rs?category=a&category=b', 'patient/Observation.rs?category=a&category=b'],
    ['patient/Observation.rs?code=a+b', 'patient/Observation.rs?code=a%2Bb'],
    ['patient/Observation.rs?code=a%20b', 'patient/Observation.rs?code=a%20b'],
    ['patient/Observation.rs?_tag=x', 'patient/Observation.rs?_tag=x'],
    ['user/*.rs?_security=N', 'user/*.rs?_security=N'],
  ])('SCP-07, SCP-15, SCP-18: a condition, decoded once: %s -> %s', (text, expected) => {
    expect(summary(text)).toBe(expected)
  })

  test.each([
    ['', 'refused: not-clinical'],
    ['openid', 'refused: not-clinical'],
    ['launch/patient', 'refused: not-clinical'],
    ['offline_access', 'refused: not-clinical'],
    ['patient', 'refused: not-clinical'],
    ['patient/', 'refused: not-clinical'],
    ['patient/Observation', 'refused: not-clinical'],
    ['patient/.rs', 'refused: not-clinical'],
    ['Patient/Observation.rs', 'refused: not-clinical'],
    ['practitioner/Observation.rs', 'refused: not-clinical'],
    ['/Observation.rs', 'refused: not-clinical'],
    ['patient/Observation/x.rs', 'refused: not-clinical'],
    [' patient/Observation.rs', 'refused: not-clinical'],
    ['patient/Observation.rs ', 'refused: not-clinical'],
    ['patient/Observation.rs patient/Patient.rs', 'refused: not-clinical'],
    ['patient/Observation.rs\n', 'refused: not-clinical'],
    ['patient/Observation.rs?category="a"', 'refused: not-clinical'],
    ['patient/Observation.rs?category=\\', 'refused: not-clinical'],
    ['patient/Obsérvation.rs', 'refused: not-clinical'],
    ['https://smarthealthit.org/fhir/scopes/patient/Observation.rs', 'refused: not-clinical'],
    [`patient/Observation.rs?code=${'a'.repeat(1000)}`, 'refused: not-clinical'],
  ])('not a clinical scope: %s -> %s', (text, expected) => {
    expect(summary(text)).toBe(expected)
  })

  test.each([
    ['patient/observation.rs', 'refused: unknown-type'],
    ['patient/Unicorn.rs', 'refused: unknown-type'],
    ['patient/Obs*.rs', 'refused: unknown-type'],
    ['patient/**.rs', 'refused: unknown-type'],
    ['patient/Resource.rs', 'refused: unknown-type'],
    ['patient/DomainResource.rs', 'refused: unknown-type'],
    ['patient/constructor.rs', 'refused: unknown-type'],
    ['patient/__proto__.rs', 'refused: unknown-type'],
  ])('SCP-06: known types, as they are spelled: %s -> %s', (text, expected) => {
    expect(summary(text)).toBe(expected)
  })

  test.each([
    ['patient/Observation.', 'refused: permission-order'],
    ['patient/Observation.sr', 'refused: permission-order'],
    ['patient/Observation.dus', 'refused: permission-order'],
    ['patient/Observation.rr', 'refused: permission-order'],
    ['patient/Observation.RS', 'refused: permission-order'],
    ['patient/Observation.x', 'refused: permission-order'],
    ['patient/Observation.reads', 'refused: permission-order'],
    ['patient/Observation.Read', 'refused: permission-order'],
    ['patient/Observation.rs.', 'refused: permission-order'],
    ['patient/Observation.**', 'refused: permission-order'],
    ['patient/Observation.?category=a', 'refused: permission-order'],
  ])('SCP-01: letters in order, once each, at least one: %s -> %s', (text, expected) => {
    expect(summary(text)).toBe(expected)
  })

  test.each([
    ['patient/Observation.rs?', 'refused: bad-filter'],
    ['patient/Observation.rs?category', 'refused: bad-filter'],
    ['patient/Observation.rs?category=', 'refused: bad-filter'],
    ['patient/Observation.rs?=laboratory', 'refused: bad-filter'],
    ['patient/Observation.rs?category=a&', 'refused: bad-filter'],
    ['patient/Observation.rs?&category=a', 'refused: bad-filter'],
    ['patient/Observation.rs?category:in=a', 'refused: bad-filter'],
    ['patient/Observation.rs?category:not=a', 'refused: bad-filter'],
    ['patient/Observation.rs?subject.name=a', 'refused: bad-filter'],
    ['patient/Observation.rs?_filter=a', 'refused: bad-filter'],
    ['patient/Observation.rs?_has:Observation:patient:code=a', 'refused: bad-filter'],
    ['patient/Observation.rs?colour=red', 'refused: bad-filter'],
    ['patient/Observation.rs?Category=a', 'refused: bad-filter'],
    ['patient/Observation.rs?toString=a', 'refused: bad-filter'],
    ['patient/Observation.rs?category=%', 'refused: bad-filter'],
    ['patient/Observation.rs?category=%ff', 'refused: bad-filter'],
    ['patient/*.rs?category=a', 'refused: bad-filter'],
    ['patient/Observation.read?category=a', 'refused: bad-filter'],
    ['patient/Observation.*?category=a', 'refused: bad-filter'],
  ])('SCP-08, SCP-09: a filter that is not plainly parameter=value is never dropped: %s -> %s', (text, expected) => {
    expect(summary(text)).toBe(expected)
  })

  test('keeps the text as asked for, so that v1 is answered as v1 (SCP-03)', () => {
    expect(scopeOf('patient/Observation.read').text).toBe('patient/Observation.read')
  })

  test('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof parseScope(text).ok === 'boolean'))
  })
})

const letters = fc
  .subarray([...'cruds'], { minLength: 1 })
  .map((some) => [...'cruds'].filter((letter) => some.includes(letter)).join(''))
const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const filter = fc.array(fc.tuple(fc.constantFrom('category', 'code', 'status', '_id'), value), { maxLength: 3 })
const context = fc.constantFrom('patient' as const, 'user' as const, 'system' as const)
const observationScope = fc.record({ context, type: fc.constant('Observation'), permissions: letters, filter })
const anyTypeScope = fc.record({
  context,
  type: fc.constantFrom('*', ...RESOURCE_TYPES),
  permissions: letters,
  filter: fc.constant<[string, string][]>([]),
})
const scope = fc.oneof(observationScope, anyTypeScope)

describe('SEED-33: printScope', () => {
  test('parse(print(scope)) gives the scope', () => {
    fc.assert(
      fc.property(scope, (parts) => {
        const text = printScope({ ...parts, text: '' })
        fc.pre(text.length <= 1000)
        expect(parseScope(text)).toEqual({ ok: true, scope: { ...parts, text } })
      }),
    )
  })

  test('print(parse(text)) is stable', () => {
    fc.assert(
      fc.property(scope, (parts) => {
        const text = printScope({ ...parts, text: '' })
        fc.pre(text.length <= 1000)
        expect(summary(text)).toBe(text)
      }),
    )
  })
})

describe('scopeContains', () => {
  test.each([
    ['patient/*.rs', 'patient/Observation.r', true],
    ['patient/*.read', 'patient/Observation.rs', true],
    ['patient/Observation.rs', 'patient/Observation.rs', true],
    ['patient/Observation.rs', 'patient/Observation.read', true],
    ['patient/*.cruds', 'patient/*.rs', true],
    ['patient/Observation.rs', 'patient/Observation.rs?category=a', true],
    ['patient/Observation.rs?category=a', 'patient/Observation.r?category=a', true],
    ['patient/Observation.rs?category=a', 'patient/Observation.r?category=a&status=final', true],
    ['patient/Observation.rs?category=a,b', 'patient/Observation.rs?category=b', true],
    ['patient/*.rs?_tag=x', 'patient/Observation.rs?_tag=x', true],
    ['patient/Observation.rs', 'patient/*.rs', false],
    ['patient/Observation.r', 'patient/Observation.rs', false],
    ['patient/Observation.rs', 'patient/Condition.rs', false],
    ['patient/Observation.rs', 'user/Observation.rs', false],
    ['user/Observation.rs', 'patient/Observation.rs', false],
    ['system/*.cruds', 'user/*.r', false],
    ['patient/Observation.rs?category=a', 'patient/Observation.rs', false],
    ['patient/Observation.rs?category=a', 'patient/Observation.rs?category=b', false],
    ['patient/Observation.rs?category=a', 'patient/Observation.rs?category=a,b', false],
    ['patient/Observation.rs?category=a', 'patient/Observation.rs?code=a', false],
    ['patient/Observation.rs?category=a&status=final', 'patient/Observation.rs?category=a', false],
    ['patient/Observation.rs?category=a%5C,b', 'patient/Observation.rs?category=b', false],
    ['patient/*.rs?_tag=x', 'patient/Observation.rs', false],
  ])('%s contains %s: %s', (allowed, wanted, expected) => {
    expect(scopeContains(scopeOf(allowed), scopeOf(wanted))).toBe(expected)
  })

  test('is reflexive and transitive', () => {
    fc.assert(
      fc.property(scope, scope, scope, (a, b, c) => {
        const [x, y, z] = [
          { ...a, text: '' },
          { ...b, text: '' },
          { ...c, text: '' },
        ]
        expect(scopeContains(x, x)).toBe(true)
        if (scopeContains(x, y) && scopeContains(y, z)) expect(scopeContains(x, z)).toBe(true)
      }),
    )
  })
})
