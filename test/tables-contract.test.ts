// What we know of Azure tables and their client library, and build on: seen here on Azurite when an upgrade changes it.
import { AzureNamedKeyCredential, RestError, TableClient } from '@azure/data-tables'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openTable, tableStore } from '../auth-server/storage/tables.ts'
import { startTables, type Tables } from '../sandbox/tables/azurite.ts'
import { freePort } from './testing/free-port.ts'

let tables: Tables
let client: TableClient
beforeAll(async () => {
  tables = await startTables({ port: await freePort() })
  client = await openTable({
    url: tables.url,
    namedKey: { account: tables.account, key: tables.key },
    table: 'contract',
  })
})
afterAll(() => tables.stop())

const key = () => ({ partitionKey: 'p', rowKey: crypto.randomUUID() })
const statusOf = (doing: Promise<unknown>): Promise<number | undefined> =>
  doing.then(
    () => 200,
    (error: unknown) => (error instanceof RestError ? error.statusCode : undefined),
  )

test('a text property holds 32,768 characters and not one more', async () => {
  expect(await statusOf(client.createEntity({ ...key(), text: 'x'.repeat(32_768) }))).toBe(200)
  expect(await statusOf(client.createEntity({ ...key(), text: 'x'.repeat(32_769) }))).toBe(400)
})

test('a record beyond what Azure takes is refused by us: Azurite does not notice', async () => {
  const namedKey = { account: tables.account, key: tables.key }
  const store = await tableStore({ url: tables.url, namedKey })
  await expect(store.put('Kind', 'large', { text: 'x'.repeat(1_100_000) }, 60)).rejects.toThrow()
  expect(await store.find('Kind', 'large')).toBeUndefined()
})

describe('races', () => {
  test('the second insert is 409, and the row is the first one’s', async () => {
    const row = key()
    expect(await statusOf(client.createEntity({ ...row, turn: 1 }))).toBe(200)
    expect(await statusOf(client.createEntity({ ...row, turn: 2 }))).toBe(409)
    expect(await client.getEntity(row.partitionKey, row.rowKey)).toMatchObject({ turn: 1 })
  })
  test('an update with a tag that is not the last is 412, of a row that is gone 404', async () => {
    const row = key()
    await client.createEntity({ ...row, turn: 1 })
    const { etag } = await client.getEntity(row.partitionKey, row.rowKey)
    expect(await statusOf(client.updateEntity({ ...row, turn: 2 }, 'Replace', { etag }))).toBe(200)
    expect(await statusOf(client.updateEntity({ ...row, turn: 3 }, 'Replace', { etag }))).toBe(412)
    await client.deleteEntity(row.partitionKey, row.rowKey)
    expect(await statusOf(client.updateEntity({ ...row, turn: 4 }, 'Replace', { etag }))).toBe(404)
    expect(await statusOf(client.getEntity(row.partitionKey, row.rowKey))).toBe(404)
  })
})

test('putting replaces: no property of before is left', async () => {
  const row = key()
  await client.upsertEntity({ ...row, p0: 'a', p1: 'b' }, 'Replace')
  await client.upsertEntity({ ...row, p0: 'c' }, 'Replace')
  expect(await client.getEntity(row.partitionKey, row.rowKey)).not.toHaveProperty('p1')
})

test('the creation of a table that is there is no fault', async () => {
  const namedKey = { account: tables.account, key: tables.key }
  await expect(openTable({ url: tables.url, namedKey, table: 'contract' })).resolves.toBeDefined()
})

test('a managed identity is refused over http, so that Azurite needs a named key', async () => {
  const credential = { getToken: async () => ({ token: 'x', expiresOnTimestamp: Date.now() + 60_000 }) }
  const other = new TableClient(tables.url, 'contract', credential, { allowInsecureConnection: true })
  await expect(other.getEntity('p', 'r')).rejects.toThrow(/https|TLS/i)
})

test('a storage that is down is told within a second and a half: the library’s own retries take longer', async () => {
  const url = `http://127.0.0.1:${await freePort()}/${tables.account}`
  const namedKey = { account: tables.account, key: tables.key }
  const timed = async (doing: Promise<unknown>) => {
    const start = performance.now()
    await expect(doing).rejects.toThrow()
    return performance.now() - start
  }
  expect(await timed(openTable({ url, namedKey, table: 'contract' }))).toBeLessThan(1500)
  const credential = new AzureNamedKeyCredential(namedKey.account, namedKey.key)
  const asItComes = new TableClient(url, 'contract', credential, { allowInsecureConnection: true })
  expect(await timed(asItComes.getEntity('p', 'r'))).toBeGreaterThan(1500)
})
