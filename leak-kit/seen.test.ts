import { describe, expect, test } from '@jest/globals'
import type { Answer } from './endpoint.ts'
import { createSee, differenceOf } from './seen.ts'

const settings = { startedAt: new Date('2026-05-01T00:00:00Z') }
const one = createSee({ base: 'http://one.example/fhir', token: 'a' }, settings)
const other = createSee({ base: 'http://the-other.example/r4', token: 'b' }, settings)
const answer = (body: string, more: Partial<Answer> = {}): Answer => ({ status: 200, headers: [], body, ...more })

describe('what differs between any two servers is no finding', () => {
  test.each<[string, Answer, Answer]>([
    ['addresses', answer('"http://one.example/fhir/Patient"'), answer('"http://the-other.example/r4/Patient"')],
    [
      'escaped addresses',
      answer('?x=http%3A%2F%2Fone.example%2Ffhir'),
      answer('?x=http%3A%2F%2Fthe-other.example%2Fr4'),
    ],
    ['page handles', answer('/_page/abc-D_1"'), answer('/_page/xyz"')],
    ['times of the run', answer('"2026-05-01T00:00:01.5Z"'), answer('"2026-05-01T00:00:02+00:00"')],
    [
      'dates of a start',
      answer('"CapabilityStatement" "2026-01-01T00:00:01Z"'),
      answer('"CapabilityStatement" "2026-01-01T00:00:09Z"'),
    ],
    [
      'date, request id and length',
      answer('', {
        headers: [
          ['date', 'now'],
          ['x-request-id', '1'],
          ['content-length', '7'],
        ],
      }),
      answer('', {
        headers: [
          ['date', 'later'],
          ['x-request-id', '2'],
          ['content-length', '8'],
        ],
      }),
    ],
    [
      'ids of new records',
      answer('{"id":"0b0d57e0-1111-4000-8000-000000000001"}', {
        ...{
          status: 201,
          headers: [['location', 'http://one.example/fhir/X/0b0d57e0-1111-4000-8000-000000000001/_history/1']],
        },
      }),
      answer('{"id":"0b0d57e0-2222-4000-8000-000000000002"}', {
        ...{
          status: 201,
          headers: [['location', 'http://the-other.example/r4/X/0b0d57e0-2222-4000-8000-000000000002/_history/1']],
        },
      }),
    ],
  ])('%s', (_name, left, right) => {
    expect(differenceOf(one(left), other(right))).toBeUndefined()
  })
})

describe('anything else is', () => {
  test.each<[string, Answer, Answer, string]>([
    ['a status', answer(''), answer('', { status: 404 }), 'status'],
    ['a count', answer('{"total":1}'), answer('{"total":2}'), 'body, character 9'],
    ['an order', answer('["a","b"]'), answer('["b","a"]'), 'body, character 2'],
    ['a link more', answer('[]'), answer('[{}]'), 'body, character 1'],
    ['a longer body', answer('a'), answer('ab'), 'body, character 1'],
    ['a time before the run', answer('"2026-04-01T00:00:00Z"'), answer('"2026-04-02T00:00:00Z"'), 'body, character 10'],
    ['a header', answer('', { headers: [['etag', '1']] }), answer('', { headers: [['etag', '2']] }), 'header'],
    ['a header more', answer(''), answer('', { headers: [['x-total', '2']] }), 'header'],
  ])('%s', (_name, left, right, where) => {
    expect(differenceOf(one(left), other(right))?.where).toBe(where)
  })
})
