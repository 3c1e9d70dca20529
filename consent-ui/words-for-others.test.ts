// A clinician, a parent: nothing on the page calls somebody else's data theirs.
import { describe, expect, test } from '@jest/globals'
import { findDataName, GROUPS, namedTypes } from './catalogue.ts'
import { consentPage } from './consent-page.ts'
import { requestOfAna } from './example-pages.ts'
import { wordsFor } from './words-for-others.ts'

const others = { own: false }

test.each(namedTypes())('%s: said of another person', (type) => {
  const { label, hint = '', group } = findDataName(type) ?? { label: '', group: '' }
  for (const text of [label, hint, group]) expect(wordsFor(text, others)).not.toMatch(/\byou(rs?)?\b/i)
})

test('no two types read the same, nor two groups', () => {
  const labels = namedTypes().map((type) => wordsFor(findDataName(type)?.label ?? '', others))
  expect(new Set(labels).size).toBe(labels.length)
  expect(new Set(GROUPS.map((group) => wordsFor(group, others))).size).toBe(GROUPS.length)
})

test('to the person all is said as it is', () => {
  expect(wordsFor('Medicines you take', { own: true })).toBe('Medicines you take')
})

describe('AUTHZ-21: the page for somebody else’s data', () => {
  const scopes = [
    'openid',
    'offline_access',
    'patient/*.cruds',
    'patient/Patient.r',
    'user/Observation.rs',
    'patient/Binary.s',
  ]
  const shown = (own: boolean) =>
    consentPage({ ...requestOfAna, own, scopes })
      .replace(/ value="[^"]*"/g, '')
      .replace(/<[^>]*>/g, '\n')

  test('never says that it is the reader’s', () => {
    expect(shown(false)).not.toMatch(
      /about you\b|your (own|whole|data|health|medical|record|care|clinic|medicines|family|doctors)|for you\b/i,
    )
    for (const said of [
      'The data goes to',
      'About the person',
      'The care team will see it',
      'See the data when you are not',
    ]) {
      expect(shown(false)).toContain(said)
    }
  })
  test('and to the person says that it is', () => {
    for (const said of [
      'Your data goes to',
      'About you',
      'Your care team will see it',
      'See your data when you are not',
    ]) {
      expect(shown(true)).toContain(said)
    }
  })
})
