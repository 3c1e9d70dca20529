import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addFormParameters, parseInteraction } from './interaction.ts'

function summary(method: string, target: string): string {
  const parsed = parseInteraction(method, target, '/fhir')
  if (!parsed.ok) return `refused: ${parsed.reason}`
  const { kind } = parsed.interaction
  return kind === 'unsupported' ? parsed.interaction.name : kind
}

describe('ENF-02: parseInteraction', () => {
  test.each([
    ['GET', '/fhir/metadata', 'capabilities'],
    ['GET', '/fhir/Patient/a', 'read'],
    ['HEAD', '/fhir/Patient/a', 'read'],
    ['GET', '/fhir/Patient/a/_history/1', 'vread'],
    ['GET', '/fhir/Patient', 'search'],
    ['GET', '/fhir/Patient?name=x', 'search'],
    ['POST', '/fhir/Patient/_search', 'search'],
    ['GET', '/fhir/_page/abc-_', 'page'],
    ['POST', '/fhir/Patient', 'create'],
    ['PUT', '/fhir/Patient/a', 'update'],
    ['PUT', '/fhir/Patient?name=x', 'conditional'],
    ['PATCH', '/fhir/Patient/a', 'patch'],
    ['PATCH', '/fhir/Patient?name=x', 'conditional'],
    ['DELETE', '/fhir/Patient/a', 'delete'],
    ['DELETE', '/fhir/Patient?name=x', 'conditional'],
    ['GET', '/fhir/Patient/a/_history', 'instance-history'],
    ['GET', '/fhir/Patient/_history', 'type-history'],
    ['GET', '/fhir/_history', 'system-history'],
    ['GET', '/fhir', 'system-search'],
    ['GET', '/fhir?_type=Patient', 'system-search'],
    ['POST', '/fhir/_search', 'system-search'],
    ['GET', '/fhir/Patient/a/Observation', 'search'],
    ['GET', '/fhir/Practitioner/a/Observation', 'compartment search'],
    ['GET', '/fhir/Patient/a/Practitioner', 'compartment search'],
    ['GET', '/fhir/Patient/a/*', 'compartment'],
    ['POST', '/fhir/Patient/a/*/_search', 'refused: unknown-interaction'],
    ['DELETE', '/fhir/Patient/a/$everything', 'refused: unknown-interaction'],
    ['GET', '/fhir/Patient/a/b/$everything', 'refused: unknown-interaction'],
    ['GET', '/fhir/Patient/$everything/a', 'refused: unknown-interaction'],
    ['GET', '/fhir/Patient/$', 'refused: unknown-interaction'],
    ['GET', '/fhir/patient/$everything', 'refused: unknown-type'],
    ['GET', '/fhir/Patient/../$everything', 'refused: malformed'],
    ['POST', '/fhir/Patient/a/Observation/_search', 'search'],
    ['POST', '/fhir', 'bundle'],
    ['POST', '/fhir/', 'bundle'],
    ['GET', '/fhir/$export', 'operation'],
    ['POST', '/fhir/Patient/$match', 'operation'],
    ['GET', '/fhir/Patient/a/$everything', 'operation'],
    ['GET', '/fhir/Patient/_search', 'refused: unknown-interaction'],
    ['POST', '/fhir/Patient/a', 'refused: unknown-interaction'],
    ['POST', '/fhir/metadata', 'refused: unknown-interaction'],
    ['TRACE', '/fhir/Patient/a', 'refused: unknown-interaction'],
    ['get', '/fhir/Patient/a', 'refused: unknown-interaction'],
    ['GET', '/fhir/Patient/a/x', 'refused: unknown-interaction'],
    ['GET', '/fhir/Patient/a/_history/1/2', 'refused: unknown-interaction'],
    ['GET', '/fhirs/Patient/a', 'refused: unknown-interaction'],
    ['GET', '/Patient/a', 'refused: unknown-interaction'],
    ['GET', '/fhir/patient/a', 'refused: unknown-type'],
    ['GET', '/fhir/Unicorn', 'refused: unknown-type'],
    ['GET', '/fhir/Parameters/a', 'refused: unknown-type'],
    ['GET', 'http://x/fhir/Patient/a', 'refused: malformed'],
    ['GET', '*', 'refused: malformed'],
    ['GET', '/fhir//Patient', 'refused: malformed'],
    ['GET', '/fhir/Patient/', 'refused: malformed'],
    ['GET', '/fhir/Patient/.', 'refused: malformed'],
    ['GET', '/fhir/Patient/..', 'refused: malformed'],
    ['GET', '/fhir/Patient/%61', 'refused: malformed'],
    ['GET', '/fhir/Patient%2Fa', 'refused: malformed'],
    ['GET', '/fhir/Patient/a%2f..%2fb', 'refused: malformed'],
    ['GET', '/fhir/Patient/a%252fb', 'refused: malformed'],
    ['GET', '/fhir/Patient/a;b', 'refused: malformed'],
    ['GET', '/fhir/Patient/a_b', 'refused: malformed'],
    ['GET', `/fhir/Patient/${'a'.repeat(65)}`, 'refused: malformed'],
    ['GET', '/fhir/Patient/a#b', 'refused: malformed'],
    ['GET', '/fhir/Patient\\a', 'refused: malformed'],
    ['GET', '/fhir/Patient?name', 'refused: malformed'],
    ['GET', '/fhir/Patient?name=%zz', 'refused: malformed'],
    ['GET', '/fhir/Patient?name=%c3%28', 'refused: malformed'],
    ['GET', '/fhir/Patient?name=%0d%0aX: y', 'refused: malformed'],
    ['GET', '/fhir/Patient?name=a%0d%0ab', 'refused: malformed'],
    ['GET', '/fhir/Patient?&', 'refused: malformed'],
  ])('%s %s -> %s', (method, target, expected) => {
    expect(summary(method, target)).toBe(expected)
  })

  test('values are decoded once', () => {
    expect(parseInteraction('GET', '/fhir/Patient?name=a+b%2Bc%2520&x=1=2', '/fhir')).toMatchObject({
      interaction: {
        parameters: [
          ['name', 'a b+c%20'],
          ['x', '1=2'],
        ],
      },
    })
  })

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ unit: 'binary' }),
        (method, target) => summary(method, `/fhir/${target}`) !== '',
      ),
    )
  })
})

test.each(['a=1&b', '=1', 'a=%', 'a=%00'])('the form %s is refused', (body) => {
  expect(addFormParameters({ kind: 'search', type: 'Patient', parameters: [], form: true }, body).ok).toBe(false)
})
