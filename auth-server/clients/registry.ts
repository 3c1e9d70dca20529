// The registered clients. A client that is not enabled is not there.
import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { clientSchema, type RegisteredClient } from './client.ts'

export type ClientRegistry = {
  find(clientId: string): Promise<RegisteredClient | undefined>
  /** Constant-time against each stored hash. */
  isSecretOf(clientId: string, secret: string): Promise<boolean>
}

/** @throws Error with one line per faulty client */
export function clientRegistry(entries: unknown): ClientRegistry {
  const parsed = z.array(clientSchema).safeParse(entries)
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `client ${issue.path.join('.')}: ${issue.message}`).join('\n'))
  }
  const clients = new Map(parsed.data.map((client) => [client.client_id, client]))
  if (clients.size !== parsed.data.length) throw new Error('client_id: registered twice')
  const find = async (clientId: string) => {
    const client = clients.get(clientId)
    return client?.enabled ? client : undefined
  }
  return {
    find,
    isSecretOf: async (clientId, secret) => {
      const digest = createHash('sha256').update(secret).digest()
      const hashes = (await find(clientId))?.client_secret_sha256 ?? []
      return hashes.map((hash) => timingSafeEqual(digest, Buffer.from(hash, 'hex'))).includes(true)
    },
  }
}
