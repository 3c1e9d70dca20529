import { describe, expect, test } from '@jest/globals'
import { type ExplainRequest, explain } from './explain.ts'

const settings = { panelLimit: 500, bases: ['https://smart.example/fhir'] }
const asked = (request: Partial<ExplainRequest>) =>
  explain(
    { method: 'GET', url: 'Observation', scope: 'patient/*.rs', patient: 'ana', person: 'Patient/ana', ...request },
    settings,
  )

describe('explain', () => {
  test('a search: what goes upstream, and what must come back', () => {
    expect(asked({ url: 'Observation?code=1' })).toEqual({
      decision: 'allowed',
      interaction: 'search',
      clauses: ['patient/*.rs'],
      upstream: 'GET Observation?code=1&patient=Patient/ana',
      guard: ['Observation about Patient/ana'],
    })
  })
  test('a granular scope', () => {
    const scope = 'patient/Observation.rs?category=http://c|lab'
    expect(asked({ scope, url: 'Observation/1' })).toMatchObject({
      clauses: [scope],
      guard: ['Observation about Patient/ana?category=http://c|lab'],
    })
  })
  test('ENF-67: scopes that take several searches', () => {
    const scope = 'patient/Observation.rs?category=lab patient/Observation.rs?date=ge2026'
    expect(asked({ scope, url: 'Observation?_include=Observation:encounter' })).toMatchObject({
      upstream:
        'GET Observation?_count=1000&category=lab&patient=Patient/ana and GET Observation?_count=1000&date=ge2026&patient=Patient/ana',
      guard: [
        'Observation about Patient/ana?category=lab',
        'Observation about Patient/ana?date=ge2026',
        'beside it what Observation:encounter names, each by a search of its own',
      ],
    })
  })
  test('ENF-61: a chain: what is searched for first', () => {
    expect(asked({ url: 'Observation?encounter.service-provider.name=x' })).toMatchObject({
      decision: 'allowed',
      before: [
        'GET Organization?name=x&_count=1000&_elements=id',
        'GET Encounter?_count=1000&_elements=id,subject&patient=Patient/ana',
      ],
      upstream: 'GET Observation?patient=Patient/ana, with encounter of what was found first',
      guard: ['Observation about Patient/ana'],
    })
  })
  test('a write: what is read first', () => {
    expect(asked({ method: 'put', url: '/Observation/1', scope: 'patient/Observation.write' })).toMatchObject({
      decision: 'allowed',
      upstream: 'update Observation/1',
      before: ['GET Observation/1'],
    })
  })
  test('a refusal: the reason, and the least scope that would have passed', () => {
    expect(asked({ scope: 'patient/Condition.rs system/*.cruds nonsense' })).toEqual({
      decision: 'denied',
      interaction: 'search',
      reason: 'insufficient-scope',
      message: 'This needs the scope patient/Observation.s.',
      smallestScope: 'patient/Observation.s',
      clauses: ['patient/Condition.rs'],
    })
  })
  test('a clinician of whom nothing is known reaches nobody; with a reach that is given, those', () => {
    const clinician = { scope: 'user/*.rs', person: 'Practitioner/wei' }
    const { patient: _patient, ...without } = { patient: 'ana', ...clinician }
    expect(explain({ method: 'GET', url: 'Observation/1', ...without }, settings)).toMatchObject({
      reason: 'outside-reach',
    })
    const reach = { kind: 'patients', ids: new Set(['ana', 'carl']) } as const
    expect(explain({ method: 'GET', url: 'Observation/1', ...without, reach }, settings)).toMatchObject({
      decision: 'allowed',
      guard: ['Observation about Patient/ana or Patient/carl'],
    })
  })
  test.each(['../x', 'Patient%2F1', 'Nonsense/1', 'Patient/1?x'])('%s is not understood, and said so', (url) => {
    expect(asked({ url })).toMatchObject({ decision: 'not-understood', message: expect.any(String) })
  })
})
