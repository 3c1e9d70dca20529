import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { QueueClient, StorageSharedKeyCredential } from '@azure/storage-queue'
import { expect, test } from '@jest/globals'
import { freePort } from '../../test/testing/free-port.ts'
import { sandboxUrls } from '../settings.ts'
import { startTables, TABLES_ACCOUNT, TABLES_KEY } from '../tables/azurite.ts'

const PORT_BASE = 24_130
const look = () =>
  promisify(execFile)(process.execPath, ['sandbox/events/main.ts'], { env: { SANDBOX_PORT: String(PORT_BASE) } })

test('prints what waits in the queue, once; without a sandbox it says so', async () => {
  const azurite = await startTables({ port: await freePort(), queuePort: PORT_BASE + 8 })
  const { events } = sandboxUrls({ portBase: PORT_BASE, host: '127.0.0.1' })
  expect((await look()).stderr).toContain('no change events')
  const queue = new QueueClient(events, new StorageSharedKeyCredential(TABLES_ACCOUNT, TABLES_KEY))
  await queue.create()
  const sent = Array.from({ length: 40 }, (_, at) => JSON.stringify({ id: String(at) }))
  for (const one of sent) await queue.sendMessage(Buffer.from(one).toString('base64'))
  expect((await look()).stdout.trim().split('\n').toSorted()).toEqual(sent.toSorted())
  expect(await look()).toMatchObject({ stdout: '', stderr: expect.stringContaining('no change events') })
  await azurite.stop()
  await expect(look()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('is the sandbox running?') })
}, 60_000)
