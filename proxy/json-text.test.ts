import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { elementSpans, scanJson } from './json-text.ts'

describe('scanJson', () => {
  test('members are where JSON.parse finds them', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const parsed = JSON.parse(text) as Record<string, unknown>
        const scan = scanJson(text)
        if (!scan.ok) throw new Error(scan.reason)
        expect(scan.members.map(({ key, start, end }) => [key, JSON.parse(text.slice(start, end))])).toEqual(
          Object.entries(parsed),
        )
      }),
    )
  })

  test('so are the elements of an array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const spans = elementSpans(text, { key: '', start: 0, end: text.length })
        expect(spans.map(({ start, end }) => JSON.parse(text.slice(start, end)))).toEqual(JSON.parse(text))
      }),
    )
  })

  test.each([
    ['{"a":1,"a":2}', 'duplicate-key'],
    ['{"a":1,"\\u0061":2}', 'duplicate-key'],
    ['{"x":{"a":1,"b":[{"c":1,"c":2}]}}', 'duplicate-key'],
    ['[1]', 'not-an-object'],
    ['"a"', 'not-an-object'],
    ['null', 'not-an-object'],
    [`{"a":${'['.repeat(200)}${']'.repeat(200)}}`, 'too-deep'],
  ])('%s: %s', (text, reason) => {
    expect(scanJson(text)).toEqual({ ok: false, reason })
  })

  test.each(['{}', '{"a":"a","b":{"a":"a"},"c":["a","a"]}', '{"a":"\\"b\\":1,\\"b\\":2"}', ' { "a" : "{,}" } '])(
    '%s is fine',
    (text) => {
      expect(scanJson(text).ok).toBe(true)
    },
  )
})
