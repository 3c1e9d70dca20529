import { expect, test } from '@jest/globals'
import { createCopies } from './copies.ts'

test('a few at a time, all of them, and one that fails keeps no other', async () => {
  let running = 0
  let most = 0
  let lost = 0
  const done: string[] = []
  const copies = createCopies(
    async (name) => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      if (name === '3') throw new Error('no')
      done.push(name)
    },
    () => {
      lost += 1
    },
  )
  for (let at = 0; at < 20; at += 1) expect(copies.add(String(at), 'text')).toBe(true)
  await copies.settled()
  expect([done.length, lost, running]).toEqual([19, 1, 0])
  expect(most).toBeLessThanOrEqual(4)
})

test('what there is no room for is not taken, until there is', async () => {
  const waiting: (() => void)[] = []
  const copies = createCopies(
    () => new Promise((resolve) => waiting.push(resolve)),
    () => {},
  )
  const large = 'x'.repeat(20 * 1024 * 1024)
  expect([1, 2, 3, 4].map((at) => copies.add(String(at), large))).toEqual([true, true, true, false])
  waiting[0]?.()
  await new Promise((resolve) => setImmediate(resolve))
  expect(copies.add('5', large)).toBe(true)
})
