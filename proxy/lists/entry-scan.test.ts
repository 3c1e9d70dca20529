import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseStrictly } from '../json/json-value.ts'
import { EntryScan } from './entry-scan.ts'

const HOST = 'upstream.internal'
const name = fc.oneof(
  fc.constantFrom('resource', 'search', 'subject', 'id', 'resourceType', 'a', 'b'),
  fc.string({ maxLength: 3 }).map((one) => one.replaceAll('\\', '')),
)
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    'http://upstream.internal:8080/r4/x',
    '//UPSTREAM.internal',
    '/upstream',
    '"',
    '\\',
    '\n',
    'é',
    '{"',
    '}',
  ),
)
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    text,
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(true, false, null, 1e300, -0.5e-7),
    ),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(name, tie('any'), { maxKeys: 4 }),
  ),
})).any
const entry = fc
  .record(
    { resource: fc.dictionary(name, value), search: value, more: fc.dictionary(name, value) },
    { requiredKeys: [] },
  )
  .map(({ more, ...rest }) => ({ ...more, ...rest }))
const indent = fc.constantFrom(undefined, 1, '\t', '\r\n ')

function scanned(bytes: Buffer, from: number) {
  const scan = new EntryScan(HOST, 98)
  const numbers = [
    scan.lookFor('entry', 'search'),
    scan.lookFor('resource', 'subject'),
    scan.lookFor('resource', 'id'),
    scan.lookFor('entry', 'id'),
  ] as number[]
  const end = scan.end(bytes, from)
  const at = (number: number) =>
    scan.startOf(number) === -1
      ? undefined
      : JSON.parse(bytes.toString('utf8', scan.startOf(number), scan.endOf(number)))
  return { end, mentions: scan.mentions, found: end === -1 ? [] : [0, ...numbers].map(at) }
}

describe('ENF-13: what is read at one go is what JSON.parse reads, in one way only', () => {
  const letter = fc.constantFrom(
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    ' ',
    'u',
    '0',
    '-',
    '.',
    'e',
    'true',
    '"a":1,',
    '\u0000',
    '\ud800',
  )
  const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(2), letter })

  test('whatever the bytes', () => {
    let sure = 0
    fc.assert(
      fc.property(entry, indent, fc.array(change, { maxLength: 2 }), (one, by, changes) => {
        let json = JSON.stringify(one, null, by)
        for (const { at, length, letter: other } of changes) {
          const start = Math.round(at * json.length)
          json = json.slice(0, start) + other + json.slice(start + length)
        }
        const bytes = Buffer.from(`[${json},`)
        const { end, found } = scanned(bytes, 1)
        if (end === -1) return
        sure += 1
        const parsed = parseStrictly(bytes.subarray(1, end)) as { value: Record<string, unknown> } | undefined
        expect(parsed).toBeDefined()
        const { value: read } = parsed as { value: Record<string, unknown> }
        const own = (of: unknown, key: string) =>
          Object.hasOwn(Object(of), key) ? (of as Record<string, unknown>)[key] : undefined
        const record = own(read, 'resource')
        expect(found).toEqual([record, own(read, 'search'), own(record, 'subject'), own(record, 'id'), own(read, 'id')])
      }),
      { numRuns: 3_000 },
    )
    expect(sure).toBeGreaterThan(500)
  })

  test('of what is plain nothing is left to JSON.parse', () => {
    const plain = fc.dictionary(
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 1 }),
      fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom('é', 'x/y', 'a\nb', null, 1.5e-9)),
    )
    fc.assert(
      fc.property(plain, indent, (record, by) => {
        const json = JSON.stringify(
          { fullUrl: 'x', resource: { ...record, in: [{ record }, [], {}] }, search: { mode: 'match' } },
          null,
          by,
        )
        const bytes = Buffer.from(`${json},`)
        expect([json, scanned(bytes, 0).end]).toEqual([json, bytes.length - 1])
      }),
    )
  })

  test('every string that mentions the host is told, once for each time', () => {
    fc.assert(
      fc.property(entry, (one) => {
        const json = JSON.stringify(one)
        const { end, mentions } = scanned(Buffer.from(json), 0)
        if (end === -1) return
        const expected = [...json.matchAll(/"(?:[^"\\]|\\.)*"/g)].flatMap((token) =>
          [...token[0].matchAll(/\/upstream\.internal/gi)].map(() => Buffer.byteLength(json.slice(0, token.index))),
        )
        expect(mentions).toEqual(expected)
      }),
    )
  })
})

describe('what is not sure', () => {
  test.each([
    ['a member twice', '{"a":1,"b":2,"a":3}'],
    ['a member twice, deep inside', '{"resource":{"a":[{"b":1,"b":1}]}}'],
    ['names of one hash', '{"Aa":1,"BB":2}'],
    ['an escaped name', '{"\\u0061":1}'],
    ['any \\u', '{"a":"\\u0041"}'],
    ['no record', '{"resource":null}'],
    ['a list of records', '{"resource":[{}]}'],
    ['a text for a record', '{"resource":"x"}'],
    ['99 levels', `{"a":${'['.repeat(98)}${']'.repeat(98)}}`],
    ['many members', JSON.stringify(Object.fromEntries(Array.from({ length: 2_000 }, (_one, at) => [`m${at}`, 1])))],
    ['a raw tab', '{"a":"\t"}'],
    ['01', '{"a":01}'],
    ['1.', '{"a":1.}'],
    ['.5', '{"a":.5}'],
    ['-', '{"a":-}'],
    ['1e', '{"a":1e}'],
    ['NaN', '{"a":NaN}'],
    ['True', '{"a":True}'],
    ['a comma too many', '{"a":1,}'],
    ['a comma too many in a list', '{"a":[1,]}'],
    ['no comma', '{"a":1 "b":2}'],
    ['no colon', '{"a" 1}'],
    ['another bracket', '{"a":[1}]'],
    ['another blank', '{"a":\u00a01}'],
  ])('%s', (_name, json) => {
    expect(scanned(Buffer.from(`${json},`), 0).end).toBe(-1)
  })

  test('bytes that are no UTF-8', () => {
    expect(scanned(Buffer.from([...Buffer.from('{"a":"'), 0xc3, ...Buffer.from('"}')]), 0).end).toBe(-1)
  })

  test('what is not all there, wherever it is cut', () => {
    const bytes = Buffer.from(
      '{"fullUrl":"http://x/y","resource":{"a":[1.5e-3,true,null,{"e":"é\\n"}],"b":{}},"search":{"mode":"match"}}',
    )
    for (let length = 0; length < bytes.length; length += 1) {
      const scan = new EntryScan(HOST, 98)
      expect([scan.end(bytes, 0), scan.end(bytes.subarray(0, length), 0)]).toEqual([bytes.length, -1])
    }
  })
})
