import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isCovered, narrow, type Part, questionsOf, splitScope } from './narrowing.ts'
import { parseScope, type Scope, scopeContains } from './scope.ts'

const LAB = 'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
const SDOH = 'category=http://hl7.org/fhir/us/core/CodeSystem/us-core-category|sdoh'
const CONCERN = 'category=http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern'

function partsOf(text: string): string[] {
  return splitScope(text)?.parts.map((part) => part.text) ?? []
}

function withParts(part: Part): Part[] {
  return [part, ...part.parts.flatMap(withParts)]
}

function offeredBy(asked: readonly string[]): string[] {
  const parts = asked.map(splitScope).flatMap((whole) => (whole ? withParts(whole) : []))
  return [...asked, ...parts.map((part) => part.text)]
}

function scopesOf(texts: readonly string[]): Scope[] {
  return texts.map(parseScope).flatMap((parsed) => (parsed.ok ? [parsed.scope] : []))
}

describe('parts', () => {
  test.each([
    [
      'deeds are asked apart',
      'patient/Goal.cruds',
      ['patient/Goal.rs', 'patient/Goal.c', 'patient/Goal.u', 'patient/Goal.d'],
    ],
    ['only the letters asked for', 'user/Goal.rd', ['user/Goal.r', 'user/Goal.d']],
    ['v1 write', 'patient/Goal.write', ['patient/Goal.c', 'patient/Goal.u', 'patient/Goal.d']],
    ['one deed on one type', 'patient/Goal.rs', []],
    [
      'a filter stays',
      `patient/Observation.rds?${LAB}`,
      [`patient/Observation.rs?${LAB}`, 'patient/Observation.d?' + LAB],
    ],
    ['granular already', `patient/Observation.rs?${LAB}`, []],
    ['no categories for changes', 'patient/Observation.u', []],
    ['not clinical', 'offline_access', []],
  ])('%s', (_name, text, parts) => {
    expect(partsOf(text)).toEqual(parts)
  })

  test.each([
    ['patient/Condition.rs', 4, `patient/Condition.rs?${CONCERN}`],
    ['patient/Condition.read', 4, `patient/Condition.rs?${CONCERN}`],
    ['patient/Observation.r', 10, `patient/Observation.r?${SDOH}`],
    ['user/Observation.rs', 10, `user/Observation.rs?${LAB}`],
  ])('SCP-15, SCP-16: %s falls into the categories of US Core', (text, count, one) => {
    expect(partsOf(text)).toHaveLength(count)
    expect(partsOf(text)).toContain(one)
  })

  test('a wildcard falls into the types that hold data of patients, and what comes with them', () => {
    const types = partsOf('patient/*.rs')
    expect(types).toEqual(
      expect.arrayContaining(['Patient', 'Practitioner', 'Binary'].map((type) => `patient/${type}.rs`)),
    )
    expect(types).not.toContain('patient/StructureDefinition.rs')
    expect(types).not.toContain('patient/SearchParameter.rs')
  })

  test('nobody is asked to change a clinic’s own data', () => {
    expect(partsOf('patient/*.u')).toContain('patient/Goal.u')
    expect(partsOf('patient/*.u')).not.toContain('patient/Practitioner.u')
  })

  test('categories are found inside a wildcard with all letters', () => {
    const texts = withParts(splitScope('patient/*.*') as Part).map((part) => part.text)
    expect(texts).toContain(`patient/Observation.rs?${LAB}`)
    expect(new Set(texts).size).toBe(texts.length)
  })
})

describe('questions', () => {
  test.each([
    ['each deed', ['patient/Goal.cruds'], ['patient/Goal.rs', 'patient/Goal.c', 'patient/Goal.u', 'patient/Goal.d']],
    [
      'what a wildcard covers is not asked again',
      ['patient/Goal.rs', 'patient/*.read', 'patient/Task.r'],
      ['patient/*.read'],
    ],
    [
      'its changes are',
      ['patient/*.rs', 'patient/Goal.cruds'],
      ['patient/*.rs', 'patient/Goal.c', 'patient/Goal.u', 'patient/Goal.d'],
    ],
    ['two spellings are one question', ['patient/Goal.rs', 'patient/Goal.read'], ['patient/Goal.rs']],
    ['another context is another question', ['patient/*.rs', 'user/Goal.rs'], ['patient/*.rs', 'user/Goal.rs']],
    ['technical scopes are none', ['openid', 'offline_access', 'odd'], []],
  ])('%s', (_name, asked, questions) => {
    expect(questionsOf(asked).map((part) => part.text)).toEqual(questions)
  })
})

