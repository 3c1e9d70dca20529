import { expect, test } from '@jest/globals'
import { parseLossless } from './lossless-json.ts'

test.each(['70.10', '1E3', '-0', '12345678901234567890', '0.30000000000000004', '7', '-1.5', '1e-7'])(
  '%s is written again as it was',
  (digits) => {
    const text = `{"value":${digits},"list":[${digits},"${digits}"]}`
    expect(JSON.stringify(parseLossless(text))).toBe(text)
  },
)
test('what JavaScript writes alike is a number', () => {
  expect(parseLossless('[7,1.5,"7",null,true]')).toEqual([7, 1.5, '7', null, true])
  expect((parseLossless('[70.10]') as unknown[])[0]).toEqual({ rawJSON: '70.10' })
})
test('a name of the prototype is a name', () => {
  const text = '{"__proto__":{"a":1.0}}'
  expect(JSON.stringify(parseLossless(text))).toBe(text)
})
