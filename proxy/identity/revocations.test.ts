import { afterEach, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { bucketOf, type Revocation } from '../../smart/revocation.ts'
import { watchRevocations } from './revocations.ts'

let now = Date.UTC(2026, 2, 1, 9, 30, 0)
const seconds = () => Math.floor(now / 1000)
let table: Revocation[] = []
let asked: string[] = []
let isDown = false
/** Settles each time that the feed has been read, or could not be. */
let afterRead: () => void = () => {}
let watch: ReturnType<typeof watchRevocations> | undefined

function start() {
  watch = watchRevocations({
    tables: {
      async revocationsSince(bucket) {
        asked.push(bucket)
        queueMicrotask(() => setImmediate(afterRead))
        if (isDown) throw new Error('down')
        return table.filter(({ at }) => bucketOf(at) >= bucket)
      },
    },
    clock: () => new Date(now),
    log: pino({ level: 'silent' }),
    maxAgeSeconds: 60,
    pollMilliseconds: 1,
  })
  return watch
}
const nextRead = () =>
  new Promise<void>((resolve) => {
    afterRead = resolve
  })
const claims = () => ({ jti: 'j', gid: 'g', client_id: 'app', sub: 'ana', iat: seconds() })

afterEach(() => {
  watch?.stop()
  table = []
  asked = []
  isDown = false
})

test('nothing is known before the first reading', async () => {
  const read = nextRead()
  const { stateOf } = start()
  expect(stateOf(claims())).toBe('unknown')
  await read
  expect(stateOf(claims())).toBe('live')
})

test('an entry counts from the next reading on, and for the others nothing changes', async () => {
  const { stateOf } = start()
  await nextRead()
  table.push({ kind: 'grant', id: 'g', at: seconds() })
  await nextRead()
  expect(stateOf(claims())).toBe('revoked')
  expect(stateOf({ ...claims(), gid: 'other' })).toBe('live')
})

test('at start the whole life of a token is read, then the newest buckets, and all again each minute', async () => {
  table.push({ kind: 'client', id: 'app', at: seconds() - 3500 })
  const { stateOf } = start()
  await nextRead()
  expect(stateOf({ ...claims(), iat: seconds() - 3550 })).toBe('revoked')
  await nextRead()
  expect(asked.slice(0, 2)).toEqual([bucketOf(seconds() - 3720), bucketOf(seconds() - 60)])
  now += 60_000
  asked = []
  await nextRead()
  expect(asked[0]).toBe(bucketOf(seconds() - 3720))
})

test('a feed that cannot be read for too long makes everything unknown; once read again, known', async () => {
  const { stateOf } = start()
  await nextRead()
  isDown = true
  await nextRead()
  now += 59_000
  expect(stateOf(claims())).toBe('live')
  now += 2_000
  await nextRead()
  expect(stateOf(claims())).toBe('unknown')
  isDown = false
  await nextRead()
  expect(stateOf(claims())).toBe('live')
})
