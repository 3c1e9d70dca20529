import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { narrow, type Part, questionsOf, splitScope } from '../smart/access/narrowing.ts'
import { chosenScopes } from './chosen-scopes.ts'
import { consentPage } from './consent-page.ts'
import { requestOfAna } from './example-pages.ts'

const OBSERVATION = 'patient/Observation.rs'
const CATEGORIES = splitScope(OBSERVATION)?.parts.map(({ text }) => text) ?? []
const REST = `${OBSERVATION} rest`
const [LAB = '', VITALS = ''] = CATEGORIES

/** What a browser posts when nothing is touched: every box that is on, wherever it stands. */
function formOf(page: string): URLSearchParams {
  const form = new URLSearchParams()
  for (const [input] of page.matchAll(/<input type="(checkbox|hidden)"[^>]*>/g)) {
    const [, name = ''] = / name="([^"]*)"/.exec(input) ?? []
    const [, value = ''] = / value="([^"]*)"/.exec(input) ?? []
    if (input.includes('"hidden"') || input.includes(' checked')) form.append(name, value.replaceAll('&amp;', '&'))
  }
  return form
}

function posted(scopes: string[], parts: string[]): URLSearchParams {
  return new URLSearchParams([
    ['parts', 'shown'],
    ...scopes.map((scope) => ['scope', scope]),
    ...parts.map((part) => ['part', part]),
  ])
}

test.each([
  ['on, and all below it: the whole', [OBSERVATION], [...CATEGORIES, REST], [OBSERVATION]],
  ['on, and all but the rest: the parts', [OBSERVATION], CATEGORIES, CATEGORIES],
  ['the rest alone: nothing, since no scope can name it', [OBSERVATION], [REST], []],
  ['on, and some below it: those', [OBSERVATION], [LAB, VITALS], [LAB, VITALS]],
  ['on, and nothing below it: nothing', [OBSERVATION], [], []],
  ['off, with ticks below it: nothing', [], [...CATEGORIES, REST], []],
  ['a part as a question of its own: nothing', [LAB], [...CATEGORIES, REST], []],
  ['a part of something else', [OBSERVATION], ['patient/Goal.rs'], []],
])('%s', (_name, scopes, parts, chosen) => {
  expect([...chosenScopes([OBSERVATION], posted(scopes, parts))]).toEqual(chosen)
})

test('a group that is off takes its kinds along', () => {
  const form = formOf(consentPage({ ...requestOfAna, scopes: ['patient/*.rs'] }))
  form.delete('part', 'patient/*.rs notes')
  const chosen = chosenScopes(['patient/*.rs'], form)
  expect(chosen).toContain('patient/Goal.rs')
  expect(chosen).not.toContain('patient/*.rs')
  expect(chosen).not.toContain('patient/DocumentReference.rs')
})

test('a category that is off inside a wildcard is off, and the other kinds stay whole', () => {
  const form = formOf(consentPage({ ...requestOfAna, scopes: ['patient/*.rs'] }))
  form.delete('part', LAB)
  const chosen = chosenScopes(['patient/*.rs'], form)
  expect(chosen).toContain(VITALS)
  expect(chosen).toContain('patient/Condition.rs')
  for (const wider of [LAB, OBSERVATION, 'patient/*.rs']) expect(chosen).not.toContain(wider)
})

test('a form without boxes for parts is taken at its word', () => {
  expect([...chosenScopes([OBSERVATION], new URLSearchParams({ scope: LAB }))]).toEqual([LAB])
})

test('the page shows what is granted: posted as it stands, it grants what was chosen', () => {
  const asked = fc.uniqueArray(
    fc.constantFrom(
      ...['patient/*.read', 'patient/*.cruds', OBSERVATION, LAB, 'patient/Condition.*', 'patient/Goal.r'],
      ...['user/*.s', 'patient/Goal.write', 'online_access', 'offline_access', 'openid', 'patient/Condition.c'],
    ),
    { maxLength: 5 },
  )
  const withParts = (part: Part): string[] => [part.text, ...part.parts.flatMap(withParts)]
  const answered = asked.chain((scopes) => {
    return fc.tuple(fc.constant(scopes), fc.subarray(questionsOf(scopes).flatMap(withParts)))
  })
  fc.assert(
    fc.property(answered, ([scopes, chosen]) => {
      const page = consentPage({ ...requestOfAna, scopes, chosen })
      const granted = narrow(scopes, chosenScopes(scopes, formOf(page)))
      expect(granted).toEqual(narrow(scopes, new Set(chosen)))
    }),
  )
})

test('untouched, the page grants all that is only looked at', () => {
  const scopes = ['openid', 'patient/*.cruds', 'offline_access']
  expect(narrow(scopes, chosenScopes(scopes, formOf(consentPage({ ...requestOfAna, scopes }))))).toEqual([
    'openid',
    'patient/*.rs',
  ])
})
