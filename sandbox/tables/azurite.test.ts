import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables'
import { expect, test } from '@jest/globals'
import { startTables, type Tables } from './azurite.ts'

const client = (tables: Tables) =>
  new TableClient(tables.url, 'notes', new AzureNamedKeyCredential(tables.account, tables.key), {
    allowInsecureConnection: true,
  })
const note = { partitionKey: 'p', rowKey: 'r', text: 'kept' }

test('on disk, what was written is there after a restart', async () => {
  const location = mkdtempSync(join(tmpdir(), 'tables-'))
  const first = await startTables({ port: 24_115, location })
  await client(first).createTable()
  await client(first).createEntity(note)
  await first.stop()
  const second = await startTables({ port: 24_115, location })
  expect(await client(second).getEntity('p', 'r')).toMatchObject({ text: 'kept' })
  await second.stop()
  rmSync(location, { recursive: true })
})

test('in memory, each start is empty', async () => {
  const first = await startTables({ port: 24_116 })
  await client(first).createTable()
  await first.stop()
  const second = await startTables({ port: 24_116 })
  await expect(client(second).getEntity('p', 'r')).rejects.toMatchObject({ statusCode: 404 })
  await second.stop()
})

test('a taken port is refused, not mistaken for ready', async () => {
  const first = await startTables({ port: 24_117 })
  await expect(startTables({ port: 24_117 })).rejects.toThrow('port 24117 is in use')
  await first.stop()
})
