import { expect, test } from '@jest/globals'
import { until } from '../../test/testing/until.ts'
import { type Issued, keepFresh } from './upstream-credential.ts'

const MINUTE = 60_000

/** A credential over an issuer that answers when told to, at a time that is told. */
function world() {
  let now = 1_000_000
  let issued = 0
  const asked: { afresh: boolean; answer(lifeMs: number, renewInMs?: number): void; fail(): void }[] = []
  const failures: unknown[] = []
  const credential = keepFresh(
    (afresh) =>
      new Promise<Issued>((resolve, reject) => {
        asked.push({
          afresh,
          answer: (life, renewIn) => {
            issued += 1
            const renewFrom = renewIn === undefined ? {} : { renewFrom: now + renewIn }
            resolve({ authorization: `Bearer ${issued}`, expiresAt: now + life, ...renewFrom })
          },
          fail: () => reject(new Error('no')),
        })
      }),
    { clock: () => new Date(now), onFailure: (error) => failures.push(error) },
  )
  const pass = (ms: number) => {
    now += ms
  }
  return { credential, asked, failures, pass }
}

/** One that has a token of an hour. */
async function anHour() {
  const all = world()
  const first = all.credential.current()
  all.asked[0]?.answer(60 * MINUTE)
  expect(await first).toBe('Bearer 1')
  return all
}

test('SEED-63: many who need it ask once', async () => {
  const { credential, asked } = world()
  const all = Promise.all(Array.from({ length: 50 }, () => credential.current()))
  asked[0]?.answer(60 * MINUTE)
  expect(new Set(await all)).toEqual(new Set(['Bearer 1']))
  expect(asked.length).toBe(1)
})

test('SEED-63: five minutes before its end another is fetched, and nobody waits for it', async () => {
  const { credential, asked, pass } = await anHour()
  pass(54.9 * MINUTE)
  expect([await credential.current(), asked.length]).toEqual(['Bearer 1', 1])
  pass(0.2 * MINUTE)
  expect([await credential.current(), await credential.current(), asked.length]).toEqual(['Bearer 1', 'Bearer 1', 2])
  asked[1]?.answer(60 * MINUTE)
  await until(() => true)
  expect([await credential.current(), asked[1]?.afresh, asked.length]).toEqual(['Bearer 2', false, 2])
})

test('sooner, where its issuer says so', async () => {
  const { credential, asked, pass } = world()
  const first = credential.current()
  asked[0]?.answer(24 * 60 * MINUTE, 12 * 60 * MINUTE)
  await first
  pass(12 * 60 * MINUTE)
  expect([await credential.current(), asked.length]).toEqual(['Bearer 1', 2])
})

test('while it cannot be renewed the old one is used, for as long as it is good', async () => {
  const { credential, asked, failures, pass } = await anHour()
  pass(56 * MINUTE)
  await credential.current()
  asked[1]?.fail()
  await until(() => failures.length === 1)
  pass(3 * MINUTE)
  expect([await credential.current(), asked.length]).toEqual(['Bearer 1', 3])
  asked[2]?.fail()
  await until(() => failures.length === 2)
  pass(0.9 * MINUTE)
  const late = credential.current()
  asked[3]?.fail()
  await expect(late).rejects.toThrow('no')
})

test('what failed is not asked for again by everyone at once', async () => {
  const { credential, asked, failures, pass } = world()
  const first = credential.current()
  asked[0]?.fail()
  await expect(first).rejects.toThrow('no')
  await expect(credential.current()).rejects.toThrow('no')
  expect([asked.length, failures.length]).toEqual([1, 1])
  pass(1_000)
  const next = credential.current()
  asked[1]?.answer(60 * MINUTE)
  expect(await next).toBe('Bearer 1')
})

test('SEED-63: a refused one is replaced once, for all who were refused', async () => {
  const { credential, asked } = await anHour()
  const both = Promise.all([credential.insteadOf('Bearer 1'), credential.insteadOf('Bearer 1')])
  expect(asked.map(({ afresh }) => afresh)).toEqual([false, true])
  asked[1]?.answer(60 * MINUTE)
  expect(await both).toEqual(['Bearer 2', 'Bearer 2'])
  expect([await credential.insteadOf('Bearer 1'), asked.length]).toEqual(['Bearer 2', 2])
})

test('an upstream that refuses them all does not set the identity provider under siege', async () => {
  const { credential, asked, pass } = await anHour()
  const second = credential.insteadOf('Bearer 1')
  asked[1]?.answer(60 * MINUTE)
  await second
  expect([await credential.insteadOf('Bearer 2'), asked.length]).toEqual(['Bearer 2', 2])
  pass(10_000)
  const third = credential.insteadOf('Bearer 2')
  asked[2]?.answer(60 * MINUTE)
  expect(await third).toBe('Bearer 3')
})
