import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { elementsOf, elementTexts, membersOf, memberText, replaceMembers, stringStart } from './json-text.ts'

// JSON.parse of V8 13 may read the name `\"` as `\`, once it has seen that one: no backslashes in names here.
const name = fc.string().map((one) => one.replaceAll('\\', ''))
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.jsonValue({ maxDepth: 0 }),
    fc.array(tie('any')),
    fc.dictionary(name, tie('any')),
  ),
})).any
const indent = fc.constantFrom(undefined, 2, '\t', ' \r\n')

describe('parts of JSON text', () => {
  test('members are where JSON.parse finds them', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value), indent, (object, by) => {
        const text = JSON.stringify(object, null, by)
        const found = membersOf(text).map(({ key, start, end }) => [key, JSON.parse(text.slice(start, end))])
        expect(found).toEqual(Object.entries(JSON.parse(text) as object))
      }),
    )
  })

  test('so are the elements of an array', () => {
    fc.assert(
      fc.property(fc.array(value), indent, (array, by) => {
        const text = JSON.stringify(array, null, by)
        expect(elementsOf(text, 0).map(({ start, end }) => JSON.parse(text.slice(start, end)))).toEqual(
          JSON.parse(text),
        )
      }),
    )
  })

  test('a string begins where it does, from anywhere within it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, string) => {
        const [start, token] = [JSON.stringify(before).length + 1, JSON.stringify(string)]
        const text = `[${JSON.stringify(before)},${token}]`
        for (let at = 1; at < token.length - 1; at += 1) expect(stringStart(text, start + 1 + at)).toBe(start + 1)
      }),
    )
  })

  test.each(['{}', '[]', 'null', '"a"', '7', ' {\n} ', '{"a":{"b":[1]},"b":2}', ''])('%j has no such part', (text) => {
    expect([memberText(text, 'x'), elementTexts(text, 'b')]).toEqual([undefined, []])
  })

  test('a part keeps its characters', () => {
    const text = ' { "a" : [ 70.10 , { "b\\u0000" : "]\\"}" } , "\\\\" ] , "\\u0063" : 1e3 } '
    expect(elementTexts(text, 'a')).toEqual(['70.10', '{ "b\\u0000" : "]\\"}" }', '"\\\\"'])
    expect(memberText(text, 'c')).toBe('1e3')
  })
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
