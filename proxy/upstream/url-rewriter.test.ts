import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { EntryScan } from '../lists/entry-scan.ts'
import { Splices } from '../lists/splices.ts'
import { createByteRewriter, createRewriteUrls } from './url-rewriter.ts'

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
    expect(rewrite(text) === text).toBe(true)
  })

  const BASE = 'http://upstream.internal:8080/r4'
  const mentions = ['', '/Patient/1', '?x', '0', '.evil', '"', '\\'].flatMap((rest) => [
    `${BASE}${rest}`,
    `see http://upstream.internal:8080${rest}`,
    `${BASE.toUpperCase()}${rest}`,
    `//upstream.internal:8080${rest}`,
  ])
  const text = fc.array(
    fc.oneof(fc.constantFrom(...mentions), fc.constantFrom('"', '\\', '\\u', '/', 'é', '😀', '\ud800'), fc.string()),
    { maxLength: 4 },
  )
  const value = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      text.map((parts) => parts.join('')),
      fc.jsonValue({ maxDepth: 0 }),
      fc.array(tie('any'), { maxLength: 4 }),
      // Names without backslashes: JSON.parse of V8 13 may read `\"` as `\`, once it has seen that one.
      fc.dictionary(
        text.map((parts) => parts.join('').replaceAll('\\', '')),
        tie('any'),
        { maxKeys: 3 },
      ),
    ),
  })).any
  /** The same text, written otherwise: characters of strings as escapes, here and there. */
  const escapedSomewhere = (json: string, at: readonly number[]) =>
    json.replace(/"(?:[^"\\]|\\.)*"/g, (token) =>
      token.replace(/(?<=^.*)(\\.[0-9a-f]*|[^"\\])/g, (one, _same, position: number) => {
        if (one.length > 1 || !at.includes(position)) return one
        return one === '/' ? '\\/' : `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`
      }),
    )
  const replaced = (one: string) =>
    one
      .replaceAll(/http:\/\/upstream\.internal:8080\/r4(?![A-Za-z0-9_.~:%-])/gi, 'https://smart.example/fhir')
      .replaceAll(/http:\/\/upstream\.internal:8080(?![A-Za-z0-9.:-])/gi, 'https://smart.example')
  const rewritten = (one: unknown): unknown => {
    if (typeof one === 'string') return replaced(one)
    if (Array.isArray(one)) return one.map(rewritten)
    if (typeof one !== 'object' || one === null) return one
    return Object.fromEntries(Object.entries(one).map(([key, member]) => [replaced(key), rewritten(member)]))
  }

  test('ENF-10: every string is rewritten, however it is escaped, and bytes are as text is', () => {
    const rewriter = createByteRewriter(BASE, 'https://smart.example/fhir')
    const scan = new EntryScan(rewriter.host, 100)
    let scanned = 0
    const bytewise = (bytes: Buffer, mentions?: readonly number[]) => {
      const out = new Splices()
      rewriter.rewrite(bytes, { from: 1, end: bytes.length - 1, mentions }, out)
      return `(${out.take()})`
    }
    fc.assert(
      fc.property(value, fc.array(fc.nat(40), { maxLength: 20 }), (one, at) => {
        const json = escapedSomewhere(JSON.stringify(one), at)
        expect(JSON.parse(rewrite(json))).toEqual(rewritten(JSON.parse(json)))
        const bytes = Buffer.from(`(${json})`)
        const expected = `(${rewrite(bytes.toString().slice(1, -1))})`
        expect(bytewise(bytes)).toBe(expected)
        if (scan.end(bytes, 1) === -1) return
        scanned += 1
        expect(bytewise(bytes, scan.mentions)).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
    expect(scanned).toBeGreaterThan(200)
  })
})
