import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { lengthOf, partOf, rangeIn } from './byte-range.ts'

describe('SEED-68: a range of bytes', () => {
  test.each([
    ['bytes=0-9', { first: 0, last: 9 }],
    ['bytes=90-', { first: 90, last: 99 }],
    ['bytes=-10', { first: 90, last: 99 }],
    ['bytes=-1000', { first: 0, last: 99 }],
    ['bytes=90-1000', { first: 90, last: 99 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=9-0', undefined],
    ['bytes=0-1,5-6', undefined],
    ['lines=0-1', undefined],
    ['bytes=-', undefined],
    ['bytes=a-b', undefined],
    [undefined, undefined],
  ])('%s of 100', (header, expected) => expect(rangeIn(header, 100)).toEqual(expected))

  test('is what a slice is, however the bytes arrive', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 9 })
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat(40), fc.nat(40), async (chunks, a, b) => {
        async function* stream() {
          for (const chunk of chunks) yield Buffer.from(chunk)
        }
        const whole = Buffer.concat(chunks)
        expect(await lengthOf(stream())).toBe(whole.length)
        const range = { first: Math.min(a, b), last: Math.max(a, b) }
        const parts: Buffer[] = []
        for await (const part of partOf(stream(), range)) parts.push(part)
        expect(Buffer.concat(parts)).toEqual(whole.subarray(range.first, range.last + 1))
      }),
    )
  })
})
