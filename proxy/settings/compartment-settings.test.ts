import { expect, test } from '@jest/globals'
import { COMPARTMENT_TYPES, DEFAULT_RULES } from '../../smart/fhir/compartment.ts'
import { parseConfig } from '../config.ts'

const enough = {
  ISSUER: 'https://a',
  FHIR_BASE: 'https://a/fhir',
  UPSTREAM_URL: 'http://b/r4',
  TABLES_URL: 'http://t/',
}
const rulesOf = (more: Record<string, string>) => {
  const parsed = parseConfig({ ...enough, ...more })
  return parsed.ok ? parsed.config.compartment : parsed.faults
}

test('ENF-82, ENF-83: by default, what is about the patient, and the types that US Core apps need', () => {
  expect(rulesOf({})).toEqual(DEFAULT_RULES)
})

test('ENF-82: an operator names others, or none', () => {
  expect(rulesOf({ SHARED_TYPES: 'Practitioner, Library', COMPARTMENT: 'full' })).toEqual({
    shared: new Set(['Practitioner', 'Library']),
    definition: 'full',
  })
  expect(rulesOf({ SHARED_TYPES: 'none' })).toMatchObject({ shared: new Set() })
})

test.each(['Practicioner', 'practitioner', '*', 'none,Practitioner', ...COMPARTMENT_TYPES])(
  'ENF-82: %s cannot be shared',
  (type) => expect(rulesOf({ SHARED_TYPES: type })).toEqual([expect.stringMatching(/^SHARED_TYPES: /)]),
)

test.each(['AuditEvent', 'Binary', 'Bundle', 'Contract', 'Group', 'GuidanceResponse', 'Parameters', 'Provenance'])(
  'ENF-82: %s neither, since its records can be a patient’s',
  (type) => expect(rulesOf({ SHARED_TYPES: `Practitioner,${type}` })).toEqual([expect.stringContaining(type)]),
)
