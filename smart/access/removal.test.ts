import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { questionsOf } from './narrowing.ts'
import { without } from './removal.ts'
import { parseScope, type Scope, scopeContains } from './scope.ts'

const LAB = 'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'

describe('SEED-22: taking something out of what was granted', () => {
  test.each([
    ['a kind', ['patient/Goal.rs', 'patient/Task.rs', 'openid'], ['patient/Task.rs'], ['patient/Goal.rs', 'openid']],
    [
      'deleting alone',
      ['patient/Goal.cruds'],
      ['patient/Goal.d'],
      ['patient/Goal.rs', 'patient/Goal.c', 'patient/Goal.u'],
    ],
    ['how long it lasts stays', ['patient/Goal.rs', 'offline_access'], ['patient/Goal.rs'], ['offline_access']],
    ['nothing that was not there', ['patient/Goal.rs'], ['patient/Task.rs', 'offline_access'], ['patient/Goal.rs']],
    ['a category that was granted alone', [LAB, 'patient/Goal.rs'], [LAB], ['patient/Goal.rs']],
  ])('%s', (_name, scopes, removed, left) => expect(without(scopes, new Set(removed)).sort()).toEqual(left.sort()))

  test('a kind of the whole record takes the second spelling of it along, and what is added later', () => {
    const left = without(['patient/*.rs', 'patient/Observation.rs'], new Set(['patient/Observation.rs']))
    expect(left).not.toContain('patient/*.rs')
    expect(left.filter((text) => text.includes('Observation'))).toEqual([])
    expect(left).toContain('patient/Condition.rs')
  })

  test.each([
    ['an older spelling of it', 'patient/Observation.read'],
    ['it with a limit in time', 'patient/Observation.rs?date=ge2025-11-21'],
    ['a category of it', LAB],
    ['a category of it with a limit in time', `${LAB}&date=ge2025-11-21`],
  ])('what another grant of the same app calls it goes too: %s', (_name, scope) =>
    expect(without([scope, 'patient/Goal.rs'], new Set(['patient/Observation.rs']))).toEqual(['patient/Goal.rs']),
  )

  test('reading taken away takes searching along, in another scope too', () => {
    const left = without(['patient/*.r', 'patient/Goal.rs'], new Set(['patient/Goal.r']))
    expect(left.filter((text) => /Goal|\*/.test(text))).toEqual([])
    expect(left).toContain('patient/Condition.r')
  })

  test('one category: the others stay, and records without one go', () => {
    const left = without(['patient/Observation.rs'], new Set([LAB]))
    expect(left).not.toContain('patient/Observation.rs')
    expect(left.some((text) => text.includes('laboratory'))).toBe(false)
    expect(left.some((text) => text.includes('vital-signs'))).toBe(true)
  })
})

const scope = fc
  .tuple(fc.constantFrom('*', 'Observation', 'Goal', 'Condition'), fc.constantFrom('rs', 'r', 'cruds', 'cu', 'rsd'))
  .map(([type, letters]) => `patient/${type}.${letters}`)
const clinical = (texts: readonly string[]): Scope[] =>
  texts.map(parseScope).flatMap((parsed) => (parsed.ok ? [parsed.scope] : []))

test('SEED-22, SCP-12: what is left lies within what was there, and holds nothing of what was taken out', () => {
  fc.assert(
    fc.property(fc.uniqueArray(scope, { minLength: 1, maxLength: 4 }), fc.nat(), (scopes, pick) => {
      const parts = questionsOf(scopes).flatMap((part) => [part, ...part.parts])
      const taken = parts[pick % parts.length]
      if (taken === undefined) return
      const left = clinical(without(scopes, new Set([taken.text])))
      for (const one of left) expect(clinical(scopes).some((held) => scopeContains(held, one))).toBe(true)
      expect(left.some((one) => scopeContains(one, taken.scope))).toBe(false)
    }),
  )
})
