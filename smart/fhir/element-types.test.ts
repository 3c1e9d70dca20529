import { expect, test } from '@jest/globals'
import { findElementType, membersOf } from './element-types.ts'

test.each<[string, string, string, boolean]>([
  ['Observation', 'status', 'status:code', false],
  ['Observation', 'category', 'category:CodeableConcept', true],
  ['Observation', 'component', 'component:Observation.component', true],
  ['Observation.component', 'referenceRange', 'referenceRange:Observation.referenceRange', true],
  ['Observation', 'meta', 'meta:Meta', false],
  ['Observation', 'contained', 'contained:Resource', true],
  ['Observation.component', 'modifierExtension', 'modifierExtension:Extension', true],
  ['Patient', 'deceased', 'deceasedBoolean:boolean deceasedDateTime:dateTime', false],
  ['HumanName', 'given', 'given:string', true],
  ['Dosage', 'extension', 'extension:Extension', true],
  ['Quantity', 'comparator', 'comparator:code', false],
])('%s.%s', (type, name, inJson, isRepeated) => {
  const found = findElementType(type, name)
  expect([...(found?.inJson ?? [])].map((one) => one.join(':')).join(' ')).toBe(inJson)
  expect(found?.isRepeated).toBe(isRepeated)
})

test.each([
  ['Observation', 'valueQuantity'],
  ['Observation', 'resourceType'],
  ['Observation', 'value[x]'],
  ['Observation', ''],
  ['Bundle', 'text'],
  ['string', 'value'],
  ['Meta', 'project'],
  ['toString', 'name'],
])('R4 has no %s.%s', (type, name) => expect(findElementType(type, name)).toBeUndefined())

test('all members of a type, its own and those of what it is a kind of', () => {
  const members = membersOf('Observation')
  expect(members.get('valueQuantity')).toBe('Quantity')
  expect(members.get('valueString')).toBe('string')
  expect(members.get('modifierExtension')).toBe('Extension')
  expect(members.get('language')).toBe('code')
  expect(members.has('value')).toBe(false)
  expect(members.has('resourceType')).toBe(false)
})
test.each(['Ghost', 'toString', '', 'string'])('%s has none', (type) => expect(membersOf(type).size).toBe(0))
