// Azure Storage Queue: one message an event, base64 as Event Grid and Azure Functions write and expect it. A queue keeps no
// strict order; what is put in by key comes out nearly so.

import { DefaultAzureCredential } from '@azure/identity'
import { QueueClient, StorageSharedKeyCredential } from '@azure/storage-queue'
import { hasStatus } from '../table.ts'
import type { Sink } from './sink.ts'

export type StorageQueueSettings = {
  /** Of the queue itself. */
  url: string
  /** Without a key the managed identity signs in, which needs https. */
  namedKey?: { account: string; key: string }
}

const PATIENCE_MS = 5_000
/** Without this a message is gone after a week. */
const FOREVER = { messageTimeToLive: -1 }

export function storageQueueSink({ url, namedKey }: StorageQueueSettings): Sink {
  const options = { retryOptions: { maxTries: 1 } }
  const queue =
    namedKey === undefined
      ? new QueueClient(url, new DefaultAzureCredential(), options)
      : new QueueClient(url, new StorageSharedKeyCredential(namedKey.account, namedKey.key), options)
  const within = () => ({ abortSignal: AbortSignal.timeout(PATIENCE_MS) })

  async function put(body: string): Promise<void> {
    const text = Buffer.from(body).toString('base64')
    try {
      await queue.sendMessage(text, { ...FOREVER, ...within() })
    } catch (error) {
      if (!hasStatus(error, 404)) throw error
      await queue.createIfNotExists(within())
      await queue.sendMessage(text, { ...FOREVER, ...within() })
    }
  }

  return {
    async deliver(messages) {
      for (const { body } of messages) await put(body)
    },
    close: async () => undefined,
  }
}
