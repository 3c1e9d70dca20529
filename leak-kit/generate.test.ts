import { expect, test } from '@jest/globals'
import { generateRequests } from './generate.ts'
import { knownFrom, recordsIn } from './known.ts'
import { printRequest } from './request.ts'

const own = {
  resourceType: 'Observation',
  id: 'own',
  code: { coding: [{ system: 'http://c', code: 'x', display: 'X' }] },
}
const hidden = [
  { resourceType: 'Patient', id: 'bob', name: [{ family: 'Okafor', given: ['Ben'] }] },
  { resourceType: 'Observation', id: 'of-bob', code: { text: 'sugar' } },
]
const known = knownFrom('Patient/alice', [own], hidden)
const settings = { seed: 7, count: 2_000, hasWrites: true }

test('what is known: records, codes with their system, names', () => {
  expect(known).toEqual({
    patient: 'Patient/alice',
    own: ['Observation/own'],
    hidden: ['Patient/bob', 'Observation/of-bob'],
    tokens: ['http://c|x'],
    texts: ['X', 'Okafor', 'Ben', 'sugar'],
  })
})

test('a caller who sees nothing is asked for as well', () => {
  expect(generateRequests(knownFrom('Patient/alice', [], []), settings)).toHaveLength(2_000)
})

test.each([
  ['a Bundle', { resourceType: 'Bundle', entry: [{ resource: own }, {}, null] }, [own]],
  ['an array', hidden, hidden],
  ['one record', own, [own]],
  ['nothing', null, []],
])('records of %s', (_name, json, expected) => {
  expect(recordsIn(json)).toEqual(expected)
})

test('the same seed gives the same list, another seed another one', () => {
  const list = generateRequests(known, settings)
  expect(generateRequests(known, settings)).toEqual(list)
  expect(generateRequests(known, { ...settings, seed: 8 })).not.toEqual(list)
  expect(new Set(list.map(printRequest)).size).toBe(2_000)
})

test('writes come last, and not at all unless they are asked for', () => {
  const writes = generateRequests(known, settings).map((request) => request.writes === true)
  expect(writes).toEqual(writes.toSorted())
  expect(writes.filter(Boolean).length).toBeGreaterThan(100)
  const reading = generateRequests(known, { ...settings, hasWrites: false })
  expect(reading.filter(({ method, target }) => !['GET', 'HEAD', 'OPTIONS'].includes(method) && target !== '')).toEqual(
    reading.filter(({ method, target }) => method === 'POST' && /_search(\?|$)/.test(target)),
  )
  const bundles = reading.filter(({ method, target }) => method === 'POST' && target === '')
  expect(bundles.length).toBeGreaterThan(10)
  expect(bundles.filter(({ body }) => /"method":"(PUT|PATCH|DELETE)"|"type":"transaction"/.test(body ?? ''))).toEqual(
    [],
  )
})

test.each([
  ...['_include=', '_revinclude=', '%3Aiterate=', '_has%3A', '_contained=', '_filter=', '_query=', '_list=', '_text='],
  ...[
    '%3APatient.',
    '_has%3AObservation%3A',
    '_has%3APatient%3A',
    '_content=',
    '_sort=',
    '_elements=',
    '_summary=count',
    '_total=',
    '_count=0',
    '_count=1000',
    '%3Amissing=true',
  ],
  ...['%3Anot=', '%3Aidentifier=', '.name=', '/_history', '/_search', '/Patient/alice/', '?_type=', '$everything'],
  ...['%2e%2e', '%00', '//', '"type":"batch"', '"type":"transaction"', 'if-none-exist', 'Patient/bob', '{base}%2F'],
])('among 2,000 requests is one with %s', (part) => {
  const texts = generateRequests(known, settings).map(printRequest)
  expect(texts.some((text) => text.includes(part))).toBe(true)
})
