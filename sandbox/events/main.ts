// `npm run events`: takes the change events of a running sandbox out of their queue, as a consumer would, and prints one a line.
// Settings: SANDBOX_PORT; a .env file is read.

import { existsSync } from 'node:fs'
import { QueueClient, StorageSharedKeyCredential } from '@azure/storage-queue'
import { sandboxUrls } from '../settings.ts'
import { TABLES_ACCOUNT, TABLES_KEY } from '../tables/azurite.ts'

if (existsSync('.env')) process.loadEnvFile('.env')
const { events } = sandboxUrls({ portBase: Number(process.env.SANDBOX_PORT || 4000), host: '127.0.0.1' })
const queue = new QueueClient(events, new StorageSharedKeyCredential(TABLES_ACCOUNT, TABLES_KEY), {
  retryOptions: { maxTries: 1 },
})

async function take(): Promise<number> {
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 })
  for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
    console.log(Buffer.from(messageText, 'base64').toString())
    // Taken only once it is printed: whoever stops here gets it again after half a minute.
    await queue.deleteMessage(messageId, popReceipt)
  }
  return receivedMessageItems.length
}

try {
  let taken = 0
  if (await queue.exists()) for (let some = await take(); some > 0; some = await take()) taken += some
  if (taken === 0) console.error('no change events: a record that an app creates, changes or removes makes one')
} catch {
  console.error(`npm run events: nothing answers at ${events}; is the sandbox running?`)
  process.exit(1)
}
