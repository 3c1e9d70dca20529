import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseStrictly, ValueScan } from './json-value.ts'

const parsed = (text: string) => parseStrictly(Buffer.from(text))
const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`

describe('ENF-13: JSON that is read in one way only', () => {
  test.each([
    ['a member twice', '{"a":1,"a":2}'],
    ['a member twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a member twice, deep inside', '{"x":{"a":1,"b":[{"c":1,"c":2}]}}'],
    ['a member twice, of the same value', '{"a":{},"a":{}}'],
    ['an odd member twice', '{"__proto__":1,"__proto__":2}'],
    ['101 levels', nested(101)],
    ['something behind', '{"a":1} {'],
    ['nothing', ''],
    ['half', '{"a":'],
    ['a word', 'undefined'],
    ['a byte order mark', '\ufeff{}'],
  ])('%s: not read', (_name, text) => {
    expect(parsed(text)).toBeUndefined()
  })

  test.each([
    '{}',
    ' { "a" : "{,}" } ',
    '{"a":"a","b":{"a":"a"},"c":["a","a"]}',
    '{"a":"\\"b\\":1,\\"b\\":2"}',
    '{"__proto__":{"__proto__":1}}',
    '[{"a":1},{"a":1}]',
    '"a:b"',
    '7',
    nested(100),
  ])('%s is read as JSON.parse does', (text) => {
    expect(parsed(text)).toEqual({ value: JSON.parse(text) })
  })

  test('any bytes that are no UTF-8: not read', () => {
    expect(parseStrictly(Buffer.from([0x22, 0xc3, 0x22]))).toBeUndefined()
    expect(parseStrictly(Buffer.from('{"a":1}', 'utf16le'))).toBeUndefined()
  })
})

test('a value ends where it does, at any cut', () => {
  const blanks = fc.constantFrom('', ' ', '\n')
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom(',', ']', '}', ' '),
      blanks,
      fc.integer({ min: 1, max: 9 }),
      (one, after, blank, size) => {
        const text = JSON.stringify(one, null, blank)
        const bytes = Buffer.from(`${text}${after}"x"}`)
        const scan = new ValueScan(100)
        let end = -1
        for (let at = 0; end === -1 && at < bytes.length; at += size) {
          const found = scan.endIn(bytes.subarray(at, at + size), 0)
          end = found === -1 ? -1 : at + found
        }
        expect(bytes.subarray(0, end).toString()).toBe(text)
      },
    ),
  )
})
