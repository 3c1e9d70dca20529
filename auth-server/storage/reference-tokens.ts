// Keeps signed tokens that are too long to be sent around, for the proxy to find by their handle (AUTHZ-18).
import { createHash } from 'node:crypto'
import { RestError } from '@azure/data-tables'
import {
  handleOf,
  isHandle,
  openToken,
  REFERENCE_TOKENS_TABLE,
  type ReferenceTokenRow,
  referenceKeys,
  sealToken,
} from '../../smart/reference-token.ts'
import { randomToken } from '../random-token.ts'
import { orUnavailable } from '../unavailable.ts'
import { openTable, type TableSettings } from './tables.ts'

export type ReferenceTokens = {
  /** @returns the handle that stands for it until `exp`, in seconds since 1970 */
  keep(token: string, exp: number): Promise<string>
  /** The token behind a handle; any other text as it is. */
  resolve(text: string): Promise<string>
}

export type ReferenceRows = {
  put(hash: string, row: ReferenceTokenRow): Promise<void>
  find(hash: string): Promise<ReferenceTokenRow | undefined>
}

export function referenceTokens(rows: ReferenceRows): ReferenceTokens {
  const hash = (handle: string) => createHash('sha256').update(handle).digest('base64url')
  return {
    async keep(token, exp) {
      const handle = handleOf(randomToken())
      await rows.put(hash(handle), await sealToken(token, handle, exp))
      return handle
    },
    async resolve(text) {
      if (!isHandle(text)) return text
      const row = await rows.find(hash(text))
      return row === undefined ? text : ((await openToken(row, text)) ?? text)
    },
  }
}

/** Opens the table, and makes it when it is missing. */
export async function referenceTable(settings: TableSettings): Promise<ReferenceRows> {
  const client = await openTable({ ...settings, table: REFERENCE_TOKENS_TABLE })
  return {
    put: (hash, row) =>
      orUnavailable('storage', async () => {
        await client.createEntity({ ...referenceKeys(hash), ...row })
      }),
    find: (hash) =>
      orUnavailable('storage', async () => {
        const { partitionKey, rowKey } = referenceKeys(hash)
        try {
          return await client.getEntity<ReferenceTokenRow>(partitionKey, rowKey)
        } catch (error) {
          if (error instanceof RestError && error.statusCode === 404) return undefined
          throw error
        }
      }),
  }
}

export function referenceMemory(): ReferenceRows {
  const rows = new Map<string, ReferenceTokenRow>()
  return {
    put: async (hash, row) => void rows.set(hash, row),
    find: async (hash) => rows.get(hash),
  }
}