describe('SCP-17: granted', () => {
  test.each([
    ['nothing chosen', ['patient/Goal.rs'], [], []],
    ['the whole keeps the app’s spelling', ['patient/Goal.read'], ['patient/Goal.read'], ['patient/Goal.read']],
    ['read only of all', ['patient/*.*'], ['patient/*.rs'], ['patient/*.rs']],
    [
      'all deeds are the whole',
      ['patient/Goal.*'],
      ['patient/Goal.rs', 'patient/Goal.c', 'patient/Goal.u', 'patient/Goal.d'],
      ['patient/Goal.*'],
    ],
    [
      'a category in a wildcard',
      ['patient/*.rs'],
      [`patient/Observation.rs?${LAB}`],
      [`patient/Observation.rs?${LAB}`],
    ],
    ['a part beside its whole adds nothing', ['patient/*.rs'], ['patient/*.rs', 'patient/Goal.rs'], ['patient/*.rs']],
    [
      'all categories are not the whole: records without one stay out',
      ['patient/Condition.rs'],
      partsOf('patient/Condition.rs'),
      partsOf('patient/Condition.rs'),
    ],
    [
      'all types are not the wildcard: new kinds stay out',
      ['patient/*.d'],
      partsOf('patient/*.d'),
      partsOf('patient/*.d'),
    ],
    [
      'what is covered is granted as spelled',
      ['patient/Goal.read', 'patient/*.rs'],
      ['patient/*.rs'],
      ['patient/Goal.read', 'patient/*.rs'],
    ],
    [
      'technical scopes are no choice, time is',
      ['openid', 'launch/patient', 'offline_access'],
      [],
      ['openid', 'launch/patient'],
    ],
    ['time, chosen', ['offline_access', 'openid'], ['offline_access'], ['offline_access', 'openid']],
    ['not asked', ['patient/Goal.rs'], ['patient/*.rs', 'patient/Goal.cruds', 'offline_access', 'system/*.rs'], []],
    ['narrower, but no part that was offered', ['patient/Goal.rs'], ['patient/Goal.r', 'patient/Goal.rs?_tag=x'], []],
    ['asked twice', ['patient/Goal.rs', 'patient/Goal.rs'], ['patient/Goal.rs'], ['patient/Goal.rs']],
  ])('%s', (_name, asked, chosen, granted) => {
    expect(narrow(asked, new Set(chosen))).toEqual(granted)
  })
})

