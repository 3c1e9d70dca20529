// Tables are put into a file and back, against Azurite: nothing is lost or changed on the way, and nothing that is there is overwritten.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { tableStore } from '../../auth-server/storage/tables.ts'
import { openTable } from '../../proxy/table.ts'
import { startTables, type Tables } from '../../sandbox/tables/azurite.ts'
import { freePort } from '../../test/testing/free-port.ts'
import { backUp, restore } from './backup.ts'
import { ALWAYS } from './names.ts'

let tables: Tables
let folder: string
let file: string
const settings = () => ({ url: tables.url, namedKey: { account: tables.account, key: tables.key } })

beforeAll(async () => {
  tables = await startTables({ port: await freePort() })
  folder = await mkdtemp(join(tmpdir(), 'backup-'))
}, 60_000)
afterAll(async () => {
  await tables?.stop()
  await rm(folder, { recursive: true })
})

let number = 0
beforeEach(async () => {
  number++
  file = join(folder, `${number}.backup`)
  // As after the loss of all: tables that are there, and nothing in them.
  for (const name of ALWAYS) {
    const table = openTable(settings(), name)
    await table.createTable()
    for await (const { partitionKey = '', rowKey = '' } of table.listEntities())
      await table.deleteEntity(partitionKey, rowKey)
  }
})

async function rowsOf(name: string) {
  const rows: unknown[] = []
  for await (const { etag: _etag, timestamp: _timestamp, ...row } of openTable(settings(), name).listEntities({
    disableTypeConversion: true,
  }))
    rows.push(row)
  return rows
}

async function fill(): Promise<void> {
  const store = await tableStore(settings())
  await store.insert('client', 'my-app', { name: 'Ä "quoted"\n', long: 'x'.repeat(90_000) }, undefined)
  await store.insert('grant', { group: 'ana', name: 'grant/1' }, { at: 1 }, 3600)
  await openTable(settings(), 'audit').createEntity({
    partitionKey: 'p',
    rowKey: 'r',
    text: '42',
    whole: 42,
    fraction: 4.5,
    big: 9_007_199_254_740_993n,
    when: new Date('2030-01-01T00:00:00.123Z'),
    bytes: new Uint8Array([0, 255]),
    yes: true,
  })
}

test('what is put back is what was there: every type, long values, names', async () => {
  await fill()
  const before = await Promise.all(ALWAYS.map(rowsOf))
  const counts = await backUp(settings(), file)
  expect(counts).toMatchObject({ audit: 1, revocations: 0 })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  for (const name of ['audit', 'smartstate'])
    for (const { partitionKey, rowKey } of (await rowsOf(name)) as { partitionKey: string; rowKey: string }[])
      await openTable(settings(), name).deleteEntity(partitionKey, rowKey)
  expect(await rowsOf('smartstate')).toEqual([])
  await restore(settings(), file)
  expect(await Promise.all(ALWAYS.map(rowsOf))).toEqual(before)
  expect((await (await tableStore(settings())).find('client', 'my-app'))?.value).toMatchObject({ name: 'Ä "quoted"\n' })
})

test('what has changed since then stays as it is', async () => {
  const store = await tableStore(settings())
  await store.put('ended', 'grant-1', { at: 1 }, undefined)
  await backUp(settings(), file)
  await store.put('ended', 'grant-1', { at: 2 }, undefined)
  await store.put('ended', 'grant-2', { at: 3 }, undefined)
  expect(await restore(settings(), file)).toEqual({ smartstate: 0 })
  expect((await store.find('ended', 'grant-1'))?.value).toEqual({ at: 2 })
  expect((await store.find('ended', 'grant-2'))?.value).toEqual({ at: 3 })
})

test.each<[string, (text: string) => string, string]>([
  ['was cut short', (text) => text.split('\n').slice(0, -2).join('\n'), 'is cut short'],
  ['lost a row', (text) => text.split('\n').slice(1).join('\n'), 'was changed'],
  ['was changed', (text) => text.replace('my-app', 'evil'), 'was changed'],
  ['is none', () => 'PK\n', 'line 1 is no row of a table'],
  ['names another table', (text) => text.replace('"table":"smartstate"', '"table":"others"'), 'is no row of a table'],
  ['goes on', (text) => `${text}${text}`, 'goes on after its end'],
])('a file that %s is refused, and nothing is written', async (name, damage, why) => {
  await openTable(settings(), 'smartstate').createEntity({ partitionKey: 'client.a', rowKey: 'my-app' })
  await backUp(settings(), file)
  const text = await readFile(file, 'utf8')
  await openTable(settings(), 'smartstate').deleteEntity('client.a', 'my-app')
  await writeFile(file, damage(text))
  expect(damage(text)).not.toBe(text)
  await expect(restore(settings(), file)).rejects.toThrow(why)
  expect([name, await rowsOf('smartstate')]).toEqual([name, []])
})

test('a file that is there is not overwritten', async () => {
  await writeFile(file, 'mine')
  await expect(backUp(settings(), file)).rejects.toThrow('EEXIST')
  expect(await readFile(file, 'utf8')).toBe('mine')
})
