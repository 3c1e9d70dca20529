// Which of file and API has the say over a client, and how soon replicas see a change.
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Revocation } from '../../smart/revocation.ts'
import { memoryStore } from '../storage/memory.ts'
import type { RecordStore } from '../storage/record-store.ts'
import { type ClientRecord, type ClientRecords, clientRecords } from './registry.ts'
import { parseClients, seededClients } from './seed.ts'

let now = Date.now()
let store: RecordStore
let ended: Revocation[]

beforeEach(() => {
  store = memoryStore(() => now)
  ended = []
})

const app = (id: string, changed: object = {}) => ({
  client_id: id,
  client_name: id,
  token_endpoint_auth_method: 'none',
  redirect_uris: [`https://${id}.test/callback`],
  ...changed,
})
const start = (...entries: object[]): Promise<ClientRecords> => {
  const feed = { append: async (revocation: Revocation) => void ended.push(revocation) }
  return seededClients({ store, feed, entries: parseClients(entries), now: () => now })
}

async function changeThroughApi(clients: ClientRecords, id: string, changed: Partial<ClientRecord>): Promise<void> {
  const held = await clients.read(id)
  if (held === undefined) throw new Error(`no client ${id}`)
  expect(await clients.write({ ...held.record, ...changed, source: 'api' }, held)).toBe(true)
}

describe('a client of the file', () => {
  test('is written where there is none, and follows the file', async () => {
    await start(app('one'))
    const clients = await start(app('one', { client_name: 'Renamed' }))
    expect(await clients.find('one')).toMatchObject({ client_name: 'Renamed' })
    expect(ended).toEqual([])
  })
  test('belongs to the API once that has changed it', async () => {
    await changeThroughApi(await start(app('one')), 'one', { client_name: 'By the API' })
    const clients = await start(app('one', { client_name: 'By the file' }))
    expect(await clients.find('one')).toMatchObject({ client_name: 'By the API' })
    expect((await (await start()).find('one'))?.client_name).toBe('By the API')
  })
  test('does not come back when it was deleted through the API', async () => {
    await changeThroughApi(await start(app('one')), 'one', { enabled: false, deleted: true })
    const clients = await start(app('one'))
    expect(await clients.find('one')).toBeUndefined()
    expect(await clients.list()).toEqual([])
  })
  test('that is no longer in it is disabled, and what it was given ends', async () => {
    await start(app('one'), app('two'))
    const clients = await start(app('two'))
    expect(await clients.find('one')).toBeUndefined()
    expect(await clients.find('two')).toBeDefined()
    expect(ended).toMatchObject([{ kind: 'client', id: 'one' }])
    expect(await (await start(app('one'), app('two'))).find('one')).toBeDefined()
  })
  test('that lost a scope loses its access tokens', async () => {
    await start(app('one', { scope: 'openid patient/*.rs' }))
    await start(app('one', { scope: 'openid' }))
    expect(ended).toMatchObject([{ kind: 'client', id: 'one' }])
  })
})

test('a scope of the file that is none stops the start, and is named', () => {
  const scope = 'openid patient/Observation.sr user/*.rs?_has:x=y'
  expect(() => parseClients([app('one', { scope })])).toThrow(
    /scope: patient\/Observation\.sr [\s\S]*scope: user\/\*\.rs/,
  )
})

test('without a file nothing is written and nothing disabled', async () => {
  await start(app('one'))
  const feed = { append: async () => {} }
  const clients = await seededClients({ store, feed, entries: undefined, now: () => now })
  expect(await clients.find('one')).toBeDefined()
})

test('replicas that start at once do not disturb each other', async () => {
  const replicas = await Promise.all(Array.from({ length: 8 }, () => start(app('one'), app('two'))))
  for (const clients of replicas) expect(await clients.list()).toHaveLength(2)
  expect(ended).toEqual([])
})

test('SEED-32: a change is seen at once where it was made, and within two seconds elsewhere', async () => {
  const here = await start(app('one'))
  const there = clientRecords(store, () => now)
  expect([await here.find('one'), await there.find('one')]).toEqual([expect.anything(), expect.anything()])
  await changeThroughApi(here, 'one', { enabled: false })
  expect(await here.find('one')).toBeUndefined()
  now += 2000
  expect(await there.find('one')).toBeUndefined()
})

test('a storage that is down is an error, and is asked again', async () => {
  const broken = { ...store, find: () => Promise.reject(new Error('down')) }
  const clients = clientRecords(broken, () => now)
  await expect(clients.find('one')).rejects.toThrow('down')
  broken.find = async () => undefined as never
  expect(await clients.find('one')).toBeUndefined()
})
