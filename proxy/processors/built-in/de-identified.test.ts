import { describe, expect, test } from '@jest/globals'
import { membersOf } from '../../../smart/fhir/element-types.ts'
import { RESOURCE_TYPES } from '../../../smart/fhir/resource-types.ts'
import { parseLossless } from '../lossless-json.ts'
import { deIdentified } from './de-identified.ts'

const LABEL = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'REDACTED' }

/** What a name would look like, wherever it stood. */
const NAME = 'Ana Ruiz'
const REPEATED =
  /^(identifier|name|telecom|address|photo|note|contained|extension|modifierExtension|given|line|contact)$/
const PLAIN: Readonly<Record<string, unknown>> = {
  boolean: true,
  integer: 7,
  positiveInt: 7,
  unsignedInt: 7,
  decimal: 7,
  code: 'code',
  id: 'id-1',
  date: '1974-05-06',
  dateTime: '2024-05-06T07:08:09Z',
  instant: '2024-05-06T07:08:09.123Z',
  time: '07:08',
  uri: 'http://test.example/uri',
  canonical: 'http://test.example/canonical|1',
  oid: 'urn:oid:1.2.3',
  url: `https://test.example/${NAME}`,
  uuid: `urn:uuid:${NAME}`,
}

/** A value of the type with everything that R4 knows in it, and a name in each text. */
function full(type: string, depth = 0): unknown {
  const plain = PLAIN[type]
  if (plain !== undefined) return plain
  if (type === 'Resource')
    return { resourceType: 'Patient', id: 'inner', name: [{ text: NAME }], birthDate: '1974-05-06' }
  if (type === 'Extension') return { url: 'http://x', valueString: NAME }
  const members = membersOf(type)
  if (members.size === 0) return NAME
  if (depth > 3) return undefined
  return Object.fromEntries(
    [...members].flatMap(([member, of]): [string, unknown][] => {
      const value = full(of, depth + 1)
      const said: [string, unknown] = [member, REPEATED.test(member) ? [value] : value]
      return [said, [`_${member}`, { extension: [{ url: 'http://x', valueString: NAME }] }]]
    }),
  )
}

/** Paths of all texts that are left. */
function textsIn(value: unknown, type: string, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => textsIn(one, type, path))
  if (typeof value === 'string') return value.includes(NAME) ? [path] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([member, one]) =>
    textsIn(one, membersOf(type).get(member) ?? '', `${type}.${member}`),
  )
}