describe('for any request and any form', () => {
  const clinical = fc
    .tuple(
      fc.constantFrom('patient', 'user'),
      fc.constantFrom('*', 'Goal', 'Condition', 'Observation', 'Patient'),
      fc.oneof(
        fc.constantFrom('read', 'write', '*'),
        fc.subarray([...'cruds'], { minLength: 1 }).map((all) => all.join('')),
      ),
    )
    .map(([context, type, suffix]) => `${context}/${type}.${suffix}`)
  const scope = fc.oneof(
    clinical,
    fc.constantFrom(
      'openid',
      'offline_access',
      `patient/Observation.rs?${LAB}`,
      'http://smarthealthit.org/fhir/scopes/patient/*.rs',
    ),
  )
  const asked = fc.array(scope, { maxLength: 5 })
  /** A request, and some of the texts that its form offers. */
  const answered = asked.chain((texts) => {
    return fc.tuple(fc.constant(texts), fc.subarray(offeredBy(texts)))
  })
  const forged = fc.array(fc.oneof(clinical, fc.string()), { maxLength: 5 })

  test('everything granted lies within something asked (SCP-12)', () => {
    fc.assert(
      fc.property(answered, forged, ([texts, chosen], others) => {
        const wanted = scopesOf(texts)
        for (const granted of scopesOf(narrow(texts, new Set([...chosen, ...others])))) {
          expect(wanted.some((one) => scopeContains(one, granted))).toBe(true)
        }
      }),
    )
  })

  test('everything granted lies within something chosen', () => {
    fc.assert(
      fc.property(answered, ([texts, chosen]) => {
        const allowed = scopesOf(chosen)
        for (const text of narrow(texts, new Set(chosen))) {
          const part = splitScope(text)
          if (part !== undefined) expect(isCovered(part, allowed)).toBe(true)
        }
      }),
    )
  })

  test('everything chosen is granted', () => {
    fc.assert(
      fc.property(answered, ([texts, chosen]) => {
        const granted = scopesOf(narrow(texts, new Set(chosen)))
        for (const text of chosen) {
          const part = splitScope(text)
          if (part !== undefined) expect(isCovered(part, granted)).toBe(true)
        }
      }),
    )
  })

  test('choosing more never grants less', () => {
    fc.assert(
      fc.property(answered, fc.nat(), ([texts, chosen], cut) => {
        const fewer = narrow(texts, new Set(chosen.slice(0, cut % (chosen.length + 1))))
        const more = scopesOf(narrow(texts, new Set(chosen)))
        for (const text of fewer) {
          const part = splitScope(text)
          if (part !== undefined) expect(isCovered(part, more)).toBe(true)
        }
      }),
    )
  })

  test('choosing every root gives the request back', () => {
    fc.assert(
      fc.property(asked, (texts) => {
        expect(narrow(texts, new Set(texts))).toEqual([...new Set(texts)])
      }),
    )
  })

  test('texts that were not offered change nothing', () => {
    fc.assert(
      fc.property(answered, forged, ([texts, chosen], others) => {
        const offered = new Set(offeredBy(texts))
        const foreign = others.filter((text) => !offered.has(text))
        expect(narrow(texts, new Set([...chosen, ...foreign]))).toEqual(narrow(texts, new Set(chosen)))
      }),
    )
  })

  test('what was granted, chosen again, grants the same', () => {
    fc.assert(
      fc.property(answered, ([texts, chosen]) => {
        const once = narrow(texts, new Set(chosen))
        expect(narrow(texts, new Set(once))).toEqual(once)
      }),
    )
  })

  test('each part is in the grammar and narrower than its whole', () => {
    fc.assert(
      fc.property(clinical, (text) => {
        for (const whole of withParts(splitScope(text) as Part)) {
          for (const part of whole.parts) {
            expect(parseScope(part.text)).toMatchObject({ ok: true, scope: { text: part.text } })
            expect(scopeContains(whole.scope, part.scope)).toBe(true)
            expect(scopeContains(part.scope, whole.scope)).toBe(false)
          }
        }
      }),
    )
  })

  test('every question can be answered alone', () => {
    fc.assert(
      fc.property(asked, (texts) => {
        const questions = questionsOf(texts)
        for (const question of questions) {
          const granted = scopesOf(narrow(texts, new Set([question.text])))
          expect(isCovered(question, granted)).toBe(true)
          const others = questions.filter((one) => one !== question)
          expect(others.some((one) => isCovered(one, granted))).toBe(false)
        }
        expect(narrow(texts, new Set(questions.map((one) => one.text))).filter((text) => splitScope(text))).toEqual(
          [...new Set(texts)].filter((text) => splitScope(text)),
        )
      }),
    )
  })
})

test('a hostile request costs little', () => {
  const letters = ['r', 's', 'rs', 'c', 'u', 'cu', 'd', 'cruds', 'crs', 'cud', 'rd', 'read', 'write', '*']
  const asked = letters.flatMap((suffix) => ['patient', 'user'].map((context) => `${context}/*.${suffix}`))
  const chosen = asked
    .flatMap((text) => withParts(splitScope(text) as Part))
    .flatMap((part) => part.parts)
    .map((part) => part.text)
  const before = performance.now()
  narrow(asked, new Set(chosen))
  expect(performance.now() - before).toBeLessThan(1_000)
})
