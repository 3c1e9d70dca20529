// One contract for every RecordStore: in memory, and Azure tables on a real Azurite.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { memoryStore } from '../auth-server/storage/memory.ts'
import { type RecordStore, redeem } from '../auth-server/storage/record-store.ts'
import { tableFeed } from '../auth-server/storage/revocation-feed.ts'
import { sweep } from '../auth-server/storage/sweep.ts'
import { tableStore } from '../auth-server/storage/tables.ts'
import { startTables, type Tables } from '../sandbox/tables/azurite.ts'
import { REVOCATION_SECONDS } from '../smart/revocation.ts'
import { freePort } from './testing/free-port.ts'

/** A clock that the test moves. */
let now = Date.now()
const clock = () => now
let tables: Tables
let azure: RecordStore

beforeAll(async () => {
  tables = await startTables({ port: await freePort() })
  azure = await tableStore({ url: tables.url, namedKey: { account: tables.account, key: tables.key } }, clock)
})
afterAll(() => tables.stop())

describe.each([
  ['memory', () => memory],
  ['Azure tables', () => azure],
])('%s', (_name, store) => {
  const id = () => `id/${crypto.randomUUID()}#?`

  test('finds what was put, and nothing else', async () => {
    const key = id()
    await store().put('Kind', key, { a: 1, text: 'ü\u0000"' }, 60)
    expect((await store().find('Kind', key))?.value).toEqual({ a: 1, text: 'ü\u0000"' })
    expect(await store().find('Other', key)).toBeUndefined()
    expect(await store().find('Kind', id())).toBeUndefined()
  })
  test('keeps a value longer than one property may be', async () => {
    const key = id()
    const value = { long: 'é'.repeat(50_000) }
    await store().put('Kind', key, value, 60)
    expect((await store().find('Kind', key))?.value).toEqual(value)
    await store().put('Kind', key, { short: true }, 60)
    expect((await store().find('Kind', key))?.value).toEqual({ short: true })
  })
  test('does not find what has ended, and insert takes its place', async () => {
    const key = id()
    expect(await store().insert('Kind', key, { turn: 1 }, 60)).toBe(true)
    expect(await store().insert('Kind', key, { turn: 2 }, 60)).toBe(false)
    now += 61_000
    expect(await store().find('Kind', key)).toBeUndefined()
    expect(await store().insert('Kind', key, { turn: 3 }, 60)).toBe(true)
    expect((await store().find('Kind', key))?.value).toEqual({ turn: 3 })
  })
  test('replace keeps the end, and refuses a version that is not the last', async () => {
    const key = id()
    await store().put('Kind', key, { turn: 1 }, 60)
    const version = (await store().find('Kind', key))?.version ?? ''
    expect(await store().replace('Kind', key, version, { turn: 2 })).toBe(true)
    expect(await store().replace('Kind', key, version, { turn: 3 })).toBe(false)
    expect((await store().find('Kind', key))?.value).toEqual({ turn: 2 })
    now += 61_000
    expect(await store().find('Kind', key)).toBeUndefined()
    expect(await store().replace('Kind', id(), version, {})).toBe(false)
  })
  test('replace gives a new end when it is told one, and nothing that was removed comes back', async () => {
    const key = id()
    await store().put('Kind', key, { turn: 1 }, 60)
    const version = (await store().find('Kind', key))?.version ?? ''
    expect(await store().replace('Kind', key, version, { turn: 2 }, 120)).toBe(true)
    now += 61_000
    const found = await store().find('Kind', key)
    expect(found?.value).toEqual({ turn: 2 })
    await store().remove('Kind', key)
    expect(await store().replace('Kind', key, found?.version ?? '', { turn: 3 }, 120)).toBe(false)
    expect(await store().find('Kind', key)).toBeUndefined()
  })
  test('remove, also of nothing', async () => {
    const key = id()
    await store().put('Kind', key, {}, undefined)
    await store().remove('Kind', key)
    await store().remove('Kind', key)
    expect(await store().find('Kind', key)).toBeUndefined()
  })
  test('lists the live members of a group, and of no other', async () => {
    const group = id()
    for (const name of ['one', 'zwei/ü', 'gone']) await store().put('Kind', { group, name }, { name }, 60)
    await store().insert('Kind', { group, name: 'brief' }, {}, 5)
    await store().put('Other', { group, name: 'other kind' }, {}, 60)
    await store().put('Kind', { group: id(), name: 'other group' }, {}, 60)
    await store().remove('Kind', { group, name: 'gone' })
    now += 6_000
    const members = await store().list('Kind', group)
    expect(members.map(({ name }) => name).sort()).toEqual(['one', 'zwei/ü'])
    expect(members.find(({ name }) => name === 'one')?.value).toEqual({ name: 'one' })
    expect(await store().list('Kind', id())).toEqual([])
    const [first] = members
    expect(await store().replace('Kind', { group, name: first?.name ?? '' }, first?.version ?? '', { b: 1 })).toBe(true)
    expect((await store().find('Kind', { group, name: first?.name ?? '' }))?.value).toEqual({ b: 1 })
  })
  test('SEC-03, SEED-72: of fifty who insert or redeem at once, one wins', async () => {
    const key = id()
    const fifty = Array.from({ length: 50 })
    const inserted = await Promise.all(fifty.map(() => store().insert('Kind', key, { secret: 7 }, 60)))
    expect(inserted.filter(Boolean)).toHaveLength(1)
    const redeemed = await Promise.all(fifty.map(() => redeem(store(), 'Kind', key)))
    expect(redeemed.filter((value) => value !== undefined)).toEqual([{ secret: 7 }])
    expect(await redeem(store(), 'Kind', key)).toBeUndefined()
  })
})

const memory = memoryStore(clock)

test('SEED-72: a sweep removes rows whose time is over, hundreds of them, and no other', async () => {
  const settings = { url: tables.url, namedKey: { account: tables.account, key: tables.key }, auditDays: 365 }
  const many = Array.from({ length: 230 }, (_one, at) => ({ group: 'swept', name: `brief-${at}` }))
  for (const key of many) await azure.put('Sweep', key, {}, 5)
  await azure.put('Sweep', { group: 'swept', name: 'long' }, { stays: true }, 3600)
  await azure.put('Sweep', 'for good', { stays: true }, undefined)
  const feed = await tableFeed(settings)
  await feed.append({ kind: 'grant', id: 'old', at: Math.floor(now / 1000) })
  now += REVOCATION_SECONDS * 1000 + 120_000
  await feed.append({ kind: 'grant', id: 'new', at: Math.floor(now / 1000) })
  const before = now
  const removed = await sweep(settings, () => before - REVOCATION_SECONDS * 1000 + 10_000)
  expect(removed.smartstate).toBeGreaterThanOrEqual(230)
  expect(await sweep(settings, clock)).toMatchObject({ revocations: 1 })
  expect((await azure.find('Sweep', 'for good'))?.value).toEqual({ stays: true })
  expect((await sweep(settings, clock)).revocations).toBe(0)
})

test('a storage that is down is an error, not an empty answer', async () => {
  const url = `http://127.0.0.1:${await freePort()}/devstoreaccount1`
  await expect(tableStore({ url, namedKey: { account: tables.account, key: tables.key } })).rejects.toThrow()
})