test.each(RESOURCE_TYPES)('%s with everything in it: no text is left but that of codes and units', (type) => {
  const record = { resourceType: type, ...(full(type) as object), id: 'id-1', whatever: NAME }
  expect(JSON.stringify(record)).toContain(NAME)
  const left = deIdentified(record)
  expect(left).toMatchObject({ resourceType: type, id: 'id-1' })
  const allowed = /^(Coding\.(display|version)|(Age|Count|Distance|Duration|Quantity)\.unit)$/
  expect([...new Set(textsIn(left, type))].filter((path) => !allowed.test(path))).toEqual([])
  const text = JSON.stringify(left)
  expect(text).not.toMatch(/"(telecom|photo|whatever|_[a-zA-Z]+|extension|text|div)"/)
  expect(text).not.toMatch(/"birthDate":"1974-/)
})

describe('what goes and what stays', () => {
  const cases: [string, object, object][] = [
    [
      'a patient',
      {
        resourceType: 'Patient',
        id: 'p1',
        meta: { versionId: '3', lastUpdated: '2026-01-01T00:00:00Z', profile: ['http://test.example/p'] },
        text: { status: 'generated', div: `<div>${NAME}</div>` },
        identifier: [{ system: 'http://ssn', value: '123' }],
        active: true,
        name: [{ family: 'Ruiz', given: ['Ana'] }],
        telecom: [{ system: 'phone', value: '555' }],
        gender: 'female',
        birthDate: '1974-05-06',
        _birthDate: { extension: [{ url: 'http://birthTime', valueDateTime: '1974-05-06T07:00:00Z' }] },
        deceasedBoolean: false,
        address: [{ city: 'Ghent' }],
        maritalStatus: { coding: [{ system: 'http://m', code: 'M', display: 'Married' }], text: 'to Bob' },
        photo: [{ url: 'http://photo' }],
        contact: [{ relationship: [{ coding: [{ code: 'N' }] }], name: { text: 'Bob' }, telecom: [{ value: '555' }] }],
        generalPractitioner: [{ reference: 'Practitioner/wei', display: 'Dr Wei', identifier: { value: '9' } }],
        extension: [{ url: 'http://mothersMaidenName', valueString: 'Smith' }],
      },
      {
        resourceType: 'Patient',
        id: 'p1',
        meta: {
          versionId: '3',
          lastUpdated: '2026-01-01T00:00:00Z',
          profile: ['http://test.example/p'],
          security: [LABEL],
        },
        active: true,
        gender: 'female',
        birthDate: '1974',
        deceasedBoolean: false,
        maritalStatus: { coding: [{ system: 'http://m', code: 'M', display: 'Married' }] },
        contact: [{ relationship: [{ coding: [{ code: 'N' }] }] }],
        generalPractitioner: [{ reference: 'Practitioner/wei' }],
      },
    ],
    [
      'contained records, by the same rules',
      {
        resourceType: 'MedicationRequest',
        contained: [
          { resourceType: 'Patient', id: 'c1', name: [{ text: NAME }], birthDate: '1974-05' },
          { resourceType: 'Ghost', id: 'c2', value: NAME },
        ],
        subject: { reference: '#c1' },
        dosageInstruction: [{ text: `For ${NAME}`, doseAndRate: [{ doseQuantity: { value: 1, unit: 'mg' } }] }],
      },
      {
        resourceType: 'MedicationRequest',
        meta: { security: [LABEL] },
        contained: [{ resourceType: 'Patient', id: 'c1', birthDate: '1974' }],
        subject: { reference: '#c1' },
        dosageInstruction: [{ doseAndRate: [{ doseQuantity: { value: 1, unit: 'mg' } }] }],
      },
    ],
    [
      'answers: codes and numbers, not texts',
      {
        resourceType: 'QuestionnaireResponse',
        item: [
          { linkId: '1', text: 'Your name?', answer: [{ valueString: NAME }] },
          { linkId: '1.2', answer: [{ valueInteger: 3 }, { valueReference: { reference: 'Patient?name=Ana' } }] },
        ],
      },
      {
        resourceType: 'QuestionnaireResponse',
        meta: { security: [LABEL] },
        item: [{ linkId: '1' }, { linkId: '1.2', answer: [{ valueInteger: 3 }] }],
      },
    ],
    [
      'what changes the meaning, without its texts',
      {
        resourceType: 'Observation',
        modifierExtension: [
          { url: 'http://refuted', valueBoolean: true },
          { url: 'http://said-by', valueString: NAME },
        ],
        meta: { security: [{ code: 'R' }, LABEL] },
      },
      {
        resourceType: 'Observation',
        meta: { security: [{ code: 'R' }, LABEL] },
        modifierExtension: [{ url: 'http://refuted', valueBoolean: true }, { url: 'http://said-by' }],
      },
    ],
    [
      'births of relatives',
      { resourceType: 'FamilyMemberHistory', name: 'Bob', bornDate: '1950-01-02', ageString: 'old' },
      { resourceType: 'FamilyMemberHistory', meta: { security: [LABEL] }, bornDate: '1950' },
    ],
    [
      'values that are not what R4 says',
      {
        resourceType: 'Observation',
        id: 'has spaces',
        status: `final for ${NAME}`,
        issued: NAME,
        code: NAME,
        effectiveDateTime: { text: NAME },
        valueQuantity: [{ value: NAME, system: 'mailto:ana@example.org' }],
        subject: { reference: 'urn:name:ana', type: NAME },
        instantiatesUri: 'data:text/plain,Ana',
      },
      { resourceType: 'Observation', meta: { security: [LABEL] } },
    ],
    [
      'a file',
      { resourceType: 'Binary', id: 'b', contentType: 'text/plain', data: 'QW5h' },
      { resourceType: 'Binary', id: 'b', meta: { security: [LABEL] }, contentType: 'text/plain' },
    ],
  ]
  test.each(cases)('%s', (_name, given, left) => expect(deIdentified(given)).toEqual(left))

  test('numbers keep their digits', () => {
    const given = parseLossless('{"resourceType":"Observation","valueQuantity":{"value":70.10,"unit":"kg"}}')
    expect(JSON.stringify(deIdentified(given))).toContain('"valueQuantity":{"value":70.10,"unit":"kg"}')
  })
  test.each([[{}], [{ resourceType: 'Ghost' }], [null], ['text'], [[]]])('%j is no record', (value) =>
    expect(deIdentified(value)).toBeUndefined(),
  )
})
