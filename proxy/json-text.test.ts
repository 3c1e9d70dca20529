import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { elementSpans, scanJson } from './json-text.ts'
import { createRewriteUrls } from './url-rewriter.ts'

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

describe('rewriteUrls', () => {
  const rewriteUrls = createRewriteUrls('http://10.0.0.5:80/r4', 'https://smart.example/fhir')
  const rewrite = createRewriteUrls('http://upstream.internal:8080/r4', 'https://smart.example/fhir')
  test.each([
    ['"http://upstream.internal:8080/r4/Patient/1"', '"https://smart.example/fhir/Patient/1"'],
    ['"http:\\/\\/upstream.internal:8080\\/r4\\/Patient\\/1"', '"https://smart.example/fhir/Patient/1"'],
    ['"\\u0068ttp://upstream.internal:8080/r4"', '"https://smart.example/fhir"'],
    ['"HTTP://Upstream.Internal:8080/r4/x"', '"https://smart.example/fhir/x"'],
    [
      '"see http://upstream.internal:8080/r4/a and http://upstream.internal:8080/other"',
      '"see https://smart.example/fhir/a and https://smart.example/other"',
    ],
    ['"http://upstream.internal:80801/r4"', '"http://upstream.internal:80801/r4"'],
    ['"http://upstream.internal:8080/r40"', '"https://smart.example/r40"'],
    ['{"a":70.10,"b":1e3,"c":"\\u00e9\\/"}', '{"a":70.10,"b":1e3,"c":"\\u00e9\\/"}'],
  ])('%s -> %s', (text, expected) => {
    expect(rewrite(text)).toBe(expected)
  })

  test('a default port is the same origin with and without it', () => {
    expect(rewriteUrls('"http://10.0.0.5/r4/Patient/1"')).toBe('"https://smart.example/fhir/Patient/1"')
    expect(rewriteUrls('"http://10.0.0.5:8080/r4"')).toBe('"http://10.0.0.5:8080/r4"')
  })

  test('long strings of escapes', () => {
    const text = `{"data":"${'\\n'.repeat(2_000_000)}"}`
    expect([scanJson(text).ok, rewrite(text) === text]).toEqual([true, true])
  })
})
