import { describe, expect, test } from '@jest/globals'
import type { UpstreamCall } from '../upstream/upstream.ts'
import { type Attempt, attemptsOf, mayHaveHappened, orderKeyOf } from './change.ts'
import { likenessOf } from './likeness.ts'

async function* nothing(): AsyncGenerator<Buffer, void, void> {}
const body = '{"resourceType":"Observation","status":"final"}'

describe('SEED-56: what a call is about to change', () => {
  test.each<[string, UpstreamCall, object]>([
    [
      'a create',
      { method: 'POST', target: 'Observation', body, patient: 'alice' },
      { interaction: 'create', type: 'Observation', patient: 'alice', likeness: likenessOf(body) },
    ],
    [
      'a create under a condition',
      { method: 'POST', target: 'Observation', body, ifNoneExist: 'code=1' },
      { interaction: 'create', type: 'Observation', isConditional: true, likeness: likenessOf(body) },
    ],
    [
      'a create of a file, whose bytes nobody has seen yet',
      { method: 'POST', target: 'Binary', file: { pieces: nothing(), length: undefined }, contentType: 'image/png' },
      { interaction: 'create', type: 'Binary' },
    ],
    [
      'an update, with the version that was judged',
      { method: 'PUT', target: 'Observation/1', body, ifMatch: 'W/"3"', patient: 'alice' },
      { interaction: 'update', type: 'Observation', id: '1', base: '3', patient: 'alice' },
    ],
    [
      'an update of what was not there',
      { method: 'PUT', target: 'Organization/1', body },
      { interaction: 'update', type: 'Organization', id: '1' },
    ],
    [
      'a patch',
      { method: 'PATCH', target: 'Observation/1', body: '[]', ifMatch: '"a.b"' },
      { interaction: 'patch', type: 'Observation', id: '1', base: 'a.b' },
    ],
    [
      'a delete',
      { method: 'DELETE', target: 'Observation/1', ifMatch: 'W/"3"' },
      { interaction: 'delete', type: 'Observation', id: '1', base: '3' },
    ],
    [
      'an operation that may change something',
      { method: 'POST', target: 'Observation/1/$meta-add?x=y', body: '{}' },
      { interaction: 'operation', type: 'Observation', id: '1', operation: '$meta-add' },
    ],
    [
      'one of the whole server',
      { method: 'POST', target: '$process-message', body: '{}' },
      { interaction: 'operation', type: '', operation: '$process-message' },
    ],
  ])('%s', (_name, call, expected) => {
    expect(attemptsOf(call)).toEqual([expected])
  })

  test.each<[string, UpstreamCall]>([
    ['a read', { method: 'GET', target: 'Observation/1' }],
    ['a search by form', { method: 'POST', target: 'Observation/_search', form: 'code=1' }],
    ['$validate', { method: 'POST', target: 'Observation/$validate', body: '{}' }],
    ['$expand', { method: 'POST', target: 'ValueSet/1/$expand', body: '{}' }],
    ['an export', { method: 'GET', target: '$export?_type=Patient', isAsync: true }],
    ['the end of an export job', { method: 'DELETE', target: '_operations/export/7' }],
  ])('nothing by %s', (_name, call) => {
    expect(attemptsOf(call)).toEqual([])
  })

  test('a transaction is what its entries are', () => {
    const parts: UpstreamCall[] = [
      { method: 'DELETE', target: 'Observation/1' },
      { method: 'PUT', target: 'Observation/2', body },
    ]
    expect(attemptsOf({ method: 'POST', target: '', body: '{}', parts })).toEqual(parts.flatMap(attemptsOf))
  })

  test('what may have happened says of what, and keeps its place among what is about the same patient', () => {
    const [attempt] = attemptsOf({ method: 'DELETE', target: 'Observation/1', patient: 'alice' })
    const change = mayHaveHappened(attempt as Attempt)
    expect(change).toEqual({
      action: 'unknown',
      interaction: 'delete',
      type: 'Observation',
      id: '1',
      patient: 'alice',
    })
    expect(orderKeyOf(change)).toBe('Patient/alice')
    expect([orderKeyOf({ type: 'Organization', id: '1' }), orderKeyOf({ type: 'Organization' })]).toEqual([
      'Organization/1',
      undefined,
    ])
  })
})

describe('a record is known again', () => {
  const sent = { resourceType: 'Observation', status: 'final', value: 70.1, subject: { reference: 'Patient/1' } }

  test.each([
    [
      'with id, meta and text of the server',
      { ...sent, id: '1', meta: { versionId: '1' }, text: { status: 'generated' } },
    ],
    ['with its members in another order', Object.fromEntries(Object.entries(sent).toReversed())],
    ['with a reference of the server’s own', { ...sent, subject: { reference: 'http://fhir.example/Patient/1' } }],
  ])('%s', (_name, stored) => {
    expect(likenessOf(stored)).toBe(likenessOf(JSON.stringify(sent)))
  })

  test.each([
    ['another value', { ...sent, value: 70.2 }],
    ['one member more', { ...sent, note: [] }],
    ['an id of an inner element', { ...sent, subject: { ...sent.subject, id: 'x' } }],
  ])('not with %s', (_name, stored) => {
    expect(likenessOf(stored)).not.toBe(likenessOf(JSON.stringify(sent)))
  })

  test.each([undefined, '', 'no JSON'])('what is no record is like nothing: %j', (content) => {
    expect(likenessOf(content)).toBeUndefined()
  })
})
