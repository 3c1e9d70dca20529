// A webhook: one POST an event, signed. Only a 2xx says that it was taken; anything else comes again, and holds up what is about
// the same patient.

import { createHmac } from 'node:crypto'
import { Agent, request } from 'undici'
import { publicAgent, refuseSpecialAddress } from '../../network/public-addresses.ts'
import type { Message, Sink } from './sink.ts'

export type WebhookSettings = {
  url: string
  /** Shared with the receiver. */
  secret: string
  /** Whether the receiver may have a private address, and plain http. */
  isPrivate: boolean
}

const PATIENCE_MS = 10_000

export function webhookSink({ url, secret, isPrivate }: WebhookSettings): Sink {
  const target = new URL(url)
  const dispatcher = isPrivate ? new Agent() : publicAgent()

  async function post({ id, contentType, body }: Message): Promise<void> {
    if (!isPrivate) refuseSpecialAddress(target)
    // Redirects are not followed: undici does so only when told to.
    const answer = await request(target, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'x-event-id': id,
        'x-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      },
      body,
      dispatcher,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await answer.body.dump()
    if (answer.statusCode < 200 || answer.statusCode > 299) throw new Error(`the webhook answered ${answer.statusCode}`)
  }

  return {
    async deliver(messages) {
      for (const message of messages) await post(message)
    },
    close: () => dispatcher.destroy(),
  }
}
