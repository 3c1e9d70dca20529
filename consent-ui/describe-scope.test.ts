import { describe, expect, test } from '@jest/globals'
import { RESOURCE_TYPES } from '../smart/fhir/resource-types.ts'
import { findDataName, GROUPS, namedTypes } from './catalogue.ts'
import { asksForChanges, describeScope } from './describe-scope.ts'

const said = (text: string) => describeScope(text, { lang: 'en', own: true })

describe('catalogue', () => {
  test('names every R4 type, and nothing else', () => {
    expect(namedTypes().sort()).toEqual([...RESOURCE_TYPES].sort())
  })

  test('no two types read the same', () => {
    const labels = namedTypes().map((type) => findDataName(type, undefined, { lang: 'en', own: true })?.label)
    expect(new Set(labels).size).toBe(labels.length)
  })

  test.each([...RESOURCE_TYPES])('AUTHZ-21: %s: no technical words', (type) => {
    const { label, group, hint } = said(`patient/${type}.rs`)
    expect(`${label} ${hint ?? ''}`).not.toMatch(/scope|resource|token|authori[sz]|FHIR|undefined|[a-z][A-Z]/)
    expect(GROUPS).toContain(group)
  })
})

test.each([
  ['openid', 'technical', 'Know who you are', []],
  ['fhirUser', 'technical', 'Know who you are', []],
  ['profile', 'technical', 'Know who you are', []],
  ['launch', 'technical', 'Know whose record this is', []],
  ['launch/patient', 'technical', 'Know whose record this is', []],
  ['launch/encounter', 'technical', 'Know whose record this is', []],
  ['offline_access', 'time', 'See your data when you are not using the app', []],
  ['online_access', 'time', 'See your data while you are signed in', []],
  ['patient/Immunization.rs', 'data', 'Vaccines (shots)', ['See']],
  ['patient/Immunization.read', 'data', 'Vaccines (shots)', ['See']],
  ['patient/*.rs', 'data', 'Your whole record, and new kinds of data added later', ['See']],
  [
    'patient/Observation.cruds',
    'data',
    'All tests and measurements',
    ['See', 'Add new items', 'Change items', 'Delete items'],
  ],
  [
    'patient/Observation.write',
    'data',
    'All tests and measurements',
    ['Add new items', 'Change items', 'Delete items'],
  ],
  ['patient/Observation.c', 'data', 'All tests and measurements', ['Add new items']],
  ['patient/Observation.rs?category=laboratory', 'data', 'Lab tests', ['See']],
  [
    'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs',
    'data',
    'Blood pressure, pulse, weight, height',
    ['See'],
  ],
  [
    'patient/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item',
    'data',
    'List of health problems, now and past',
    ['See'],
  ],
])('AUTHZ-21: %s is %s: %s', (scope, kind, label, verbs) => {
  expect(said(scope)).toMatchObject({ kind, label, verbs })
})

test('a filter without a name of its own is said in full', () => {
  expect(said('patient/Observation.rs?code=http://loinc.org|4548-4')).toMatchObject({
    label: 'All tests and measurements',
    hint: expect.stringContaining('Only where code is 4548-4'),
  })
})

test.each([
  ['patient/Observation.rs?date=ge2026-05-01', 'date is from 2026-05-01'],
  ['patient/Observation.rs?date=2026,lt2020', 'date is 2026 or is before 2020'],
  ['patient/*.rs?_lastUpdated=sa2026', '_lastUpdated starts after 2026'],
  ['patient/Observation.rs?code=ge,http://loinc.org|4548-4', 'code is ge or is 4548-4'],
  ['patient/Observation.rs?performer=Practitioner/wei', 'performer is Practitioner/wei'],
])('AUTHZ-21: the filter of %s is said as %s', (scope, hint) => {
  expect(said(scope).hint).toBe(`Only where ${hint}`)
})

test('two conditions never borrow the name of one', () => {
  const { label, hint } = said('patient/Observation.rs?category=laboratory&status=final')
  expect(label).toBe('All tests and measurements')
  expect(hint).toContain('category is laboratory and status is final')
})

test('reading and searching alone can be told apart', () => {
  const [read, search] = [said('patient/Goal.r'), said('patient/Goal.s')]
  expect(read.hint).not.toBe(search.hint)
})

test('records of everyone are marked', () => {
  expect(said('user/Patient.rs').everyone).toBe(true)
  expect(said('patient/Patient.rs').everyone).toBeUndefined()
})

test.each(['patient/Nonsense.rs', 'patient/Observation.sr', 'something-new', '', '<b>', 'launchpad'])(
  'what is not understood can be refused and is off: %j',
  (scope) => {
    const described = said(scope)
    expect(described.kind).toBe('data')
    expect(asksForChanges(described)).toBe(true)
  },
)
