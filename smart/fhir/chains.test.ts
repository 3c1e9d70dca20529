import { describe, expect, test } from '@jest/globals'
import { elementsOfChain, inItsStead, namedByChain, parseChain } from './chains.ts'

const BASES = ['https://smart.example/fhir', 'http://upstream.internal/r4']

describe('ENF-61: what a chain asks for', () => {
  test.each<[string, string, string]>([
    ['Observation', 'encounter.status', 'encounter by Encounter?status'],
    ['Observation', 'encounter:Encounter.status:not', 'encounter by Encounter?status:not'],
    ['Observation', 'subject:Patient.name', 'subject by Patient?name'],
    ['Observation', 'subject.name', 'subject by Location,Patient?name'],
    ['Observation', 'patient._id', 'patient by Patient?_id'],
    ['Observation', 'encounter.service-provider.name', 'encounter by Encounter?service-provider.name'],
    ['Observation', 'patient._has:Encounter:patient:status', 'patient by Patient?_has:Encounter:patient:status'],
    ['Patient', '_has:Observation:patient:code:not', '_id by Observation?code:not (patient)'],
    ['Patient', '_has:Observation:patient:encounter.status', '_id by Observation?encounter.status (patient)'],
    [
      'Patient',
      '_has:Observation:patient:_has:Provenance:target:recorded',
      '_id by Observation?_has:Provenance:target:recorded (patient)',
    ],
  ])('%s?%s: %s', (type, name, expected) => {
    const parsed = parseChain(type, [name, 'x'])
    if (!parsed.ok) throw new Error(parsed.message)
    const { parameter, types, criterion, by } = parsed.chain
    expect(`${parameter} by ${types}?${criterion[0]}${by === undefined ? '' : ` (${by})`}`).toBe(expected)
    expect(criterion[1]).toBe('x')
  })
})

describe('ENF-61: what stands in its place', () => {
  const chain = (name: string) => {
    const parsed = parseChain('Patient', [name, 'x'])
    if (!parsed.ok) throw new Error(parsed.message)
    return parsed.chain
  }
  const observation = (id: string, ...subjects: (string | undefined)[]) => ({
    resourceType: 'Observation',
    id,
    subject: { reference: subjects[0] },
  })

  test('forwards: what was found, each once, whatever the order', () => {
    const organization = chain('organization.name')
    const found = ['b', 'a', 'b'].map((id) => ({ resourceType: 'Organization', id }))
    const names = namedByChain('Patient', organization, found, BASES)
    expect(inItsStead(organization, names)).toEqual(['organization', 'Organization/a,Organization/b'])
    expect(elementsOfChain('Organization', organization)).toEqual(['id'])
  })
  test('backwards: what it names, of the type that is searched', () => {
    const has = chain('_has:Observation:subject:code')
    const found = [
      observation('1', 'Patient/bob'),
      observation('2', `${BASES[1]}/Patient/alice/_history/1`),
      observation('3', 'Group/carl'),
      observation('4', 'https://elsewhere.example/Patient/dora'),
      observation('5', undefined),
    ]
    expect(inItsStead(has, namedByChain('Patient', has, found, BASES))).toEqual(['_id', 'alice,bob'])
    expect(elementsOfChain('Observation', has)).toEqual(['id', 'subject'])
  })
  test('nothing found: nobody is asked for, in the same way', () => {
    const [forward, reverse] = [chain('organization.name'), chain('_has:Observation:subject:code')]
    const [name, value] = inItsStead(forward, namedByChain('Patient', forward, [], BASES))
    expect([name, value]).toEqual(inItsStead(reverse, namedByChain('Patient', reverse, [], BASES)))
    expect([name, value.split(',').length]).toEqual(['_id', 1])
  })
})
