// Links of Entra accounts as the proxy sees them: what the authorization server writes, in a real table, and no more.
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { subjectOf } from '../auth-server/identity/account.ts'
import { linkStore } from '../auth-server/identity/links.ts'
import { sharedLinks, sharedLinkTable } from '../auth-server/storage/shared-links.ts'
import { tableStore } from '../auth-server/storage/tables.ts'
import { openSharedTables } from '../proxy/identity/shared-tables.ts'
import { startTables, type Tables } from '../sandbox/tables/azurite.ts'

const account = { tid: '11111111-1111-4111-8111-111111111111', oid: 'aaaaaaaa-0000-4000-8000-000000000001' }
const validUntil = '2099-01-01T00:00:00.000Z'
let tables: Tables
beforeAll(async () => {
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
  tables = await startTables({ port })
})
afterAll(() => tables.stop())

test('SEED-43, SEED-47: given, given again, taken; only accounts of Entra', async () => {
  const settings = { url: tables.url, namedKey: { account: tables.account, key: tables.key } }
  const links = sharedLinks(linkStore(await tableStore(settings), Date.now), await sharedLinkTable(settings))
  const { personLinks } = openSharedTables(settings)
  const seen = () => personLinks(account.tid.toUpperCase(), account.oid)

  expect(await seen()).toEqual([])
  await links.put({ account, record: 'Patient/ana', validUntil })
  await links.putFirst({ account, record: 'Practitioner/wei', validUntil })
  await links.put({ account: { iss: 'https://idp.example', sub: 'x' }, record: 'Patient/bob', validUntil })
  expect(await seen()).toEqual([
    { record: 'Patient/ana', validUntil },
    { record: 'Practitioner/wei', validUntil },
  ])
  expect(await links.remove(subjectOf(account), 'Patient/ana')).toBe(true)
  // What was removed is not brought back by a file.
  await links.putFirst({ account, record: 'Patient/ana', validUntil })
  expect(await seen()).toEqual([{ record: 'Practitioner/wei', validUntil }])
})
