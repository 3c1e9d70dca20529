import { expect, test } from '@jest/globals'
import { addFormParameters, parseInteraction, takesForm } from '../../smart/fhir/interaction.ts'
import { interactionAsked, requestLine } from './request-line.ts'

test.each([
  ['GET', 'Patient/1'],
  ['GET', 'Patient/1?_format=json'],
  ['GET', 'Patient/1/_history/2'],
  ['GET', 'Patient/1/_history?_count=1'],
  ['GET', 'Observation?code=http://a|b&date=ge2020&note=50%25+%26'],
  ['GET', 'Patient/1/Observation?code=c'],
  ['GET', 'Patient/1/*'],
  ['GET', '?_type=Patient,Observation'],
  ['GET', '_history'],
  ['GET', 'Observation/_history?_since=2020'],
  ['GET', 'Patient/1/$everything?start=2020'],
  ['POST', 'Patient/$match'],
  ['POST', '$export'],
  ['POST', 'Observation'],
  ['PUT', 'Observation/1'],
  ['PATCH', 'Observation/1'],
  ['DELETE', 'Observation/1'],
  ['PUT', 'Observation?identifier=a|b'],
  ['PATCH', 'Observation?identifier=a|b'],
  ['DELETE', 'Observation?identifier=a|b'],
  ['POST', ''],
  ['GET', '_page/abc'],
  ['GET', '_export/abc'],
  ['DELETE', '_export/abc'],
  ['GET', '_file/abc'],
])('%s %s is read again as what it was', (method, path) => {
  const parsed = parseInteraction(method, `/${path.replaceAll('|', '%7C')}`, '')
  const interaction = parsed.ok ? parsed.interaction : undefined
  const line = requestLine(interaction as NonNullable<typeof interaction>)
  expect(line?.method).toBe(method)
  expect(parseInteraction(method, `/${line?.path}`, '')).toEqual(parsed)
})

test('a search by form is one by address', () => {
  const parsed = parseInteraction('POST', '/Observation/_search', '')
  if (!parsed.ok || !takesForm(parsed.interaction)) throw new Error('no form')
  const complete = addFormParameters(parsed.interaction, 'code=a%7Cb')
  expect(complete.ok && requestLine(complete.interaction)).toEqual({ method: 'GET', path: 'Observation?code=a%7Cb' })
})

test('what is not carried out has no line', () => {
  expect(requestLine({ kind: 'capabilities' })).toBeUndefined()
})

const BASE = 'https://fhir.example/fhir'
test.each([
  ['Patient/1', 'read'],
  [`${BASE}/_page/abc`, 'page'],
  ['Observation?code=1', 'search'],
  ['Patient/1/$everything', 'operation'],
])('%s may be asked for', (address, kind) => expect(interactionAsked(address, BASE).kind).toBe(kind))

test.each([
  'https://evil.example/Patient/1',
  `${BASE}.evil.example/Patient/1`,
  '../Patient/1',
  '/Patient/1',
  'metadata',
  '$export',
  'Patient/$export',
  '_export/abc',
  '_file/abc',
  'Ghost/1',
])('%s may not', (address) => expect(() => interactionAsked(address, BASE)).toThrow('cannot be asked for'))
