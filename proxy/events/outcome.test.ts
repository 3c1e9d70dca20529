import { describe, expect, test } from '@jest/globals'
import type { UpstreamAnswer } from '../upstream/upstream.ts'
import type { Attempt, Change } from './change.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

const answered = (status: number, headers: Record<string, string> = {}, resource?: object): UpstreamAnswer => ({
  kind: 'answer',
  status,
  headers: new Map(Object.entries({ 'content-type': 'application/fhir+json', ...headers })),
  body: Buffer.from(resource === undefined ? '' : JSON.stringify(resource)),
})
const create: Attempt = { interaction: 'create', type: 'Observation', patient: 'alice' }
const update: Attempt = { interaction: 'update', type: 'Observation', id: '1', base: '3' }
const remove: Attempt = { interaction: 'delete', type: 'Observation', id: '1', base: '3' }
const at = '2026-03-01T09:30:00.123Z'
const stored = (versionId: string) => ({
  resourceType: 'Observation',
  id: '1',
  meta: { versionId, lastUpdated: at },
})

describe('SEED-56: what came of a write', () => {
  test.each<[string, Attempt, UpstreamAnswer, Partial<Change>]>([
    [
      'created, told by its body',
      create,
      answered(201, {}, stored('1')),
      { action: 'created', id: '1', versionId: '1', lastUpdated: at },
    ],
    [
      'created, told by its headers alone',
      create,
      answered(201, {
        location: 'http://fhir.example/r4/Observation/1/_history/1',
        'last-modified': 'Sun, 01 Mar 2026 09:30:00 GMT',
      }),
      { action: 'created', id: '1', versionId: '1', lastUpdated: '2026-03-01T09:30:00.000Z' },
    ],
    ['created, as servers say that answer 200', create, answered(200, {}, stored('1')), { action: 'created', id: '1' }],
    [
      'updated',
      update,
      answered(200, {}, stored('4')),
      { action: 'updated', id: '1', versionId: '4', lastUpdated: at },
    ],
    ['updated, with an empty answer', update, answered(204, { etag: 'W/"4"' }), { action: 'updated', versionId: '4' }],
    ['updated, with an answer that says nothing', update, answered(200), { action: 'updated', id: '1' }],
    [
      'updated, with an OperationOutcome in its place',
      update,
      answered(200, { etag: 'W/"4"' }, { resourceType: 'OperationOutcome', id: '9' }),
      { action: 'updated', id: '1', versionId: '4' },
    ],
    ['created by an update', update, answered(201, { etag: 'W/"1"' }), { action: 'created', versionId: '1' }],
    ['deleted', remove, answered(204), { action: 'deleted', id: '1' }],
    [
      'deleted, with the version of that',
      remove,
      answered(200, { etag: 'W/"4"' }),
      { action: 'deleted', versionId: '4' },
    ],
    [
      'an operation that was carried out',
      { interaction: 'operation', type: 'Patient', operation: '$x' },
      answered(200),
      { action: 'unknown', operation: '$x' },
    ],
  ])('%s', (_name, attempt, answer, expected) => {
    const outcome = outcomeOf([attempt], false, answer)
    expect(outcome).toEqual({ kind: 'changed', changes: [expect.objectContaining(expected)] })
  })

  test.each<[string, Attempt, UpstreamAnswer]>([
    ['refused', update, answered(422)],
    ['refused: another version', update, answered(412)],
    ['refused: it is not there', remove, answered(404)],
    ['found in place of made', { ...create, isConditional: true }, answered(200, {}, stored('7'))],
    ['as it was, so that no version was made', update, answered(200, { etag: 'W/"3"' })],
    ['not sent', update, { kind: 'failed', reason: 'unreachable' }],
    ['not let in', update, { kind: 'failed', reason: 'unauthorized' }],
  ])('nothing: %s', (_name, attempt, answer) => {
    expect(outcomeOf([attempt], false, answer)).toEqual({ kind: 'unchanged' })
  })

  test.each<[string, Attempt, UpstreamAnswer]>([
    ['no answer in time', update, { kind: 'failed', reason: 'timeout' }],
    ['an answer that broke off', update, { kind: 'failed', reason: 'cut-off' }],
    ['an answer that is too large', update, { kind: 'failed', reason: 'too-large' }],
    ['an error of the server', update, answered(500)],
    ['an error of a hop between', update, answered(504)],
    ['a timeout of a hop between', update, answered(408)],
    ['a create that does not say of what', create, answered(201)],
    ['a redirect', update, answered(302)],
  ])('not known: %s', (_name, attempt, answer) => {
    expect(outcomeOf([attempt], false, answer)).toEqual({ kind: 'unknown' })
  })
})

describe('SEED-56: what came of a transaction', () => {
  const bundle = (...entry: object[]) =>
    answered(200, {}, { resourceType: 'Bundle', type: 'transaction-response', entry })
  const ofAll = (answer: UpstreamAnswer): Outcome => outcomeOf([create, update, remove], true, answer)
  const made = { response: { status: '201 Created', location: 'Observation/9/_history/1', lastModified: at } }
  const changed = { response: { status: '200', etag: 'W/"4"' }, resource: stored('4') }
  const removed = { response: { status: '204' } }

  test('each entry, in its order', () => {
    expect(ofAll(bundle(made, changed, removed))).toEqual({
      kind: 'changed',
      changes: [
        {
          action: 'created',
          interaction: 'create',
          type: 'Observation',
          id: '9',
          versionId: '1',
          lastUpdated: at,
          patient: 'alice',
        },
        { action: 'updated', interaction: 'update', type: 'Observation', id: '1', versionId: '4', lastUpdated: at },
        { action: 'deleted', interaction: 'delete', type: 'Observation', id: '1' },
      ],
    })
  })

  test.each<[string, UpstreamAnswer]>([
    ['an entry too few', bundle(made, changed)],
    ['an entry that says nothing', bundle(made, {}, removed)],
    ['an entry that failed, which no transaction has', bundle(made, { response: { status: '400' } }, removed)],
    ['no bundle', answered(200, {}, { resourceType: 'OperationOutcome' })],
  ])('not known: %s', (_name, answer) => {
    expect(ofAll(answer)).toEqual({ kind: 'unknown' })
  })

  test('nothing when it was refused', () => {
    expect(ofAll(answered(400))).toEqual({ kind: 'unchanged' })
  })
})
