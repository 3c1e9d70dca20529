import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { elementSpans, replaceMembers, scanJson } from './json-text.ts'

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

describe('replaceMembers', () => {
  test.each([
    ['{"r":"a","n":70.10}', '{"r":"B","n":70.10}'],
    ['{"x":[{"r" : "a"},{"r":"z"}], "r":"a"}', '{"x":[{"r" : "B"},{"r":"z"}], "r":"B"}'],
    ['{"\\u0072":"\\u0061"}', '{"\\u0072":"B"}'],
    ['{"r":["a"],"a":"r","s":"a"}', '{"r":["a"],"a":"r","s":"a"}'],
    ['{"s":"\\"r\\":\\"a\\""}', '{"s":"\\"r\\":\\"a\\""}'],
  ])('%s', (text, expected) => {
    expect(replaceMembers(text, 'r', (value) => (value === 'a' ? 'B' : undefined))).toBe(expected)
  })
  test('what it reads is what JSON.parse reads', () => {
    const json = fc.jsonValue().chain((value) => fc.constant({ r: 'a', in: [value, { r: value }] }))
    fc.assert(
      fc.property(json, fc.constantFrom(0, 2), (value, indent) => {
        const replaced = replaceMembers(JSON.stringify(value, null, indent), 'r', (text) => `${text}!`)
        const expected = JSON.parse(JSON.stringify(value), (key, one: unknown) =>
          key === 'r' && typeof one === 'string' ? `${one}!` : one,
        )
        expect(JSON.parse(replaced)).toEqual(expected)
      }),
    )
  })
})
